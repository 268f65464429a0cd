#!/bin/sh
# SPDX-License-Identifier: MIT
# Commands read the central database. Path: the schema of lastwords central init, rows of two servers put there as an
# administrator, lastwords with --central, --local and neither, by a role that only reads. Evidence: what commands
# print: rows and logs of both servers; texts that would be SQL or act on a terminal; this server's index with one line
# while the centre is down or does not answer; exit codes.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$root/tests/lib/central.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" jq zstd od "$bin/lastwords" "$bin/lastwords-relay"
postgres_need
postgres_make centre
postgres_start centre
postgres_sql centre "CREATE DATABASE lastwords"

conf() { # CONNINFO
	cat >"$work/lastwords.conf" <<-END
		state = "$work/state"
		central = "$1"
		profile lab { image = "none" }
		rule { product = "*" profile = "lab" }
	END
}
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
conf "$(postgres_at centre) dbname=lastwords user=reader"

# --- this server has a session of its own
own=525400aa0009-20261121T093612123-lab-5f3a9c01
mkdir -p "$work/state/journal" "$work/state/sessions"
echo "2026-11-21T09:36:12.123Z requested $own product=Own" >"$work/state/journal/2026-11.log"
lw reindex >/dev/null

exits 1 "without its tables the centre is no answer" lw sessions --central
like "$(lw sessions --central 2>&1 || :)" 'central' "the message says so"
central_fill

# --- lists
is "$(lw sessions --central --json | jq -r '.session + " " + .server + " " + (.url // "none")')" "$second boot2 none
$first boot1 http://boot1:8081/crash/$first" "sessions of both servers, with their server and page"
is "$(lw sessions --local --json | jq -r '.session')" "$own" "--local: this server's"
# (a machine that is busy may take longer than a second)
neither() { lw sessions --json 2>/dev/null | jq -r .session | grep -q "$first"; }
succeeds "neither: the centre answers" wait_for 60 neither
is "$(lw sessions --central --state captured --json | jq -r .product)" "$(printf "x'; DROP TABLE session; --\033[31m")" \
	"a text that would be SQL is a text"
is "$(lw sessions --central | tr -d '\t\n -~' | wc -c)" 0 "nothing of it acts on a terminal"
is "$(lw sessions --central '00% _' --json | jq -r .session)" "$second" "the wildcards of a part are letters"
exits 1 "no session has that" lw sessions --central "' OR true --"
is "$(lw crashes --central --json | jq -r '.title + " " + (.pid | tostring) + " " + .server')" \
	"NULL pointer dereference in lab_one 31 boot1" "crashes, with all of the report"
is "$(lw crashes --central --group --json | jq -r '[.signature, .count, .machines, .releases[0]] | join(" ")')" \
	"be47e0ac13ea7614 1 1 6.1.0-56" "groups"
is "$(lw machines --central --json | jq -r '.mac + " " + .state')" "52:54:00:aa:00:01 captured
52:54:00:aa:00:02 requested" "machines"
is "$(lw fleet --central --json | jq -r .machines)" 2 "the fleet"

# --- a search
found() { lw crashes --central --search "$1" --json 2>/dev/null | jq -r .session; }
is "$(found 'NULL lab_one.isra.0')" "$first" "a search: two words, one of them with stops"
is "$(found 'lab_one.isra.0+0x5/0x10')" "$first" "a search: words that follow each other"
is "$(found 'lab_one.isra.0+0x10')" "" "a search: words that do not follow each other"
is "$(found 'lab_on*')" "$first" "a search: a beginning"
is "$(found "NULL' | !x & :*")" "" "a search: nothing in it is an operator"
is "$(found 'NULL & |')" "$first" "a search: marks alone are no words"

# --- one session, of files of two servers
lw show --central "$first" >"$work/show" 2>&1
like "$(cat "$work/show")" "server     boot1" "show: its server"
like "$(cat "$work/show")" "page       http://boot1:8081/crash/$first" "show: its page"
like "$(cat "$work/show")" "uploaded +file=dmesg.txt" "show: an event that reached another server"
like "$(cat "$work/show")" "autopsy    CPU 1 was in lab_one" "show: the autopsy's summary"
like "$(cat "$work/show")" 'RIP: 0010:lab_one.isra.0' "show: lines of the log, in two parts"
like "$(cat "$work/show")" 'the other server has this' "show: lines of the log that another server has"
is "$(lw show --central "$first" --json | jq -r '[.files[].name] | join(" ")')" \
	"autopsy.txt console.log dmesg-2.txt dmesg.txt keep record.channels record.levels record.meta record.txt" \
	"show --json: the files of both, without a name that leads elsewhere; a damaged one is empty"
is "$(lw autopsy --central "$first")" "lastwords-autopsy 1
summary
  CPU 1 was in lab_one." "autopsy"
is "$(lw diff --central "$first" be47e0ac13ea7614 --json | jq -r '.a.session + " " + .b.session')" "$first $first" "diff"
is "$(lw show --central 52:54:00:aa:00:02 --json | jq -r .session)" "$second" "a machine's newest session"
exits 1 "show: an unknown session" lw show --central 525400aa0001-20261121T093612124-lab-5f3a9c01
like "$(lw show --central 525400ff 2>&1 || :)" 'unknown session "525400ff"' "… is named"
like "$(lw show --central "$own" 2>&1 || :)" 'unknown session' "this server's own is not in the centre"
is "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'lastwords-ask.*' -user "$(id -un)" -newer "$work/show" 2>/dev/null)" "" \
	"no files are left behind"

mkdir -p "$work/tmp/lastwords-ask.killed/sessions" "$work/tmp/lastwords-ask.fresh"
touch -d '1 hour ago' "$work/tmp/lastwords-ask.killed"
TMPDIR=$work/tmp lw show --central "$first" >/dev/null 2>&1 || :
is "$(ls "$work/tmp")" lastwords-ask.fresh "those of a program that was killed are removed, new ones stay"

# --- groups as the summaries have them
postgres_ask centre lastwords <<END
SET search_path = lastwords;
INSERT INTO crash (session, booted, mac, time, profile, product, kernel, server, version, signature, title, release) VALUES
	('$second', '2026-11-21 10:00:00Z', '52:54:00:aa:00:02', now() - interval '7 days', 'lab', 'x', '6.1.0-57', 2, 1, 'aaaaaaaaaaaaaaaa', 'other', '6.1.0-57');
END
groups() { lw crashes --central --group --json | jq -r "[.signature, .count, .machines, .release_count, .title] | join(\" \")" | sort; }
is "$(groups)" "aaaaaaaaaaaaaaaa 1 1 1 other
be47e0ac13ea7614 1 1 1 NULL pointer dereference in lab_one" "two groups"
is "$(lw crashes --central --group --json | jq -r 'select(.title == "other") | [(.impact * 100 | round), (.days | add), .releases[]] | join(" ")')" \
	"50 1 6.1.0-57" "the impact is half after a week; its day and release"
postgres_sql centre "INSERT INTO lastwords.setting (kind, key, what, value, by, time, server, number)
	VALUES ('triage', 'aaaaaaaaaaaaaaaa', 'duplicate', 'be47e0ac13ea7614', 'me', now(), 2, 9)" lastwords
is "$(groups)" "be47e0ac13ea7614 2 2 2 NULL pointer dereference in lab_one" "a duplicate is of the other group: what people said counts everywhere"
is "$(lw crashes --central --group --json | jq -r '[.duplicates[], (.days | length), (.releases | sort)[]] | join(" ")')" \
	"aaaaaaaaaaaaaaaa 30 6.1.0-56 6.1.0-57" "… with its releases"
is "$(lw crashes --central --group --state fixed --json 2>/dev/null)" "" "a state that none has"

# --- the protocol
ask() { printf '%s' "$1" | "$bin/lastwords-relay" -c "$work/lastwords.conf" ask; }
exits 2 "ask: no JSON" ask '{'
exits 2 "ask: an unknown member" ask '{"query":"fleet","x":1}'
exits 4 "ask: there is no such session" ask "{\"query\":\"session\",\"session\":\"$own\"}"
exits 1 "ask: a query that fails" ask '{"query":"crashes","filter":{"search":"a*"}}'
exits 0 "ask: an answer" ask '{"query":"fleet"}'

# --- the role only reads
writes() { "$postgres_bin/psql" -X -q -d "$(postgres_at centre) dbname=lastwords user=reader" -c "$1"; }
fails "a reader inserts nothing" writes "INSERT INTO lastwords.event VALUES (1, 9, now(), 'x', NULL, '')"
fails "a reader removes nothing" writes "DELETE FROM lastwords.session"
fails "a reader calls no function of servers" writes "SELECT lastwords.put_history(1, '', true)"

# --- the centre does not answer
both() { lw sessions --json 2>"$work/err" | jq -r .session; }
postgres_pause centre
is "$(both)" "$own" "a centre that hangs: what this server has"
is "$(wc -l <"$work/err")" 1 "… with one line"
like "$(cat "$work/err")" 'does not answer in time; this is what this server has' "… that says so"
postgres_resume centre
postgres_stop centre
is "$(both)" "$own" "a centre that is down: what this server has"
like "$(cat "$work/err")" 'does not answer: .*; this is what this server has' "… and a line"
exits 1 "--central: nothing else will do" lw sessions --central
exits 5 "ask: the centre is away" ask '{"query":"fleet"}'
exits 1 "--central and --local together" lw sessions --central --local
sed -i '/^central/d' "$work/lastwords.conf"
is "$(both)" "$own" "without central: this server"
is "$(cat "$work/err")" "" "… and no line"
exits 1 "without central: --central" lw sessions --central
done_testing
