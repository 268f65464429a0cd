# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, root, bin, url: tap.sh, lighttpd.sh; for the tests
# cgi.sh: what the tests of the CGI programs share. Sourced after tap.sh and lighttpd.sh.
#
#	cgi_config [LINE…]      $conf: a config with image img, profiles debian and plain, rules
#	session [MAC]           asks to boot; sets $id, $token, $archive (URL)
#	put FILE [CURL-ARG…]    uploads FILE for $id with $token: "STATUS BODY"
#	stored NAME             the path of a file of $id's session
#	sha FILE                prints its SHA-256
#	get PATH                "STATUS BODY" of a GET
#	cgi_ask PATH [QUERY]    asks the boot program itself, without a server: $status ("" for 200), $text; what
#	                        it said is in $work/err
#	lw COMMAND…             the command line with $conf
#
# $lint is the reader of iPXE scripts (tests/lib/ipxe-lint.c).

conf=$work/lastwords.conf
state=$work/state
lint=${LASTWORDS_TOOLS:-$root/build/tests}/lib/ipxe-lint
needs "make check builds it" "$lint"

cgi_config() {
	[ -d "$work/images/img" ] || lab_image "$work/images" img
	{
		cat <<-CONF
			state = "$state"
			images = "$work/images"
			profile debian {
				image = "img"
				console = "ttyS0,115200n8"
				args = "ro root=/dev/nfs"
				crashkernel = "192M"
			}
			profile plain { image = "img" netconsole = "off" }
			rule { product = "KVM*" profile = "debian" }
			rule { mac = "52:54:99:*" profile = "plain" }
		CONF
		for line in "$@"; do
			echo "$line"
		done
	} >"$conf"
}

session() {
	archive=$(curl -s "$url/boot?mac=${1:-52-54-00-00-00-01}&product=KVM&ip=10.9.0.5&netmask=255.255.255.0" |
		sed -n 's|.*\(http:[^ ]*/session/[^ ]*\).*|\1|p')
	id=${archive##*/session/}
	id=${id%%.cpio*}
	token=${archive##*token=}
	token=${token%%&*}
}

put() {
	file=$1
	shift
	curl -s -o "$work/answer" -w '%{http_code}' -H "Authorization: Bearer $token" -H 'Expect:' \
		-T "$file" "$@" "$url/crash/$id"
	printf ' %s\n' "$(cat "$work/answer")"
}

get() {
	curl -s -o "$work/answer" -w '%{http_code}' "$url$1"
	printf ' %s\n' "$(cat "$work/answer")"
}

cgi_ask() {
	QUERY_STRING=${2:-} REQUEST_METHOD=GET REQUEST_URI=$1 "$bin/lastwords-boot" -c "$conf" \
		2>"$work/err" | tr -d '\r' >"$work/answer"
	status=$(sed -n 's/^Status: *\([0-9]*\).*/\1/p' "$work/answer")
	text=$(sed '1,/^$/d' "$work/answer")
}

lw() {
	"$bin/lastwords" -c "$conf" "$@"
}

stored() {
	echo "$state/sessions/$(echo "$id" | cut -c1-12)/$id/$1"
}

sha() {
	sha256sum <"$1" | cut -c1-64
}
