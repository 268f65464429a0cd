#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords serve` with tls: HTTP and HTTPS are answered next to each other, each with URLs of its own kind;
# HTTPS verifies with the CA alone. A renewed certificate is served within 30 s, while a download over HTTP goes
# on and requests over HTTPS all get their answer; one that does not fit its key is not taken. Without a
# usable certificate machines boot over HTTP; with only the server does not start, and says why.
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/serve.sh"
. "$root/tests/lib/tls.sh"
needs "make check installs it" /usr/lib/lighttpd/mod_openssl.so

tls_ca one
tls_cert first one 90 "DNS:boot.example.org,IP:127.0.0.1"
tls_cert second one 90 "DNS:boot.example.org,IP:127.0.0.1" rsa
tls_install first
# tls_config [LINE…]: $conf with HTTPS at $secure, $https
tls_config() {
	serve_config
	secure=$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)
	https=https://127.0.0.1:$secure
	printf '%s\n' "tls { listen = \"127.0.0.1:$secure\" cert = \"tls/server.pem\" key = \"tls/server.key\"" \
		"$@" "}" >>"$conf"
}
ask='boot?mac=52-54-00-00-00-01&product=KVM'
safe() { curl -sS -m 30 --cacert "$tls/one.ca.pem" "$@"; }
https_answers() { safe -fo /dev/null "$https/boot.ipxe"; }
logged() { grep -q "$1" "$work/serve.log"; }

tls_config
succeeds "lastwords check finds no fault" lw check
serve_start && rc=0 || rc=$?
ok $rc "the server starts"
succeeds "HTTPS is answered, with a certificate of the CA" wait_for 20 https_answers
like "$(curl -s "$url/$ask")" "http://127.0.0.1:$port/images/img/vmlinuz" "over HTTP the script has HTTP's URLs"
like "$(safe "$https/$ask")" "https://127.0.0.1:$secure/images/img/vmlinuz" "over HTTPS it has HTTPS's"
unlike "$(safe "$https/$ask")" "http:" "and no other"
fails "another CA's client refuses it" curl -s -m 10 "$https/boot.ipxe"
# (which of the lighttpds it is has the log)
alerted() { grep -hs 'alert unknown ca.*127\.0\.0\.1' "$state/run"/*.log; }
succeeds "the log has the client's reason and address" wait_for 10 alerted
fails "TLS 1.1 is refused" safe --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 "$https/boot.ipxe"

# --- renewal ---

dd if=/dev/zero of="$images/img/big" bs=1M count=24 2>/dev/null
curl -s --limit-rate 1500k -o "$work/big" -w '%{http_code} %{size_download}' "$url/images/img/big" >"$work/big.code" &
big=$!
tls_install second
failed=0 asked=0
renewed=
begin=$(date +%s)
while [ $(($(date +%s) - begin)) -lt 180 ]; do
	asked=$((asked + 1))
	https_answers 2>>"$work/asked.err" || failed=$((failed + 1))
	[ -n "$renewed" ] || [ "$(tls_served "$secure")" != second ] || renewed=$(($(date +%s) - begin))
	[ -z "$renewed" ] || [ $(($(date +%s) - begin - renewed)) -lt 3 ] || break
	sleep 0.1
done
[ -n "$renewed" ] && rc=0 || rc=1
ok $rc "a renewed certificate is served after ${renewed:-more than 180} s"
is "$failed" 0 "each of $asked requests over HTTPS was answered meanwhile"
wait "$big" || :
is "$(cat "$work/big.code")" "200 $((24 << 20))" "a download over HTTP went on"
for suite in AES256-SHA256 AES128-SHA256 ECDHE-RSA-AES256-GCM-SHA384; do
	succeeds "RSA: what iPXE speaks, $suite" safe --tls-max 1.2 --ciphers "$suite" -fo /dev/null "$https/boot.ipxe"
done
cp "$tls/first.pem" "$tls/server.pem"
succeeds "a certificate that does not fit the key is refused, with a reason" \
	wait_for 40 logged 'read before stays in use.*do not belong together'
is "$(tls_served "$secure")" second "the one that was read before stays in use"
serve_stop

# --- not usable ---

serve_start && rc=0 || rc=$?
ok $rc "the server starts with a certificate that does not fit its key"
succeeds "the reason is on stderr" logged 'warning: no HTTPS: cert .*do not belong together; install both'
like "$(curl -s "$url/$ask")" "^kernel" "machines boot over HTTP"
tls_install first
succeeds "once it fits, HTTPS is answered" wait_for 20 https_answers
serve_stop
tls_config 'only = true'
: >"$work/serve.log"
serve_only() {
	"$bin/lastwords" -c "$conf" serve >>"$work/serve.log" 2>&1 &
	serve_pid=$!
}
serve_only
succeeds "with only: HTTPS is answered" wait_for 20 https_answers
fails "and HTTP is not" curl -s -m 5 -o /dev/null "$url/boot.ipxe"
serve_stop
cp "$tls/second.pem" "$tls/server.pem"
fails "with only and a certificate that does not fit, the server does not start" timeout 20 "$bin/lastwords" -c "$conf" serve
like "$tap_out" 'no HTTPS: cert .*do not belong together' "and says why"
done_testing
