#!/bin/sh
# SPDX-License-Identifier: MIT
# Records that a machine sends from pstore, one boot later: each goes to the session that died, by the name
# the record itself gives, the machine's directory or the index, never to another machine's, a later one's
# or a path that somebody has put there, and never to a place or a title of the session's own dumps.
# Evidence: answers, files of each session, metadata, journal, titles; what the lookup reads, by strace.
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
# A session is of its millisecond: the next one is later. The index has the one before.
later() { # [MAC]
	was=$id
	lw reindex >/dev/null
	session "${1-}"
	[ "$id" != "$was" ]
}

session 52-54-00-00-00-09
foreign=$id
session
first=$id
record one
is "$(bring "$work/record")" "201 $(sha "$work/record")" "a death before the machine's first boot is taken"
succeeds "a pstore log of an unknown session is kept in the machine's directory" cmp "$work/record" "$state/sessions/525400000001/pstore/pstore-1.txt"
like "$(cat "$state/journal"/*)" " event $first text=a%20pstore%20log%20of%20an%20unknown%20session" "a pstore log of an unknown session is recorded in the journal"
is "$(ls -A "$(of "$first" .)" 2>/dev/null)" "" "nothing of it is in the session that brought it"

later
second=$id
record two
is "$(bring "$work/record")" "201 $(sha "$work/record")" "nothing tells whose: taken"
succeeds "as of the session before" cmp "$work/record" "$(of "$first" pstore-1.txt)"
like "$(cat "$(of "$first" pstore-1.meta)")" '^channel=pstore$' "by channel pstore"
like "$(cat "$(of "$first" pstore-1.meta)")" "^session=$first$" "with its session"
like "$(cat "$(of "$first" pstore-1.meta)")" "^by=$second$" "the metadata has the session that sent it"
like "$(cat "$state/journal"/*)" " uploaded $first file=pstore-1.txt .* channel=pstore by=$second address=" \
	"the journal says who brought it"

later
third=$id
record three
is "$(bring "$work/record" "$first")" "201 $(sha "$work/record")" "the record names an older session: taken"
succeeds "as of that one" cmp "$work/record" "$(of "$first" pstore-2.txt)"
is "$(bring "$work/record" "$first")" "200 $(sha "$work/record")" "the same record twice is known"
[ -e "$(of "$first" pstore-3.txt)" ] && rc=0 || rc=1
is "$rc" 1 "and stored once"
record four
is "$(bring "$work/record")" "201 $(sha "$work/record")" "none named: taken"
succeeds "as of the newest before" cmp "$work/record" "$(of "$second" pstore-1.txt)"

# Names that are no older session of this machine: the one before is meant. Names are files' to nobody.
n=0
forged=$(echo "$first" | sed 's/-[0-9a-f]*$/-00000000/')
long=$(head -c 4000 /dev/zero | tr '\0' a)
for died in "$foreign" "$third" "$forged" '../../../../etc/passwd' '../../525400000009' 'pstore' '-' '.' \
	"$first/../$foreign" "$first%2f..%2fx" "$first x" "${first}x" "525400000001" "$long"; do
	n=$((n + 1))
	record "hostile $n"
	is "$(bring "$work/record" "$died")" "201 $(sha "$work/record")" "no session of it: $(echo "$died" | cut -c 1-60)"
	succeeds "goes to the one before" cmp "$work/record" "$(of "$second" pstore-2.txt)"
	rm "$(of "$second" pstore-2.txt)" "$(of "$second" pstore-2.meta)"
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
for n in 2 3 4; do
	record "full $n"
	bring "$work/record" >/dev/null
done
record over
is "$(bring "$work/record")" "409 this session has 4 different uploads by pstore already" "more deaths than a session has room for"
is "$(files)" $((before + 3)) "nothing of these is stored but what fitted"

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
succeeds "the header of images made before 0.2 means the session before" cmp "$work/record" "$(of "$third" pstore-1.txt)"

# The session's own dumps: another session's token takes none of their places, and does not change their title.
session 52-54-00-00-00-07
victim=$id victim_token=$token
later 52-54-00-00-00-07
answers=
for n in 1 2 3 4 5 6; do
	record "[    1.00000$n] Kernel panic - not syncing: forged"
	answers="$answers $(bring "$work/record" "$victim" | cut -c 1-3)"
done
is "$answers" " 201 201 201 201 409 409" "another session's token has few places"
lw reindex >/dev/null
like "$(lw show "$victim")" '^title +panic: forged' "pstore gives the title of a session without a dump"
like "$(lw show "$victim")" '^title by +pstore, sent under the token of a later session' "a title by pstore is marked"
attacker=$id attacker_token=$token id=$victim token=$victim_token
stored=
for n in $(seq 16); do
	printf '[    5.000000] Kernel panic - not syncing: true\n[    5.0000%d] x\n' "$((n + 10))" >"$work/own"
	stored="$stored$(put "$work/own" | cut -c 1-3) "
done
is "$stored" "$(printf '201 %.0s' $(seq 16))" "the session's own dumps all have their places"
printf 'one more\n' >"$work/own"
is "$(put "$work/own")" "409 this session has 16 different uploads by http already" "the places of a session's own dumps are counted"
id=$attacker token=$attacker_token
lw reindex >/dev/null
like "$(lw show "$victim")" '^title +panic: true' "the dump gives the title of its session"
unlike "$(lw show "$victim")" '^title by ' "a title by the session's own dump is not marked"
like "$(lw show "$victim")" '^pstore +2 lines, [0-9]+ bytes: pstore-4.txt' "show lists what came from pstore"
like "$(lw export "$victim" | tar tf - | grep -c 'pstore-[1-4].txt')" 4 "export has what came from pstore"
is "$(lw fsck | tail -n 1)" "$state: 0 found, 0 repaired" "fsck knows the names of pstore's files"

# Without the index the directories are enough; without both the machine's own directory takes it.
later 52-54-00-00-00-07
mkdir -p "$(of "$attacker" .)"
rm "$state"/index.db*
rm -rf "$state/journal"
record unindexed
is "$(bring "$work/record")" "201 $(sha "$work/record")" "without journal and index a record is taken"
succeeds "without journal and index the directories have the session before" cmp "$work/record" "$(of "$attacker" pstore-1.txt)"
head -c 9000 /dev/urandom >"$state/index.db"
record damaged
is "$(bring "$work/record")" "201 $(sha "$work/record")" "with a damaged index a record is taken"
succeeds "with a damaged index the directories have the session before" cmp "$work/record" "$(of "$attacker" pstore-2.txt)"
rm -r "$state/sessions/525400000007" "$state/index.db"
record lost
is "$(bring "$work/record" "$victim" | head -c 3)" 201 "a named session needs no directory"
rm -r "$state/sessions/525400000007"
is "$(bring "$work/record" | head -c 3)" 201 "a record of an unknown session is taken"
succeeds "a record of an unknown session is in the machine's directory" cmp "$work/record" "$state/sessions/525400000007/pstore/pstore-1.txt"
unlike "$(cat "$run"/*.log)" 'AddressSanitizer|runtime error' "nothing broke"
lighttpd_stop

# What the lookup costs does not grow with the journal: bytes read for one record, with an empty and a long one.
reads() {
	record "reads $1"
	# LeakSanitizer does not work under strace.
	# shellcheck disable=SC2094 # only its size
	if ! REQUEST_METHOD=PUT REQUEST_URI=/crash/$id CONTENT_LENGTH=$(stat -c %s "$work/record") HTTP_LASTWORDS_CHANNEL=pstore \
		HTTP_AUTHORIZATION="Bearer $token" ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=read,pread64 -o "$work/trace" \
		"$bin/lastwords-ingest" -c "$conf" <"$work/record" >"$work/answer"; then
		return 1
	fi
	grep -q '^Status: 201' "$work/answer" || return 1
	awk '$NF ~ /^[0-9]+$/ { sum += $NF } END { print sum }' "$work/trace"
}
if strace -o /dev/null true 2>/dev/null; then
	few=$(reads 1)
	mkdir -p "$state/journal"
	line="2026-11-21T09:36:12.123Z requested $victim $(head -c 900 /dev/zero | tr '\0' x)"
	yes "$line" | head -c 100000000 >"$state/journal/$(date -u +%Y-%m).log"
	many=$(reads 2)
	diag "bytes read: $few with an empty journal, $many with 100 MB"
	[ "$many" -le $((few + 4096)) ] && rc=0 || rc=1
	is "$rc" 0 "a record costs the same with a journal of 100 MB"
else
	skip "no strace here" "a record costs the same with a journal of 100 MB"
fi
done_testing
