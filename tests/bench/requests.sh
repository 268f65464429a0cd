#!/bin/sh
# SPDX-License-Identifier: MIT
# requests.sh [SECONDS]: boot requests as CGI and FastCGI, each session recorded, beside a static file
# of the same size and the bash CGI that the field writes, on the same lighttpd; then 1,000 machines in
# the same moment, and the instructions and system calls of one request with 1 and 100,000 known
# machines. Prints a table; judges nothing.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
tap_finished=1 # this is no test

seconds=${1:-5}
conf=$work/lastwords.conf
for tool in wrk valgrind strace bash perl; do
	command -v $tool >/dev/null || { echo "bench: $tool is missing: sh images/need.sh bench" >&2; exit 1; }
done

mkdir -p "$work/images"
lab_image "$work/images" img
cat >"$conf" <<END
state = "$work/state"
images = "$work/images"
profile debian { image = "img" args = "ro root=/dev/nfs" console = "ttyS0,115200n8" crashkernel = "192M" }
rule { product = "PowerEdge*" profile = "debian" }
rule { product = "*" profile = "debian" }
END
query='mac=52-54-00-00-00-01&product=KVM&ip=10.9.0.5&netmask=255.255.255.0&gateway=10.9.0.1'

one() {
	env QUERY_STRING="$query" REQUEST_URI=/boot HTTP_HOST=127.0.0.1:8080 "$bin/lastwords-boot" -c "$conf"
}
one 2>/dev/null | tr -d '\r' | sed '1,/^$/d' >"$work/images/static"

# What is found in the field: eval of the query, a case of the products, an echo into a log.
cat >"$work/images/field.cgi" <<'END'
#!/bin/bash
eval "$(echo "$QUERY_STRING" | tr '&' '\n' | sed 's/[^=A-Za-z0-9:._-]/_/g')"
mac=$(echo "$mac" | sed 's/-/:/g')
case "$type" in
KVM*) args="ro root=/dev/nfs console=ttyS0,115200n8" ;;
*) args="ro" ;;
esac
echo "$(date +%s) $mac $type" >>"$(dirname "$0")/field.log"
echo "Content-Type: text/plain"
echo
cat <<SCRIPT
#!ipxe
kernel http://$HTTP_HOST/images/img/vmlinuz initrd=initrd.img $args
initrd http://$HTTP_HOST/images/img/initrd.img
boot
SCRIPT
END
chmod +x "$work/images/field.cgi"

# load NAME PATH: 64 connections; "" for the boot requests of boot.lua
load() {
	load_journal=$(cat "$work"/state/journal/* 2>/dev/null | grep -c ' requested ' || :)
	wrk -t1 -c64 -d"${seconds}s" --timeout 10s -s "$root/tests/bench/$2" "$url$3" >"$work/wrk" 2>&1
	# shellcheck disable=SC2046 # words
	set -- "$1" $(sed -n 's/^FIGURES //p' "$work/wrk")
	[ $# = 5 ] || { cat "$work/wrk" >&2; exit 1; }
	load_now=$(cat "$work"/state/journal/* 2>/dev/null | grep -c ' requested ' || :)
	printf '%-36s %8s %10s %10s %8s %10s\n' "$1" "$2" "$3" "$4" "$5" "$((load_now - load_journal))"
}
sed 's/^request = .*/request = function() return wrk.format("GET", wrk.path) end/; /^	n = /d; /^	return/,/^end/d' \
	"$root/tests/bench/boot.lua" | grep -v '^local' >"$work/path.lua"
busy=$(cut -d ' ' -f 1 /proc/loadavg)
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "$seconds s each, 64 connections, client and server on the same $(nproc) CPUs ($cpu); load before: $busy"
printf '%-36s %8s %10s %10s %8s %10s\n' "" requests/s "p50 ms" "p99 ms" errors sessions
lighttpd_start fastcgi "$conf"
load_static() {
	wrk -t1 -c64 -d"${seconds}s" -s "$work/path.lua" "$url/images/static" >"$work/wrk" 2>&1
	# shellcheck disable=SC2046 # words
	set -- $(sed -n 's/^FIGURES //p' "$work/wrk")
	printf '%-36s %8s %10s %10s %8s %10s\n' "static file, $(wc -c <"$work/images/static") bytes" "$@" -
}
load_static
load "lastwords-boot, FastCGI" boot.lua /boot
load_static
# shellcheck disable=SC2046 # words
set -- $(perl "$root/tests/bench/storm.pl" "$port" 1000)
storm="1,000 machines in the same moment: $1 served, the last after $2 ms; $(cat "$work"/state/journal/* |
	grep -c ' requested 52540a00') sessions on record"
lighttpd_stop
lighttpd_start cgi "$conf"
load "lastwords-boot, CGI" boot.lua /boot
lighttpd_stop
# The field's, on the same server.
{
	lighttpd_cgi "$conf" | sed '/^\$HTTP/,/^}/d'
	echo "alias.url = ( \"/boot\" => \"$work/images/field.cgi\" )"
	echo 'cgi.assign = ( "" => "" )'
} | awk '!/^alias.url = \( "\/images/' >"$work/field.conf"
lighttpd -D -f "$work/field.conf" >"$work/field.out" 2>&1 &
lighttpd_pid=$!
wait_for 20 lighttpd_answers || :
load "bash CGI as in the field" boot.lua /boot
lighttpd_stop
echo
echo "$storm"

# cost: the instructions, calls: the system calls of one request as CGI.
cost() {
	valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" "$bin/lastwords-boot" -c "$conf" \
		>"$work/cost.out" 2>"$work/cost.err" || :
	sed -n 's/.*Collected : //p' "$work/cost.err"
}
calls() {
	strace -f -c -o "$work/strace" "$bin/lastwords-boot" -c "$conf" >/dev/null 2>&1 || :
	awk '$NF == "total" { print $4 }' "$work/strace"
}
export QUERY_STRING="$query" REQUEST_URI=/boot HTTP_HOST=127.0.0.1:8080
rm -rf "$work/state"
one >/dev/null 2>&1
first=$(cost) first_calls=$(calls)
perl -e '
	use strict; use warnings;
	my $state = shift;
	open my $j, ">>", (glob "$state/journal/*")[0] or die;
	for my $n (0 .. 99999) {
		my $mac = sprintf "5254%08x", 0x0c000000 + $n;
		print $j "2026-11-21T00:00:00.000Z requested $mac-20261121T000000000-debian-00000000 product=KVM\n";
		open my $f, ">", "$state/machines/$mac.boots" or die; print $f "1795253772000\n"; close $f;
		next if $n % 10;
		open $f, ">", "$state/machines/$mac" or die; print $f "profile=debian\nonce=0\nset=2026-11-21T00:00:00.000Z\n"; close $f;
	}' "$work/state"
many=$(cost) many_calls=$(calls)
echo "one request as CGI, its start and end with it: $first instructions, $first_calls system calls with 1 known machine;"
echo "$many and $many_calls with 100,000 ($(perl -e "printf '%.3f', $many / $first") x the instructions)"
