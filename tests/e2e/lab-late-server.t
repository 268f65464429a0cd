#!/bin/sh
# SPDX-License-Identifier: MIT
# A server that answers late, or with errors: boot.ipxe shows the machine's MAC, asks again with growing
# pauses, and boots once the server answers. Evidence: the console shows two retries, then the kernel.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

# The first script comes from a stand-in that has nothing else; the real server starts later.
lab_serve_all lab=print:late
lab_end "$lab_server_pid"
mkdir "$work/www"
cp "$root/ipxe/boot.ipxe" "$work/www/"
cat >"$work/standin.conf" <<END
server.document-root = "$work/www"
server.bind = "127.0.0.1"
server.port = $lab_http
END
/usr/sbin/lighttpd -D -f "$work/standin.conf" >"$work/standin.log" 2>&1 &
standin=$!
at_exit "lab_end $standin"
wait_for 10 curl -fsS -o /dev/null "http://127.0.0.1:$lab_http/boot.ipxe" || true
console_retries() { [ "$(grep -ac 'asking again in\|again in' "$work/m.console")" -ge 2 ]; }
lab_machine m
lab_console m 'lastwords.*52.?54.?00.?aa.?00.?01' 60 "boot.ipxe shows the MAC of the machine" || true
succeeds "boot.ipxe asks again twice and shows it" wait_for 60 console_retries
is "$(lab_count ' requested ')" 0 "no script is served before the server starts"
lab_end "$standin"
lab_serve_again
lab_event ' requested ' 90 "the script is served once the server runs" || { done_testing; }
lab_console m 'Linux version' 60 "the kernel starts after the late answer" || true
lab_stop m
done_testing
