#!/bin/sh
# SPDX-License-Identifier: MIT
# A full disk: a small tmpfs under the state. An upload that does not fit is answered by 507 and
# leaves nothing; a machine that asks to boot gets its script; all is well again when there is room.
# shellcheck disable=SC2119,SC2317,SC2016,SC2094
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

mkdir "$state"
mount -t tmpfs -o size=256k tmpfs "$state" 2>/dev/null || skip_all "mounting a tmpfs needs root"
at_exit "umount -l '$state'"
cgi_config
lighttpd_start fastcgi "$conf"
session
like "$id" '^525400000001-' "a session while there is room"
head -c 1000000 /dev/urandom >"$work/large"
is "$(put "$work/large")" "507 the server's disk is full; try later" "an upload that does not fit"
is "$(ls -A "$(stored .)" 2>/dev/null)" "" "leaves nothing behind"
echo small >"$work/small"
is "$(put "$work/small")" "201 $(sha "$work/small")" "one that fits is stored"
# The journal up to the end of its last page, so that no further line fits into it.
for log in "$state"/journal/*; do
	head -c $((4096 - $(wc -c <"$log") % 4096)) /dev/zero | tr '\0' '\n' >>"$log"
done
head -c 1000000 /dev/zero >"$state/fill" 2>/dev/null || :
session
like "$id" '^525400000001-' "a script though nothing can be written"
known=$(stored ../"$(echo "$id" | cut -c1-12)-20260101T000000000-debian-00000000")
mkdir -p "$known"
is "$(put "$work/small" | head -c 3)" 507 "not even a small upload fits"
is "$(find "$state/sessions" -name '.upload*' -o -name '*.meta' -newer "$state/fill")" "" "nothing half-written"
like "$(curl -s -d event=running -H "Lastwords-Token: $token" "$url/callback/$id")" 'journal cannot be written' \
	"a callback is told to come again"
rm "$state/fill"
is "$(put "$work/small")" "201 $(sha "$work/small")" "with room again the same upload is stored"
is "$(curl -s -d event=running -H "Lastwords-Token: $token" "$url/callback/$id")" ok "and the callback taken"
# A machine that is not known stores nothing where it would soon come to the removal of logs.
free=$(df -k --output=avail "$state" | tail -n 1)
echo "disk_floor = \"$((free * 9 / 10))K\"" >>"$conf"
echo stranger >"$work/stranger"
echo known >"$work/known"
rmdir "$known"
refuses() { [ "$(put "$work/$1" | head -c 3)" = 507 ]; }
wait_for 10 refuses stranger && rc=0 || rc=1
ok "$rc" "just above disk_floor a machine that is not known stores nothing"
mkdir "$known"
is "$(put "$work/known")" "201 $(sha "$work/known")" "a machine with logs of an earlier day does"
head -c $((free * 800)) /dev/zero | gzip >"$work/bomb"
is "$(put "$work/bomb" -H 'Content-Encoding: gzip')" "507 the server's disk is full; try later" \
	"a body that grows when it is unpacked leaves half of disk_floor free"
sed -i '$d' "$conf"
# A floor: there is room, but it is not for us.
like "$(put "$work/small")" '^200 ' "above the floor an upload is taken"
echo 'disk_floor = "1G"' >>"$conf"
echo other >"$work/other"
refused() { [ "$(put "$work/other")" = "507 the server's disk is full; try later" ]; }
wait_for 10 refused && rc=0 || rc=1
ok "$rc" "below half of disk_floor it is refused"
like "$(curl -s -d event=running -H "Lastwords-Token: $token" "$url/callback/$id")" '^ok$' "a callback is not"
session
like "$id" '^525400000001-' "nor a boot"
lighttpd_stop
done_testing
