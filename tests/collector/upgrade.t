#!/bin/sh
# SPDX-License-Identifier: MIT
# An index of an earlier version, with a record that was made before it said where its report is; and a damaged
# search. Path: the schema of version 6 made from today's, the old record's metadata, the collector; then bytes of
# the search's own tables changed. Evidence: today's tables have what the journal and the records say, what people
# said too; after the damage the index is made again, with the same content.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3

found() { # WORD: sessions whose report has it
	query "SELECT c.session FROM search JOIN crash AS c ON c.n = search.rowid WHERE search MATCH '\"$1\"'"
}
fact() { query "SELECT $1 FROM crash WHERE session = '$id'"; }
searchable() { [ "$(found lab_caller)" = "$id" ]; }
version() { [ "$(query 'PRAGMA user_version')" = "$1" ]; }

collector_start
id=$(mint 525400a1b2c3 lab)
dir=$(dirname "$(log_of "$id")")
mkdir -p "$dir"
{
	p '[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000'
	p '[    9.000001] CPU: 3 PID: 77 Comm: cat Tainted: G           OE     6.1.0-18 #1'
	p '[    9.000002] Hardware name: Box/One, BIOS 1.0'
	p '[    9.000003] RIP: 0010:lab_oops+0x5/0x10 [lab]'
	p '[    9.000004] Call Trace:'
	p '[    9.000005]  lab_caller+0x20/0x30 [lab]'
} >"$dir/dmesg.txt"
tell requested "$id" 'product=Box'
tell armed "$id" 'release=6.1.0-18'
tell uploaded "$id" 'file=dmesg.txt channel=http'
tell triage - 'signature=ccc239d4a6744008 what=tag value=nic by=ann'
soon "a report can be searched" searchable
collector_stop TERM
before=$(whole_index)
today=$(query 'PRAGMA user_version')

for trigger in $(query "SELECT name FROM sqlite_master WHERE type = 'trigger'"); do
	query "DROP TRIGGER $trigger"
done
query "DROP TABLE crash; DROP TABLE search; DROP TABLE triage;
	DROP TABLE machine; DROP TABLE kind; DROP TABLE ran; DROP TABLE ran_crash;
	ALTER TABLE session DROP COLUMN kernel; PRAGMA user_version = 6"
sed -i '/^report-/d' "$dir/record.meta"
fails "an older index is not read" lastwords sessions
like "$(lastwords sessions 2>&1 || :)" 'version 6, this program reads version' "… which is said"
collector_start
soon "an older index is upgraded, and its records are read again" searchable
version "$today"
is "$(whole_index)" "$before" "it is the same as before"
is "$(fact taint)" 'G           OE' "the taint flags of a report of before"
is "$(fact hardware)" 'Box/One, BIOS 1.0' "its hardware"
is "$(fact modules)" 'lab' "its modules"
is "$(fact "kernel || ' ' || cpu || ' ' || task || ' ' || severity")" '6.1.0-18 3 cat death' "its kernel, CPU, task, severity"
is "$(query 'SELECT value FROM triage')" nic "what a person said"
like "$(cat "$dir/record.meta")" 'report-line=1' "the record says now where its report is"

# the search's own tables, changed under the collector
query "UPDATE search_data SET block = x'00ff00ff00ff' WHERE id > 1"
tell uploaded "$id" 'file=dmesg.txt channel=http'
again() { searchable && [ "$(find "$state" -name 'index.db.bad-*' | grep -c '')" -ge 1 ]; }
soon "an index whose search is damaged is made again" again
is "$(fact taint)" 'G           OE' "with its facts"
collector_stop TERM
lastwords fsck --repair >/dev/null 2>&1 || : # the files' modes, which this test has not set
succeeds "fsck finds nothing wrong" lastwords fsck
query "DELETE FROM crash"
fails "fsck finds crashes that are missing in the index" lastwords fsck
like "$(lastwords fsck 2>&1 || :)" 'index.db: .*crashes missing: 1' "… and says so"
succeeds "fsck repairs that" lastwords fsck --repair
is "$(found lab_caller)" "$id" "the crash is found again"
collector_start
tell pruned "$id" 'why=age bytes=1 crash=1'
gone() { [ "$(query 'SELECT (SELECT count(*) FROM crash) + (SELECT count(*) FROM search)')" = 0 ]; }
soon "nothing of a pruned crash stays" gone
done_testing
