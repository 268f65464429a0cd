#!/bin/sh
# SPDX-License-Identifier: MIT
# Both engines give the same answers. Path: a STATE made by mkstore, with events of every kind added by hand in any order,
# into the index (lastwords reindex) and through the relay into PostgreSQL; then each query of the command and the pages,
# answered from the index (tests/lib/answer) and from the centre (lastwords-relay ask) for the same time. Evidence: the
# documents are equal, but for what only one of them can have: the session's server and page, the collector, the disk.
# So the rules by which sessions are computed are the same in store/db_write.c and in relay/batch.c.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$(dirname "$0")/relay.sh"

relay_need
answer=${LASTWORDS_TOOLS:-$root/build/tests}/lib/answer mkstore=${LASTWORDS_TOOLS:-$root/build/tests}/lib/mkstore
needs "make check installs and builds it" jq "$answer" "$mkstore"
relay_centre
sql() { postgres_sql centre "$1" lastwords; }
relay_server one "$(postgres_tcp centre) dbname=lastwords user=room1"
rm -r "$work/one"
now=1788000000
"$mkstore" "$work/one" sessions=700 machines=60 crashes=80 signatures=20 releases=5 days=60 lines=5 index=0 now=$now
mkdir -p "$work/one/run"

# --- events of every kind, in any order, and with what is not usual
at() { date -u -d "@$((now - $1))" +%Y-%m-%dT%H:%M:%S.000Z; }
id() { echo "525400ee00$1-$(date -u -d "@$((now - $2))" +%Y%m%dT%H%M%S)000-lab-000000$1"; }
s1=$(id 01 5000) s2=$(id 01 4000) s3=$(id 01 3000) s4=$(id 02 4000) s5=$(id 03 4000) s6=$(id 04 4000) s7=$(id 05 4000)
s8=$(id 06 4000) s9=$(id 06 3000) s10=$(id 07 4000) s11=$(id 08 4000) s12=$(id 09 4000) s13=$(id 0a 4000)
crashed=$(sed -n 's/.* uploaded \([^ ]*\) .*/\1/p' "$work/one/journal/"*.log | head -n 1)
"$bin/lastwords" -c "$work/one.conf" reindex >/dev/null
signature() { "$bin/lastwords" -c "$work/one.conf" crashes --local --group --json | jq -rs ".[$1].signature"; }
g0=$(signature 0) g1=$(signature 1) g2=$(signature 2) g3=$(signature 3)
relay_write one <<END
$(at 3900) running $s2 address=10.1.0.2/24 release=6.2 n=@
$(at 4900) armed $s1 release=6.1.0-9 ms=3 n=@
$(at 5000) requested $s1 product=A%20%22B%22 serial=S%c3%bc asset=A1 address=10.0.0.1 n=@
$(at 4000) requested $s2 product=A address= n=@
$(at 4800) running $s1 address=10.1.0.1/24 n=@
$(at 4700) died $s1 n=@
$(at 3000) requested $s3 product=A n=@
$(at 3800) not-armed $s4 why=no%20room release=6.3 n=@
$(at 3850) armed $s4 n=@
$(at 3990) requested $s4 product=B n=@
$(at 3850) not-armed $s5 why=before n=@
$(at 3800) armed $s5 n=@
$(at 3700) running $s5 n=@
$(at 3990) requested $s6 product=C%00D address=10.0.0.6 n=@
$(at 3600) stalled $s6 n=@
$(at 3990) requested $s7 product=C n=@
$(at 3500) died $s7 n=@
$(at 3400) no-capture $s7 n=@
$(at 3450) died $s7 n=@
$(at 3900) armed $s8 release=6.1 n=@
$(at 2900) armed $s9 release=6.1 n=@
$(at 2800) armed $s9 release=6.1 n=@
$(at 2000) ended $s8 n=@
$(at 3900) uploaded $s10 file=autopsy.txt channel=autopsy n=@
$(at 3900) running $s11 address=fe80::1/64 n=@
$(at 3800) uploaded $s11 file=dmesg.txt channel=http n=@
$(at 3700) uploaded $s11 file=dmesg-2.txt channel=pstore n=@
$(at 3900) script $s12 name=test n=@
$(at 3900) bound $s12 address=10.0.0.9 n=@
$(at 3900) event $s12 what=keep value=on by=ann n=@
$(at 3900) requested $s13 n=@
$(at 900) power - target=lab1 what=cycle by=ann n=@
$(at 900) started - version=1 n=@
$(at 900) triage - signature=$g0 what=note value=Seen%20it%20%c3%bc by=ann n=@
$(at 800) triage - signature=$g0 what=note value=Again by=bob n=@
$(at 800) triage - signature=$g0 what=tag value=net by=ann n=@
$(at 700) triage - signature=$g0 what=untag value=net by=ann n=@
$(at 600) triage - signature=$g0 what=tag value=disk by=ann n=@
$(at 600) triage - signature=$g1 what=mute value=$(at -86400) by=ann n=@
$(at 600) triage - signature=$g2 what=fixed value=6.1.0-9-amd64 by=ann n=@
$(at 600) triage - signature=$g3 what=duplicate value=$g0 by=ann n=@
END
"$bin/lastwords" -c "$work/one.conf" reindex >/dev/null

relay_start one
there() {
	[ "$(sql "SELECT history_done AND NOT EXISTS (SELECT FROM lastwords.wanted) AND cursor = $(
		sed -n 's/.*n=0*\([0-9]*\)$/\1/p' "$work/one/journal/"*.log | sort -n | tail -n 1) FROM lastwords.server")" = t ]
}
if wait_for 120 there; then ok 0 "everything is sent"; else
	ok 1 "everything is sent"
	diag "$(tail -n 5 "$work/one.log") $(sql "SELECT cursor, history_done, (SELECT count(*) FROM lastwords.wanted) FROM lastwords.server")"
fi
relay_kill one
# (with the events that the relay wrote)
"$bin/lastwords" -c "$work/one.conf" reindex >/dev/null

# --- the queries
week=$((now - 604800))000
cat >"$work/filters" <<END
{}
{"since_ms":$week,"limit":5}
{"until_ms":$week}
{"since_ms":$((now - 2592000))000,"until_ms":$week}
{"machine":"525400"}
{"machine":"52:54:00:00:00:0"}
{"release":"6.1.0-9-AMD64"}
{"product":"poweredge r640"}
{"profile":"debian"}
{"class":"null pointer dereference"}
{"taint":"OE"}
{"module":"nvme"}
{"signature":"none"}
{"tag":"disk"}
{"state":"muted"}
{"state":"fixed"}
{"state":"regressed"}
{"state":"new"}
{"search":"pointer"}
{"search":"process_one_work dereference"}
{"search":"NULL deref*"}
{"limit":3,"offset":2}
END
{
	for query in fleet overview; do
		echo "{\"query\":\"$query\"}"
	done
	while read -r filter; do
		for query in groups crashes; do
			echo "{\"query\":\"$query\",\"filter\":$filter}"
		done
		echo "{\"query\":\"rates\",\"by\":\"release\",\"filter\":$filter}"
	done <"$work/filters"
	for sort in impact last first count machines title; do
		echo "{\"query\":\"groups\",\"filter\":{\"sort\":\"$sort\"}}"
	done
	for by in product profile; do
		echo "{\"query\":\"rates\",\"by\":\"$by\"}"
		echo "{\"query\":\"rates\",\"by\":\"$by\",\"filter\":{\"signature\":\"$g0\",\"since_ms\":$week}}"
	done
	echo '{"query":"crashes","filter":{"whole":1,"limit":1000}}'
	"$bin/lastwords" -c "$work/one.conf" crashes --local --group --json | jq -rs '.[].signature' | while read -r signature; do
		echo "{\"query\":\"group\",\"signature\":\"${signature:-none}\"}"
	done
	for list in '{}' '{"limit":7,"offset":3}' "{\"since_ms\":$week}" "{\"until_ms\":$week}" '{"like":"poweredge"}' '{"like":"525400ee"}' \
		"{\"like\":\"$g0\"}" '{"like":"%"}' '{"mac":"52:54:00:ee:00:01"}' '{"state":"capt"}' '{"state":"running"}' '{"state":"ended"}' \
		'{"state":"died"}' '{"state":"not"}' '{"state":"armed"}' '{"state":"stalled"}' '{"state":"no-capture"}' '{"state":"requested"}'; do
		echo "{\"query\":\"sessions\",\"list\":$list}"
		echo "{\"query\":\"machines\",\"list\":$list}"
	done
	for mac in 52:54:00:00:00:00 52:54:00:00:00:07 52:54:00:ee:00:01 52:54:00:ee:00:06 52:54:00:ee:00:0b; do
		echo "{\"query\":\"machine\",\"mac\":\"$mac\"}"
	done
	for session in $s1 $s2 $s3 $s4 $s5 $s6 $s7 $s8 $s9 $s10 $s11 $s12 $s13 $crashed; do
		echo "{\"query\":\"session\",\"session\":\"$session\"}"
		echo "{\"query\":\"log\",\"session\":\"$session\"}"
	done
	sed -n 's/.* uploaded \([^ ]*\) .*/\1/p' "$work/one/journal/"*.log | head -n 12 | while read -r session; do
		echo "{\"query\":\"session\",\"session\":\"$session\"}"
		echo "{\"query\":\"log\",\"session\":\"$session\",\"name\":\"dmesg.txt\",\"from\":1,\"count\":20}"
		echo "{\"query\":\"diff\",\"a\":\"$session\",\"b\":\"$crashed\"}"
	done
	echo '{"query":"newest"}'
	echo '{"query":"newest","a":"5254-0000-0001"}'
	echo '{"query":"newest","b":"SN0000003"}'
	echo '{"query":"newest","b":"10.1.0.2"}'
	echo '{"query":"newest","b":"a1"}'
	for event in triage power event uploaded; do
		echo "{\"query\":\"events\",\"event\":\"$event\",\"limit\":500}"
	done
	echo "{\"query\":\"events\",\"session\":\"$s1\",\"limit\":500}"
	echo "{\"query\":\"events\",\"until_ms\":$now,\"limit\":5000}"
	echo '{"query":"nothing"}'
} | jq -c ". + {now: ${now}000}" >"$work/requests"

# Without what only one of them has. (An impact, and the chance of a concentration, are of sums whose last digits depend
# on their order.)
plain() {
	jq -cS 'del(.. | objects | .server, .url) | if has("deaths") then del(.collector, .disk) else . end
		| (.. | objects | select(has("impact")) | .impact) |= (. * 1e9 | round)
		| (.. | objects | select(has("verdict")) | .p) |= (. * 1e9 | round)
		| if .error then {error: "error"} elif .missing then {missing: "missing"} else . end'
}
"$answer" "$work/one" "${now}000" <"$work/requests" >"$work/index"
while read -r request; do
	printf '%s\n' "$request" | "$bin/lastwords-relay" -c "$work/one.conf" ask 2>/dev/null && continue
	# shellcheck disable=SC2181 # of the pipe
	[ $? -eq 4 ] && echo '{"missing":""}' || echo '{"error":""}'
done <"$work/requests" >"$work/centre"
is "$(relay_sums)" 0 "the sums of how long machines ran are those of the sessions"
is "$(relay_values)" 0 "and those of the values of crashes"
is "$(wc -l <"$work/index")" "$(wc -l <"$work/requests")" "each query has an answer of the index"
is "$(wc -l <"$work/centre")" "$(wc -l <"$work/requests")" "and of the centre"
plain <"$work/index" >"$work/a"
plain <"$work/centre" >"$work/b"
awk 'NR == FNR { a[FNR] = $0; next } { print a[FNR] == $0 && $0 != "" ? 0 : 1 }' "$work/a" "$work/b" >"$work/differ"
n=0
while read -r differs && read -r request <&3; do
	n=$((n + 1))
	ok "$differs" "equal: ${request%,\"now\":*}"
	[ "$differs" = 1 ] || continue
	sed -n "${n}p" "$work/a" | jq . >"$work/a.lines"
	sed -n "${n}p" "$work/b" | jq . >"$work/b.lines"
	diag "$(diff -U 2 "$work/a.lines" "$work/b.lines" | head -n 30)"
done <"$work/differ" 3<"$work/requests"
done_testing
