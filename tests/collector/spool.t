#!/bin/sh
# SPDX-License-Identifier: MIT
# 4,000 machines speak at once, so that lines go by the spool; the collector is killed with -9 as soon as
# it has nothing more to receive, and started again. Evidence: it says that it found lines; every log has
# every line of its machine, once; the streams go on where they were, and nothing is marked as lost.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" "$pace"
machines=4000 rounds=4

# all lines of all logs, sorted
all_lines() {
	find "$state/sessions" -name netconsole.log -exec cat {} + | grep -a 'of source\|Command line' | sort
}

collector_start -l "0.0.0.0:$port"
mint 525400000001 lab '' "$machines" >"$work/ids"
mkfifo "$work/go"
"$pace" "$port" "$machines" $((machines * rounds)) 10000 "$work/ids" wait <"$work/go" >"$work/sent" &
exec 3<>"$work/go" # (which does not wait for a reader)
have_logs() { [ "$(find "$state/sessions" -name netconsole.meta | wc -l)" -eq "$machines" ]; }
succeeds "every machine has a log" wait_for 120 have_logs
# One process, because it must be quick: the sender is done, the socket empty, the collector waits: kill.
perl -MTime::HiRes=sleep -e '
	my ($sent, $port, $pid) = @ARGV;
	sub text { open my $in, "<", $_[0] or return ""; local $/; return <$in> }
	for (1 .. 30000) {
		sleep 0.001;
		next unless text($sent) =~ /^sent/m;
		next unless text("/proc/net/udp") =~ /:\Q$port\E 00000000:0000 \w+ \w+:00000000 /;
		next unless text("/proc/$pid/status") =~ /^State:\tS/m;
		kill "KILL", $pid;
		exit 0;
	}
	exit 1' "$work/sent" "$(printf %04X "$port")" "$collector_pid" &
killer=$!
echo >&3
exec 3>&-
killed=0
wait "$killer" || killed=$?
is "$killed" 0 "the collector is killed when all packets are received"
collector_stop KILL 2>/dev/null || true
succeeds "the killed collector left lines in the spool" test -s "$state/run/lines.0" -o -s "$state/run/lines.1"
before=$(all_lines | wc -l)
collector_start -l "0.0.0.0:$port"
soon "the next collector reports the recovered lines" has 'lines of a killed collector' "$work/collector.err"
diag "$before of $((machines * rounds)) lines were in the logs; $(cat "$work/collector.err")"
all_lines >"$work/lines"
is "$(wc -l <"$work/lines" | tr -d ' ')" $((machines * rounds)) "every line is in a log after the restart"
is "$(uniq -d "$work/lines" | wc -l | tr -d ' ')" 0 "no line is in a log twice"
succeeds "some lines were only in the spool" test "$before" -lt $((machines * rounds))
is "$(cat "$state/run/lines.0" "$state/run/lines.1" | wc -c | tr -d ' ')" 0 "the spool is empty again"

# The first machine goes on: from another port than before it would be another stream.
first=$(head -n 1 "$work/ids")
stream=$(sed -n 's/^stream=//p' "$(dirname "$(log_of "$first")")/netconsole.meta")
is "$(sed -n 's/^next=//p' "$(dirname "$(log_of "$first")")/netconsole.meta")" $((rounds + 1)) \
	"the meta has the stream's position"
p "6,$((rounds + 1)),9000000,-;it goes on\\n" | send "${stream##*-}" "${stream%-*}"
soon "a stream continues after the restart" has 'it goes on' "$(log_of "$first")"
is "$(find "$state" -name '*.log' -exec cat {} + | grep -ac 'lost' || true)" 0 "no record is marked as lost"
done_testing
