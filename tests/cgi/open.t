#!/bin/sh
# SPDX-License-Identifier: MIT
# A session that a machine opens itself, because another boot server (or pxelinux) has booted it: from
# the CGI, by what it answers and what it leaves in STATE.
# Evidence: the answer is a whole session.conf whose token ingest takes; the same boot gets the same
# session, another one its own; nobody's machine and wrong words are refused with a reason.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

mkdir -p "$work/images"
lab_image "$work/images" img
cat >"$conf" <<END
state = "state"
images = "images"
url = "http://10.77.0.1:8080"
profile debian { image = "img" crashkernel = "192M" after = "halt" deadline = 99 }
profile rescue { from = "debian" after = "shell" }
rule { product = "Open*" profile = "debian" }
END
hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
# ask QUERY: $status and $text, $id and $token
ask() {
	cgi_ask /session/open "$1"
	id=$(echo "$text" | sed -n 's/^session=//p')
	token=$(echo "$text" | sed -n 's/^token=//p')
}
journal() { cat "$work/state/journal/"* 2>/dev/null; }

boot=0123456789abcdef0123456789abcdef
m="mac=52-54-00-00-00-01&producthex=$(hex 'Open 1')&serialhex=$(hex 'S 1')"
ask "$m&boot=$boot"
is "${status:-200}" 200 "opened"
like "$id" '^525400000001-[0-9T]{18}-debian-[0-9a-f]{8}$' "a session of the profile that the rule says"
like "$text" '^token=[0-9a-f]{32}$' "its token"
like "$text" '^url=http://10.77.0.1:8080$' "the server"
like "$text" '^mac=52:54:00:00:00:01$' "the MAC"
like "$text" '^netconsole=10.77.0.1:6666$' "the netconsole target"
like "$text" '^after=halt$' "and what the profile says"
like "$text" '^deadline=99$' "all of it"
like "$(journal)" " requested $id profile=debian rule=line%206 image=img loader=other .*product=Open%201 .*serial=S%201" "on record"
first=$id first_token=$token

printf 'event=running&armed=yes' | CONTENT_LENGTH=23 REQUEST_METHOD=POST REQUEST_URI="/callback/$id" \
	HTTP_LASTWORDS_TOKEN=$token "$bin/lastwords-ingest" -c "$conf" >"$work/said"
like "$(cat "$work/said")" '^ok' "ingest takes the token"

ask "$m&boot=$boot"
is "$id $token" "$first $first_token" "the same boot asks again (its capture kernel): the same session"
ask "mac=52-54-00-00-00-01&boot=$boot"
is "$id" "$first" "although it does not say again what it is"
is "$(journal | grep -c ' requested ')" 1 "and that is no second boot"
ask "mac=52-54-00-00-00-02&producthex=$(hex Open)&boot=$boot"
unlike "$id" "$first" "another machine's session is another"
ask "$m&boot=ffff456789abcdef0123456789abcdef"
[ -n "$id" ] && [ "$id" != "$first" ] && rc=0 || rc=1
ok $rc "another boot has another session"
ask "$m"
like "$id" '-debian-' "without boot= as well"

ask "$m&boot=${boot}77&profile=rescue"
like "$id $text" '-rescue-.*' "the other server's command line names the profile"
like "$text" '^after=shell$' "which counts"
like "$(journal)" " requested $id profile=rescue rule=asked " "on record"
ask "$m&boot=${boot}78&profile=nothing"
like "$id" '-debian-' "one that is not there: the rules decide"
like "$(cat "$work/err")" 'lastwords.profile=nothing' "and the log says so"
lw machine 52:54:00:00:00:01 --profile debian >/dev/null
ask "$m&boot=${boot}79&profile=rescue"
like "$id" '-debian-' "what a person has set wins"

n=0
while [ $n -lt 60 ]; do
	ask "$m&boot=$(printf '%032x' $n)"
	n=$((n + 1))
done
is "$(find "$work/state/machines" -name '*.opened' | wc -l)" 0 "many boots make no files"
last=$id
ask "$m&boot=$(printf '%032x' 59)"
is "$id" "$last" "the newest of many boots has its session again"
ask "$m&boot=$boot"
is "$id" "$first" "many boots in its name do not displace a boot's session"
head -c 9000000 /dev/urandom >"$work/state/opened.table"
ask "$m&boot=$boot"
like "$id" '-debian-' "a damaged table: a new session"

ask "mac=52-54-00-00-00-03&product=Other"
is "$status" 404 "nobody's machine"
like "$text" 'no rule of the server matches' "why, and the mend"
like "$(journal)" ' refused - why=unknown%20machine.*product=Other' "on record"
ask "mac=52-54-00-00-00-03&product=Other&profile=rescue"
is "$status" 404 "naming a profile does not make it ours"
ask "product=Open"
is "$status" 400 "no MAC"
for bad in short "$boot$boot$boot" '../../etc' "${boot}%0a" "${boot}%20x" 'ABCDEF0123456789'; do
	ask "$m&boot=$bad"
	is "$status" 400 "boot=$bad"
done
rm "$work/state/opened.table"
mkdir "$work/state/opened.table"
ask "$m&boot=$boot"
like "$id" '-debian-' "it cannot be remembered: the machine gets its session all the same"
like "$(cat "$work/err")" 'opened.table: Is a directory' "and the log says so"
echo 'profile {' >"$conf"
ask "$m&boot=$boot"
is "$status" 503 "a wrong configuration: 503"
done_testing
