#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages as `lastwords serve` runs them: a lighttpd of their own. Path: pages, login, forms with and without what
# they need, actions; then a flood of requests and a page that takes too long, while machines ask for their scripts.
# Evidence: statuses, the journal's "by", how long a boot waits, what serve says.
# shellcheck disable=SC2034,SC2119
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/serve.sh"
. "$root/tests/lib/tls.sh"
needs "make check builds it" "$bin/lastwords-web"

serve_config
web_port=$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)
pages=http://127.0.0.1:$web_port
cat >>"$conf" <<CONF
web = "127.0.0.1:$web_port"
target t1 { mac = "52:54:00:00:00:01" driver = "command" on = "echo on >$state/power"
	off = "echo off >$state/power" status = "cat $state/power" }
CONF
echo off >"$work/power"
serve_start
cp "$work/power" "$state/power"
[ "$(id -u)" != 0 ] || chown --reference="$state" "$state/power"
session 52-54-00-00-00-01
printf '[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000000\n[    1.1] Kernel panic - not syncing: one\n' >"$work/log"
put "$work/log" >/dev/null

code() { # CURL-ARGUMENT…
	curl -s -m 20 -o "$work/page" -w '%{http_code}' "$@"
}
indexed() {
	[ "$(code "$pages/crash/$id")" = 200 ]
}
soon "the session has its page" indexed
like "$(cat "$work/serve.log")" "lastwords: pages on http://127.0.0.1:$web_port\$" "serve says where the pages are"
is "$(code "$pages/healthz")" 200 "the health of the pages"
is "$(code "$pages/static/style.css")" 200 "their style"
is "$(code -I "$pages/sessions")" 200 "HEAD"
is "$(code "$pages/crash/$id/raw/dmesg.txt") $(cmp "$work/page" "$work/log" && echo same)" '200 same' "a file as it is stored"
curl -s -D "$work/head" -o /dev/null "$pages/crash/$id/raw/dmesg.txt"
like "$(tr -d '\r' <"$work/head")" '^Content-Type: text/plain; charset=utf-8$' "as plain text"
like "$(cat "$work/head")" '^Content-Security-Policy: sandbox' "in a sandbox"
unlike "$(cat "$work/head")" '[Ss]endfile' "without its path"
etag=$(tr -d '\r' <"$work/head" | sed -n 's/^ETag: //p')
is "$(code -H "If-None-Match: $etag" "$pages/crash/$id/raw/dmesg.txt")" 304 "304 for who has it"
ln -s "$state/key" "$(stored console.log)"
is "$(code "$pages/crash/$id/raw/console.log")" 404 "a link is no file"
rm "$(stored console.log)"
is "$(code --path-as-is "$pages/static/../templates/head.html")" 404 "a path that climbs"
is "$(code "$pages/boot?mac=52-54-00-00-00-01")" 404 "no machine boots from here"
is "$(code "$url/sessions")" 404 "and no page is where machines boot"

# --- nobody may change anything

is "$(code "$pages/login")" 401 "without users nobody can log in"
like "$(cat "$work/page")" 'lastwords user add' "and the page says what to do"
is "$(code -d what=keep "$pages/crash/$id")" 401 "a form without a login"
is "$(code -u 'ann:correct horse' -d what=keep "$pages/crash/$id")" 401 "a login that there is not"

# --- a login

echo 'correct horse' | lw user add ann --password-file - >/dev/null
ann() { code -u 'ann:correct horse' "$@"; }
leads() { # WHERE: after a login with this ?to=
	curl -s -D - -o /dev/null -u 'ann:correct horse' "$pages/login?to=$1" | tr -d '\r' |
		sed -n 's/^HTTP[^ ]* //p; s/^Location: //p' | tr '\n' ' '
}
is "$(leads /sessions)" '303 See Other /sessions ' "who has logged in goes back"
is "$(leads //example.org/)" '303 See Other / ' "but to no other server"
is "$(leads '/%5Cexample.org/')" '303 See Other / ' "nor by a backslash"
is "$(code -u 'ann:wrong horse' "$pages/sessions")" 401 "a wrong password is refused, also for reading"
is "$(code "$pages/crash/$id") $(grep -c 'name="csrf"' "$work/page")" '200 0' "who has not has no forms"
like "$(cat "$work/page")" 'Log in' "but a link"
is "$(ann "$pages/machine/52:54:00:00:00:01")" 200 "the machine's page of who has"
csrf=$(sed -n 's/.*name="csrf" value="\([0-9a-f]*\)".*/\1/p' "$work/page" | head -n 1)
like "$csrf" '^[0-9a-f]{32}$' "has forms with a token"

# --- forms that are refused

keep="$pages/crash/$id"
is "$(ann -d what=keep "$keep")" 403 "a form without its token"
is "$(ann -d "what=keep&csrf=0123456789abcdef0123456789abcdef" "$keep")" 403 "with another token"
is "$(ann -d "what=keep&csrf=$csrf" -H 'Sec-Fetch-Site: cross-site' "$keep")" 403 "of another site, as the browser says"
is "$(ann -d "what=keep&csrf=$csrf" -H 'Origin: http://example.org' "$keep")" 403 "of another origin"
is "$(ann -d "what=keep&csrf=$csrf" -H 'Origin: null' "$keep")" 403 "of an origin that is hidden"
is "$(ann -d "what=keep&csrf=$csrf" -H 'Content-Type: text/plain' "$keep")" 415 "as plain text"
head -c 100000 /dev/zero | tr '\0' a >"$work/long"
is "$(ann --data-binary "@$work/long" "$keep")" 413 "longer than any form"
echo 'battery staple' | lw user add bob --password-file - >/dev/null
is "$(code -u 'bob:battery staple' -d "what=keep&csrf=$csrf" "$keep")" 403 "with the token of another person"
is "$(ls "$(stored keep)" 2>/dev/null)" '' "nothing was changed by any of them"

# --- what is done

is "$(ann -d "what=keep&csrf=$csrf" -H 'Sec-Fetch-Site: same-origin' -H "Origin: $pages" "$keep")" 303 "a session is marked"
succeeds "to be kept" test -e "$(stored keep)"
is "$(ann "$keep")" 200 "its page"
like "$(cat "$work/page")" 'name="what" value="keep"><input type="hidden" name="value" value="clear">' "has the form that ends this"
like "$(cat "$state"/journal/*)" " event $id text=kept.* by=ann n=[0-9]*\$" "by ann, says the journal"
is "$(ann -d "what=keep&value=clear&csrf=$csrf" "$keep")" 303 "and is no longer"
fails "marked" test -e "$(stored keep)"
is "$(ann "$keep")" 200 "its page"
like "$(cat "$work/page")" 'name="what" value="keep"><button>' "has the form that marks it"
says() { # WHAT VALUE: status of the form of the crash's group
	ann --data-urlencode "csrf=$csrf" --data-urlencode "what=$1" --data-urlencode "value=$2" "$pages/group/$signature"
}
group() { # the group as the pages give it, once the index has it
	curl -s "$pages/group/$signature.json"
}
# (the collector's child makes it after the upload)
signed() {
	signature=$(lw show --json "$id" | sed -n 's/.*"signature":"\([0-9a-f]*\)".*/\1/p')
	[ -n "$signature" ]
}
soon "its crash has a signature" signed
is "$(says mute 7d)" 303 "a signature is muted"
muted() { group | grep -q '"state":"muted"'; }
soon "and so in its page" muted
is "$(says mute '')" 303 "and no longer"
is "$(says note 'see <bug> 17 & "more"')" 303 "a note"
noted() { group | grep -q 'see <bug> 17 & ..more'; }
soon "is there" noted
is "$(code "$pages/group/$signature"; grep -c 'see &lt;bug&gt; 17 &amp; &quot;more&quot;' "$work/page")" '2001' "as text"
is "$(says tag net) $(says tag nfs) $(says untag net)" '303 303 303' "tags"
tagged() { group | grep -q '"tags":\["nfs"\]'; }
soon "are added and removed" tagged
is "$(says fixed 6.1.0-58)" 303 "the release with the fix"
fixed() { group | grep -q '"fixed_in":"6.1.0-58"'; }
soon "is there" fixed
is "$(says tag 'Not A Tag')" 400 "an invalid tag"
is "$(says mute yesterday)" 400 "an invalid time"
is "$(says explode now)" 400 "an unknown action"
like "$(cat "$state"/journal/*)" " triage - signature=$signature what=note .*by=ann n=[0-9]*\$" "by ann"
machine=$pages/machine/52:54:00:00:00:01
is "$(ann -d "what=boot&profile=plain&args=quiet+debug&csrf=$csrf" "$machine")" 303 "what it boots next is set"
like "$(lw machine 52:54:00:00:00:01)" 'profile plain args "quiet debug" \(for one boot\)' "for one boot"
like "$(cat "$state"/journal/*)" ' override - .*profile=plain.* once=1 by=ann n=[0-9]*$' "by ann"
is "$(ann -d "what=boot&profile=none&csrf=$csrf" "$machine")" 409 "a profile that there is not"
like "$(cat "$work/page")" 'profile &quot;none&quot; is not in' "with the command's reason"
is "$(ann -d "what=boot&profile=--clear&csrf=$csrf" "$machine")" 409 "a word that looks like an option is not taken for one"
is "$(ann -d "what=power&value=on&csrf=$csrf" "$machine")" 303 "the machine is switched on"
is "$(cat "$state/power")" on "it is on"
like "$(cat "$state"/journal/*)" ' power .*target=t1 .*action=on .*by=ann' "by ann"
is "$(ann -d "what=power&value=explode&csrf=$csrf" "$machine")" 400 "an action that there is not"
is "$(ann -d "what=power&value=off&csrf=$csrf" "$pages/machine/52:54:00:00:00:09")" 404 "a machine that there is not"

# --- machines come first

# boots: $slowest, the ms of the slowest of 20
boots() {
	slowest=0
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		ms=$(curl -s -o /dev/null -w '%{time_total}' "$url/boot?mac=52-54-00-00-00-02&product=KVM" | tr -d .)
		ms=$((${ms#"${ms%%[1-9]*}"} / 1000))
		[ "$ms" -le "$slowest" ] || slowest=$ms
	done
}
flood() {
	for _ in 1 2 3 4; do
		(
			while [ -e "$work/flood" ]; do
				curl -s -m 5 -o /dev/null "$pages/events?limit=1000" "$pages/sessions" "$pages/machines" || :
			done
		) &
		flood_pids="${flood_pids:-} $!"
	done
}
boots
alone=$slowest
: >"$work/flood"
flood
sleep 1
boots
rm "$work/flood"
# shellcheck disable=SC2086 # process numbers
wait $flood_pids || :
diag "the slowest boot of 20 while pages are asked for: $slowest ms, else $alone ms"
# (more only where this machine has no time for a boot anyway)
ok "$([ "$slowest" -lt $((2000 + 10 * alone)) ] && echo 0 || echo 1)" "a boot waits less than 2 s while the pages are flooded"

# What takes too long is given up, and the next request finds another worker.
truncate -s 200G "$(stored dmesg-2.txt)"
start=$(date +%s)
is "$(code "$pages/crash/$id/log?name=dmesg-2.txt")" 503 "a page that would take minutes"
like "$(cat "$work/page")" 'more than 5 seconds' "is given up with the reason"
ok "$([ $(($(date +%s) - start)) -lt 15 ] && echo 0 || echo 1)" "after 5 s"
rm "$(stored dmesg-2.txt)"
is "$(code "$pages/healthz")" 200 "and the next one is answered"

web_pid=$(pgrep -P "$serve_pid" -f lighttpd-web.conf)
kill -KILL "$web_pid"
again() { [ "$(code "$pages/healthz")" = 200 ]; }
soon "pages that were killed are started again" again
is "$(code "$url/boot?mac=52-54-00-00-00-02&product=KVM")" 200 "and machines boot all the while"

# --- an address that cannot be had

serve_stop
sed -i "s/^web = .*/web = \"192.0.2.1:$web_port\"/" "$conf"
serve_start
is "$(code "$url/boot?mac=52-54-00-00-00-02&product=KVM")" 200 "machines boot without the pages"
like "$(cat "$work/serve.log")" 'warning: no pages: web = "192.0.2.1:' "and serve says why there are none"
lw check >"$work/check" 2>&1 || :
like "$(cat "$work/check")" 'warning: web = .*in clear; set tls' "check warns of passwords in clear"

# --- HTTPS, beyond this host

serve_stop
tls_ca one
tls_cert first one 90 "DNS:pages.example.org,IP:127.0.0.1"
tls_install first
tls_port=$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)
sed -i "s/^web = .*/web = \"0.0.0.0:$web_port\"/" "$conf"
echo "tls { listen = \"127.0.0.1:$tls_port\" cert = \"tls/server.pem\" key = \"tls/server.key\" }" >>"$conf"
serve_start
secure() { curl -fsS -m 10 --cacert "$tls/one.ca.pem" "https://127.0.0.1:$web_port/healthz" 2>/dev/null; }
soon "with tls the pages speak HTTPS" secure
fails "and no HTTP" curl -fs -m 10 "http://127.0.0.1:$web_port/healthz"
lw check >"$work/check" 2>&1 || :
unlike "$(cat "$work/check")" 'in clear' "check has nothing to warn of"
done_testing
