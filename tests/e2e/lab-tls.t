#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole way over HTTPS, of a machine whose clock shows 1980. Path: Debian's iPXE, which has no HTTPS, boots it
# over HTTP; arm, keeper and capture speak HTTPS to the server's address, and verify it by its name and the CA in
# their image. Evidence: the server's log has callback and upload on the port of HTTPS alone; the record is whole;
# the capture did not wait for entropy. What else there is of TLS: tests/slow/tls.t.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/tls.sh"
lab_need
needs "make check installs and builds it" /usr/lib/lighttpd/mod_openssl.so "$root/build/bin/lastwords-arm-tls"

tls_ca ours
tls_cert good ours 90 DNS:boot.example.org
tls_install good
lab_images=$work/images
succeeds "an image with TLS is made" sh "$root/tests/lab/lab.sh" "$root/build/kernel" "$work/images/lab" '' \
	--tls "$tls/ours.ca.pem"
secure=$("$root/build/tests/lib/free-ports" 1)
lab_server "tls { listen = \"127.0.0.1:$secure\" cert = \"tls/server.pem\" key = \"tls/server.key\" }
$(lab_profile lab lab.panic=4 'deadline = 60')
rule { product = \"*\" profile = \"lab\" }"
log=$lab_state/run/access.log
# used METHOD PATH: the ports on which the server got such requests
used() { sed -n "s,^[^ ]* [^ ]* $1 $2[^ ]* .* ,,p" "$log" | sort -u | tr '\n' ' '; }

lab_machine m -rtc base=1980-01-01T00:00:00
lab_event ' armed ' 240 "the machine runs, and is armed" || done_testing
lab_event ' uploaded .*file=dmesg[.]txt' 120 "its log is stored" || done_testing
id=$(lab_session ' uploaded ')
lab_console m 'stored on https://10.0.2.2' 10
lab_console m 'the autopsy is on the server' 30
soon "the script was fetched over HTTP" has_line "$log" "GET /boot 200 [0-9]* $lab_http\$"
both_used() { [ "$(used POST /callback/)$(used PUT /crash/)" = "$secure $secure " ]; }
wait_for 60 both_used || true
is "$(used POST /callback/)" "$secure " "the keeper reported over HTTPS"
is "$(used PUT /crash/)" "$secure " "log and autopsy came over HTTPS"
like "$(cat "$(lab_dir "$id")/dmesg.txt")" 'rtc_cmos.* 1980-01-01T|1980-01-0[12]' "the machine's clock showed 1980"
like "$(cat "$(lab_dir "$id")/dmesg.txt")" 'sysrq: Trigger a crash' "the log is whole"
at() { sed -n "s/.*lastwords: $1, \([0-9]*\)[.0-9]* s.*/\1/p" "$work/m.console" | head -n 1; }
took=$(($(at 'the last words are on the server') - $(at 'eth0 has 10[.]0[.]2[.]15.24')))
# (what waits for entropy waits until the deadline)
succeeds "from an address to a stored log in $took s: nothing waits for entropy" test "$took" -le 45
unlike "$(cat "$work/m.console")" 'random: .*uninitialized' "nobody took random bytes before there were any"

done_testing
