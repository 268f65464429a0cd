#!/bin/sh
# SPDX-License-Identifier: MIT
# Hostile identities through a real server: every field, raw and as hex, always a 200 and a script
# that does what a harmless machine's does (read by ipxe-lint, which shares no code with the CGI).
# shellcheck disable=SC2119,SC2317,SC2016,SC2094
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

cgi_config
lighttpd_start fastcgi "$conf"

# The shape of the script for a query, or why it has none.
shape() {
	code=$(curl -sg -o "$work/script" -w '%{http_code}' "$url/boot?$1")
	if [ "$code" = 200 ]; then
		"$lint" <"$work/script"
	else
		echo "HTTP $code"
	fi
}

long=$(head -c 10240 /dev/zero | tr '\0' a)
armed=$(shape 'mac=52-54-00-00-00-01&producthex=4b564d')
wait=$(shape 'mac=52-54-00-00-00-01&product=Other')
like "$armed" '^kernel/' "a harmless machine boots"
like "$wait" '^chain/' "a harmless unknown machine waits"

for value in '"' 'a"b' "'" '%0a' '%0aexit%0a' '%0d%0aexit' '${ip}' '%24%7Bip%7D' '${' 'a%26b' 'a=b' '#' '%20%23x' \
	'%7C%7C' '%20%7C%7C%20exit' '%20%26%26%20exit' '%20;%20exit' '+' 'a+b' '%ff%fe' '%c3%28' '%00' 'a%00b' \
	'%5c' 'x%5c%0aexit' '%' '%zz' '%1b[2J' '-n' "$long"; do
	name=$(printf '%.20s' "$value")
	bad=
	for field in manufacturer serial asset uuid arch platform ip netmask gateway type other 'k%00y' '%22'; do
		got=$(shape "mac=52-54-00-00-00-01&producthex=4b564d&$field=$value" 2>&1) || :
		[ "$got" = "$armed" ] || bad="$bad $field: $got"
	done
	for field in product mac; do
		got=$(shape "mac=52-54-00-00-00-01&$field=$value" 2>&1) || :
		[ "$got" = "$wait" ] || bad="$bad $field: $got"
	done
	is "$bad" "" "no byte of $name acts in any field"
done
# The Host header ends up in URLs; what is no host must not.
for host in 'a b' 'evil"x' 'x||exit' '${ip}' 'h#x' 'a;exit' 'x/y' '[::1' '%0a'; do
	curl -sg -o "$work/script" -H "Host: $host" "$url/boot?mac=52-54-00-00-00-01&product=KVM" || :
	case $(head -n 1 "$work/script") in
	'#!ipxe') is "$("$lint" <"$work/script" 2>&1)" "$armed" "Host: $host" ;;
	*) like "$(cat "$work/script")" '400' "Host: $host is refused by lighttpd" ;;
	esac
done
unlike "$(cat "$run"/*.log)" 'AddressSanitizer|runtime error' "nothing broke"
lighttpd_stop

# The same past lighttpd, whose strictness other servers lack.
bad=
for host in 'a b' 'evil"x' 'x||exit' '${ip}' 'h#x' 'a;exit' 'x/y' '[::1' 'a
exit'; do
	for uri in /boot '/a b/boot' '/${ip}/boot' '/"/boot' '/a
exit/boot' '/../../boot'; do
		got=$(HTTP_HOST=$host REQUEST_URI=$uri SERVER_ADDR=10.0.0.1 SERVER_PORT=80 LASTWORDS_CONF=$conf \
			QUERY_STRING='mac=52-54-00-00-00-01&product=KVM' "$bin/lastwords-boot" |
			sed '1,/^.$/d' | "$lint") || :
		[ "$got" = "$armed" ] || bad="$bad $host $uri: $got"
	done
done
is "$bad" "" "no byte of Host or path acts"
done_testing
