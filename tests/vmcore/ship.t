#!/bin/sh
# SPDX-License-Identifier: MIT
# Delivery of one dump's log, to servers that misbehave in every way, then with no server at all.
# Evidence: what was stored is the dmesg, and the headers name its session; after a wrong sum it is sent
# again; after refusals the program ends soon; the next server is tried; netconsole packets and the
# console have every line; exit codes.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

program=${LASTWORDS_DMESG:-$root/build/bin/lastwords-dmesg}
tools=${LASTWORDS_TOOLS:-$root/build/tests}
faults=$tools/lib/http-faults
core=$work/core
needs "make check builds it" "$program" "$faults" "$tools/vmcore/mkvmcore" "$tools/lib/free-ports"
"$tools/vmcore/mkvmcore" "$root/tests/vmcore/prb-walk.desc" x86_64 walk "$core"
"$program" "$core" >"$work/dmesg"
sum=$(sha256sum "$work/dmesg" | cut -d ' ' -f 1)
id=525400a1b2c3-20261121T093612123-lab-5f3a9c01

# server ANSWER…: starts a server with these answers; its base URL is in $url, its requests are in $requests.
server() {
	requests=$(mktemp -d "$work/requests.XXXXXX")
	"$faults" "$requests" "$@" >"$requests/port" &
	at_exit "kill $! 2>/dev/null || true"
	wait_for 10 test -s "$requests/port"
	url=http://127.0.0.1:$(cat "$requests/port")
}

# ship OPTION…: the exit code is in $code, the messages are in $messages, standard output is in $work/out.
ship() {
	code=0
	LASTWORDS_TOKEN=00112233445566778899aabbccddeeff timeout 60 "$program" --id "$id" "$@" "$core" \
		>"$work/out" 2>"$work/messages" || code=$?
	messages=$(cat "$work/messages")
}

# the log between its two lines is on standard output
on_console() {
	is "$(sed -n '1p;$p' "$work/out" | tr '\n' '|')" \
		"lastwords: dmesg of $id begins|lastwords: dmesg of $id ends|" "$1: two lines name the session on the console"
	sed '1d;$d' "$work/out" >"$work/console"
	succeeds "$1: the console has the whole log between them" cmp "$work/console" "$work/dmesg"
}

server "201:$sum"
ship --ship "$url/"
is "$code" 0 "stored at once: exit 0"
gzip -dc <"$requests/1.body" >"$work/body" 2>/dev/null || true
succeeds "the body, decompressed, is what is printed otherwise" cmp "$work/body" "$work/dmesg"
head=$(tr -d '\r' <"$requests/1.head")
like "$head" "^PUT /crash/$id HTTP/1.1\$" "the request is PUT /crash/SESSION"
like "$head" '^Authorization: Bearer 00112233445566778899aabbccddeeff$' "the request has the token"
like "$head" '^Content-Encoding: gzip$' "the body is declared as gzip"
like "$head" '^Lastwords-Release: 6.1.0$' "a header has the release"
like "$head" '^Lastwords-Exit: 0$' "a header has the exit code"
like "$head" '^Lastwords-Holes: 0$' "a header has the number of holes"
like "$head" '^Lastwords-Try: 1$' "a header has the number of the try"
like "$head" '^Lastwords-Levels: g[0-9]+$' "a header has the levels of the lines"
unlike "$head" '^Expect:' "the body does not wait for 100 Continue"
like "$messages" 'records, 0 holes, read in [0-9]+ ms' "a message has what was read"
like "$messages" "stored on $url in [0-9.]+ s" "a message has where it is stored"
is "$(cat "$work/out")" "" "a stored log is not printed on the console"

server 500 reset close "201:${sum%????}0000" "200:$sum"
ship --ship "$url"
is "$code" 0 "500, reset, close, a wrong sum, then stored: exit 0"
like "$(tr -d '\r' <"$requests/5.head")" '^Lastwords-Try: 5$' "the fifth try is the one that is stored"
succeeds "the body is the same in each try" cmp "$requests/4.body" "$requests/5.body"
like "$messages" '^lastwords-dmesg: failures: HTTP 500' "a message has the failures of all tries"

server "401:who are you"
begun=$(date +%s)
ship --ship "$url" --deadline 30
took=$(($(date +%s) - begun))
is "$code" 4 "refused by every server: exit 4"
succeeds "refused by every server: it ends within 5 s ($took s)" [ "$took" -le 5 ]
like "$messages" '401: who are you' "refused by every server: a message has the reason"
is "$(find "$requests" -name '*.head' | wc -l)" 3 "a server is not tried again after three refusals"
on_console "refused by every server"

server "201:$sum"
good=$url
server "403:no"
ship --ship "$url" --ship "$good"
is "$code" 0 "refused by the first of two servers: exit 0"
like "$messages" "stored on $good" "refused by the first of two servers: stored on the second"

server stall
begun=$(date +%s)
ship --ship "$url" --deadline 2 --no-console
took=$(($(date +%s) - begun))
is "$code" 4 "a server that never answers: exit 4"
succeeds "a server that never answers: it ends within its deadline of 2 s and 3 more ($took s)" [ "$took" -le 5 ]
is "$(cat "$work/out")" "" "nothing is printed with --no-console"

# A server that comes up late.
port=$(cat "$requests/port")
requests=$work/late
mkdir "$requests"
kill "$!"
wait "$!" 2>/dev/null || true
(sleep 2; exec "$faults" -p "$port" "$requests" "201:$sum" >/dev/null) &
at_exit "kill $! 2>/dev/null || true"
ship --ship "$url" --deadline 40
is "$code" 0 "a server that is down for two seconds: stored when it is up"

if command -v socat >/dev/null 2>&1; then
	"$tools/lib/free-ports" 2 >"$work/ports"
	udp=$(sed -n 1p "$work/ports")
	dead=$(sed -n 2p "$work/ports")
	printf 'the network was late\n' >"$work/notes"
	socat -u -b 2000 "UDP4-RECV:$udp,bind=127.0.0.1" "OPEN:$work/packets,creat,append" &
	at_exit "kill $! 2>/dev/null || true"
	wait_for 10 grep -q ":$(printf %04X "$udp") " /proc/net/udp
	ship --ship "http://127.0.0.1:$dead" --deadline 1 --udp "127.0.0.1:$udp" --notes "$work/notes"
	is "$code" 4 "no server at all: exit 4"
	lines=$(wc -l <"$work/dmesg")
	have_all() { [ "$(grep -c '^[0-9]*,[0-9]*,[0-9]*,' "$work/packets")" -ge "$lines" ]; }
	succeeds "every record is a netconsole packet ($lines)" wait_for 20 have_all
	packets=$(cat "$work/packets")
	is "$(sed -n 1p "$work/packets")" "lastwords.session=$id" "the first packet names the session"
	like "$packets" '^6,1488,1488000000,-;filler 1488$' "a packet has priority, number and time"
	is "$(sed -n 's/^\([0-9]*,\)\{3\}-;//p' "$work/packets")" "$(sed 's/^\[[^]]*\] //' "$work/dmesg")" \
		"the packets have the lines of the log, in order"
	like "$packets" '^\[lastwords: the network was late\]$' "a packet has the notes"
	like "$packets" '^\[lastwords: not stored after [0-9]+ tries in [0-9]+ s: Connection refused' \
		"a packet has the reason"
	on_console "no server at all"
else
	skip "socat is not installed" "netconsole packets"
fi

exits 2 "an --ship that is not an HTTP URL is wrong usage" "$program" --id "$id" --ship ftp://x "$core"
printf 'not a dump' >"$work/none"
exits 1 "a file that is not a dump: exit 1" env LASTWORDS_TOKEN=x "$program" --id "$id" --ship "$good" "$work/none"
like "$(LASTWORDS_TOKEN=x "$program" --id "$id" --ship "$good" "$work/none" 2>&1)" 'lastwords-dmesg: .*(ELF|ends)' \
	"a file that is not a dump: the message has the reason"
done_testing
