#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line on a state that was written by hand, and on wrong input: what it prints, in one
# line where it is an error, and its exit codes.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" "$bin/lastwords" "${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports"
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
# run NAME WANTED-CODE PATTERN-OF-STDERR COMMAND…
run() {
	run_name=$1 run_code=$2 run_pattern=$3
	shift 3
	"$@" >"$work/out" 2>"$work/err" && run_rc=0 || run_rc=$?
	is "$run_rc" "$run_code" "$run_name: exit $run_code"
	[ -z "$run_pattern" ] || {
		like "$(cat "$work/err")" "$run_pattern" "$run_name: the error is named"
		is "$(wc -l <"$work/err")" 1 "$run_name: the error is one line"
	}
}

cat >"$work/lastwords.conf" <<END
listen = "127.0.0.1:1"
netconsole = "127.0.0.1:1"
state = "$work/state"
profile lab { image = "lab" }
rule { product = "*" profile = "lab" }
END
first=525400aa0001-20261121T093612123-lab-5f3a9c01
second=525400aa0002-20261121T100000000-lab-00000001
dir=$work/state/sessions/525400aa0001/$first
mkdir -p "$work/state/journal" "$dir"
cat >"$work/state/journal/2026-11.log" <<END
2026-11-21T09:36:12.123Z requested $first product=KVM%1b[31m address=10.0.0.5 profile=lab
2026-11-21T09:36:20.000Z running $first interface=eth0 netconsole=on
2026-11-21T09:36:30.000Z uploaded $first file=dmesg.txt bytes=1 channel=http
2026-11-21T10:00:00.000Z requested $second product=Other profile=lab
2026-11-21T10:00:09.000Z not-armed $second why=no%20crashkernel%20reservation
END
cat >"$dir/dmesg.txt" <<'END'
[    0.000000] Linux version 6.1.0-56-amd64
[    5.000000] sysrq: Trigger a crash
[    5.000001] Kernel panic - not syncing: sysrq triggered crash
[    5.000002] evil \x1b[2J
END
printf '[    5.000003] raw \033[2J escape\n' >>"$dir/dmesg.txt"
echo '[    5.000000] sysrq: Trigger a crash' >"$dir/netconsole.log"

run "reindex of a state" 0 '' lw reindex
like "$(cat "$work/out")" 'made again from' "reindex prints what it did"
is "$(lw sessions | head -n 1 | tr '\t' '|')" "2026-11-21 10:00:00Z|52:54:00:aa:00:02|not armed|$second|no crashkernel reservation" "sessions lists why a machine is not armed"
like "$(lw crashes)" '52:54:00:aa:00:01.*http.*sysrq' "crashes lists the title of a crash"
like "$(lw crashes --json --machine 52-54-00-AA-00-01)" '^\{"session":"'"$first"'","mac":"52:54:00:aa:00:01","time":"2026-11-21T09:36:30.000Z",.*"title":"sysrq' "crashes --json --machine prints that machine's crash"
like "$(lw crashes --group | tr '\t' '|')" '^1\|1\|2026-11-21 09:36:30Z\|2026-11-21 09:36:30Z\|known\|[0-9a-f]{16}\|6.1.0-56-amd64\|-\|sysrq' "crashes --group prints a signature once"
like "$(lw crashes --group --json --since 2026-11-21)" '"count":1,"machines":1,"releases":\["6.1.0-56-amd64"\],"release_count":1,"first":"2026-11-21T09:36:30.000Z","last":"2026-11-21T09:36:30.000Z"' "crashes --group --json has count, times, machines and releases"
run "crashes since later" 1 'no crashes found' lw crashes --since 2026-11-21T09:36:31.000Z
like "$(lw crashes --since 52560000m)" "52:54:00:aa:00:01" "crashes --since takes a hundred years in minutes"
run "crashes since nonsense" 2 'invalid --since "yesterday"; use 2d' lw crashes --since yesterday
like "$(lw sessions 525400aa0001)" "$first" "sessions selects by the beginning of an id"
show=$(lw show 52:54:00:AA:00:01)
like "$show" "^session +$first" "show takes a MAC in any form"
like "$show" '^title +sysrq' "show prints the title"
like "$show" '^by http +5 lines, [0-9]+ bytes$' "show prints the dump of each channel"
like "$show" 'product +KVM\\x1b\[31m' "show escapes control characters of a product name"
like "$show" 'raw \\x1b\[2J escape' "show escapes control characters of a log"
like "$(lw show -n 1 "$first")" '5.000003' "show -n 1 prints the last line"
is "$(lw tail -n 5 "$first")" '[    5.000000] sysrq: Trigger a crash' "tail prints the end of the netconsole log"
is "$(cat "$dir/record.txt")" "$(cat "$dir/dmesg.txt")" "the record repeats no line"
is "$(cat "$dir/record.channels")" '1 1 http
2 2 http,netconsole
3 5 http' "record.channels has the channels of each stretch"
is "$(grep -E '^(lines|holes|title|release|uptime)=' "$dir/record.meta")" 'lines=5
holes=0
title=sysrq%20crash
release=6.1.0-56-amd64
uptime=5000000' "record.meta has what is known of the crash"
like "$show" '^record +5 lines \(4 by http; 1 by http,netconsole\), 0 holes, 0 differing' "show prints the channels of the record's lines"
cp -r "$dir" "$work/before"
rm "$dir"/record.*
lw reindex >"$work/out"
succeeds "reindex makes the same record again" diff -r "$work/before" "$dir"

# A whole dump next to one with holes; a line that only netconsole has; a line that differs.
mv "$dir/dmesg.txt" "$dir/dmesg-2.txt"
printf '%s\n' '[    5.000000] sysrq: Trigger a crash' '[lastwords: 3 records lost: seq 7-9]' >"$dir/dmesg.txt"
echo 'holes=1' >"$dir/dmesg.meta"
printf '%s\n' '[    5.000001] Kernel panic - not another one' '[    9.000000] after it' >>"$dir/netconsole.log"
show=$(lw show "$first")
like "$show" '^by http +5 lines, [0-9]+ bytes: dmesg-2.txt' "show prints a second dump with its name"
like "$show" '^record +7 lines .*, 0 holes, 2 differing' "the second dump closes the hole of the first"
like "$show" 'not another one   \(only netconsole\)' "show marks a line that differs with its channel"
like "$(echo "$show" | tail -n 1)" 'after it' "show prints the newest line last"
rm "$dir/dmesg.meta"
mv "$dir/dmesg-2.txt" "$dir/dmesg.txt"
echo '[    5.000000] sysrq: Trigger a crash' >"$dir/netconsole.log"

# An index that is made again while tail -f runs: the machine's next session is still followed.
# (Not by lw: a kill must end the program, not a shell around it.)
"$bin/lastwords" -c "$work/lastwords.conf" tail -f 525400aa0003 >"$work/tail.out" 2>"$work/tail.err" &
tail_pid=$!
at_exit "kill $tail_pid 2>/dev/null"
third=525400aa0003-20261121T110000000-lab-00000002
tail_follows() { grep -q "session $third" "$work/tail.err"; }
sleep 0.3
printf '%s\n' "2026-11-21T11:00:00.000Z requested $third product=KVM profile=lab" \
	>>"$work/state/journal/2026-11.log"
lw reindex >"$work/out"
succeeds "tail -f continues with an index that was made again" wait_for 10 tail_follows
kill "$tail_pid"
sed -i '$d' "$work/state/journal/2026-11.log"
lw reindex >"$work/out"
lw title "$dir/dmesg.txt" >"$work/out"
like "$(cat "$work/out")" '^class +sysrq' "title prints the class of a file's crash"
is "$(lw title <"$dir/dmesg.txt")" "$(cat "$work/out")" "title of standard input is the same"

{ printf '\033[32m[    9.000000] \033[0m\033[33mBUG: \033[0munable to handle page fault for address: 0000000000001000\n'
printf '[    9.000001] RIP: 0010:lab_oops+0x5/0x10\n'; } >"$work/coloured"
like "$(lw title "$work/coloured")" '^title +page fault in lab_oops$' "title of a log in colours is found"
{ head -c 140000000 /dev/zero | tr '\0' '\n'; cat "$work/coloured"; } | lw title >"$work/out" 2>"$work/err"
like "$(cat "$work/out")" '^title +page fault in lab_oops$' "title of a log of over 64 MB is found at its end"
like "$(cat "$work/err")" '^lastwords: only the last 64 MB were read; [0-9]+ bytes were left out$' "what was not read is reported"
run "title of a log without a crash" 1 'no crash' lw title "$work/lastwords.conf"
run "title of a missing file" 1 "$work/none: No such file" lw title "$work/none"
run "a word of a title names no session" 1 'unknown session "sysrq"' lw show sysrq
run "crashes in an order that there is not" 2 'invalid --sort "size"; use impact, last, first, count, machines or title' lw crashes --group --sort size
run "an order of single crashes" 2 '--sort goes with --group; see lastwords crashes --help' lw crashes --sort count
run "rates by what there is not" 2 'invalid --by "kernel"; use release, product or profile' lw crashes --rates --by kernel
run "groups in a state that there is not" 2 'invalid --state "open"; use new, known, muted, fixed or regressed' lw crashes --group --state open
run "sessions in a state that there is not" 1 'there is no state "open"; use requested,' lw sessions --state open
run "a fix without its release" 2 'missing release that has the fix .or --clear.; see lastwords fixed --help' lw fixed 0123456789abcdef
run "a duplicate of itself" 1 'no duplicate of itself' lw duplicate 0123456789abcdef 0123456789abcdef
run "show of an unknown session" 1 'unknown session "zzz"; .lastwords sessions. lists them' lw show zzz
lw sessions >/dev/full 2>"$work/err" && rc=0 || rc=$?
is "$rc" 1 "output that cannot be written: exit 1"
is "$(cat "$work/err")" 'lastwords: standard output: No space left on device' "output that cannot be written: the error is named"
run "an unknown command" 2 'unknown command "frob"; see lastwords --help' lw frob
run "an unknown option" 2 '' lw sessions -z
run "no command at all" 2 '' "$bin/lastwords"
run "the --help option" 0 '' "$bin/lastwords" --help
run "a missing configuration" 1 'none.conf' "$bin/lastwords" -c "$work/none.conf" sessions
run "check with a missing image" 1 "lastwords.conf:[0-9]+: .*lab" lw check
# The example configuration with its comments active, and the manual's.
sed 's/^#\([a-z_0-9]* = \)/\1/; s/^#\(profile\|rule\|target\|}\)/\1/; s/^#\t/\t/' "$root/server/etc/lastwords.conf" |
	sed "s|^state = .*|state = \"$work/none\"|" >"$work/example.conf"
is "$(grep -c '^#' "$work/example.conf")" 1 "the example configuration: only its head is a comment"
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$root/server/etc/lastwords.conf.5" | sed '/^\./d; s/\\e/\\/g' |
	sed "s|^state = .*|state = \"$work/none\"|" >"$work/manual.conf"
for word in example manual; do
	"$bin/lastwords" -c "$work/$word.conf" check >"$work/out" 2>&1 && rc=0 || rc=$?
	like "$(cat "$work/out")" 'lastwords image' "the $word's configuration is read"
	is "$(grep -v 'No such file or directory; make it' "$work/out")" '' "the $word's configuration lacks only its images and passwords"
done

run "drill of an invalid MAC" 2 'not a MAC address' lw drill 1234
run "drill of a machine" 0 '' lw drill 52-54-00-aa-00-01 --after 5
like "$(cat "$work/state/machines/525400aa0001")" '^drill=5$' "a drill is in the machine's file"
run "drill --clear of a machine" 0 '' lw drill 525400aa0001 --clear
is "$(cat "$work/state/machines/525400aa0001" 2>/dev/null)" '' "drill --clear removes the machine's file"
sed 's/^listen.*/listen = "127.0.0.1:80000"/' "$work/lastwords.conf" >"$work/bad.conf"
run "serve with an invalid port" 1 '' "$bin/lastwords" -c "$work/bad.conf" serve
for word in listen netconsole state; do
	sed "s/^$word =/$word-x =/" "$work/lastwords.conf" >"$work/bad.conf"
	run "unknown key $word-x" 1 'bad.conf:[0-9]+: ' "$bin/lastwords" -c "$work/bad.conf" check
done

# What root writes belongs to the owner of the state.
if [ "$(id -u)" = 0 ]; then
	chown -R 65534:65534 "$work/state"
	chmod 755 "$work"
	rm -f "$work"/state/journal/* "$work/state/index.db"*
	lw drill 525400aa0001 >"$work/out"
	lw reindex >"$work/out"
	is "$(find "$work/state" ! -user 65534 | head -n 3)" '' "files that root writes belong to the owner of the state"
else
	skip "needs root" "files that root writes belong to the owner of the state"
fi

# A port in use.
port=$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)
nc -l 127.0.0.1 "$port" >/dev/null 2>&1 &
at_exit "kill $! 2>/dev/null"
sed "s/^listen.*/listen = \"127.0.0.1:$port\"/; s/^netconsole.*/netconsole = \"127.0.0.1:$port\"/" \
	"$work/lastwords.conf" >"$work/busy.conf"
in_use() { "$bin/lastwords" -c "$work/busy.conf" serve 2>&1 | grep -q 'the port is in use'; }
succeeds "serve reports a port in use, with the fix" wait_for 5 in_use
done_testing
