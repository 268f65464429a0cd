#!/bin/sh
# SPDX-License-Identifier: MIT
# Senders that no session explains: 6,000 hosts with disks of their own send 20 lines each, one more than
# the collector's first 4,096, which once shared 2 MB; then one host sends more than 16 MB. Evidence: every
# line is in STATE/streams, each host has a log of its own; keep_size_machine removes the oldest part of the
# long one. LASTWORDS_SENDERS=20000 tries more of them (tests/slow/senders.t).
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" "$pace"
senders=${LASTWORDS_SENDERS:-6000} each=20 long=300000

stored() {
	find "$state/streams" -name '127.1.*.log' -exec cat {} + | grep -ac 'line [0-9]* of source'
}
received() {
	[ "$(($(sed -n 's/^packets=//p' "$state/run/collector.meta") + $(sed -n 's/^overflow=//p' "$state/run/collector.meta")))" -eq "$1" ]
}
overflow() { sed -n 's/^overflow=//p' "$state/run/collector.meta"; }
all_stored() { [ "$(stored)" -eq "$1" ]; }

collector_start -l "0.0.0.0:$port"
"$pace" "$port" "$senders" $((senders * each)) 20000 >/dev/null
wait_for 20 received $((senders * each)) || true
# (where a loaded machine lets the collector sleep for seconds, the socket overflows)
lost=$(overflow)
soon "every received line of every sender without a session is stored ($lost lost by the socket)" all_stored $((senders * each - lost))
logs=$(find "$state/streams" -name '127.1.*.log' | wc -l | tr -d ' ')
succeeds "every sender has a log of its own ($logs)" test "$logs" -eq "$senders" -o "$lost" -gt "$each"
diag "$(grep -E '^Vm(HWM|RSS)' "/proc/$collector_pid/status" | tr -s '\t\n ' ' ')"
collector_stop TERM
rm -r "$state/streams"

collector_start -l "0.0.0.0:$port"
"$pace" "$port" 1 "$long" 25000 >/dev/null
wait_for 20 received "$long" || true
soon "every received line of one sender is stored over a rotation" all_stored $((long - $(overflow)))
collector_stop TERM
part=$(find "$state/streams" -name '127.1.0.1-*@*.log')
succeeds "the older part of a long log has a file of its own" test -s "$part"
touch -d '2 hours ago' "$part"
collector_config 'keep_size_machine = 17M'
lastwords prune >/dev/null
fails "keep_size_machine removes the oldest part" test -e "$part"
succeeds "keep_size_machine leaves the newest part" test -s "${part%@*}.log"
done_testing
