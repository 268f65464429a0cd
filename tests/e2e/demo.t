#!/bin/sh
# SPDX-License-Identifier: MIT
# The demo itself: every stage happens, both channels agree, exit code 0; and what it says when it cannot.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

demo=$root/build/bin/lastwords
"$demo" demo >"$work/out" 2>"$work/err" && rc=0 || rc=$?
is "$rc" 0 "lastwords demo exits 0"
out=$(cat "$work/out")
for stage in firmware 'script served' kernel armed running 'panic seen' 'capture kernel up' \
	'dmesg stored' rebooted; do
	like "$out" "^ *[0-9.]+ s  $stage " "stage: $stage"
done
like "$out" '^title +NULL pointer dereference in lab_' "the title names the guilty function"
like "$out" 'they agree: all [0-9]+ lines' "both channels agree"
like "$out" 'build/bin/lastwords -c .* show' "it says how to look further"
like "$out" '  rm -r .*/var/demo-[0-9]+ ' "and what it leaves behind"
[ "$rc" -eq 0 ] || sed 's/^/# /' "$work/err" "$work/out"
dir=$(sed -n 's/.* -c \(.*\)\/lastwords.conf show .*$/\1/p' "$work/out")
session=$(find "$dir/sessions" -name dmesg.txt -printf '%h\n' | head -n 1)
record=$session/record.txt
like "$(cat "$session/record.meta")" '^holes=0$' "the merged record has no hole"
like "$(cat "$session/record.channels")" ' http,netconsole$' "both channels are in it"
twice() { grep -a '^\[ *[0-9]' "$1" | sort | uniq -cd; }
is "$(twice "$record")" "$(twice "$session/dmesg.txt")" "and no line that is doubled, but by the kernel itself"
lines() { grep -a '^\[ *[0-9]' "$@" | sed 's/[[:space:]]*$//' | sort -u; }
lines "$record" >"$work/record.lines"
is "$(lines -h "$session/dmesg.txt" "$session/netconsole.log" | comm -23 - "$work/record.lines" | head -n 5)" \
	'' "and every line of each channel"
[ -z "$dir" ] || [ -n "${KEEP:-}" ] || rm -rf "$dir"

# QEMU that ends by itself.
"$demo" demo >"$work/out" 2>"$work/err" &
pid=$!
at_exit "lab_end $pid"
qemu_runs() { qemu=$(ps -o pid= -o comm= --ppid "$pid" | awk '/qemu/ { print $1 }') && [ -n "$qemu" ]; }
wait_for 20 qemu_runs || true
kill "$qemu"
ended() { ! kill -0 "$pid"; }
wait_for 10 ended && rc=0 || rc=1
ok "$rc" "the demo notices that QEMU ended"
like "$(cat "$work/err")" 'QEMU ended by itself; see .*qemu.log' "and says so"
dir=$(sed -n "s/.*QEMU ended by itself; see \\(.*\\)\\/qemu.log.*/\\1/p" "$work/err")
[ -z "$dir" ] || rm -rf "$dir"

# A port that somebody has.
port=$(lab_ports | head -n 1)
nc -l 127.0.0.1 "$port" >/dev/null 2>&1 &
at_exit "lab_end $!"
sleep 0.2
before=$(ls -d "$root"/var/demo-* 2>/dev/null || true)
"$demo" demo --port "$port" >"$work/out" 2>"$work/err" && rc=0 || rc=$?
is "$(ls -d "$root"/var/demo-* 2>/dev/null || true)" "$before" "and nothing is left behind"
is "$rc" 1 "a port in use: exit 1"
like "$(cat "$work/err")" "port $port is in use; choose another" "and what to do"
is "$(wc -l <"$work/err")" 1 "in one line"
done_testing
