#!/bin/sh
# SPDX-License-Identifier: MIT
# The collector is killed with -9 in mid-stream and started again. Evidence: what was written before is
# whole and still there; the stream goes on in the same session without its command line; what was
# sent meanwhile is marked as lost; a log that is sent again from the beginning doubles no line.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

collector_start
id=$(mint 525400a1b2c3 lab)
log=$(log_of "$id")
from=$("$packets" port)
beginning() {
	p '6,0,0,-;Linux version 6.1.0-test\n'
	p "6,1,0,-;Command line: lastwords.session=$id\\n"
	lines 2 "$1"
}
beginning 20 | send "$from"
soon "a stream is being written" has 'line 20' "$log"
collector_stop KILL
before=$(cat "$log")

collector_start
lines 21 25 | send "$from"
soon "a stream continues after kill -9 and a start" has 'line 25' "$log"
is "$(sed 21q "$log")" "$before" "lines from before the kill are unchanged"
is "$(count 'records lost' "$log")" 0 "no record is marked as lost"
collector_stop KILL
lines 26 28 | send "$from"
collector_start
lines 29 30 | send "$from"
soon "a line that is sent after the restart is written" has 'line 30' "$log"
is "$(grep -A1 'line 25' "$log" | tail -n 1)" '[lastwords: 3 records lost: seq 26–28]' "records that were sent meanwhile are marked as lost"
collector_stop KILL
collector_start
beginning 35 | send "$from"
soon "a log that is sent again is completed" has 'line 35' "$log"
is "$(grep -c '' "$log")" 37 "a log that is sent again doubles no line"
is "$(sort "$log" | uniq -d)" '' "no line is there twice"
collector_stop TERM
is "$collector_rc" 0 "SIGTERM makes it exit with 0"
is "$(journal | grep ' bound ' | sort -u -k 3,4 | wc -l | tr -d ' ')" 1 "the journal has one binding"

# SIGTERM right behind a packet that still waits
collector_start
p '6,100,100000000,-;the very last\n' | send "$from"
collector_stop TERM
is "$(count 'the very last' "$log")" 1 "SIGTERM writes lines that wait"
done_testing
