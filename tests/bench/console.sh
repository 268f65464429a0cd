#!/bin/sh
# SPDX-License-Identifier: MIT
# console.sh [CONSOLES [SECONDS [LINES]]]: lastwords-console and ConMan hold the serial-over-LAN consoles of CONSOLES
# test BMCs (tests/lib/bmc) on loopback, one program after the other, with the same cipher suite and each with a
# log for each console: 500 idle ones for 60 s, then the same with LINES lines a minute from each (default 6).
# Prints a table: seconds until all consoles are held, resident memory (and what of it is the program's own),
# threads, descriptors, and the share of one CPU that the program used. ConMan's IPMI is libipmiconsole too,
# and takes no port: this needs root, for port 623. It judges nothing by its exit code but that all could be
# measured.
set -eu
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck disable=SC2034 # these are no tests
tap_finished=1
consoles=${1:-500} seconds=${2:-60} lines=${3:-6}
bmc=${LASTWORDS_TOOLS:-$root/build/tests}/lib/bmc

bench_fail() {
	echo "bench: console.sh: $*" >&2
	for bench_f in "$work"/*.err; do
		[ ! -s "$bench_f" ] || tail -n 3 "$bench_f" | sed "s,^,bench: ${bench_f##*/}: ," >&2
	done
	exit 1
}
[ "$(id -u)" = 0 ] || bench_fail "needs root, for port 623"
for want in "$root/build/bin/lastwords-console" "$bmc"; do
	[ -x "$want" ] || bench_fail "missing: $want"
done
for want in conmand socat; do
	command -v "$want" >/dev/null || bench_fail "missing: $want"
done
[ "$consoles" -ge 1 ] && [ "$consoles" -le 2000 ] || bench_fail "use 1 to 2000 consoles"
# libipmiconsole has five descriptors a console; conmand closes all that it might have, one by one
# shellcheck disable=SC3045 # dash has it
ulimit -n $((consoles * 8 + 1000)) || bench_fail "too few descriptors allowed: $(ulimit -n); raise ulimit -Hn"
pid='' bmc_pid=''
# shellcheck disable=SC2016 # at exit, not now
at_exit 'kill $pid $bmc_pid 2>/dev/null || true'

address() { # N
	echo "127.0.$((1 + $1 / 256)).$(($1 % 256))"
}

bmc_start() {
	"$bmc" --listen 127.0.1.0:623 --by-address --count "$consoles" --chatter "$1" --control "$work/bmc" \
		>"$work/bmc.out" 2>"$work/bmc.err" &
	bmc_pid=$!
	wait_for 10 test -s "$work/bmc.out" || bench_fail "the test BMCs do not start"
}

lastwords_start() {
	mkdir "$work/state"
	echo secret >"$work/password"
	chmod 600 "$work/password"
	{
		echo "state = \"$work/state\""
		for n in $(seq 0 $((consoles - 1))); do
			printf 'target t%d {\n\tmac = "525400%06x"\n\thost = "%s"\n\tuser = "admin"\n' "$n" "$((n + 1))" "$(address "$n")"
			printf '\tpassword_file = "%s"\n\tcipher = 17\n\tsol = true\n}\n' "$work/password"
		done
	} >"$work/lastwords.conf"
	"$root/build/bin/lastwords-console" -c "$work/lastwords.conf" 2>"$work/lastwords.err" &
	pid=$!
}

conman_start() {
	mkdir "$work/conman"
	{
		echo "server logdir=\"$work/conman\""
		echo "server port=$("$root/build/tests/lib/free-ports" 1)"
		echo 'server loopback=on'
		echo 'global log="console.%N"'
		echo 'global ipmiopts="U:admin,P:secret,C:17"'
		for n in $(seq 0 $((consoles - 1))); do
			echo "console name=\"t$n\" dev=\"ipmi:$(address "$n")\""
		done
	} >"$work/conman.conf"
	conmand -F -c "$work/conman.conf" >"$work/conman.err" 2>&1 &
	pid=$!
}

held() { echo status | socat -t 10 - "UNIX:$work/bmc" | grep -c 'holder=admin'; }
all_held() { [ "$(held)" = "$consoles" ]; }

# CPU time of the program, in ms, all threads
cpu() { awk '{ n += $1 } END { printf "%.0f\n", n / 1000000 }' /proc/"$pid"/task/*/schedstat; }
memory() { awk -v f="$1:" '$1 == f { printf "%.1f", $2 / 1024 }' "/proc/$pid/smaps_rollup"; }

# measure PROGRAM LINES: a row of the table
measure() {
	echo "bench: console.sh: $1, $2 lines a minute" >&2
	rm -rf "$work/state" "$work/conman"
	bmc_start "$2"
	begun=$(date +%s.%N)
	"$1_start"
	wait_for 180 all_held || bench_fail "$1 holds $(held) of $consoles consoles after 180 s"
	took=$(echo "$(date +%s.%N) $begun" | awk '{ printf "%.1f", $1 - $2 }')
	sleep 5
	before=$(cpu)
	sleep "$seconds"
	used=$(($(cpu) - before))
	all_held || bench_fail "$1 holds $(held) of $consoles consoles after $seconds s more"
	printf '%-9s %8s %9s %9s %9s %8s %7s %7s\n' "$1" "$2" "$took" "$(memory Rss)" "$(memory Pss_Anon)" \
		"$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" \
		"$(echo "$used $seconds" | awk '{ printf "%.2f", $1 / $2 / 10 }')"
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	kill "$bmc_pid"
	wait "$bmc_pid" || bench_fail "the test BMCs ended with $?"
	pid='' bmc_pid=''
}

echo "$consoles consoles, $seconds s"
printf '%-9s %8s %9s %9s %9s %8s %7s %7s\n' program lines/min 's to up' 'RSS MB' 'own MB' threads fds 'CPU %'
for rate in 0 "$lines"; do
	measure lastwords "$rate"
	measure conman "$rate"
done
