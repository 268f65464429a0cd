#!/bin/sh
# SPDX-License-Identifier: MIT
# The index under the running collector: entries appended while it was down, index.db made corrupt,
# deleted, locked by somebody; `lastwords reindex`. Evidence: the collector lives and receives on, the
# journal loses nothing, and every index made again says the same as the one before.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3

lasting() { # the counts of the last line are in the index
	[ "$(query "SELECT lines FROM session WHERE id = '$id'")" = "$(count '[ ' "$(log_of "$id")")" ]
}
same() {
	[ "$(whole_index)" = "$before" ]
}
number=500
received() { # a line gets through: NAME
	number=$((number + 1))
	p "6,$number,${number}000000,-;line $number\\n" | send "$from"
	soon "$1" has "line $number" "$(log_of "$id")"
}

collector_start
id=$(mint 525400a1b2c3 lab)
from=$("$packets" port)
{
	p "6,1,0,-;Command line: lastwords.session=$id\\n"
	p '4,2,9000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n'
	p '4,3,9000001,-;RIP: 0010:lab_oops+0x5/0x10 [lab]\n'
} | send "$from"
tell requested "$id" 'profile=lab product=Box address=10.0.2.15'
soon "events reach the index" indexed "$id" requested
soon "a crash reaches the index" indexed "$id" died
soon "a crash has its title once its lines are there" titled "$id" "NULL pointer dereference in lab_oops"

collector_stop KILL
other=$(mint 525400a1b2c4 lab)
tell requested "$other" product=Other
tell running "$other" address=10.0.2.16
mkdir -p "$state/sessions/525400a1b2c4/$other"
cp "$(log_of "$id")" "$state/sessions/525400a1b2c4/$other/dmesg.txt"
tell uploaded "$other" 'file=dmesg.txt channel=http'
collector_start
soon "events of the time without a collector are read" indexed "$other" uploaded
like "$(lastwords sessions)" "52:54:00:a1:b2:c4$(printf '\t')captured" "lastwords sessions lists the captured session"

collector_stop TERM
collector_start
received "it receives"
soon "the counts are up to date" lasting
before=$(whole_index)
rm -f "$state"/index.db*
soon "an index that is removed while the collector runs is made again" same
soon "the collector reports the removed index" has_line "$work/collector.err" removed
received "it receives on"

soon "the counts are up to date" lasting
before=$(whole_index)
collector_stop TERM
printf 'this is no database, and never was one' | dd of="$state/index.db" conv=notrunc 2>/dev/null
rm -f "$state/index.db-wal" "$state/index.db-shm"
collector_start
soon "a corrupt index is made again at the start" same
is "$(find "$state" -name 'index.db.bad-*' | grep -c '')" 1 "the corrupt index is kept under another name"
before=$(whole_index)
# corrupt under its feet: pages of the file and of the log
for file in index.db index.db-wal; do
	dd if=/dev/urandom of="$state/$file" bs=1k count=30 conv=notrunc 2>/dev/null
done
tell running "$id" 'address=10.0.2.15'
soon "an index that becomes corrupt is made again" indexed "$id" running
received "it receives on"

index_lock
third=$(mint 525400a1b2c5 lab)
tell requested "$third" product=Third
received "it receives meanwhile"
fails "a locked index gets no event" within 3 indexed "$third" requested
index_unlock
soon "the index is complete after the lock is gone" indexed "$third" requested

soon "the counts are up to date" lasting
before=$(whole_index)
succeeds "lastwords reindex succeeds next to a running collector" lastwords reindex
soon "an index made again next to a collector is the same as before" same
collector_stop TERM
before=$(whole_index)
succeeds "lastwords reindex succeeds without a collector" lastwords reindex
is "$(whole_index)" "$before" "an index made again without a collector is the same as before"
is "$(journal | grep -c ' requested ')" 3 "the journal is unchanged by all this"
done_testing
