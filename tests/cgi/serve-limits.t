#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords serve` with strangers that hold thousands of connections, on loopback: others have their
# script within a second, and a body without a token is not written to the disk.
# shellcheck disable=SC2119,SC2317,SC2016,SC2094,SC3045,SC2034,SC2010
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/serve.sh"

tools=${LASTWORDS_TOOLS:-$root/build/tests}/lib
needs "make check builds it" "$tools/http-hold"
[ "$(ulimit -Hn)" -ge 12000 ] || skip_all "the limit of open files is $(ulimit -Hn); 12000 are needed"

serve_config
head -c 4000000 /dev/zero >"$images/img/initrd.img"
serve_start
# within_a_second NAME: ten requests, one after the other, of which two may wait for this machine's CPU.
within_a_second() {
	took=
	for n in 1 2 3 4 5 6 7 8 9 10; do
		took="$took$(curl -s -m 8 -o "$work/script" -w '%{http_code} %{time_total}' "$url/boot?mac=52-54-00-00-00-07&product=KVM" || :)
"
	done
	ok "$([ "$(echo "$took" | grep -c '^200 0\.')" -ge 8 ] && echo 0 || echo 1)" "$1"
	diag "slowest: $(echo "$took" | sort -k 2 -n | tail -n 1)"
}
hold() {
	"$tools/http-hold" "$port" "$@" >"$work/held" 2>&1 &
	hold_pid=$!
	wait_for 60 grep -q open "$work/held" || diag "$(cat "$work/held")"
}
release() {
	kill "$hold_pid" 2>/dev/null || :
	wait "$hold_pid" 2>/dev/null || :
}
hold 2500 60 head
within_a_second "a script comes within 1 s next to 2,500 heads that never end"
release
hold 3000 60 get /images/img/initrd.img
within_a_second "a script comes within 1 s next to 3,000 downloads"
release
hold 100 60 put /crash/x 1200000
is "$(find "$state/run" -name 'lighttpd-upload-*' | wc -l)" 0 "no body without a token is written to the disk"
within_a_second "a script comes within 1 s next to 100 such bodies"
release
session
echo 'kernel log' >"$work/log"
is "$(put "$work/log")" "201 $(sha "$work/log")" "an upload with its token is stored"
is "$(curl -s -o /dev/null -w '%{http_code}' -T "$work/log" "$url/crash/$id")" 401 "an upload without a token is refused"
is "$(curl -s -d event=running -H "Lastwords-Token: $token" "$url/callback/$id")" ok "a callback with its token is taken"
done_testing
