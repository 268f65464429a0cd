#!/bin/sh
# SPDX-License-Identifier: MIT
# kill -9 of the collector in the middle of a stream that does not pause, thrice: once with the index locked by
# somebody who does not let go before it has been started again, once with the index deleted while it
# is down. Evidence: what stood in the log at each kill still stands there, byte for byte; every record
# that was sent is in the log, once, or named by a mark of lost ones; show says the same numbers; the
# index comes up by itself.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" "$pace" sqlite3

sent=24000 rate=2000
collector_start
id=$(mint 525400a1b2c3 lab)
log=$(log_of "$id")
echo "$id" >"$work/ids"
"$pace" "$port" 1 $sent $rate "$work/ids" >"$work/pace.out" &
pace_pid=$!
at_exit "kill $pace_pid 2>/dev/null || :"
grows() { [ "$(wc -l <"$log")" -gt "$1" ]; }
kills=0
kill_it() { # AT-LINE
	wait_for 20 grows "$1" || true
	collector_stop KILL
	kills=$((kills + 1))
	cp "$log" "$work/log.$kills"
}

kill_it 2000
collector_start
kill_it 5000

index_lock
collector_start 7>&-
at=$(wc -l <"$log")
succeeds "a collector starts and writes while the index is locked" wait_for 20 grows $((at + 500))
index_unlock
kill_it $((at + 1500))
rm -f "$state"/index.db*
collector_start
wait "$pace_pid"
like "$(cat "$work/pace.out")" "^sent $sent " "packets were sent during all restarts"
soon "the last record is in the log" has "line $sent of" "$log"

i=1
while [ $i -le $kills ]; do
	succeeds "lines from before kill $i are unchanged ($(wc -l <"$work/log.$i") lines)" \
		cmp -n "$(wc -c <"$work/log.$i")" "$log" "$work/log.$i"
	i=$((i + 1))
done
perl -ne 'if (/ line (\d+) of source/ || (/Command line:/ && "1" =~ /(1)/)) { $line{$1}++ }
	elsif (/\[lastwords: .*lost: seq (\d+)(?:\xe2\x80\x93(\d+))?\]/) { $lost{$_}++ for $1 .. $2 // $1 }
	END {
		my ($missing, $twice, $both) = (0, 0, 0);
		for (1 .. $ARGV[0] // '$sent') {
			my $n = $line{$_} // 0;
			$missing++ if !$n && !$lost{$_};
			$twice++ if $n > 1;
			$both++ if $n && $lost{$_};
		}
		printf "missing=%d twice=%d both=%d lines=%d lost=%d\n", $missing, $twice, $both,
			scalar(keys %line), scalar(keys %lost);
	}' "$log" >"$work/sum"
like "$(cat "$work/sum")" '^missing=0 twice=0 both=0 ' "each record is there once, or marked as lost"
eval "$(cat "$work/sum")"
# shellcheck disable=SC2154 # by eval
diag "of $sent: $lines lines, $lost lost in $kills kills"
# (as many as come while no collector runs are lost)
succeeds "more than a quarter of the records are there" test "$lines" -gt $((sent / 4))
counted() { lastwords show "$id" 2>/dev/null | grep -q " packets, $lost lost, "; }
soon "lastwords show has the number of lost records" counted
collector_stop TERM
is "$collector_rc" 0 "the collector exits with 0"
done_testing
