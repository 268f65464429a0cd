#!/bin/sh
# SPDX-License-Identifier: MIT
# Made-up machines do not fill the disk: journal lines of unknown machines are limited for each day and
# below disk_floor; a known machine's are written all the same.
# Evidence: the journal's lines and the size of STATE, after requests over FastCGI.
# shellcheck disable=SC2119,SC2317,SC2016,SC2094
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

lines() { cat "$state"/journal/* 2>/dev/null | grep -c " $1 " || :; }
long=$(printf '%0256d' 0 | sed 's/00/ff/g')
# flood PATH PRODUCT MAC-PREFIX COUNT: so many machines, with identity fields of 128 bytes
flood() {
	awk -v url="$url$1" -v product="$2" -v mac="$3" -v n="$4" -v long="$long" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "url = \"%s?mac=%s-%02x-%02x-%02x&boot=%032x&product=%s&serialhex=%s&assethex=%s&uuidhex=%s&manufacturerhex=%s\"\noutput = /dev/null\n",
				url, mac, i / 65536, i / 256 % 256, i % 256, i, product, long, long, long, long
	}' >"$work/curlrc"
	curl -s --parallel --parallel-max 8 -K "$work/curlrc" 2>/dev/null || :
}

cgi_config 'disk_floor = "0"'
lighttpd_start fastcgi "$conf"
flood /boot Other 52-54-01 6000
n=$(lines refused)
ok "$([ "$n" -ge 4096 ] && [ "$n" -le 4200 ] && echo 0 || echo 1)" "6000 unknown machines get some 4096 lines in a day"
diag "$n lines"
longest=$(cat "$state"/journal/* | awk 'length > max { max = length } END { print max }')
ok "$([ "$longest" -lt 1200 ] && echo 0 || echo 1)" "identity fields are cut in the journal"
diag "$longest bytes"
flood /boot KVM 52-54-02 500
flood /session/open KVM 52-54-03 500
is "$(lines requested)" 0 "sessions of unknown machines have no line of their own after that"
is "$(find "$state/machines" -type f | wc -l)" 0 "sessions that machines open make no file for each machine"
session 52-54-00-00-00-01
like "$id" '^525400000001-' "an unknown machine still gets its session"
is "$(lines requested)" 0 "an unknown machine's request is not recorded"
"$bin/lastwords" -c "$conf" machine 52:54:00:00:00:01 --profile debian >/dev/null
session 52-54-00-00-00-01
is "$(lines "requested $id")" 1 "a machine for which something is set is recorded"
mkdir -p "$state/sessions/525400000002"
session 52-54-00-00-00-02
is "$(lines "requested $id")" 1 "a machine that has logs is recorded"
for _ in 1 2 3; do
	get "/boot?mac=52-54-00-00-00-02&product=Other" >/dev/null
done
is "$(cat "$state"/journal/* | grep -c ' refused .*mac=52:54:00:00:00:02')" 1 "equal refusals of a machine are one line in an hour"
lighttpd_stop

rm -rf "$state"
cgi_config 'disk_floor = "90000G"'
mkdir -p "$state/sessions/525400000002/525400000002-20260101T000000000-debian-00000000" "$state/sessions/525400000004"
lighttpd_start fastcgi "$conf"
flood /boot Other 52-54-01 10
is "$(lines refused)" 0 "below disk_floor unknown machines have no line"
session 52-54-00-00-00-02
is "$(lines "requested $id")" 1 "below disk_floor known machines have theirs"
is "$(curl -s -d event=running -H "Lastwords-Token: $token" "$url/callback/$id")" ok "a known machine reports that it runs"
is "$(lines "running $id")" 1 "below disk_floor a known machine's report is recorded"
session 52-54-00-00-00-03
is "$(curl -s -d event=running -H "Lastwords-Token: $token" "$url/callback/$id")" ok "an unknown machine's report is answered"
is "$(lines "running $id")" 0 "below disk_floor an unknown machine's report is not recorded"
session 52-54-00-00-00-04
is "$(curl -s -d event=running -H "Lastwords-Token: $token" "$url/callback/$id")" ok "a new machine's report is answered"
is "$(lines "running $id")" 0 "below disk_floor the report of a machine that has logs of today only is not recorded"
lighttpd_stop
done_testing
