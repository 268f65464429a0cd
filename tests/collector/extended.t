#!/bin/sh
# SPDX-License-Identifier: MIT
# Both formats of one session over the wire: release prefix, caller, dictionary, fragments out of
# order and doubled, reordering, loss, duplicates. Evidence: netconsole.log line by line, the counts in
# netconsole.meta and in the index.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

collector_start
id=$(mint 525400a1b2c3 lab)
from=$("$packets" port)
{
	p '6,0,0,-;Linux version 6.1.0-test\n'
	p "6,1,0,-;Command line: quiet lastwords.session=$id\\n"
	p '6.12.9-amd64,6,3,1500000,-,caller=T77;with release and caller\n SUBSYSTEM=pci\n'
	p '6,2,1000000,-;comes late\n'
	p '6,4,2000000,-,ncfrag=8/16;the end\n'
	p '6,4,2000000,-,ncfrag=8/16;the end\n'
	p '6,4,2000000,-,ncfrag=0/16;in two, '
	p '6,5,2500000,-;one\\x0atwo\n'
	p '6,5,2500000,-;one\\x0atwo\n'
	p '6,9,3000000,-;after a loss\n'
} | send "$from"
log=$(log_of "$id")
soon "the log is written while the machine runs" has 'after a loss' "$log"
is "$(cat "$log")" "[    0.000000] Linux version 6.1.0-test
[    0.000000] Command line: quiet lastwords.session=$id
[    1.000000] comes late
[    1.500000][   T77] with release and caller
[    2.000000] in two, the end
[    2.500000] one
[    2.500000] two
[lastwords: 3 records lost: seq 6–8]
[    3.000000] after a loss" "as dmesg prints it, the loss marked where it is"
levels() { grep -q "^levels=$1\$" "${log%.log}.meta"; }
soon "the levels are next to it" levels 'g7-g'
soon "the journal has the bound event" journal_has " bound $id stream=127.0.0.1-$from n=[0-9]*\$"

# the basic format on the same port of the server
basic=$(mint 525400a1b2c4 lab)
{
	p '[    0.000000] Linux version 6.1.0-test\n[    0.000000] Command line: lastwords.ses'
	p "sion=$basic ro\\n[    1.0"
	p '00000] next\n'
	printf "[    2.000000] %0985d\n" 0
	p 'rest of a long one\n'
} | send 0
log=$(log_of "$basic")
soon "a basic stream at the same time has its log" has 'rest of a long one' "$log"
is "$(sed 3q "$log")" "[    0.000000] Linux version 6.1.0-test
[    0.000000] Command line: lastwords.session=$basic ro
[    1.000000] next" "lines that were cut between packets are whole"
is "$(awk 'length > 1000' "$log" | wc -l | tr -d ' ')" 1 "a basic line that was cut at 1000 bytes is joined"

counts() {
	query "SELECT lines, lost, truncated, duplicates FROM session WHERE id = '$1'"
}
counted() {
	[ "$(counts "$1")" = "$2" ]
}
soon "lines, losses and duplicates are in the index" counted "$id" '8|3|0|2'
soon "a basic packet of 1000 bytes counts as truncated" counted "$basic" '4|0|1|0'
done_testing
