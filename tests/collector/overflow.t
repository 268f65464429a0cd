#!/bin/sh
# SPDX-License-Identifier: MIT
# More packets than the socket has room for, while the collector sleeps, and none after them. Evidence:
# run/collector.meta: what was received and what the kernel dropped (overflow) is all that was sent,
# and the log has every record that was received.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" "$pace"

collector_start
id=$(mint 525400a1b2c3 lab)
echo "$id" >"$work/ids"
sent=200000
kill -STOP "$collector_pid"
"$pace" "$port" 1 "$sent" 0 "$work/ids" >/dev/null
kill -CONT "$collector_pid"
fact() { sed -n "s/^$1=//p" "$state/run/collector.meta"; }
all_counted() {
	awk -F= -v sent="$sent" '$1 == "packets" || $1 == "overflow" { sum += $2 }
		END { exit sum == sent ? 0 : 1 }' "$state/run/collector.meta"
}
soon "packets received and dropped are all that were sent" all_counted
diag "overflow $(fact overflow), packets $(fact packets)"
succeeds "the full socket drops packets" test "$(fact overflow)" -gt 0
collector_stop TERM
is "$(cat "$(log_of "$id")"* | grep -ac 'line [0-9]* of source 0\|Command line')" "$(fact packets)" \
	"every record that was received is in the log"
is "$(sed -n 's/^lost=//p' "$(dirname "$(log_of "$id")")/netconsole.meta")" 0 "packets that the socket dropped are not counted as lost records"
done_testing
