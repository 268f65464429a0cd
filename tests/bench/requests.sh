#!/bin/sh
# SPDX-License-Identifier: MIT
# requests.sh [SECONDS]: boot requests as CGI and FastCGI, each session recorded, next to a static file
# of the same size, a FastCGI program that does nothing (empty.c) and a usual bash CGI, on the same
# lighttpd, with the CPU time of lighttpd and its programs for each request (which other load changes
# little); system calls and instructions of a running worker for a request; then 1,000 machines at the same
# time, and the instructions and system calls of one request as CGI with 1 and 100,000 known machines.
# Prints a table; has no goals.
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

# The usual boot CGI: eval of the query, a case of the products, an echo into a log.
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

# How many ticks of CPU time (1/100 s) the server and its programs have had, with those that ended.
ticks() {
	ticks_of=/proc/$lighttpd_pid/stat
	for ticks_pid in $(cat "/proc/$lighttpd_pid/task/$lighttpd_pid/children"); do
		ticks_of="$ticks_of /proc/$ticks_pid/stat"
	done
	# shellcheck disable=SC2086 # words
	cat $ticks_of 2>/dev/null | awk '{ sub(/.*\) /, ""); t += $12 + $13 + $14 + $15 } END { print t }'
}

requested() {
	cat "$work"/state/journal/* 2>/dev/null | grep -c ' requested ' || :
}

# The system calls of FastCGI workers for each request, once they run. Sets $worker_calls.
worker_calls() {
	calls_of='' calls_pids=''
	for calls_pid in $(cat "/proc/$lighttpd_pid/task/$lighttpd_pid/children"); do
		[ "$(cat "/proc/$calls_pid/comm")" = lastwords-boot ] || continue
		strace -c -o "$work/calls.$calls_pid" -p "$calls_pid" 2>/dev/null &
		calls_pids="$calls_pids $!" calls_of="$calls_of $work/calls.$calls_pid"
	done
	sleep 1 # attaching tells nobody
	calls_before=$(requested)
	wrk -t1 -c8 -d2s --timeout 10s -s "$root/tests/bench/boot.lua" "$url/boot" >/dev/null 2>&1
	calls_requests=$(($(requested) - calls_before))
	# shellcheck disable=SC2086 # words
	kill $calls_pids && wait $calls_pids 2>/dev/null || :
	# shellcheck disable=SC2086 # words
	worker_calls=$(cat $calls_of | awk -v n="$calls_requests" '$NF == "total" { t += $4 } END { printf "%.1f", t / n }')
}

# load NAME SCRIPT PATH: 64 connections; "" for the boot requests of boot.lua
load() {
	load_journal=$(requested)
	load_ticks=$(ticks)
	wrk -t1 -c64 -d"${seconds}s" --timeout 10s -s "$2" "$url$3" >"$work/wrk" 2>&1
	load_ticks=$(($(ticks) - load_ticks))
	# shellcheck disable=SC2046 # words
	set -- "$1" $(sed -n 's/^FIGURES //p' "$work/wrk")
	[ $# = 5 ] || { cat "$work/wrk" >&2; exit 1; }
	load_now=$(requested)
	printf '%-36s %8s %8s %8s %7s %9s %8.0f\n' "$1" "$2" "$3" "$4" "$5" "$((load_now - load_journal))" \
		"$(awk -v t="$load_ticks" -v r="$2" -v s="$seconds" 'BEGIN { print t * 10000 / (r * s + 1) }')"
}
sed 's/^request = .*/request = function() return wrk.format("GET", wrk.path) end/; /^	n = /d; /^	return/,/^end/d' \
	"$root/tests/bench/boot.lua" | grep -v '^local' >"$work/path.lua"
busy=$(cut -d ' ' -f 1 /proc/loadavg)
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
echo "$seconds s each, 64 connections, client and server on the same $(nproc) CPUs ($cpu); load before: $busy"
printf '%-36s %8s %8s %8s %7s %9s %8s\n' "" requests "p50 ms" "p99 ms" errors sessions "CPU us"
printf '%-36s %8s %8s %8s %7s %9s %8s\n' "" "per s" "" "" "" recorded "each"
lighttpd_start fastcgi "$conf"
load_static() {
	load "static file, $(wc -c <"$work/images/static") bytes" "$work/path.lua" /images/static
}
load_static
load "lastwords-boot, FastCGI" "$root/tests/bench/boot.lua" /boot
load_static
# shellcheck disable=SC2046 # words
set -- $(perl "$root/tests/bench/storm.pl" "$port" 1000)
storm="1,000 machines in the same moment: $1 served, the last after $2 ms; $(cat "$work"/state/journal/* |
	grep -c ' requested 52540a00') sessions on record"
worker_calls
lighttpd_stop
lighttpd_start cgi "$conf"
load "lastwords-boot, CGI" "$root/tests/bench/boot.lua" /boot
lighttpd_stop
# The same server, with a program that does nothing in the place of lastwords-boot.
mkdir "$work/empty"
cc -O2 -o "$work/empty/lastwords-boot" "$root/tests/bench/empty.c" -lfcgi
wc -c <"$work/images/static" >"$work/empty/lastwords-boot.size"
cp "$bin/lastwords-ingest" "$work/empty/"
own=$bin
bin=$work/empty
lighttpd_start fastcgi "$conf"
load "FastCGI that does nothing" "$root/tests/bench/boot.lua" /boot
lighttpd_stop
bin=$own
# The workers under callgrind: their starts are little beside some hundred requests.
mkdir "$work/counted"
ln -s "$own/lastwords-ingest" "$work/counted/"
cat >"$work/counted/lastwords-boot" <<END
#!/bin/sh
exec valgrind --tool=callgrind --callgrind-out-file=/dev/null "$own/lastwords-boot" "\$@" 2>"$work/counted/\$\$.err"
END
chmod +x "$work/counted/lastwords-boot"
bin=$work/counted
before=$(requested)
lighttpd_start fastcgi "$conf"
wait_for 30 curl -fsS -o /dev/null "$url/boot?mac=52-54-0b-00-00-01"
wrk -t1 -c4 -d5s --timeout 10s -s "$root/tests/bench/boot.lua" "$url/boot" >/dev/null 2>&1
lighttpd_stop
counted() { [ "$(cat "$work"/counted/*.err | grep -c 'Collected : ')" -ge 2 ]; }
wait_for 20 counted || :
worker_instructions=$(cat "$work"/counted/*.err |
	awk -v n=$(($(requested) - before)) '/Collected : / { t += $NF } END { printf "%d", t / n }')
bin=$own
# The field's, on the same server.
{
	lighttpd_cgi "$conf" | sed '/^\$HTTP/,/^}/d'
	echo "alias.url += ( \"/boot\" => \"$work/images/field.cgi\" )"
	echo 'cgi.assign = ( "" => "" )'
} >"$work/field.conf"
lighttpd -D -f "$work/field.conf" >"$work/field.out" 2>&1 &
lighttpd_pid=$!
wait_for 20 lighttpd_answers || :
load "bash CGI as in the field" "$root/tests/bench/boot.lua" /boot
lighttpd_stop
echo
echo "$storm"
echo "a running FastCGI worker: $worker_calls system calls and $worker_instructions instructions for each request"

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
		next if $n % 10;
		open my $f, ">", "$state/machines/$mac" or die; print $f "profile=debian\nonce=0\nset=2026-11-21T00:00:00.000Z\n"; close $f;
	}' "$work/state"
# Every bucket of the table of boots with all its slots taken.
perl -e 'for (0 .. 131071) { print pack("H12 C x q< x240", sprintf("5256%08x", $_), 1, 1795253772000) }' \
	>"$work/state/attempts.table"
many=$(cost) many_calls=$(calls)
echo "one request as CGI, its start and end with it: $first instructions, $first_calls system calls with 1 known machine;"
echo "$many and $many_calls with 100,000 ($(perl -e "printf '%.3f', $many / $first") x the instructions)"
