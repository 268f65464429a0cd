#!/bin/sh
# SPDX-License-Identifier: MIT
# A script for the next boot of a machine: set by a person, announced to the machine in its session archive, fetched
# only with the session's token, consumed by the boot; its output is an upload of its own
# kind, which is no log, no crash, and takes no place of theirs.
# Evidence: the archive, answers, files, journal, what the commands print.
# shellcheck disable=SC2119
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
needs "it reads a cpio" cpio

cgi_config 'upload_max = "8M"'
lighttpd_start fastcgi "$conf"
mac=52:54:00:00:00:01
# fetch [OPTION…]: the status; the body is in $work/fetched
fetch() {
	curl -s -o "$work/fetched" -w '%{http_code}' "$@" "$url/session/$id.script"
}
with_token() { fetch -H "Authorization: Bearer $token"; }
script_conf() {
	curl -s "$url/session/$id.cpio?token=$token" | gzip -dc | cpio -i --quiet --to-stdout lastwords/session.conf |
		grep '^script=' || echo none
}
call() { curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" -d "$1" "$url/callback/$id"; }
output() {
	body=$1
	shift
	put "$body" -H 'Lastwords-Channel: script' "$@"
}

printf '#!/bin/sh\necho hello\nexit 3\n' >"$work/script"
head -c 1000000 /dev/urandom >"$work/large"
head -c 1048577 /dev/zero >"$work/too-large"

session
is "$(script_conf)" none "without a script the session archive has none"
is "$(with_token)" 404 "nor is there one to fetch"
like "$(lw machine $mac --script "$work/script")" 'a script, for at most 3600 s \(for one boot\)' "a person sets a script"
like "$(lw machines)" "$mac.*a script" "the list of machines has it"
is "$(with_token)" 404 "it is not for a boot from before that"
like "$(lw machine $mac --script "$work/too-large" 2>&1 || true)" 'a script has 1 to 1048576 bytes' "1 MB is the limit"
like "$(lw machine $mac --script "$work/none" 2>&1 || true)" 'No such file' "a script that is not there"

session
is "$(script_conf)" 'script=3600' "the next session archive has it"
is "$(fetch)" 401 "without a token it is not given out"
is "$(fetch -H 'Authorization: Bearer 00000000000000000000000000000000')" 403 "nor with a wrong one"
session 52-54-00-00-00-02
other=$token
is "$(with_token)" 404 "another machine has none"
session
is "$(fetch -H "Authorization: Bearer $other")" 403 "nor with another session's"
unlike "$(cat "$work/fetched")" hello "the refusal does not have it"
is "$(with_token)" 200 "with the session's token it is"
succeeds "as it was set" cmp "$work/script" "$work/fetched"
is "$(curl -s -o "$work/fetched" -w '%{http_code}' "$url/session/$id.script?token=$token")" 200 "the token may be in the query"
is "$(curl -s -I -o /dev/null -w '%{http_code} %header{content-length}' -H "Authorization: Bearer $token" "$url/session/$id.script")" \
	"200 $(wc -c <"$work/script" | tr -d ' ')" "HEAD has its length"
real=$id
id=$(echo "$id" | sed 's/-[0-9a-f]*$/-00000000/')
is "$(with_token)" 404 "a forged session has none"
id=..%2f..%2fkey
is "$(with_token)" 404 "nor has a path"
id=$real

is "$(call 'event=running&armed=yes')" 200 "the boot reports that it runs"
like "$(lw machine $mac)" 'nothing set' "which consumes the script"
is "$(with_token)" 200 "the session still has it"
succeeds "as a file of its own" cmp "$work/script" "$(stored script.sh)"
running=$id token_of_it=$token
session
is "$(script_conf) $(with_token)" 'none 404' "the boot after that has none"
id=$running token=$token_of_it

# Its output.
is "$(output "$work/script" -H 'Lastwords-Status: 3' -H 'Lastwords-Ms: 1234')" "201 $(sha "$work/script")" \
	"the output is answered by its SHA-256"
succeeds "it is stored as it came" cmp "$work/script" "$(stored script.txt)"
like "$(cat "$(stored script.meta)")" '^status=3$' "the metadata has the exit status"
like "$(cat "$state"/journal/*)" " script $id file=script.txt bytes=[0-9]+ sha256=[0-9a-f]+ status=3 ms=1234 address=" \
	"the journal has the event with it"
is "$(cat "$state"/journal/* | grep -c " uploaded $id" || true)" 0 "and none of an upload"
is "$(output "$work/script" -H 'Lastwords-Status: 3')" "200 $(sha "$work/script")" "the same again is known"
answer=$(output "$work/large")
unlike "$answer" '^20' "there is one place: $answer"
printf '[    1.0] Kernel panic - not syncing: one\n' >"$work/log"
session
is "$(output "$work/log" -H 'Lastwords-Signal: 15' -H 'Lastwords-Why: not ended after 5 s')" \
	"201 $(sha "$work/log")" "another session's output"
like "$(cat "$state"/journal/*)" " script $id .* signal=15 why=not%20ended%20after%205%20s address=" \
	"a signal and the reason are in its event"
lw reindex >/dev/null
unlike "$(lw sessions)" 'died|captured' "output is no crash, whatever it has"
is "$(lw crashes 2>/dev/null | grep -c . || true)" 0 "nor in the list of crashes"
like "$(lw show "$id")" 'script +.*signal=15' "show has the event"
like "$(lw show --json "$id")" '"event":"script"' "and its JSON"
head -c 3000000 /dev/zero >"$work/three"
session
is "$(output "$work/three")" '413 more than 2097152 bytes' "more than 2 MB is refused"
is "$(output "$work/large" -H 'Lastwords-Status: 300' -H 'Lastwords-Ms: x')" "201 $(sha "$work/large")" "invalid numbers"
like "$(cat "$state"/journal/*)" " script $id file=script.txt bytes=1000000 sha256=[0-9a-f]+ address=" "are left out"
is "$(put "$work/log")" "201 $(sha "$work/log")" "a log is taken next to it"
succeeds "in the first place of a dump" cmp "$work/log" "$(stored dmesg.txt)"

# A boot that crashes before it runs consumes it too; files that go missing are found.
lw machine $mac --script "$work/large" --once --args a=b >/dev/null
session
is "$(with_token)" 200 "a large script is given out"
succeeds "whole" cmp "$work/large" "$work/fetched"
is "$(put "$work/log")" "201 $(sha "$work/log")" "the boot crashes before it runs"
like "$(lw machine $mac)" 'nothing set' "and consumes what was for one boot"
is "$(ls "$state/machines")" '' "nothing is left of it"
lw machine $mac --script "$work/script" >/dev/null
lw machine $mac --clear >/dev/null
is "$(ls "$state/machines")" '' "a script is cleared with the rest"
lw drill $mac >/dev/null
lw machine $mac --script - <"$work/script" >/dev/null
lw drill $mac --clear >/dev/null
like "$(lw machine $mac)" ': a script, for at most 3600 s \(for one boot\)' "a drill that is cancelled leaves the script"
id=$running
rm "$(stored script.txt)"
like "$(lw fsck 2>&1 || true)" 'script.txt: acknowledged but missing' "fsck misses output that was acknowledged"
done_testing
