#!/bin/sh
# SPDX-License-Identifier: MIT
# Delivery of one dump's log over HTTPS by the program with TLS, as in the capture kernel: certificates for an
# address and for a name, EC and RSA, a chain; those that it must refuse; the time by which it judges, which is the
# session's and not the clock's. After a refusal the log goes to the console, and the reason with it.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/tls.sh"

program=$root/build/bin/lastwords-dmesg-tls
tools=${LASTWORDS_TOOLS:-$root/build/tests}
faults=$tools/lib/http-faults
core=$work/core
needs "make check builds it" "$program" "$faults" "$tools/vmcore/mkvmcore" "$tools/lib/free-ports" socat
"$tools/vmcore/mkvmcore" "$root/tests/vmcore/prb-walk.desc" x86_64 walk "$core"
"$program" "$core" >"$work/dmesg"
sum=$(sha256sum "$work/dmesg" | cut -d ' ' -f 1)
id=525400a1b2c3-20261121T093612123-lab-5f3a9c01

# server CERT[,OPTION…] ANSWER…: an HTTPS server; its base URL is in $url, its requests are in $requests.
server() {
	cert=$tls/${1%%,*}
	case $1 in *,*) more=,${1#*,} ;; *) more= ;; esac
	shift
	requests=$(mktemp -d "$work/requests.XXXXXX")
	"$faults" "$requests" "$@" >"$requests/port" &
	at_exit "kill $! 2>/dev/null || true"
	wait_for 10 test -s "$requests/port"
	port=$("$tools/lib/free-ports" 1)
	socat "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=$cert.pem,key=$cert.key$more" \
		"TCP:127.0.0.1:$(cat "$requests/port")" 2>"$requests/socat" &
	at_exit "kill $! 2>/dev/null || true"
	wait_for 10 listens
	url=https://127.0.0.1:$port
}
listens() { ss -Hltn "sport = :$port" | grep -q .; }

# ship CA NAME: to $url; the exit code is in $code, the messages are in $messages.
ship() {
	printf '%s\n' "session=$id" token=00112233445566778899aabbccddeeff "url=$url" ${other:+"url2=$other"} \
		${2:+"tls-name=$2"} deadline=$deadline >"$work/session.conf"
	code=0
	begun=$(date +%s)
	LASTWORDS_CA=$tls/$1.ca.pem timeout 60 "$program" --session "$work/session.conf" "$core" \
		>"$work/out" 2>"$work/messages" || code=$?
	took=$(($(date +%s) - begun))
	messages=$(cat "$work/messages")
	other='' deadline=40
}
other='' deadline=40
stored() {
	is "$code" 0 "$1: stored"
	[ "$code" = 0 ] || diag "$messages"
	gzip -dc <"$requests/1.body" >"$work/body" 2>/dev/null || true
	succeeds "$1: the server has the whole log" cmp "$work/body" "$work/dmesg"
}
refused() {
	is "$code" 4 "$1: not delivered"
	like "$messages" "$2" "$1: the reason"
	is "$(find "$requests" -name '*.head' | wc -l)" 0 "$1: the server got no request, and no token"
	succeeds "$1: it gives up soon, $took s" [ "$took" -le 6 ]
	sed '1d;$d' "$work/out" >"$work/console"
	succeeds "$1: the console has the whole log" cmp "$work/console" "$work/dmesg"
}

tls_ca ec
tls_ca rsa rsa
tls_cert_of address ec 20261101 20270301 "IP:127.0.0.1"
tls_cert_of name rsa 20261101 20270301 "DNS:boot.example.org,DNS:other.example.org" rsa
tls_cert_of wild ec 20261101 20270301 "DNS:*.example.org"
tls_cert_of elsewhere ec 20261101 20270301 "IP:127.0.0.2,IP:::1,DNS:127.0.0.1"
tls_cert_of expired ec 20260101 20261120 "IP:127.0.0.1"
tls_cert_of ends ec 20260101 20261122 "IP:127.0.0.1"
tls_cert_of later ec 20380101 20390101 "IP:127.0.0.1"

server address "201:$sum"
ship ec ''
stored "a certificate for the address"
like "$messages" "stored on $url in" "a message has where it is stored"
is "$(cat "$work/out")" "" "nothing is on the console"
server name "201:$sum"
ship rsa boot.example.org
stored "an RSA certificate for a name, by tls-name"
like "$(tr -d '\r' <"$requests/1.head")" "^Host: boot.example.org:$port$" "the server is asked by its name"
server wild "201:$sum"
ship ec lab.example.org
stored "a wildcard"
server address,cipher=ECDHE-ECDSA-AES256-GCM-SHA384 "201:$sum"
ship ec ''
stored "AES-256-GCM"
server ends "201:$sum"
ship ec ''
stored "a certificate that expired after the session began"
server later "201:$sum"
ship ec ''
stored "a certificate that is younger than the session, and than the clock"

# a chain: the CA, one that it signed, the server's
tls_key "$tls/middle.ca.key"
openssl req -new -key "$tls/middle.ca.key" -subj "/CN=middle CA" -out "$tls/middle.csr"
printf 'basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign\n' >"$tls/ext"
openssl x509 -req -in "$tls/middle.csr" -CA "$tls/ec.ca.pem" -CAkey "$tls/ec.ca.key" -CAcreateserial -days 100 \
	-extfile "$tls/ext" -out "$tls/middle.ca.pem" 2>/dev/null
tls_cert_of chained middle 20261101 20270301 "IP:127.0.0.1"
server chained "201:$sum"
ship ec ''
refused "a chain without its middle" 'could not be linked to a trust anchor'
cat "$tls/middle.ca.pem" >>"$tls/chained.pem"
server chained "201:$sum"
ship ec ''
stored "a chain"
# a certificate that no CA may sign with
tls_cert_of notca ec 20261101 20270301 "DNS:notca"
cp "$tls/notca.pem" "$tls/notca.ca.pem"
cp "$tls/notca.key" "$tls/notca.ca.key"
tls_cert_of forged notca 20261101 20270301 "IP:127.0.0.1"
cat "$tls/notca.pem" >>"$tls/forged.pem"
server forged "201:$sum"
ship ec ''
is "$code" 4 "a certificate signed with a server's key: not delivered"

server address "201:$sum"
ship rsa ''
refused "another CA" 'could not be linked to a trust anchor'
server elsewhere "201:$sum"
ship ec ''
refused "a certificate for another address" 'expected server name was not found'
server name "201:$sum"
ship rsa ''
refused "a certificate for a name that the session does not give" 'expected server name was not found'
server name "201:$sum"
ship rsa evil.example.org
refused "a certificate for another name" 'expected server name was not found'
server expired "201:$sum"
ship ec ''
refused "a certificate that had expired when the session began" 'certificate is expired'
ship none ''
like "$messages" 'no CA for https: .*none.ca.pem cannot be read' "without a CA: the reason"
is "$code" 4 "without a CA: not delivered"

# not refused for ever: the next server, and the same one when it has become well
server expired "201:$sum"
other=$url
server address "201:$sum"
swap=$url url=$other other=$swap
ship ec ''
stored "a refused certificate, then the second server"

server address "201:$sum"
url=https://127.0.0.1:$(cat "$requests/port")
deadline=8
ship ec ''
is "$code" 4 "a server that speaks HTTP there: not delivered"
like "$messages" 'not stored after .*(SSL|TLS|[Cc]onnection)' "a server that speaks HTTP there: the reason"

# a redirection to HTTP, where the token would be seen
server address "201:$sum"
printf 'HTTP/1.1 307 Go on\r\nLocation: http://127.0.0.1:%s/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' \
	"$(cat "$requests/port")" >"$work/redirection"
port=$("$tools/lib/free-ports" 1)
socat "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,verify=0,cert=$cert.pem,key=$cert.key" \
	"SYSTEM:timeout 0.5 cat >/dev/null; cat $work/redirection" 2>"$work/socat" &
at_exit "kill $! 2>/dev/null || true"
wait_for 10 listens
url=https://127.0.0.1:$port
ship ec ''
refused "a redirection to HTTP" 'HTTP 307'
url=http://127.0.0.1:$(cat "$requests/port")
ship ec ''
stored "HTTP still works"

# in the capture kernel: the CA of the image, and entropy that is used once
if [ "$(id -u)" = 0 ] && mkdir -p "$work/root/lastwords" "$work/root/dev" && mknod "$work/root/dev/random" c 1 8 2>/dev/null; then
	cp "$program" "$work/root/lastwords-call"
	cp "$tls/ec.ca.pem" "$work/root/lastwords/ca.pem"
	head -c 64 /dev/urandom >"$work/root/lastwords/seed"
	succeeds "the CA of the image is read" chroot "$work/root" /lastwords-call --check
	fails "the seed is gone" test -e "$work/root/lastwords/seed"
	rm "$work/root/lastwords/ca.pem"
	exits 1 "without a CA of the image it fails" chroot "$work/root" /lastwords-call --check
else
	skip "needs root, to change root and make a device" "the CA and the seed of the image"
fi
url=https://127.0.0.1:1
code=0
LASTWORDS_TOKEN=t timeout 20 "$root/build/bin/lastwords-dmesg" --id "$id" --ship "$url" --no-console "$core" 2>"$work/messages" || code=$?
is "$code" 4 "the program without TLS does not deliver to https"
like "$(cat "$work/messages")" 'no TLS in this image; make it with lastwords image --tls' "and says what to do"
done_testing
