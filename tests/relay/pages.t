#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages of all servers. Path: a central database with rows of two servers, lastwords-web as a CGI with and without
# the cookie of a choice. Evidence: whose sessions the pages show, the switch in their head, which server has the files,
# and this server with a line while the centre is away.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/web.sh"
. "$root/tests/lib/central.sh"

needs "make check installs and builds it" jq zstd od "$bin/lastwords-web" "$bin/lastwords-relay"
postgres_need
cgi_config
web_boot 52-54-00-00-00-09
own=$id
web_index
web /sessions
unlike "$(cat "$work/body")" '/scope/' "without a central database there is no switch"

postgres_make centre
postgres_start centre
postgres_sql centre "CREATE DATABASE lastwords"
sed -i "1i central = \"$(postgres_at centre) dbname=lastwords user=reader\"" "$conf"
central_fill

# all PATH [QUERY]: the page of all servers. (A machine that is busy may take longer than a page waits.)
answers() {
	web "$@"
	[ "$status" = 200 ] && ! grep -q 'this is what this server has' "$work/body"
}
all() { wait_for 60 answers "$@" || :; }

all /sessions
like "$(cat "$work/body")" "$second" "without a choice: all servers"
unlike "$(cat "$work/body")" "$own" "… which this one has not sent its sessions to"
like "$(cat "$work/body")" '<b>All servers</b>' "the switch shows it"
like "$(cat "$work/body")" 'href="/scope/local[?]to=%2Fsessions"' "and leads to the other"
web /sessions.json '' HTTP_COOKIE='a=b; lastwords-scope=local'
is "$(jq -r '.sessions[].session' "$work/body")" "$own" "a choice: this server"
web /sessions '' HTTP_COOKIE='lastwords-scope=local'
like "$(cat "$work/body")" '<b>This server</b> <a href="/scope/all' "the switch shows it, too"
web /scope/local to=%2Fmachines
is "$status" 303 "the switch"
like "$head" 'Set-Cookie: lastwords-scope=local; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax' "… keeps the choice"
like "$head" 'Location: /machines' "… and leads back"
# A browser's way: the link of the page, and then with the cookie and at the place that the reply names; and back.
follow() { # COOKIE: the switch of the page in $work/body
	link=$(sed -n 's/.*href="\(\/scope\/[^"]*\)".*/\1/p' "$work/body" | head -n 1)
	web "${link%%\?*}" "${link#*\?}" ${1:+HTTP_COOKIE="$1"}
	cookie=$(printf '%s\n' "$head" | sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p')
	place=$(printf '%s\n' "$head" | tr -d '\r' | sed -n 's/^Location: //p')
}
all /sessions
follow ''
web "$place" '' HTTP_COOKIE="$cookie"
like "$(cat "$work/body")" "$own" "following the switch of a page: this server's sessions"
follow "$cookie"
all "$place" '' HTTP_COOKIE="$cookie"
like "$(cat "$work/body")" "$second" "and back: those of all servers"
is "$place $cookie" "/sessions lastwords-scope=all" "… at the same page"
web /scope/local to=%2F%2Fexample.org
like "$head" 'Location: /$' "… to no other server"
web /scope/none
is "$status" 404 "a choice that there is not"

for page in / /crashes "/group/be47e0ac13ea7614" "/crash/$first" "/crash/$first/log" "/crash/$first/channels" /machines \
	/machine/52:54:00:aa:00:01 /sessions /events /fleet /rates; do
	all "$page"
	is "$status" 200 "$page of all servers"
done
all "/crash/$first"
like "$(cat "$work/body")" "href=\"http://boot1:8081/crash/$first\">boot1</a>" "a crash links to the server that has its files"
unlike "$(cat "$work/body")" '/raw/' "… and not to files that are not here"
all "/crash/$first/log.json" name=dmesg.txt
is "$(jq -r '.lines' "$work/body")" 5 "a file of another server"
web "/crash/$own"
is "$status" 404 "a session that the centre does not have"
web /campaigns
is "$status" 200 "campaigns are this server's"
unlike "$(cat "$work/body")" '/scope/' "… without a switch"

postgres_sql centre "UPDATE lastwords.server SET web = 'javascript:alert(1)//'" lastwords
all "/crash/$first"
unlike "$(cat "$work/body")" 'javascript' "an address that is none is no link"

postgres_stop centre
web /sessions
is "$status" 200 "while the centre is down pages are there"
like "$(cat "$work/body")" "$own" "… of this server"
like "$(cat "$work/body")" 'does not answer: .*; this is what this server has' "… with a line that says so"
web_index_gone() { mv "$state/index.db" "$work/index.db"; }
web_index_gone
web /sessions
is "$status" 503 "without an index, too, there is an error"
done_testing
