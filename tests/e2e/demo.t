#!/bin/sh
# SPDX-License-Identifier: MIT
# The demo: every stage happens, both channels agree, exit code 0; and its message when a run cannot succeed.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

demo="sh $root/tests/demo/demo.sh"
# (the pages would stay up for a minute after each)
export STAY=0
STAY=1 $demo >"$work/out" 2>"$work/err" &
pid=$!
at_exit "lab_end $pid"
stays_or_ended() { grep -q '^It stays up' "$work/out" || ! lab_runs "$pid"; }
wait_for 300 stays_or_ended
page=$(sed -n "s/^The crash's page: //p" "$work/out")
like "$(curl -fsS -m 5 "$page" 2>&1)" '<h1>NULL pointer dereference in lab_' "the demo's last line but one is the address of the crash's page"
lab_runs "$pid" && kill "$pid"
rc=0
wait "$pid" || rc=$?
is "$rc" 0 "a demo with all stages, ended by a signal while its pages stay up, exits 0"
[ "$rc" -eq 0 ] || sed 's/^/# /' "$work/err" "$work/out"
out=$(cat "$work/out")
for stage in firmware 'script served' kernel armed running 'panic seen' 'capture kernel up' \
	'dmesg stored' rebooted; do
	like "$out" "^ *[0-9]+[.][0-9] s  $stage  *[^ ]" "the demo shows the stage: $stage"
done
like "$out" ' panic seen  *netconsole: .*BUG: kernel NULL pointer' "the stage of the panic shows the kernel's line"
is "$(grep -E '^ *[0-9.]+ s  ' "$work/out" | awk '{ print $1 }' | sort -n | head -n 9)" \
	"$(grep -E '^ *[0-9.]+ s  ' "$work/out" | awk '{ print $1 }')" "the nine stages are in the order of their times"
like "$out" '^title +NULL pointer dereference in lab_' "the title names the function that crashed"
like "$out" '^record +[0-9]+ lines [(]([0-9]+ by http; )?[0-9]+ by http,netconsole[)], 0 holes, 0 differing$' "the lines of both channels agree"
like "$out" '^From the first oops line .* stored dmesg: [0-9]+[.][0-9] s[.]$' "the demo shows the time from oops to dmesg"
like "$out" 'build/bin/lastwords -c .* show' "the demo shows how to look further"
like "$out" '  rm -r .*/var/demo-[0-9]+ ' "the demo shows what it leaves behind"
is "$(cat "$work/err")" '' "a demo that succeeds has no error message"

dir=$(sed -n 's/.* -c \(.*\)\/lastwords.conf show .*$/\1/p' "$work/out")
succeeds "the demo leaves its directory" test -d "$dir"
# Processes that have the demo's directory among their arguments.
processes() {
	printf '%s\n' "${dir:-unknown}" >"$work/dir"
	grep -alsF -f "$work/dir" /proc/[0-9]*/cmdline || true
}
is "$(processes)" '' "no process of the demo is left"
session=$(find "$dir/state/sessions" -name dmesg.txt -printf '%h\n' | head -n 1)
record=$session/record.txt
like "$(cat "$session/record.meta")" '^holes=0$' "the merged record has no hole"
like "$(cat "$session/record.channels")" ' http,netconsole$' "the merged record has lines of both channels"
like "$(cat "$session/autopsy.txt")" '^  CPU [0-9]+ died while it ran insmod [(]pid [0-9]+[)] in lab_die_null[+]0x' \
	"the autopsy names task and function"
like "$(sed -n '/^death/,/^cpus/p' "$session/autopsy.txt")" '^    lab_die_null[+]0x.* [[]lab_die[]]$' \
	"the autopsy has the stack of the death, through the module"
like "$out" '^autopsy +CPU [0-9]+ died while' "the summary of the autopsy is in the session's description"
twice() { grep -a '^\[ *[0-9]' "$1" | sort | uniq -cd; }
is "$(twice "$record")" "$(twice "$session/dmesg.txt")" "the merged record doubles no line of the kernel"
lines() { grep -a '^\[ *[0-9]' "$@" | sed 's/[[:space:]]*$//' | sort -u; }
lines "$record" >"$work/record.lines"
is "$(lines -h "$session/dmesg.txt" "$session/netconsole.log" | comm -23 - "$work/record.lines" | head -n 5)" \
	'' "the merged record has every line of each channel"
[ -n "${KEEP:-}" ] || rm -rf "${dir:?}"

# QEMU ends by itself.
$demo >"$work/out" 2>"$work/err" &
pid=$!
at_exit "lab_end $pid"
qemu_pid() { ps -o pid= -o comm= --ppid "$pid" | awk '/qemu/ { print $1 }' | grep .; }
soon "the demo's QEMU starts" qemu_pid
kill "$(qemu_pid)"
ended() { ! lab_runs "$pid"; }
soon "the demo ends after its QEMU" ended
rc=0
wait "$pid" || rc=$?
is "$rc" 1 "a demo without its QEMU exits 1"
like "$(cat "$work/err")" 'QEMU ended by itself; see .*demo.qemu' "the demo reports that QEMU ended"
like "$(cat "$work/err")" 'did not happen: rebooted' "the demo reports the stages that did not happen"
dir=$(sed -n "s/.*QEMU ended by itself; see \\(.*\\)\\/demo.qemu.*/\\1/p" "$work/err")
is "$(processes)" '' "a demo that failed leaves no process"
[ -z "$dir" ] || rm -rf "$dir"

# Interrupted, at whatever it does just then.
for after in 1.5 1.73; do
	$demo >"$work/out" 2>"$work/err" &
	pid=$!
	at_exit "lab_end $pid"
	wait_for 20 test -s "$work/out"
	sleep "$after"
	kill "$pid"
	rc=0
	wait "$pid" || rc=$?
	is "$rc" 1 "a demo interrupted after $after s exits 1"
	is "$(tail -n 1 "$work/err")" 'lastwords: demo: interrupted' "the demo reports the interruption after $after s"
	is "$(grep -c 'did not happen: rebooted' "$work/err")" 1 "the missing stages are reported once after $after s"
	dir=$(sed -n 's/.* console is in \(.*\)\/demo.console.*/\1/p' "$work/err")
	is "$(processes)" '' "a demo interrupted after $after s leaves no process"
	[ -z "$dir" ] || rm -rf "$dir"
done

# A port that another program has.
port=$(lab_ports | head -n 1)
nc -l 127.0.0.1 "$port" >/dev/null 2>&1 &
at_exit "lab_end $!"
listens() { grep -qi "0100007F:$(printf '%04X' "$port") .* 0A " /proc/net/tcp; }
wait_for 5 listens
before=$(ls -d "$root"/var/demo-* 2>/dev/null || true)
rc=0
$demo --port "$port" >"$work/out" 2>"$work/err" || rc=$?
is "$rc" 1 "a demo on a port in use exits 1"
like "$(cat "$work/err")" ":$port\".* in use; .*set another" "the message names the port in use and what to do"
is "$(wc -l <"$work/err")" 1 "the message for a port in use is one line"
is "$(ls -d "$root"/var/demo-* 2>/dev/null || true)" "$before" "a demo on a port in use leaves nothing behind"
exits 2 "an invalid port of the demo is wrong usage" $demo --port 70000
exits 2 "an unknown argument of the demo is wrong usage" $demo --prot 7000
done_testing
