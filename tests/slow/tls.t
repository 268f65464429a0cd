#!/bin/sh
# SPDX-License-Identifier: MIT
# More of HTTPS than tests/e2e/lab-tls.t has:
#
#	small   the small capture kernel in 24 MB, and a clock that shows 2040: the log and the autopsy are stored over
#		HTTPS, with memory to spare
#	other   the server has a certificate of another CA: the machine boots and is armed all the same; the keeper and the
#		capture refuse it, the log comes by UDP with the reason, and nobody was given a token
#
# iPXE over HTTPS: tests/slow/tls-ipxe.t.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/tls.sh"
lab_need
needs "make check installs and builds it" /usr/lib/lighttpd/mod_openssl.so "$root/build/bin/lastwords-arm-tls"
needs "make capture-kernel" "$root/build/capture-kernel/tier1/bzImage"

tls_ca ours
tls_ca other
tls_cert good ours 90 DNS:boot.example.org
tls_cert bad other 90 DNS:boot.example.org
lab_images=$work/images
# image CA: $work/images/lab with that CA
image() {
	rm -rf "$work/images/lab"
	sh "$root/tests/lab/lab.sh" "$root/build/kernel" "$work/images/lab" '' --capture small --tls "$1"
}
# used METHOD PATH: the ports on which the server got such requests
used() { sed -n "s,^[^ ]* [^ ]* $1 $2[^ ]* .* ,,p" "$lab_state/run/access.log" | sort -u | tr '\n' ' '; }
serve() {
	lab_server "tls { listen = \"127.0.0.1:$secure\" cert = \"tls/server.pem\" key = \"tls/server.key\" }
$(lab_profile lab 'lab.panic=6' 'deadline = 60' 'capture = "small"' 'crashkernel = "24M"')
rule { product = \"*\" profile = \"lab\" }"
}
uploads() { lab_count " uploaded .*file=$1[.]txt"; }
has_uploads() { [ "$(uploads "$1")" -ge "$2" ]; }

for scene in ${TLS_SCENES:-small other}; do
	rm -rf "$work/state"
	case $scene in
	small | other)
		if [ "$scene" = small ] || [ ! -e "$work/images/lab" ]; then
			succeeds "$scene: an image with TLS and the small capture kernel" image "$tls/ours.ca.pem"
		fi
		if [ "$scene" = small ]; then tls_install good; else tls_install bad; fi
		secure=$("$root/build/tests/lib/free-ports" 1)
		serve
		lab_machine $scene -rtc base=2040-01-01T00:00:00 ;;
	esac
	case $scene in
	small)
		lab_event ' armed .*capture=small' 240 "small: armed with the small capture kernel" || done_testing
		succeeds "small: log and autopsy are stored" wait_for 180 has_uploads autopsy 1
		is "$(used POST /callback/) $(used PUT /crash/)" "$secure  $secure " "small: over HTTPS alone"
		lab_console small 'kB memory free' 20
		free=$(sed -n 's/^lastwords: \([0-9]*\) kB of .*memory free.*/\1/p' "$work/small.console" | head -n 1)
		diag "$free kB free; $(grep -a 'stored on https' "$work/small.console" | head -n 1 | tr -d '\r')"
		succeeds "small: 2 MB or more are free in 24 MB ($free kB)" test "${free:-0}" -ge 2048
		id=$(lab_session ' uploaded ')
		like "$(cat "$(lab_dir "$id")/dmesg.txt")" 'rtc_cmos.* 2040-01-01T' "small: the clock showed 2040"
		lab_stop small ;;
	other)
		lab_console other 'armed .* small kernel' 240 "it is armed" || done_testing
		lab_console other 'callback: .*could not be linked to a trust anchor' 60 "the keeper refuses the server"
		lab_console other 'not stored after .*could not be linked to a trust anchor' 180 "so does the capture"
		id=$(lab_session ' requested ')
		log=$(lab_dir "$id")/netconsole.log
		[ -e "$log" ] || log=$(find "$(lab_dir "$id")" -name 'netconsole*' ! -name '*.meta' | head -n 1)
		wait_for 60 has_line "$log" 'could not be linked to a trust anchor' && rc=0 || rc=$?
		ok $rc "other: the log came by UDP, with the reason"
		like "$(cat "$log")" 'sysrq: Trigger a crash' "other: it has the crash"
		is "$(used POST /callback/)$(used PUT /crash/)" "" "other: the server got no request with a token"
		booted() { lab_has_events 2 ' requested '; }
		succeeds "other: the machine boots again" wait_for 180 booted
		lab_stop other ;;
	esac
	lab_end "$lab_server_pid"
done
done_testing
