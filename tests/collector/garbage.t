#!/bin/sh
# SPDX-License-Identifier: MIT
# What no kernel would send: empty packets, the largest UDP can carry, binary, almost-headers,
# forged sessions, fragments that lie. Evidence: each is counted, kept in streams/ and nowhere else,
# binary bytes escaped; the collector lives on and serves a right stream afterwards.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

collector_start
from=$("$packets" port)
{
	p @empty
	p @empty
	p '\x00\x01\xff\xfe binary\n'
	p "@bytes 65507"
	p '\n'
	p '6,1,2,-,ncfrag=99/10;lies\n'
	p '6,18446744073709551616,1,-;too large a number\n'
	p ';;;;;;\n'
	p 'Command line: lastwords.session=525400a1b2c3-20261121T093612123-debian-00000000 forged\n'
	p 'Command line: lastwords.session=../../../../etc/passwd\n'
} | send "$from"

log=$state/streams/127.0.0.1-$from.log
soon "lines without a session are in streams" has 'etc/passwd' "$log"
is "$(count '\x00\x01\xff\xfe binary' "$log")" 1 "binary bytes are escaped"
is "$(LC_ALL=C grep -c '[^ -~	]' "$log" || true)" 0 "no byte of it can act on a terminal"
is "$(tr -cd x <"$log" | wc -c | awk '{ print ($1 >= 65507) }')" 1 "a packet of 64 KB is there as a whole"
is "$(count 'ncfrag=99/10' "$log")" 1 "a fragment with an invalid offset is text"
is "$(find "$state/sessions" -mindepth 1 | wc -l | tr -d ' ')" 0 "invalid packets make no session"
soon "each packet was counted" has packets=10 "$state/run/collector.meta"

id=$(mint 525400a1b2c3 lab)
printf '6,1,0,-;Command line: lastwords.session=%s\\n\n' "$id" | send 0
soon "a valid stream is served after the garbage" has "$id" "$(log_of "$id")"
collector_stop TERM
is "$collector_rc" 0 "SIGTERM makes the collector exit with 0"
done_testing
