#!/bin/sh
# SPDX-License-Identifier: MIT
# The index under the running collector: entries appended while it was down, index.db made corrupt,
# deleted, locked by somebody; `lastwords reindex`. Evidence: the collector lives and receives on, the
# journal loses nothing, and every index made again says the same as the one before.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
command -v sqlite3 >/dev/null || skip_all "needs sqlite3 to look at the index"

all() {
	query 'SELECT * FROM session ORDER BY id; SELECT session, time, event, text FROM event
		ORDER BY session, time, n' 2>&1
}
event() { # NAME SESSION PAIRS
	p "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) $1 $2 $3" >>"$state/journal/$(date -u +%Y-%m).log"
}
indexed() { # SESSION EVENT
	[ "$(query "SELECT count(*) > 0 FROM event WHERE session = '$1' AND event = '$2'")" = 1 ]
}
lasting() { # the counts of the last line have been told
	[ "$(query "SELECT lines FROM session WHERE id = '$id'")" = "$(count '[ ' "$(log_of "$id")")" ]
}
same() {
	[ "$(all)" = "$before" ]
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
event requested "$id" 'profile=lab product=Box address=10.0.2.15'
soon "events reach the index" indexed "$id" requested
soon "so does a death" indexed "$id" died
titled() { [ "$(query "SELECT title FROM session WHERE id = '$id'")" = "NULL pointer dereference in lab_oops" ]; }
soon "whose title is known once its lines are there" titled

collector_stop KILL
other=$(mint 525400a1b2c4 lab)
event requested "$other" product=Other
event running "$other" address=10.0.2.16
mkdir -p "$state/sessions/525400a1b2c4/$other"
cp "$(log_of "$id")" "$state/sessions/525400a1b2c4/$other/dmesg.txt"
event uploaded "$other" 'file=dmesg.txt rope=http'
collector_start
soon "what was appended while it was down is read" indexed "$other" uploaded
like "$(lastwords sessions)" '52:54:00:a1:b2:c4 +captured' "and stands in lastwords sessions"

collector_stop TERM
collector_start
received "it receives"
soon "the counts are up to date" lasting
before=$(all)
rm -f "$state"/index.db*
soon "deleted while it runs: made again" same
like "$(cat "$work/collector.err")" 'removed' "and said so"
received "it receives on"

soon "the counts are up to date" lasting
before=$(all)
collector_stop TERM
printf 'this is no database, and never was one' | dd of="$state/index.db" conv=notrunc 2>/dev/null
rm -f "$state/index.db-wal" "$state/index.db-shm"
collector_start
soon "corrupt: put aside and made again" same
is "$(find "$state" -name 'index.db.bad-*' | grep -c '')" 1 "the bad one is kept"
before=$(all)
# corrupt under its feet: pages of the file and of the log
for file in index.db index.db-wal; do
	dd if=/dev/urandom of="$state/$file" bs=1k count=30 conv=notrunc 2>/dev/null
done
event running "$id" 'address=10.0.2.15'
soon "corrupt while it runs: made again" indexed "$id" running
received "it receives on"

mkfifo "$work/sql"
sqlite3 "$state/index.db" <"$work/sql" >"$work/sql.out" 2>&1 &
sqlite=$!
exec 7>"$work/sql"
p '.timeout 5000' >&7
p 'BEGIN IMMEDIATE; SELECT 1;' >&7
wait_for 10 test -s "$work/sql.out" || true
is "$(cat "$work/sql.out")" 1 "somebody locks the index"
third=$(mint 525400a1b2c5 lab)
event requested "$third" product=Third
received "it receives meanwhile"
indexed "$third" requested && rc=0 || rc=$?
is "$rc" 1 "the index waits"
p 'COMMIT;' >&7
exec 7>&-
wait "$sqlite" || true
soon "and catches up when the lock is gone" indexed "$third" requested

soon "the counts are up to date" lasting
before=$(all)
succeeds "lastwords reindex beside the running collector" lastwords reindex
soon "says the same as before" same
collector_stop TERM
before=$(all)
succeeds "lastwords reindex alone" lastwords reindex
is "$(all)" "$before" "says the same as before"
is "$(journal | grep -c ' requested ')" 3 "the journal has lost nothing"
done_testing
