#!/bin/sh
# SPDX-License-Identifier: MIT
# Records that a machine brings from pstore, one boot later: each goes to the session that died, by the
# name the record itself gives or the journal, and never to another machine's, a later one's or a path
# that somebody has put there. Evidence: answers, files of each session, metadata, journal.
# shellcheck disable=SC2119
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

cgi_config 'upload_max = "1M"'
lighttpd_start fastcgi "$conf"

# bring FILE [DIED [CURL-ARG…]]: as the keeper of session $id
bring() {
	file=$1 died=${2-}
	shift $(($# < 2 ? $# : 2))
	put "$file" -X POST -H 'Lastwords-Channel: pstore' -H "Lastwords-Died: $died" "$@"
}
record() { printf '[lastwords: kept by the firmware (pstore), Panic#1, the end of a log]\n%s\n' "$1" >"$work/record"; }
# of SESSION NAME: a file of it
of() { echo "$state/sessions/$(echo "$1" | cut -c 1-12)/$1/$2"; }
files() { find "$state/sessions" -name '*.txt' | wc -l; }
# A session is of its millisecond: the next one is later.
later() {
	was=$id
	session
	[ "$id" != "$was" ]
}

session 52-54-00-00-00-09
foreign=$id
session
first=$id
record one
is "$(bring "$work/record")" "201 $(sha "$work/record")" "a death before the machine's first boot is taken"
succeeds "a pstore log of an unknown session is kept in the machine's directory" cmp "$work/record" "$state/sessions/525400000001/pstore/dmesg.txt"
like "$(cat "$state/journal"/*)" " event $first text=a%20pstore%20log%20of%20an%20unknown%20session" "a pstore log of an unknown session is recorded in the journal"
is "$(ls -A "$(of "$first" .)" 2>/dev/null)" "" "nothing of it is in the session that brought it"

later
second=$id
record two
is "$(bring "$work/record")" "201 $(sha "$work/record")" "nothing tells whose: taken"
succeeds "as of the session before" cmp "$work/record" "$(of "$first" dmesg.txt)"
like "$(cat "$(of "$first" dmesg.meta)")" '^channel=pstore$' "by channel pstore"
like "$(cat "$(of "$first" dmesg.meta)")" "^session=$first$" "with its session"
like "$(cat "$state/journal"/*)" " uploaded $first file=dmesg.txt .* channel=pstore by=$second address=" \
	"the journal says who brought it"

later
third=$id
record three
is "$(bring "$work/record" "$first")" "201 $(sha "$work/record")" "the record names an older session: taken"
succeeds "as of that one" cmp "$work/record" "$(of "$first" dmesg-2.txt)"
is "$(bring "$work/record" "$first")" "200 $(sha "$work/record")" "the same record twice is known"
[ -e "$(of "$first" dmesg-3.txt)" ] && rc=0 || rc=1
is "$rc" 1 "and stored once"
record four
is "$(bring "$work/record")" "201 $(sha "$work/record")" "none named: taken"
succeeds "as of the newest before" cmp "$work/record" "$(of "$second" dmesg.txt)"

# Names that are no older session of this machine: the one before is meant. Names are files' to nobody.
n=0
forged=$(echo "$first" | sed 's/-[0-9a-f]*$/-00000000/')
long=$(head -c 4000 /dev/zero | tr '\0' a)
for died in "$foreign" "$third" "$forged" '../../../../etc/passwd' '../../525400000009' 'pstore' '-' '.' \
	"$first/../$foreign" "$first%2f..%2fx" "$first x" "${first}x" "525400000001" "$long"; do
	n=$((n + 1))
	record "hostile $n"
	is "$(bring "$work/record" "$died")" "201 $(sha "$work/record")" "no session of it: $(echo "$died" | cut -c 1-60)"
	succeeds "goes to the one before" cmp "$work/record" "$(of "$second" "dmesg-$((n + 1)).txt")"
done
is "$(ls -A "$state/sessions/525400000009" 2>/dev/null)" "" "nothing went to the other machine"
is "$(find "$state/sessions" -mindepth 2 -maxdepth 2 -type d | grep -cv -e "/$first$" -e "/$second$" -e '/pstore$')" 0 \
	"and no directory was made by a name"
is "$(ls -A "$(of "$third" .)" 2>/dev/null)" "" "nor anything stored as of the boot that brings"

# Sizes.
: >"$work/empty"
before=$(files)
is "$(bring "$work/empty" "$first")" "400 an empty body" "nothing"
head -c 1100000 /dev/zero >"$work/large"
is "$(bring "$work/large" "$first" | head -c 3)" 413 "more than upload_max"
gzip -c "$work/large" >"$work/bomb"
is "$(bring "$work/bomb" "$first" -H 'Content-Encoding: gzip' | head -c 3)" 413 "the same, packed"
record full
bring "$work/record" >/dev/null
record over
is "$(bring "$work/record")" "409 this session has 16 different uploads already" "more deaths than a session has room for"
is "$(files)" $((before + 1)) "nothing of these is stored but what fitted"

# Only who has the token of the session that brings it, and only that channel.
right=$token
token=zzz
is "$(bring "$work/record" "$first")" "403 not the token of this session" "another's token"
token=$right
record channel
is "$(put "$work/record" -H 'Lastwords-Channel: PSTORE' -H "Lastwords-Died: $first")" "201 $(sha "$work/record")" \
	"another channel's name"
succeeds "is an upload like any" cmp "$work/record" "$(of "$third" dmesg.txt)"

record old
later
is "$(put "$work/record" -X POST -H 'Lastwords-Rope: pstore')" "201 $(sha "$work/record")" \
	"the header of images made before 0.2 is accepted"
succeeds "the header of images made before 0.2 means the session before" cmp "$work/record" "$(of "$third" dmesg-2.txt)"

# The journal that knows the sessions before is gone.
later
rm -rf "$state/journal"
record lost
is "$(bring "$work/record" "$second" | head -c 3)" 409 "no journal: what the record names is still found (and is full)"
is "$(bring "$work/record")" "201 $(sha "$work/record")" "and without a name"
succeeds "without journal and name it is kept in the machine's directory" cmp "$work/record" "$state/sessions/525400000001/pstore/dmesg-2.txt"
unlike "$(cat "$run"/*.log)" 'AddressSanitizer|runtime error' "nothing broke"
lighttpd_stop
done_testing
