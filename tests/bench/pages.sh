#!/bin/sh
# SPDX-License-Identifier: MIT
# pages.sh [STATE]: each page over a store of 100,000 sessions, 10,000 crashes and a log of 1,000,000 lines (made by mkstore, or
# STATE, which such a run has kept), by the lighttpd of `lastwords serve` and lastwords-web: the CPU time of both for a
# page, the time to its first byte and to its last, and its size; over 20 requests, after one that fills the caches.
# Prints a table; "least" is the soonest first byte, the one that other work on this machine has delayed least. The goals
# are 100 ms of CPU and 50 ms to the first byte.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
tap_finished=1 # this is no test

requests=20
state=${1:-$work/state}
conf=$work/lastwords.conf
[ -d "$state" ] || {
	echo "bench: making a store, some minutes" >&2
	"${LASTWORDS_BUILD:-$root/build}/tests/lib/mkstore" "$state" big=1000000 >&2
}
printf 'state = "%s"\nprofile debian { image = "img" }\nrule { product = "*" profile = "debian" }\n' "$state" >"$conf"

port=$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)
url=http://127.0.0.1:$port
mkdir -p "$work/run"
: >"$work/run/tls.conf"
sed -e "s|@BIND@|127.0.0.1|g; s|@PORT@|$port|g; s|@BIN@|$bin|g; s|@CONF@|$conf|g; s|@TLS@|$work/run/tls.conf|g" \
	-e "s|@EMPTY@|$work/run|g; s|@ERRORS@|$root/cgi/web/errors/|g; s|@RUN@|$work/run|g; s|@LOGS@|$work/run|g" \
	-e "s|@USERS@|$work/run/users|g; s|@WORKERS@|2|g; s|@SESSIONS@|$(realpath "$state")/sessions/|g; s|@STATIC@|$root/cgi/web/static/|g; s|@VENDORED@|$root/build/web/|g" "$root/server/etc/lighttpd-web.conf.in" >"$work/run/lighttpd.conf"
LASTWORDS_END_WITH_PARENT=1 lighttpd -D -f "$work/run/lighttpd.conf" >"$work/run/out" 2>&1 &
lighttpd_pid=$!
at_exit "kill $lighttpd_pid 2>/dev/null || :"
answers() { curl -fsS -o /dev/null "$url/healthz"; }
wait_for 20 answers 2>/dev/null || {
	cat "$work/run"/*.log "$work/run/out" >&2
	curl -s "$url/healthz" >&2 || :
	exit 1
}

# Ticks of CPU time (1/100 s) of lighttpd and its programs.
ticks() {
	for ticks_pid in $lighttpd_pid $(cat "/proc/$lighttpd_pid/task/$lighttpd_pid/children"); do
		cat "/proc/$ticks_pid/stat"
	done | awk '{ sub(/.*\) /, ""); t += $12 + $13 } END { print t }'
}

page() { # PATH
	code=$(curl -s -o "$work/page" -w '%{http_code}' "$url$1")
	[ "$code" = 200 ] || {
		echo "bench: $1: $code" >&2
		sed -n '/^<p>/{s,</*p>,,gp;q}' "$work/page" >&2
		return 0
	}
	before=$(ticks)
	for _ in $(seq $requests); do
		curl -s -o /dev/null -w '%{time_starttransfer} %{time_total}\n' "$url$1"
	done | sort -n >"$work/times"
	awk -v shown="$(echo "$1" | sed "s/[0-9a-f]*-[0-9T]*-debian-[0-9a-f]*/SESSION/" | cut -c 1-44)" -v ticks=$(($(ticks) - before)) -v size="$(stat -c %s "$work/page")" -v n=$requests '
		{ first[NR] = $1 * 1000; last[NR] = $2 * 1000 }
		END {
			cpu = ticks * 10 / n; begun = first[int(n / 2) + 1]
			printf "%-44s %7.1f %8.1f %8.1f %8.1f %8.0f%s%s\n", shown, cpu, first[1], begun, last[int(n / 2) + 1], size / 1024, \
				(cpu > 100 ? "  CPU over the goal" : ""), (begun > 50 ? "  first byte over the goal" : "")
		}' \
		"$work/times"
}

crash=$(curl -s "$url/sessions.json?state=captured&limit=2" | jq -r '.sessions[-1].session')
signature=$(curl -s "$url/crashes.json?sort=count&limit=1" | jq -r '.groups[0].signature')
big=$(curl -s "$url/machine/52:54:00:ff:ff:ff.json" | jq -r .session)
echo "medians of $requests requests on $(nproc) CPUs ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)); load before: $(cut -d ' ' -f 1 /proc/loadavg)"
printf '%-44s %7s %8s %8s %8s %8s\n' "" "CPU ms" "least ms" "first ms" "last ms" KB goal 100 50 50 "" ""
for path in / /crashes '/crashes?search=null' '/crashes?since=7d&sort=last' "/group/$signature" /rates '/rates?by=product' \
	/machines '/machines?like=52:54:00:00:1' "/machine/52:54:00:ff:ff:ff" "/machine/52:54:00:ff:ff:ff/live" /live /sessions '/sessions?offset=50000' '/sessions?like=null' \
	'/sessions?state=captured' /events '/events?event=died' /fleet "/crash/$crash" "/crash/$crash/log" "/crash/$big" "/crash/$big/log" \
	"/crash/$big/log?name=dmesg.txt&from=1" \
	"/crash/$big/log?name=dmesg.txt&from=900000&lines=5000" /crashes.atom \
	/static/style.css; do
	page "$path"
done
