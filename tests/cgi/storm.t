#!/bin/sh
# SPDX-License-Identifier: MIT
# 200 machines ask at the same moment, over FastCGI and CGI: each gets its script, and each its own
# session on record, in whole journal lines.
# shellcheck disable=SC2119,SC2317,SC2016,SC2094
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

for mode in fastcgi cgi; do
	rm -rf "$state"
	cgi_config
	lighttpd_start $mode "$conf"
	{
		echo parallel
		echo 'parallel-max = 100'
		n=0
		while [ $n -lt 200 ]; do
			printf 'url = "%s/boot?mac=52-54-00-00-%02x-01&product=KVM"\noutput = "%s/s%d"\n' \
				"$url" $n "$work" $n
			n=$((n + 1))
		done
	} >"$work/curlrc"
	curl -s -K "$work/curlrc" 2>/dev/null || :
	is "$(cat "$work"/s[0-9]* | grep -c '^:retry$')" 200 "$mode: 200 whole scripts"
	is "$(grep -h '^kernel .*rdinit' "$work"/s[0-9]* | grep -o 'lastwords.session=[^ ]*' | sort -u | wc -l)" 200 \
		"$mode: 200 sessions"
	is "$(grep -cE '^[0-9TZ:.-]{24} requested [0-9a-f]{12}-[^ ]* .*agent=[^ ]*( n=[0-9]{16})?$' "$state"/journal/*)" 200 \
		"$mode: 200 whole lines in the journal"
	# An empty line is what a writer leaves that saw another's line half written; readers skip it.
	is "$(cat "$state"/journal/* | grep -c .)" 200 "$mode: and no others"
	[ "$tap_failed" = 0 ] || diag "$(cat "$state"/journal/* | grep -nv ' requested ')"
	rm "$work"/s[0-9]*
	lighttpd_stop
done
done_testing
