#!/bin/sh
# SPDX-License-Identifier: MIT
# A server that answers late, or with errors: boot.ipxe asks again with a growing pause, says who it is,
# and boots once the server is well. Evidence: the console shows two retries, then the kernel.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

# The first script comes from a stand-in that has nothing else; the real server begins later.
lab_server 'profile lab {
	image = "lab"
	args = "lab=print:late"
	console = "ttyS0,115200n8"
	crashkernel = "192M"
}
rule { product = "*" profile = "lab" }'
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
lab_console m 'lastwords.*52.?54.?00.?aa.?00.?01' 60 "who it is" || true
wait_for 60 console_retries && rc=0 || rc=1
ok $rc "it asks again, and says so"
lab_end "$standin"
"$root/build/bin/lastwords" -c "$work/lastwords.conf" serve >>"$work/serve.log" 2>&1 &
at_exit "lab_end $!"
lab_event ' requested ' 90 "the script is served once the server is there"
lab_console m 'Linux version' 60 "the kernel starts"
lab_stop m
done_testing
