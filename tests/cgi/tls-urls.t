#!/bin/sh
# SPDX-License-Identifier: MIT
# Which URLs a machine is given where the server has HTTPS: the table in cgi/http/base.h, line by line, with and
# without url and only. Path: the boot program itself, in the place of a web server. Evidence: the script, and
# session.conf with the name by which the machine verifies the server.
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/tls.sh"
needs "make check installs it" openssl

tls_ca ca
tls_cert address ca 90 "IP:10.0.0.1,DNS:boot.example.org"
tls_cert name ca 90 "DNS:*.example.org,DNS:boot.example.org"
tls_cert wild ca 90 "DNS:*.example.org"
mkdir -p "$work/images"
lab_image "$work/images" img
lab_image "$work/images" safe
echo tls=1 >>"$work/images/safe/image.conf"
# config CERT LINE… ["|" LINE…]: with such a tls section; what is behind "|" is outside of it
config() {
	tls_install "$1"
	shift
	inside='' outside=''
	for line; do
		case $line in "| "*) outside="$outside
${line#| }" ;; *) inside="$inside
$line" ;; esac
	done
	cgi_config "tls { cert = \"tls/server.pem\" key = \"tls/server.key\" listen = \"10.0.0.1:8443\" $inside
}" "listen = \"10.0.0.1:8080\"" \
		'profile safe { image = "safe" crashkernel = "192M" }' 'rule { mac = "52:54:88:*" profile = "safe" }' "$outside"
}
plain='mac=52-54-00-00-00-01&product=KVM' safe='mac=52-54-88-00-00-01'
# as http|https PATH QUERY: asks under 10.0.0.1 by that
as() {
	case $1 in
	https) export HTTPS=on HTTP_HOST=10.0.0.1:8443 SERVER_PORT=8443 ;;
	*) unset HTTPS && export HTTP_HOST=10.0.0.1:8080 SERVER_PORT=8080 ;;
	esac
	export SERVER_ADDR=10.0.0.1
	cgi_ask "$2?$3" "$3"
}
# urls: those that the script has, without what is behind the port
urls() { printf '%s\n' "$text" | grep -o 'https*://[^/ ]*' | sort -u | tr '\n' ' '; }
conf_has() { printf '%s\n' "$text" | sed -n "s/^$1=//p"; }
opened() {
	boot=$((${boot:-1000000000000000} + 1))
	as "$1" /session/open "$2&boot=$boot"
}

config address
as http /boot "$plain"
is "$(urls)" "http://10.0.0.1:8080 " "HTTP, without TLS: a script of HTTP"
as http /boot "$safe"
is "$(urls)" "http://10.0.0.1:8080 " "HTTP, with TLS: a script of HTTP"
as https /boot "$plain"
is "$(urls)" "https://10.0.0.1:8443 " "HTTPS, without TLS: a script of HTTPS"
as https /boot "$safe"
is "$(urls)" "https://10.0.0.1:8443 " "HTTPS, with TLS: a script of HTTPS"
for how in http https; do
	opened $how "$plain"
	is "$(conf_has url) $(conf_has tls-name)" "http://10.0.0.1:8080 " "$how, without TLS: a session of HTTP"
	opened $how "$safe"
	is "$(conf_has url) $(conf_has tls-name)" "https://10.0.0.1:8443 " \
		"$how, with TLS: a session of HTTPS, by the address that the certificate has"
done
like "$(conf_has netconsole)" '^10.0.0.1:6666$' "netconsole goes to the same host"

config name
opened http "$safe"
is "$(conf_has tls-name)" boot.example.org "a certificate without the address: by its first name"
config wild
opened http "$safe"
is "$(conf_has url) $(conf_has tls-name)" "https://10.0.0.1:8443 " "a wildcard alone names nobody"
config wild 'name = "lab.example.org"'
opened http "$safe"
is "$(conf_has tls-name)" lab.example.org "name in tls counts"
opened http "$plain"
is "$(conf_has tls-name)" "" "not for a session of HTTP"

config address '| url = "http://10.0.0.7:81/lw"'
as http /boot "$safe"
is "$(urls)" "http://10.0.0.7:81 " "url counts for a script of HTTP"
as https /boot "$safe"
is "$(urls)" "https://10.0.0.1:8443 " "a script of HTTPS has none of HTTP, whatever url says"
opened http "$plain"
is "$(conf_has url)" "http://10.0.0.7:81/lw" "url counts for a session of HTTP"
opened http "$safe"
is "$(conf_has url) $(conf_has tls-name)" "https://10.0.0.7:8443 boot.example.org" "its host counts for one of HTTPS"
config address '| url2 = "https://10.0.0.2:8443" url3 = "http://10.0.0.3:8080"'
opened http "$plain"
is "$(conf_has url2) $(conf_has url3)" " http://10.0.0.3:8080" "a machine without TLS is not sent to another HTTPS server"
opened http "$safe"
is "$(conf_has url2) $(conf_has url3)" "https://10.0.0.2:8443 http://10.0.0.3:8080" "one with TLS is"

config address 'only = true'
as https /boot "$safe"
is "$(urls)" "https://10.0.0.1:8443 " "only, with TLS: a script of HTTPS"
unlike "$text" 'booting unarmed: image' "only, with TLS: armed"
as https /boot "$plain"
like "$text" 'booting unarmed: image img has no TLS, and the server answers HTTPS only[;,] make it with lastwords image --tls' \
	"only, without TLS: it boots unarmed, and says why"
like "$text" '^kernel ' "only, without TLS: it boots"
like "$(cat "$state"/journal/*.log)" ' not-armed .*img%20has%20no%20TLS' "only, without TLS: the journal has the reason"
opened https "$plain"
is "$status" 503 "only, without TLS: it gets no session"
lw check >"$work/check" 2>&1 || :
like "$(cat "$work/check")" 'tls: image img of profile debian has no TLS: its machines boot unarmed' "lastwords check says so"

# --- lastwords check ---

faults() { lw check 2>&1 || :; }
config address
unlike "$(faults)x" 'tls:' "a good certificate: no fault"
tls_cert old ca -2 "IP:10.0.0.1"
config old
like "$(faults)" 'lastwords.conf:[0-9]+: tls: .*server.pem expired [12] days ago; renew it' "an expired one"
tls_cert soon ca 20 "IP:10.0.0.1"
config soon
like "$(faults)" 'warning: tls: .*server.pem expires in (19|20) days; renew it' "one that expires soon"
config address 'name = "www.example.net"'
like "$(faults)" 'tls: .*is not a certificate for www.example.net; set name to one that it has' "a name that it has not"
config address
chmod 644 "$tls/server.key"
like "$(faults)" 'tls: the private key .* can be read or changed by others \(mode 644\); chmod 640 ' "a key that everyone can read"
cp "$tls/name.key" "$tls/server.key"
chmod 640 "$tls/server.key"
like "$(faults)" 'tls: cert .* and key .* do not belong together; install both' "a key of another certificate"
rm "$tls/server.key"
like "$(faults)" 'tls: key .*server.key cannot be read by this user' "no key"
openssl ec -in "$tls/address.key" -aes128 -passout pass:x -out "$tls/server.key" 2>/dev/null
chmod 640 "$tls/server.key"
like "$(faults)" 'no private key \(PEM without a passphrase\) in it' "a key with a passphrase"
echo x >"$tls/server.pem"
like "$(faults)" 'tls: cert .*server.pem: no certificate \(PEM\) in it' "no certificate"
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups test -x "$work"; then
	config address
	chown 0:0 "$tls/server.key"
	mkdir -p "$state"
	chown -R 65534:65534 "$state"
	like "$(faults)" "tls: the server's user, the owner of .*, cannot read .*server.key" "a key that the server's user cannot read"
fi
done_testing
