#!/bin/sh
# SPDX-License-Identifier: MIT
# Uploads that are made to be expensive: 64 MB of lines of one byte, and a session whose record cannot be
# written. Path: dump and journal entry, collector, a process with limits. Evidence: the collector itself
# stays small, and receives lines of another machine while the process works; the process needs at most 512 MB; the
# record has the dump's end and a mark of what was left out; the session that cannot be merged is an event,
# once, also after a restart, and a crash behind it gets its title; a collector that is killed while it
# merges tries again, and not for ever.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3 pgrep

# upload ID: the journal has the dump that stands in the session's directory
upload() {
	tell uploaded "$1" 'file=dmesg.txt channel=http'
}
directory() {
	echo "$state/sessions/${1%%-*}/$1"
}
oops() {
	p '[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000'
	p '[    9.000001] RIP: 0010:lab_oops+0x5/0x10 [lab]'
}
merging() { pgrep -P "$collector_pid" >"$work/child"; }
events() { journal | grep -c "what=merge" || true; }

collector_start
from=$("$packets" port)
legit=$(mint 525400a1b2c3 lab)
p "6,1,0,-;Command line: lastwords.session=$legit\\n" | send "$from"
soon "a machine's log is there" has lastwords.session "$(log_of "$legit")"

# 64 MB of two bytes a line, with a crash at the end.
poison=$(mint 525400a1b2c4 lab)
mkdir -p "$(directory "$poison")"
{
	yes a | head -c 67000000
	oops
} >"$(directory "$poison")/dmesg.txt"
upload "$poison"
number=10 meanwhile=0 peak=0 own=0
until titled "$poison" "NULL pointer dereference in lab_oops" || [ "$number" -ge 2000 ]; do
	number=$((number + 1))
	before=$(pgrep -P "$collector_pid") || before=
	p "6,$number,${number}000000,-;line $number\\n" | send "$from"
	wait_for 60 has "line $number" "$(log_of "$legit")" || break
	if merging; then
		[ "$before" != "$(cat "$work/child")" ] || meanwhile=$((meanwhile + 1))
		kb=$(awk '/^VmHWM/ { print $2 }' "/proc/$(cat "$work/child")/status" 2>/dev/null || echo 0)
		[ "${kb:-0}" -le "$peak" ] || peak=$kb
	fi
done
own=$(awk '/^VmHWM/ { print $2 }' "/proc/$collector_pid/status")
succeeds "64 MB of short lines get their title" titled "$poison" "NULL pointer dereference in lab_oops"
succeeds "lines of another machine are in its log while one process works: $meanwhile" test "$meanwhile" -gt 0
is "$(count 'line ' "$(log_of "$legit")")" $((number - 10 + 0)) "no line of another machine is lost"
diag "peak of the process: $peak KB, of the collector: $own KB"
case ${LASTWORDS_BUILD:-} in
*/san) skip "sanitizers need memory of their own" "the process that merges needs at most 512 MB" ;;
*)
	succeeds "the memory of the process that merges is measured" test "$peak" -gt 0
	succeeds "the process that merges needs at most 512 MB" test "$peak" -le 524288
	succeeds "the collector itself needs at most 128 MB" test "$own" -le 131072
	;;
esac
record=$(directory "$poison")/record.txt
like "$(head -n 1 "$record")" '^\[lastwords: [0-9]+ bytes left out\]$' "what was left out is marked at the beginning"
like "$(tail -n 2 "$record")" 'lab_oops' "the dump's end is in the record"

# A record that cannot be written.
broken=$(mint 525400a1b2c5 lab)
mkdir -p "$(directory "$broken")/record.meta"
oops >"$(directory "$broken")/dmesg.txt"
upload "$broken"
good=$(mint 525400a1b2c6 lab)
mkdir -p "$(directory "$good")"
oops >"$(directory "$good")/dmesg.txt"
upload "$good"
soon "the crash after one that cannot be merged gets its title" titled "$good" "NULL pointer dereference in lab_oops"
is "$(events)" 1 "a session that cannot be merged is an event"
like "$(journal | grep what=merge)" "$broken .*cannot%20be%20merged" "the event has the session and the reason"
collector_stop TERM
collector_start
tell running "$good" address=10.0.2.15
soon "the collector goes on after a restart" indexed "$good" running
is "$(events)" 1 "a failed merge is not tried again after a restart"

# Ended by something else, as by the kernel when memory is short: tried again.
record_of_now() { [ -n "$(find "$record" -newer "$(directory "$poison")/dmesg.txt" 2>/dev/null)" ]; }
rm -f "$record"
touch "$(directory "$poison")/dmesg.txt"
upload "$poison"
soon "a process merges the logs again" merging
kill -KILL "$(cat "$work/child")"
soon "a merge that something else ended is tried again" record_of_now
is "$(events)" 1 "and is no event"

# Killed in the middle: tried twice, then given up.
for round in 1 2; do
	[ "$round" = 2 ] || upload "$poison"
	touch "$(directory "$poison")/dmesg.txt"
	soon "round $round: a process merges the logs" merging
	collector_stop KILL
	collector_start
done
given_up() { [ "$(events)" = 2 ]; }
soon "a merge that was interrupted twice is given up" given_up
collector_stop TERM
is "$collector_rc" 0 "the collector ends with exit status 0"
done_testing
