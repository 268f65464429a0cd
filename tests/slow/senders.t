#!/bin/sh
# SPDX-License-Identifier: MIT
# 300,000 lines of 20,000 hosts that no session explains, and then 3 packets from each of 100,000 made-up
# addresses while a machine with a session sends 5,000 lines. Evidence: every line of the hosts is in a log of
# its own host; the made-up addresses cost at most 32,769 logs and 256 MB of memory, and no line of the machine.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/collector/collector.sh"
needs "$by_make" "$pace"
hosts=20000 each=15 strangers=100000 lines=5000

fact() { sed -n "s/^$1=//p" "$state/run/collector.meta"; }
arrived() { [ $(($(fact packets) + $(fact overflow))) -eq "$1" ]; }
stored() { find "$state/streams" -name '127.*.log' -exec cat {} + | grep -ac 'line [0-9]* of source'; }
all_stored() { [ "$(stored)" -eq "$1" ]; }
logs() { find "$state/streams" -name '*.log' ! -name '*@*' | wc -l | tr -d ' '; }
peak() { awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$collector_pid/status"; }

collector_start -l "0.0.0.0:$port"
"$pace" "$port" $hosts $((hosts * each)) 20000 >/dev/null
wait_for 60 arrived $((hosts * each)) || true
is "$(fact overflow)" 0 "the socket has room for the packets of 20,000 hosts"
succeeds "every line of 20,000 hosts without a session is stored" wait_for 60 all_stored $((hosts * each))
is "$(logs)" $hosts "each of 20,000 hosts has a log of its own"
diag "20,000 hosts: peak $(peak) MB, $(awk '{ print ($14 + $15) / 100 }' "/proc/$collector_pid/stat") s of CPU"
collector_stop TERM
rm -r "$state/streams"

collector_start -l "0.0.0.0:$port"
mint 525400000001 lab >"$work/ids"
"$pace" "$port" $strangers $((strangers * 3)) 10000 >/dev/null &
sender=$!
from=$("$packets" port)
{
	p "6,1,1000,-;Command line: lastwords.session=$(cat "$work/ids")\\n"
	n=2
	while [ $n -le $lines ]; do
		[ $((n % 50)) -ne 0 ] || p "@sleep 0.1"
		p "6,$n,${n}000,-;line $n of the machine\\n"
		n=$((n + 1))
	done
} | send "$from"
wait "$sender"
has_last() { grep -qs "line $lines of the machine" "$(log_of "$(cat "$work/ids")")"; }
succeeds "a machine's last line is in its log" wait_for 30 has_last
wait_for 60 arrived $((strangers * 3 + lines)) || true
is "$(fact overflow)" 0 "the socket has room for the packets of 100,000 senders"
is "$(grep -c 'of the machine' "$(log_of "$(cat "$work/ids")")")" $((lines - 1)) "strangers cost a machine with a session no line"
diag "100,000 senders: peak $(peak) MB, $(awk '{ print ($14 + $15) / 100 }' "/proc/$collector_pid/stat") s of CPU"
succeeds "100,000 made-up senders cost at most 256 MB" test "$(peak)" -le 256
collector_stop TERM
succeeds "100,000 made-up senders have at most 32,769 logs" test "$(logs)" -le 32769
diag "$(logs) logs, $(find "$state/streams" -type f | wc -l) files, $(du -sm "$state/streams" | cut -f 1) MB"
is "$(find "$state/streams" -name '*.log' -exec cat {} + | grep -ac 'line [0-9]* of source')" $((strangers * 3)) "no line of the made-up senders is missing"
done_testing
