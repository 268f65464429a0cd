#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages, by lastwords-web as a CGI over a store that machines have filled. Path: boots, a crash, the index, then each
# route in each of its forms. Evidence: status and head of the answer, JSON that jq reads, HTML that xmllint
# reads; hostile names of machines appear escaped; what is not there or not valid is refused with its name.
# shellcheck disable=SC2034,SC2119
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/web.sh"
needs "make check builds it" "$bin/lastwords-web"
needs "make check installs it" jq xmllint

# Without any store, and without an index.
cgi_config
web /sessions
is "$status" 503 "without an index a page is 503"
like "$(cat "$work/body")" 'lastwords serve' "and says what to do"
web /healthz
is "$status" 503 "and so is the health"
echo 'nonsense' >"$work/bad.conf"
good=$conf
conf=$work/bad.conf
web /
is "$status" 503 "with a configuration that is wrong too"
like "$(cat "$work/body")" 'bad.conf:1' "with its line"
conf=$good

web_boot 52-54-00-00-00-01
web_crash "$root/tests/title/reports/arm64-null-6.1.txt"
crashed=$id
web_boot 52-54-00-00-00-02 'KVM%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27%26%1B%5B31m'
hostile=$id
web_boot 52-54-00-00-00-04
printf '[    0.000000] Linux version 6.1.0\n[    1.000000] nothing wrong here\n' >"$work/plain"
web_crash "$work/plain"
web_boot 52-54-00-00-00-03
web_crash "$root/tests/title/reports/arm64-null-jump.txt"
other=$id
# A campaign of three runs, of which two struck, and another one that goes on.
run() { # NUMBER VERDICT [PAIR…]
	run_number=$1 run_verdict=$2
	shift 2
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) run - campaign=c-1 number=$run_number target=lab1 verdict=$run_verdict $*"
}
{
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) campaign - campaign=c-1 what=begun target=lab1 profile=debian runs=3 expect=0123456789abcdef"
	run 1 same seconds=12.500 "session=$crashed" title=NULL%20pointer%3Cb%3E signature=0123456789abcdef channels=http,netconsole took=30000
	run 2 survived seconds=60.000 took=70000
	run 3 same seconds=20.000 "session=$other" channels=http took=30000
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) campaign - campaign=c-1 what=ended why=all%20runs%20made"
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) campaign - campaign=c-10 what=begun target=lab2 profile=debian runs=5"
	# one with more runs than a page reads, and two lines that name none
	seq -f "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) run - campaign=c-3 number=%.0f target=lab3 verdict=survived took=1" 20001
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) campaign - campaign= what=begun"
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) campaign - campaign= what=ended"
} >>"$(find "$state/journal" -name '*.log' | sort | tail -n 1)"
# One that only netconsole brought, with the levels that the collector keeps next to it.
web_boot 52-54-00-00-00-05
heard=$id
mkdir -p "$(dirname "$(stored netconsole.log)")"
printf '[    9.000000] a disk\n[    9.100000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n[    9.200000] RIP: 0010:lab_oops+0x5/0x10\n' >"$(stored netconsole.log)"
printf 'packets=3\nlines=3\nlevels=gb2\nlevels-end=%s\n' "$(stat -c %s "$(stored netconsole.log)")" >"$(stored netconsole.meta)"
echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) died $heard line=BUG%3A%20kernel%20NULL channel=netconsole" \
	>>"$(find "$state/journal" -name '*.log' | sort | tail -n 1)"
web_index

# --- every page, in each form

page() { # PATH [QUERY [NAME=VALUE…]]
	web "$@"
	is "$status" 200 "GET $1${2:+?$2}"
	like "$head" '^Content-Security-Policy: default-src .none.; style-src .self.; script-src .self.' "its policy"
	case $1 in
	*.json) succeeds "is JSON" jq -e . "$work/body" ;;
	*.atom) succeeds "is XML" xmllint --noout "$work/body" ;;
	*.txt) unlike "$(cat "$work/body")" '<span' "is text" ;;
	*)
		xmllint --html --noout "$work/body" 2>&1 | grep -v 'Tag [a-z]* invalid' |
			grep 'error :' >"$work/xmllint" || :
		is "$(cat "$work/xmllint")" '' "is HTML"
		is "$(grep -c '<script>\|<script[^>]*>[^<]\|style="\| on[a-z]*="' "$work/body")" 0 "without anything inline"
		;;
	esac
	is "$(LC_ALL=C grep -c "$(printf '[\001-\010\013-\037\177]')" "$work/body")" 0 "no control is in it"
}

signature=$("$bin/lastwords" -c "$conf" show --json "$crashed" | jq -r .signature)
for path in / /overview /overview.json /crashes /crashes.json /crashes.atom "/group/$signature" "/group/$signature.json" \
	/group/- /group/-.json /rates /rates.json /sessions /sessions.json /events /events.json /fleet /fleet.json \
	/machines /machines.json /machine/52:54:00:00:00:01 /machine/52:54:00:00:00:02.json \
	/machine/52:54:00:00:00:01/script /machine/52:54:00:00:00:01/script.json /machine/52:54:00:00:00:01/script.txt \
	"/crash/$crashed" "/crash/$crashed.json" "/crash/$crashed.txt" "/crash/$hostile" "/crash/$crashed/channels"; do
	page "$path"
done
page "/crash/$heard/log"
is "$(sed -n 's/.*<tr id="L[0-9]*" class="level\([0-9]*\).*/\1/p' "$work/body" | tr '\n' ' ')" '6 1 1 ' "lines that only netconsole has are coloured by level"
page "/crash/$crashed/log" name=dmesg.txt
page "/crash/$crashed/log.json" 'name=dmesg.txt&from=3&lines=5'
is "$(jq -r '"\(.from) \(.log | length)"' "$work/body")" '3 5' "a part of the log"
page "/crash/$crashed/log.txt" 'name=dmesg.txt&from=3&lines=5'
is "$(cat "$work/body")" "$(sed -n 3,7p "$root/tests/title/reports/arm64-null-6.1.txt" | tr -d '\r')" "the same lines as text"
page "/crash/$crashed/channels"
is "$(grep -c '<tr class="[^"]* report"' "$work/body")" "$(grep -c '<h2>' "$work/body")" "each channel's log marks where the report begins"
page /campaigns
like "$(cat "$work/body")" '<a class="mono" href="/campaign/c-1">c-1</a>' "the campaigns are listed"
page /campaigns.json
is "$(jq -r '.campaigns[] | "\(.campaign) \(.state) \(.why // "-") \(.target)"' "$work/body")" "$(printf 'c-10 running - lab2\nc-1 ended all runs made lab1')" \
	"with their states"
page /campaign/c-1
like "$(cat "$work/body")" '2 of 3</b> runs struck' "a campaign has its rate"
like "$(cat "$work/body")" "<a href=\"/crash/$crashed\">NULL pointer&lt;b&gt;</a>" "and its runs lead to their crashes"
page /campaign/c-1.json
is "$(jq -r '"\(.end) \(.struck) \(.runs) \(.survived) \(.results | length) \(.channels.http)"' "$work/body")" 'all runs made 2 3 1 3 2' "as JSON"
page /campaign/c-10.json
is "$(jq -r '"\(.end) \(.runs)"' "$work/body")" 'running 0' "one that goes on, whose name begins with another's"
web /campaign/c-2
is "$status" 404 "an unknown campaign is not found"
for name in '%3Cscript%3E' 'c-1%20what=ended' 'c-1%25' 'c_1' 01234567890123456789012345678901234567890; do
	web "/campaign/$name"
	is "$status" 404 "nor one that cannot be: $name"
	unlike "$(cat "$work/body")" '<script>' "and its name is shown as text"
done
page /diff "a=$crashed&b=$other"
page /diff.json "a=$crashed&b=$other"
page /crashes 'search=null+pointer&since=1d&sort=last&state=new'
like "$(cat "$work/body")" "/group/$signature" "a group is found by words"
like "$(cat "$work/body")" 'href="/crashes[?]since=1d&amp;search=null%20pointer&amp;state=new&amp;sort=first"' \
	"the links of other sorts keep the filter"
page /crashes.json 'search=nosuchword'
is "$(jq .total "$work/body")" 0 "and not by others"
page /crashes 'limit=1&offset=1'
like "$(cat "$work/body")" 'href="/crashes[.]json[?]offset=1&amp;limit=1"' "its JSON is of the same part"
like "$(cat "$work/body")" '<span>2 to 2 of [0-9]*</span>' "which is the second"
like "$(cat "$work/body")" 'href="/crashes[?]offset=0&amp;limit=1" rel="prev"' "with the way back"
page /rates 'by=product&since=30d'
page /crashes.atom '' HTTP_HOST=pages.example.org
like "$(cat "$work/body")" "href=\"http://pages.example.org/crash/$crashed\"" "a feed has whole addresses"
page /sessions "like=52:54:00:00:00:02&state=running&since=1d"
like "$(cat "$work/body")" 'KVM&lt;script&gt;' "a machine's product is shown as text"
web "/crash/$hostile"
like "$(cat "$work/body")" 'KVM&lt;script&gt;alert.1.&lt;/script&gt;&quot;&#39;&amp;<span class="ctl">.x1b</span>.31m' \
	"and controls are marked"

# --- what leads elsewhere

leads() { # PATH QUERY WHERE [NAME=VALUE…]
	where=$3 from=$1${2:+?$2}
	web "$1" "$2" ${4:+"$4"}
	is "$status $(printf '%s\n' "$head" | sed -n 's/^Location: //p')" "303 $where" "$from leads to $where"
}
leads "/session/$crashed" '' "/crash/$crashed"
leads /search "q=$crashed" "/crash/$crashed"
leads /search 'q=0123456789abcdef' /group/0123456789abcdef
leads /search 'q=525400000001' /machine/52:54:00:00:00:01
leads /search 'q=null+pointer' '/crashes?search=null%20pointer'
filter=$(printf '%0200d' 0)
leads /login "to=/crashes%3Fsearch%3D$filter%26release%3D6.1" "/crashes?search=$filter&release=6.1" REMOTE_USER=ann
leads /login 'to=//elsewhere.example.org' / REMOTE_USER=ann

# --- what is refused

refused() { # STATUS PATTERN PATH [QUERY]
	want=$1 pattern=$2
	shift 2
	web "$@"
	is "$status" "$want" "$want for $1${2:+?$2}"
	like "$(cat "$work/body")" "$pattern" "with the reason"
}
refused 404 'no such page' /nothing
refused 404 'no such page' /sessions/x
refused 404 'no such page' '/crash/%2e%2e%2fkey/log'
refused 404 'no such page' '/crash/a%00b'
refused 404 . /crash/525400000009-20261129T215948389-debian-c0d84403
refused 404 . /group/0123456789abcdef
refused 404 'no signature' /group/0123
refused 404 . /crash/nonsense
refused 404 'no such file' "/crash/$crashed/raw/..%5ckey"
refused 404 'no such file' "/crash/$crashed/raw/script.sh"
refused 404 'no such file' "/crash/$crashed/raw/keep"
refused 404 'no such file' /static/web.c
refused 404 'no such page' '/static/..%2ftemplates%2fhead.html'
refused 400 'unknown parameter &quot;nonsense&quot;' /sessions nonsense=1
refused 400 'unknown parameter &quot;machine&quot;' /machines machine=52:54:00:00:00:01
refused 400 'invalid since' /sessions since=yesterday
refused 400 'limit' /sessions limit=100000
refused 400 'limit' /sessions limit=-1
refused 400 'at most 4 words with' /crashes 'search=n*'
refused 400 'at most 16 words' /crashes "search=$(printf 'word+%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17)"
refused 400 'one of impact' /crashes sort=size
refused 400 'invalid signature' /crashes signature=xyz
refused 400 'invalid state' /sessions state=dead
refused 400 'UTF-8' /sessions like=%ff
refused 400 'UTF-8' /sessions like=a%00b
refused 400 'two sessions' /diff
refused 404 . /diff 'a=x&b=y'
web_method=DELETE
refused 405 'GET and POST' /sessions
web_method=
web /nothing.json
is "$status" 404 "an error of JSON"
web /sessions.json since=x
like "$(cat "$work/body")" '^{"error":"invalid since' "is JSON"

# --- files

web "/crash/$crashed/raw/dmesg.txt"
is "$status" 200 "a stored file"
succeeds "is as it was sent" cmp "$work/body" "$root/tests/title/reports/arm64-null-6.1.txt"
like "$head" '^Content-Type: text/plain; charset=utf-8$' "as plain text"
like "$head" '^X-Content-Type-Options: nosniff$' "and nothing else"
like "$head" "^Content-Security-Policy: sandbox; default-src 'none'\$" "in a sandbox"
etag=$(printf '%s\n' "$head" | sed -n 's/^ETag: //p')
web "/crash/$crashed/raw/dmesg.txt" '' "HTTP_IF_NONE_MATCH=$etag"
is "$status $(stat -c %s "$work/body")" '304 0' "304 for who has it"
web "/crash/$crashed/log.txt" name=dmesg.txt
is "$status" 200 "a log as text, and no part of it asked for"
succeeds "is the whole file" cmp "$work/body" "$root/tests/title/reports/arm64-null-6.1.txt"
like "$head" "^Content-Security-Policy: sandbox; default-src 'none'\$" "in the same sandbox"
web "/crash/$crashed/log.txt"
succeeds "without a name it is the record" cmp "$work/body" "$(id=$crashed stored record.txt)"
web "/crash/$crashed/log.txt" name=key
is "$status" 404 "a name that is no log"
printf 'more\n' >>"$(id=$crashed stored dmesg.txt)"
web "/crash/$crashed/raw/dmesg.txt" '' "HTTP_IF_NONE_MATCH=$etag"
is "$status" 200 "200 once it has changed"
web /static/style.css
like "$head" '^Content-Type: text/css; charset=utf-8$' "the style"
# colour RULE STATE: that of the last rule with a word of the state, which is the one that counts
colour() {
	for word in $2; do
		case $word in *,) ;; *) grep -n "$(printf "$1" "$word")[ ,]" "$work/body" || : ;; esac
	done | sort -n | sed -n '$s/.*background: var(--\([a-z]*\).*/\1/p'
}
for state_colour in armed:good running:good 'not armed:warn' stalled:warn 'died, no capture:bad'; do
	is "$(colour '\.state\.%s' "${state_colour%:*}")" "${state_colour#*:}" "the colour of \"${state_colour%:*}\""
	is "$(colour 'ol\.strip \.%s a' "${state_colour%:*}")" "${state_colour#*:}" "and among a machine's boots"
done
ln -s /etc/passwd "$(dirname "$(id=$crashed stored x)")/console.log"
web "/crash/$crashed/raw/console.log"
is "$status" 404 "a link is no file"
web_method=HEAD
web "/crash/$hostile"
is "$status $(stat -c %s "$work/body")" '200 0' "HEAD has no body"
web_method=

# --- live

web /live.json
after=$(jq -r .after "$work/body")
like "$after" '^20' "a place among the events"
web "/machine/52:54:00:00:00:03/live.json"
is "$(jq -r '"\(.session) \(.state) \(.netconsole | length)"' "$work/body")" "$other captured 0" "a machine without a netconsole log"
log=$(id=$other stored netconsole.log)
printf 'one\ntwo\033[31m\nthr' >"$log"
web "/machine/52:54:00:00:00:03/live.json"
is "$(jq -c .netconsole "$work/body")" '["one","two\\x1b[31m"]' "its lines, controls escaped, the last one not yet"
after=$(jq -r .after "$work/body")
printf 'ee\n' >>"$log"
web "/machine/52:54:00:00:00:03/live.json" "after=$after"
is "$(jq -c .netconsole "$work/body")" '["three"]' "what came since"
web "/machine/52:54:00:00:00:03/live" '' "HTTP_LAST_EVENT_ID=$after"
is "$(grep -A2 '^event: netconsole' "$work/body" | sed -n 's/^data: //p')" '["three"]' "the same as events"
like "$head" '^Content-Type: text/event-stream$' "their type"
like "$(cat "$work/body")" '^retry: 1000$' "and when to ask again"
web "/machine/52:54:00:00:00:03/live.json" "after=$other""_999999_0"
is "$(jq -c .netconsole "$work/body")" '["one","two\\x1b[31m","three"]' "a place behind the end begins again"
web "/machine/52:54:00:00:00:03"
like "$(cat "$work/body")" '^two.x1b.31m$' "they are in the machine's page too"
like "$(cat "$work/body")" "data-after=\"${other}_[1-9][0-9]*_0\"" "with the place from which its script goes on"
seq -f 'line %.0f of a long log' 1 100000 >"$log"
web "/machine/52:54:00:00:00:03/live.json"
ok "$([ "$(stat -c %s "$work/body")" -lt 65536 ] && echo 0 || echo 1)" "a long log: only its end"
is "$(jq -r '.netconsole[-1]' "$work/body")" 'line 100000 of a long log' "up to the last line"
web /machine/52:54:00:00:00:09/live.json
is "$status" 404 "a machine that never came"

done_testing
