#!/bin/sh
# SPDX-License-Identifier: MIT
# The main way: a server's journal, history before its numbers, crash and files reach the central database. Path: files
# of STATE, lastwords-relay, PostgreSQL. Evidence: the centre's rows are the journal's lines, each once, also after the
# relay was killed and started again, and after everything was sent twice; sessions are computed from two servers' events
# in any order; a session ends when its machine's next one came up elsewhere; the log is there byte for byte.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$(dirname "$0")/relay.sh"

relay_need
needs "make check installs it" zstd
relay_centre
sql() { postgres_sql centre "$1" lastwords; }
relay_server one "$(postgres_tcp centre) dbname=lastwords user=room1"
relay_server two "$(postgres_tcp centre) dbname=lastwords user=room2"

# History: two months, without numbers.
mkdir -p "$work/one/journal"
old=525400aa0001-20260203T040506789-lab-01020304
printf '%s\n' "2026-02-03T04:05:06.789Z requested $old profile=lab product=Old" \
	"2026-02-03T04:05:36.789Z running $old address=10.0.0.7/24" >"$work/one/journal/2026-02.log"
echo "2026-03-03T04:05:06.789Z event - text=hello%20there%00" >"$work/one/journal/2026-03.log"
relay_lines one 500
relay_start one
relay_sent one "1,503 lines are there, each once"
history_done() { [ "$(sql "SELECT history_done FROM lastwords.server")" = t ]; }
succeeds "with the history before them" wait_for 60 history_done
is "$(sql "SELECT product, address, running IS NOT NULL, booted FROM lastwords.session WHERE id = '$old'")" \
	"Old|10.0.0.7|t|2026-02-03 04:05:06.789+00" "a session of the history"
is "$(sql "SELECT count(*), count(up), count(DISTINCT mac), min(kernel) FROM lastwords.session WHERE id <> '$old'")" \
	"500|500|500|6.1.0-0" "sessions are computed from their events"
like "$(sql "SELECT tableoid::regclass FROM lastwords.event ORDER BY time LIMIT 1")" event_2026_02 "history has partitions of its months"
is "$(sql "SELECT name <> '', cursor >= 1500, cursor = last FROM lastwords.server")" "t|t|t" "the cursor is the journal's last number"
relay_lines one 1
relay_sent one "a new line is sent while the relay runs"

relay_kill one
sql "UPDATE lastwords.server SET cursor = 0, cursor_hash = NULL, history = '', history_done = false" >/dev/null
relay_start one
again() { [ "$(sql "SELECT cursor = last AND history_done FROM lastwords.server")" = t ]; }
succeeds "with the cursor set back the relay sends all again" wait_for 60 again
relay_sent one "all of it sent twice is there once"

# --- one session, events of two servers
s1=525400bb0001-20261101T100000000-lab-0a0a0a0a s2=525400bb0001-20261101T110000000-lab-0b0b0b0b
echo "2026-11-01T11:00:05.000Z armed $s2 release=6.1 n=@" | relay_write two
relay_start two
relay_sent two "a second server sends too"
relay_write one <<END
2026-11-01T10:00:00.000Z requested $s1 product=Late n=@
2026-11-01T10:00:09.000Z armed $s1 release=6.1 n=@
2026-11-01T11:00:00.000Z requested $s2 product=Both n=@
END
relay_sent one "later, the first has older ones"
is "$(sql "SELECT ended FROM lastwords.session WHERE id = '$s1'")" "2026-11-01 11:00:05+00" \
	"a session ended when its machine's next one came up, as another server says"
is "$(sql "SELECT product, armed, s.id = decode('$(cat "$work/one/server.id")', 'hex') FROM lastwords.session e
	JOIN lastwords.server s ON s.n = e.server WHERE e.id = '$s2'")" "Both|2026-11-01 11:00:05+00|t" \
	"one row of a session of both, with the server that served it"
is "$(sql "SELECT session FROM lastwords.machine WHERE mac = '52:54:00:bb:00:01'")" "$s2" "the machine's newest session"

# --- a crash
dir=$work/one/sessions/525400bb0001/$s2
mkdir -p "$dir"
# (with bytes that are not UTF-8, which the database does not take)
perl -pe 's/(CPU: 1 PID: 31 )/$1\xff\xc3 /' "$root/tests/relay/oops.txt" >"$dir/dmesg.txt"
is "$(LC_ALL=C grep -c "$(printf '\377')" "$dir/dmesg.txt")" 1 "the log of a crash has a byte that is not UTF-8"
printf 'bytes=%s\nchannel=http\n' "$(wc -c <"$dir/dmesg.txt")" >"$dir/dmesg.meta"
echo "2026-11-01T11:30:00.000Z uploaded $s2 file=dmesg.txt channel=http n=@" | relay_write one
"$bin/lastwords" -c "$work/one.conf" reindex >/dev/null
crashed() { [ "$(sql "SELECT count(*) FROM lastwords.crash WHERE server IS NOT NULL")" = 1 ]; }
succeeds "the crash is there" wait_for 60 crashed
is "$(sql "SELECT title, by_http, c.time FROM lastwords.crash c")" \
	"NULL pointer dereference in lab_one|t|2026-11-01 11:30:00+00" "with its title"
is "$(sql "SELECT title, count, machines, release_count FROM lastwords.crash_group")" \
	"NULL pointer dereference in lab_one|1|1|1" "and its group"
is "$(sql "SELECT count(*) FROM lastwords.crash WHERE words @@ 'lab_one & oops'")" 1 "its report can be searched"
sent() { [ -n "$(sql "SELECT 1 FROM lastwords.file WHERE name = 'dmesg.txt' AND NOT EXISTS (SELECT FROM lastwords.wanted)")" ]; }
succeeds "the log is there" wait_for 60 sent
sql "SELECT encode(data, 'hex') FROM lastwords.file JOIN lastwords.blob ON blob.sha256 = parts[1] WHERE name = 'dmesg.txt'" |
	perl -ne 'print pack "H*", $_ =~ s/\s//gr' | zstd -dc >"$work/log"
succeeds "byte for byte" cmp "$work/log" "$dir/dmesg.txt"

# --- what people set
echo "2026-11-01T12:00:00.000Z triage - signature=0123456789abcdef what=note value=first by=ann n=@" |
	relay_write one
echo "2026-11-01T11:00:06.000Z triage - signature=0123456789abcdef what=note value=before by=bob n=@" | relay_write two
relay_sent one "a note of one server"
relay_sent two "an older one of the other, sent later"
is "$(sql "SELECT value, by FROM lastwords.setting_now WHERE kind = 'triage'")" "first|ann" "the later note counts"
echo "2026-11-01T12:00:01.000Z event $s2 what=keep value=on by=ann n=@" | relay_write one
relay_sent one "a session is to be kept"
is "$(sql "SELECT key, what, value FROM lastwords.setting_now WHERE kind = 'keep'")" "$s2|keep|on" "which is known there"

# --- "pruned" before a session's other lines, and after them
pruned() { # ID [PAIRS]
	echo "2026-11-10T00:00:00.000Z pruned $1 why=days bytes=1 crash=1 up=1793538020000 end=1793541600000 release=6.1.0-9 product=Old ${2:-} n=@"
}
others() { # ID
	echo "2026-11-01T13:00:05.000Z requested $1 profile=lab product=Old serial=S3 n=@"
	echo "2026-11-01T13:00:20.000Z armed $1 release=6.1.0-9 n=@"
	echo "2026-11-01T14:00:00.000Z died $1 line=x n=@"
}
s3=525400bb0003-20261101T130000000-lab-00000003 s4=525400bb0004-20261101T130000000-lab-00000004
pruned "$s3" | relay_write one
relay_sent one "a session of which only its end is there"
is "$(sql "SELECT kernel, product, up, ended FROM lastwords.session WHERE id = '$s3'")" \
	"6.1.0-9|Old|2026-11-01 13:00:20+00|2026-11-01 14:00:00+00" "has its kernel, product and how long it ran"
others "$s3" | relay_write one
others "$s4" | relay_write one
relay_sent one "its other lines, later"
pruned "$s4" | relay_write one
relay_sent one "another one's end after its other lines"
row() { sql "SELECT s.served, s.product, s.serial, s.kernel, s.armed, s.up, s.died, s.ended, s.pruned, c.time, c.kernel FROM lastwords.session s
	JOIN lastwords.crash c ON c.session = s.id WHERE id = '$1'"; }
is "$(row "$s3")" "$(row "$s4")" "the order makes no difference"
like "$(row "$s3")" '^t.Old.S3.*2026-11-10' "and nothing is left out"
s5=525400bb0005-20261101T130000000-lab-00000005 s6=525400bb0006-20261101T130000000-lab-00000006
pruned "$s5" "signature=0123456789abcdef" | relay_write one
pruned "$s6" "signature=0123456789ABCDEF" | relay_write one
relay_sent one "crashes of which only the end is there"
crash() { sql "SELECT signature, title FROM lastwords.crash WHERE session = '$1'"; }
is "$(crash "$s5")" "0123456789abcdef|" "one has the signature that its line gives"
is "$(crash "$s6")" "|" "what is no signature is left out"
is "$(sql "SELECT count FROM lastwords.crash_group WHERE signature = '0123456789abcdef'")" 1 "its group counts it"
is "$(relay_sums)" 0 "the sums of how long machines ran are those of the sessions"

# --- what a session ran on, and since when, is known late
s7=525400bb0007-20261101T130000000-lab-00000007 s8=525400bb0007-20261101T150000000-lab-00000008
echo "2026-11-01T13:00:30.000Z running $s7 address=10.0.0.7/24 n=@
2026-11-01T15:00:30.000Z running $s8 address=10.0.0.7/24 n=@" | relay_write one
relay_sent one "two runs of one machine"
is "$(relay_sums)" 0 "are in the sums"
echo "2026-11-01T13:00:20.000Z armed $s7 release=6.1.0-9 n=@
2026-11-01T15:00:20.000Z armed $s8 release=6.1.0-10 n=@" | relay_write one
relay_sent one "then their kernels, and that they were up before"
is "$(relay_sums)" 0 "the sums follow"
is "$(sql "SELECT kernel, sessions, open, first, last FROM lastwords.ran WHERE mac = '52:54:00:bb:00:07' ORDER BY 2, 3")" \
	"6.1.0-9|1|0|2026-11-01 13:00:20+00|2026-11-01 13:00:20+00
6.1.0-10|1|1|2026-11-01 15:00:20+00|2026-11-01 15:00:20+00" "by kernel, and nothing of an unknown one is left"

# --- history of which compaction makes a shorter file while it is sent
mkdir -p "$work/three/journal"
seq -f '2026-10-05T04:05:06.789Z event - text=%g' 6000 >"$work/three/journal/2026-10.log"
relay_server three "$(postgres_tcp centre) dbname=lastwords user=room2"
relay_lines three 1
relay_start three
of_three() { sql "SELECT count(*) FROM lastwords.event WHERE event = 'event' AND time = '2026-10-05 04:05:06.789+00'"; }
begun() { [ "$(of_three)" -gt 0 ]; }
wait_for 30 begun || :
sed 1,500d "$work/three/journal/2026-10.log" >"$work/three/journal/new"
mv "$work/three/journal/new" "$work/three/journal/2026-10.log"
like "$(of_three)" '^[1-4][0-9][0-9][0-9]$|^[1-9][0-9][0-9]$|^5[0-4]' "a part of a long history is there when its file changes"
whole() { [ "$(sql "SELECT count(*) FROM lastwords.event WHERE pairs LIKE 'text=%' AND time = '2026-10-05 04:05:06.789+00'")" = 6000 ]; }
succeeds "all of it arrives" wait_for 60 whole
relay_kill three

# --- months that are over
echo "2026-02-01T13:00:30.000Z running 525400bb0007-20260201T130000000-lab-00000009 address=10.0.0.7/24 n=@" | relay_write one
# (as many that November 2026 is kept, at whatever time the test runs)
since_november=$((($(date -u +%Y) - 2026) * 12 + $(date -u +%-m) - 11))
sql "UPDATE lastwords.centre SET keep_months = $since_november + 1, checked = '-infinity'" >/dev/null
relay_kill one
relay_start one
months() { sql "SELECT count(*) FROM pg_class WHERE relname = 'event_2026_02'"; }
over() { [ "$(months)" = 0 ]; }
succeeds "months that are not to be kept are removed, long after the history came" wait_for 60 over
is "$(sql "SELECT count(*) FROM lastwords.session WHERE id LIKE '525400bb0007-20260201%'")" 0 "with their sessions"
is "$(relay_sums)" 0 "of which nothing is left in the sums"
is "$(relay_values)" 0 "and the values of crashes are those of the crashes"
is "$(sql "SELECT count(*) > 0 FROM lastwords.event WHERE time > '2026-11-01'")" t "later ones stay"
done_testing
