#!/bin/sh
# SPDX-License-Identifier: MIT
# Uploads and callbacks, over FastCGI and CGI: stored whole or not at all, never overwritten, only
# for who has the session's token, whatever happens to the index. Evidence: answers, files, journal.
# shellcheck disable=SC2119,SC2317,SC2016,SC2094
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

call() {
	curl -s -o "$work/answer" -w '%{http_code}' -H "Authorization: Bearer $token" -d "$1" \
		"$url/callback/$id"
	printf ' %s\n' "$(cat "$work/answer")"
}

journal() {
	cat "$state"/journal/* | grep " $id" || :
}

printf '[    1.0] Kernel panic - not syncing: one\n' >"$work/one"
printf '[    1.0] Kernel panic - not syncing: two\n' >"$work/two"
head -c 300000 /dev/urandom >"$work/large"
head -c 3000000 /dev/zero >"$work/zeros"
gzip -c "$work/zeros" >"$work/bomb.gz"
zstd -qc "$work/zeros" >"$work/bomb.zst"
gzip -c "$work/one" >"$work/one.gz"
zstd -qc "$work/one" >"$work/one.zst"

all() {
	session
	is "$(put "$work/one" -H 'Lastwords-Release: 6.1.0' -H 'Lastwords-Holes: 2' -H 'Lastwords-Levels: g2')" "201 $(sha "$work/one")" \
		"$1: an upload is answered by its SHA-256"
	succeeds "$1: and stored as it came" cmp "$work/one" "$(stored dmesg.txt)"
	meta=$(cat "$(stored dmesg.meta)")
	like "$meta" "^sha256=$(sha "$work/one")$" "$1: with its SHA-256"
	like "$meta" '^release=6.1.0$' "$1: the release that was told"
	like "$meta" '^holes=2$' "$1: the holes"
	like "$meta" '^levels=g2$' "$1: the levels of its lines"
	like "$meta" '^channel=http$' "$1: the channel"
	like "$(journal)" ' uploaded .* file=dmesg.txt bytes=42 sha256=.* channel=http address=127.0.0.1' \
		"$1: and journaled"
	is "$(put "$work/one")" "200 $(sha "$work/one")" "$1: the same again"
	is "$(put "$work/two" -X POST -H 'Lastwords-Levels: <g>')" "201 $(sha "$work/two")" "$1: a different one"
	unlike "$(cat "$(stored dmesg-2.meta)")" levels "$1: invalid levels are left out"
	succeeds "$1: is kept beside the first" cmp "$work/two" "$(stored dmesg-2.txt)"
	succeeds "$1: which is untouched" cmp "$work/one" "$(stored dmesg.txt)"
	is "$(put "$work/one.gz" -H 'Content-Encoding: gzip')" "200 $(sha "$work/one")" "$1: gzip"
	is "$(put "$work/one.zst" -H 'Content-Encoding: zstd')" "200 $(sha "$work/one")" "$1: zstd"
	is "$(put "$work/large" -H 'Transfer-Encoding: chunked')" "201 $(sha "$work/large")" "$1: chunked"
	is "$(curl -s -T "$work/one" -o /dev/null -w '%{http_code}' -H "Lastwords-Token: $token" "$url/crash/$id")" \
		200 "$1: the other header for the token"
	is "$(journal | grep -c " uploaded $id file=dmesg.txt")" 2 "$1: of all repeats within an hour the journal has one"

	session 52-54-00-00-00-02
	other=$token
	session
	is "$(token='' put "$work/one" -H 'Authorization:')" \
		"401 needs Authorization: Bearer TOKEN or Lastwords-Token" "$1: no token"
	right=$token
	token=$other
	is "$(put "$work/one")" "403 not the token of this session" "$1: another session's token"
	is "$(call event=running)" "403 not the token of this session" "$1: nor for a callback"
	token=zzz
	is "$(put "$work/one")" "403 not the token of this session" "$1: no token at all"
	token=$right
	real=$id
	id=$(echo "$id" | sed 's/-[0-9a-f]*$/-00000000/')
	is "$(put "$work/one")" "404 not a session of this server" "$1: a forged session"
	id=..%2f..%2fetc
	is "$(put "$work/one" | head -c 3)" "404" "$1: a path for a session"
	id=$real
	is "$(put "$work/zeros")" "413 more than 1048576 bytes (upload_max)" "$1: over the limit"
	is "$(put "$work/bomb.gz" -H 'Content-Encoding: gzip')" "413 more than 1048576 bytes (upload_max)" \
		"$1: over the limit when unpacked (gzip)"
	is "$(put "$work/bomb.zst" -H 'Content-Encoding: zstd')" "413 more than 1048576 bytes (upload_max)" \
		"$1: over the limit when unpacked (zstd)"
	is "$(put "$work/one" -H 'Content-Encoding: br')" "415 Content-Encoding must be gzip, zstd or none" \
		"$1: an encoding we do not know"
	is "$(put "$work/one" -H 'Content-Encoding: gzip' | head -c 3)" 400 "$1: not gzip at all"
	head -c 20 "$work/one.gz" >"$work/cut"
	is "$(put "$work/cut" -H 'Content-Encoding: gzip')" "400 the gzip body ends in the middle" "$1: gzip cut"
	head -c 20 "$work/one.zst" >"$work/cut"
	is "$(put "$work/cut" -H 'Content-Encoding: zstd')" "400 the zstd body ends in the middle" "$1: zstd cut"
	: >"$work/empty"
	is "$(put "$work/empty")" "400 an empty body" "$1: nothing"
	is "$(ls -A "$(stored .)" 2>/dev/null)" "" "$1: of all these nothing is left behind"
	is "$(curl -s -o /dev/null -w '%{http_code}' "$url/crash/$id")" 405 "$1: GET is no upload"

	is "$(call 'event=running&armed=yes&crashkernel=201326592&capture=stock&ms=120&interface=ens3&address=10.9.0.5&netconsole=on')" \
		"200 ok" "$1: running"
	like "$(journal)" ' armed .* crashkernel=201326592 capture=stock ms=120' "$1: is armed"
	like "$(journal)" ' running .* interface=ens3 address=10.9.0.5 netconsole=on' "$1: and running"
	is "$(call 'event=running&armed=no&why=no%20reservation%0aevil')" "200 ok" "$1: not armed"
	like "$(journal)" ' not-armed .* why=no%20reservation%0Aevil' "$1: with its reason, harmless"
	is "$(curl -s -d 'text=iPXE%201.21%0Anet0:+link%20up' "$url/callback/$id?token=$token&event=firmware")" ok "$1: iPXE sends what it printed"
	is "$(cat "$(stored firmware.txt)")" 'iPXE 1.21
net0:+link up' "$1: which is a file of the session"
	like "$(journal)" ' firmware .* file=firmware.txt bytes=23 ' "$1: and an event"
	{ printf text=; head -c 200000 /dev/zero | tr '\0' x; printf '%%0Aend'; } >"$work/long"
	is "$(curl -s --data-binary "@$work/long" "$url/callback/$id?token=$token&event=firmware")" ok "$1: a long one"
	is "$(cat "$(stored firmware-2.txt)")" end "$1: is kept from a line on"
	head -c 300000 /dev/zero >"$work/long"
	is "$(curl -s -o /dev/null -w '%{http_code}' --data-binary "@$work/long" "$url/callback/$id?token=$token&event=firmware")" 413 "$1: one that is too long"
	is "$(curl -s -o /dev/null -w '%{http_code}' -d text=x "$url/callback/$id?token=x&event=firmware")" 403 "$1: with another token"
	is "$(curl -s -o /dev/null -w '%{http_code}' -d event=running "$url/callback/$id?token=$token")" 401 "$1: only that event may have its token in the query"
	is "$(call 'event=died&ago=2500')" "200 ok" "$1: a capture kernel reports the death"
	like "$(journal)" ' died .* channel=capture from=127.0.0.1( |$)' "$1: which is journaled, as the capture kernel's"
	is "$(call 'event=died&channel=console&line=x&ago=99999999999')" "200 ok" "$1: a death with other keys"
	unlike "$(journal)" ' died .*(console|line=)' "$1: which it cannot set"
	is "$(get "/callback/$id?token=$token&event=not-armed&why=overlay%20did%20not%20load")" "200 ok" \
		"$1: iPXE's GET"
	like "$(journal)" 'why=overlay%20did%20not%20load' "$1: is journaled"
	is "$(get "/callback/$id?token=x&event=not-armed")" "403 not the token of this session" "$1: GET, wrong token"
	is "$(get "/callback/$id?event=not-armed" | head -c 3)" "401" "$1: GET, no token"
	is "$(call 'event=requested')" "400 event must be running, armed, not-armed, died, firmware or event" \
		"$1: an event that is not theirs"
	is "$(call '')" "400 event must be running, armed, not-armed, died, firmware or event" "$1: no event"
	is "$(call 'event=running&armed=maybe')" "400 armed must be yes or no" "$1: armed=maybe"
	head -c 9000 /dev/zero | tr '\0' x >"$work/long"
	is "$(call "event=event&text=$(cat "$work/long")" | head -c 3)" 413 "$1: a long story"
	is "$(call "event=event&text=$(head -c 4000 "$work/long")")" "200 ok" "$1: a shorter one"
	is "$(journal | grep -o 'text=x*' | wc -c)" 706 "$1: is cut"

	# A one-shot override is gone after a boot that ran, not by a request.
	mkdir -p "$state/machines"
	override=$state/machines/525400000001
	once='profile=debian
once=1
set=2026-01-01T00:00:00.000Z'
	echo "$once" >"$override"
	session
	[ -f "$override" ] && rc=0 || rc=1
	ok "$rc" "$1: a request does not use up an override"
	call event=running >"$work/answer"
	[ ! -f "$override" ] && rc=0 || rc=1
	ok "$rc" "$1: running does"
	echo "$once" >"$override"
	put "$work/one" >/dev/null
	[ ! -f "$override" ] && rc=0 || rc=1
	ok "$rc" "$1: an upload does"
	echo "$once" | sed 's/2026-01/2999-01/' >"$override"
	call event=running >"$work/answer"
	[ -f "$override" ] && rc=0 || rc=1
	ok "$rc" "$1: one that was set later is for the next boot"
	rm "$override"
	unlike "$(cat "$run"/*.log)" 'AddressSanitizer|runtime error' "$1: nothing broke"
}

for mode in fastcgi cgi; do
	rm -rf "$state"
	cgi_config 'upload_max = "1M"'
	lighttpd_start $mode "$conf"
	all $mode
	lighttpd_stop
done

# The index does not matter: locked, corrupt, gone.
cgi_config
lighttpd_start fastcgi "$conf"
for what in corrupt locked deleted; do
	session
	case $what in
	corrupt) echo rubbish >"$state/index.db" ;;
	locked) rm -f "$state/index.db"; mkfifo "$state/index.db" ;; # opening it would hang
	deleted) rm -f "$state/index.db" ;;
	esac
	is "$(put "$work/one")" "201 $(sha "$work/one")" "the index is $what: stored"
	is "$(call event=running)" "200 ok" "the index is $what: journaled"
done

# No journal: the file is the truth, and a callback is told to come again.
session
rm -rf "$state/journal"
echo "not a directory" >"$state/journal"
is "$(put "$work/one")" "201 $(sha "$work/one")" "no journal: stored"
is "$(call event=running)" "503 the journal cannot be written now" "no journal: a callback comes again"
rm "$state/journal"

# Two different uploads at the same moment, many times: nobody's bytes or metadata get mixed.
session
bad=0
for round in 1 2 3 4 5 6; do
	uploads=
	for part in a b; do
		echo "$round $part" >"$work/$round$part"
		curl -s -o /dev/null -H "Authorization: Bearer $token" -T "$work/$round$part" "$url/crash/$id" &
		uploads="$uploads $!"
	done
	# shellcheck disable=SC2086 # process numbers
	wait $uploads || bad=1
	[ -s "$(stored "dmesg-$((round * 2)).txt")" ] || bad=1
done
for n in '' -2 -3 -4 -5 -6 -7 -8 -9 -10 -11 -12; do
	grep -qx "sha256=$(sha "$(stored "dmesg$n.txt")")" "$(stored "dmesg$n.meta")" || bad=1
done
ok "$bad" "twelve uploads, two at a time, each beside its own metadata"
for n in 13 14 15 16; do
	echo "$n" >"$work/more"
	put "$work/more" >/dev/null
done
echo 17 >"$work/more"
is "$(put "$work/more")" "409 this session has 16 different uploads by http already" "the 17th is refused"
lighttpd_stop

# Fewer bytes than promised, as a server that does not wait for the body passes it on.
short() {
	printf 'short' | env REQUEST_METHOD=PUT REQUEST_URI="/crash/$id" CONTENT_LENGTH="$1" \
		HTTP_AUTHORIZATION="Bearer $token" LASTWORDS_CONF="$conf" "$bin/lastwords-ingest" | tr -d '\r'
}
session_of_shell() {
	archive=$(QUERY_STRING='mac=52-54-00-00-00-01&product=KVM' LASTWORDS_CONF=$conf "$bin/lastwords-boot" |
		sed -n 's|.*\(http:[^ ]*/session/[^ ]*\).*|\1|p')
	id=${archive##*/session/}
	id=${id%%.cpio*}
	token=${archive##*token=}
}
session_of_shell
out=$(short 10)
like "$out" '^Status: 400' "fewer bytes than promised"
like "$out" '^5 of 10 bytes arrived$' "says so"
is "$(ls -A "$(stored .)" 2>/dev/null)" "" "and leaves nothing"
like "$(short '')" '^Status: 411' "no promise at all"
like "$(short 5x)" '^Status: 400' "a promise that is no number"
like "$(short 5)" '^Status: 201' "as many as promised"

# A fault after the dump has its name: the first try fails, and its metadata is there after the second.
fault() { # NAME WHAT
	session_of_shell
	printf 'fault %s\n' "$1" >"$work/fault"
	for inject in "-e inject=$2" ''; do
		# shellcheck disable=SC2086 # two words, or none
		env REQUEST_METHOD=PUT REQUEST_URI="/crash/$id" CONTENT_LENGTH="$(stat -c %s "$work/fault")" \
			HTTP_AUTHORIZATION="Bearer $token" HTTP_LASTWORDS_HOLES=7 LASTWORDS_CONF="$conf" \
			strace -f -o /dev/null $inject "$bin/lastwords-ingest" <"$work/fault" 2>/dev/null |
			tr -d '\r' | sed -n 's/^Status: \([0-9]*\).*/\1/p' | tr '\n' ' '
		[ ! -e "$(stored dmesg.txt)" ] || [ -e "$(stored dmesg.meta)" ] || printf 'without metadata '
	done
	sed -n '/^holes/p' "$(stored dmesg.meta)" 2>&1
}
if strace -o /dev/null true 2>/dev/null; then
	is "$(fault unlink unlink:error=EIO:when=1)" "503 200 holes=7" "metadata survives a failed unlink of the temporary file"
	for when in 5 6 7; do
		is "$(fault "fsync $when" "fsync:error=EIO:when=$when" | sed 's/^201 /503 /')" "503 200 holes=7" \
			"metadata survives a failed sync number $when"
	done
	session_of_shell
	short 5 >"$work/answer"
	rm "$(stored dmesg.meta)"
	like "$(short 5)" '^Status: 200' "the same log again is known without its metadata"
	like "$(cat "$(stored dmesg.meta)")" '^sha256=' "the same log again brings the missing metadata"
else
	skip "no strace here" "metadata survives a failed unlink of the temporary file"
fi
done_testing
