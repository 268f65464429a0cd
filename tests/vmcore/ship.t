#!/bin/sh
# SPDX-License-Identifier: MIT
# Shipping: one dump, servers that misbehave in every way, then no server at all.
# Evidence: what was stored is the dmesg, its headers say whose; a wrong sum is sent again; refusals
# end soon; the next server is tried; netconsole packets and the console have every line; exit codes.
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

# Starts a server that answers as told; its base URL is in $url, its requests are in $told.
server() {
	told=$(mktemp -d "$work/told.XXXXXX")
	"$faults" "$told" "$@" >"$told/port" &
	at_exit "kill $! 2>/dev/null || true"
	wait_for 10 test -s "$told/port"
	url=http://127.0.0.1:$(cat "$told/port")
}

# Ships to the servers given; the exit code is in $code, the messages in $say, stdout in $work/out.
ship() {
	code=0
	LASTWORDS_TOKEN=00112233445566778899aabbccddeeff timeout 60 "$program" --id "$id" "$@" "$core" \
		>"$work/out" 2>"$work/say" || code=$?
	say=$(cat "$work/say")
}

server "201:$sum"
ship --ship "$url/"
is "$code" 0 "stored: exit 0"
gzip -dc <"$told/1.body" 2>/dev/null | cmp -s - "$work/dmesg" && rc=0 || rc=1
ok "$rc" "the body, decompressed, is what is printed otherwise"
head=$(tr -d '\r' <"$told/1.head")
like "$head" "^PUT /crash/$id HTTP/1.1\$" "PUT /crash/SESSION"
like "$head" '^Authorization: Bearer 00112233445566778899aabbccddeeff$' "the token"
like "$head" '^Content-Encoding: gzip$' "compressed"
like "$head" '^Lastwords-Release: 6.1.0$' "the release"
like "$head" '^Lastwords-Exit: 0$' "whole"
unlike "$head" '^Expect:' "no waiting for 100 Continue"
like "$say" 'records, 0 holes, read in [0-9]+ ms' "says what was read"
like "$say" "stored on $url in [0-9.]+ s" "says where it is stored"
is "$(cat "$work/out")" "" "nothing on the console"

server 500 reset close "201:${sum%????}0000" "200:$sum"
ship --ship "$url"
is "$code" 0 "500, reset, close, a wrong sum, then stored: exit 0"
like "$(tr -d '\r' <"$told/5.head")" '^Lastwords-Try: 5$' "the fifth try"
cmp -s "$told/4.body" "$told/5.body" && rc=0 || rc=1
ok "$rc" "the same body each time"

server "401:who are you"
begun=$(date +%s)
ship --ship "$url" --deadline 30
is "$code" 4 "refused: exit 4"
[ $(($(date +%s) - begun)) -le 5 ] && rc=0 || rc=1
ok "$rc" "a refusal is not asked for 30 s"
like "$say" '401: who are you' "says why"
is "$(find "$told" -name '*.head' | wc -l)" 3 "asked three times"
is "$(sed -n '1p;$p' "$work/out" | tr '\n' '|')" \
	"lastwords: dmesg of $id begins|lastwords: dmesg of $id ends|" "then it is on the console, marked"
sed '1d;$d' "$work/out" | cmp -s - "$work/dmesg" && rc=0 || rc=1
ok "$rc" "whole"

server "201:$sum"
good=$url
server "403:no"
ship --ship "$url" --ship "$good"
is "$code" 0 "the second server takes it"
like "$say" "stored on $good" "says which"

server stall
ship --ship "$url" --deadline 2 --no-console
is "$code" 4 "a server that never answers: exit 4 within its time"
is "$(cat "$work/out")" "" "--no-console"

# A server that comes up late.
port=$(cat "$told/port")
told=$work/late
mkdir "$told"
kill "$!"
wait "$!" 2>/dev/null || true
(sleep 2; exec "$faults" -p "$port" "$told" "201:$sum" >/dev/null) &
at_exit "kill $! 2>/dev/null || true"
ship --ship "$url" --deadline 40
is "$code" 0 "down for two seconds: stored when it is up"

if command -v socat >/dev/null 2>&1; then
	"$tools/lib/free-ports" 2 >"$work/ports"
	udp=$(sed -n 1p "$work/ports")
	dead=$(sed -n 2p "$work/ports")
	socat -u -b 2000 "UDP4-RECV:$udp,bind=127.0.0.1" "OPEN:$work/packets,creat,append" &
	at_exit "kill $! 2>/dev/null || true"
	wait_for 10 grep -q ":$(printf %04X "$udp") " /proc/net/udp
	ship --ship "http://127.0.0.1:$dead" --deadline 1 --udp "127.0.0.1:$udp" --no-console
	is "$code" 4 "no server: exit 4"
	lines=$(wc -l <"$work/dmesg")
	have_all() { [ "$(wc -l <"$work/packets")" -gt "$lines" ]; }
	wait_for 20 have_all && rc=0 || rc=1
	ok "$rc" "every record is a netconsole packet ($lines)"
	like "$(cat "$work/packets")" "^lastwords.session=$id\$" "one names the session"
	like "$(cat "$work/packets")" '^6,1488,1488000000,-;filler 1488$' "with priority, number and time"
else
	skip "socat is not installed" "netconsole packets"
fi

"$program" --id "$id" --ship ftp://x "$core" 2>/dev/null && rc=0 || rc=$?
is "$rc" 2 "a URL that is none: usage"
printf 'not a dump' >"$work/none"
code=0
LASTWORDS_TOKEN=x "$program" --id "$id" --ship "$good" "$work/none" 2>"$work/say" || code=$?
is "$code" 1 "no dump: exit 1"
like "$(cat "$work/say")" 'lastwords-dmesg: .*(ELF|ends)' "and why"
done_testing
