#!/bin/sh
# SPDX-License-Identifier: MIT
# collector.sh [PACKETS [RATE]]: lastwords-collector, rsyslog (imudp to a file) and socat (to a file)
# get the same netconsole packets, one receiver after the other on this machine: from 1 source and
# from 10,000. Prints a table: CPU microseconds (user and system, all threads) of each source's first
# packet (for us: a new machine is bound to its session, gets its log and is reported to the index), of each
# packet after that, and of all of them by their number; until everything is on disk. Then the lines lost
# at the paced rate, and the highest rate of 1 s without one packet dropped for want of room in the
# socket (all ask for the same room; socat gets what net.core.rmem_max allows). Last the ratios that
# are goals. Our index gets the counts of 10,000 sources every 30 s only, often not within the
# measurement: 0.2 us a packet more. It judges nothing by its exit code but that all could be measured.
set -eu
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck disable=SC2034 # these are no tests
tap_finished=1
packets=${1:-200000} rate=${2:-20000} many=10000
tools=${LASTWORDS_TOOLS:-$root/build/tests}/lib
pace=$tools/packet-pace

bench_fail() {
	echo "bench: collector.sh: $*" >&2
	exit 1
}
for want in "$root/build/bin/lastwords-collector" "$pace" "$tools/free-ports"; do
	[ -x "$want" ] || bench_fail "missing: $want"
done
for want in rsyslogd socat perl; do
	command -v "$want" >/dev/null || bench_fail "missing: $want"
done
pid=
# shellcheck disable=SC2016 # at exit, not now
at_exit '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true'

# CPU time of the receiver, in ns, all threads
cpu() { awk '{ n += $1 } END { printf "%.0f\n", n }' /proc/"$pid"/task/*/schedstat; }

# a field of its socket's line in /proc/net/udp: 5 queue, 13 drops (as many sockets as there are)
udp() {
	awk -v port=":$(printf %04X "$port")" -v field="$1" '
		function hex(s, n, i) {
			for (i = 1; i <= length(s); i++)
				n = n * 16 + index("0123456789ABCDEF", substr(s, i, 1)) - 1
			return n
		}
		substr($2, length($2) - 4) == port {
			if (field == 5) { split($5, q, ":"); sum += hex(q[2]) } else sum += $13
			found = 1
		}
		END { if (!found) exit 1; print sum + 0 }' /proc/net/udp
}
listens() { udp 13 >/dev/null; }

# start RECEIVER: a fresh one on $port, $out is where it writes
start() {
	port=$("$tools/free-ports" 1)
	# A new directory each; what is deleted meanwhile would make creating files slow (ext4).
	out=$(mktemp -d "$work/out.XXXXXX")
	case $1 in
	lastwords)
		printf 'netconsole = "127.0.0.1:%s"\nstate = "%s"\n' "$port" "$out/state" >"$work/lastwords.conf"
		"$root/build/bin/lastwords-collector" -c "$work/lastwords.conf" 2>"$work/err" &
		;;
	rsyslog)
		cat >"$work/rsyslog.conf" <<CONF
global(workDirectory="$out")
module(load="imudp")
template(name="raw" type="string" string="%rawmsg%\n")
ruleset(name="all") { action(type="omfile" file="$out/log" template="raw") }
input(type="imudp" address="127.0.0.1" port="$port" rcvbufSize="32m" ruleset="all")
CONF
		rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" 2>"$work/err" &
		;;
	socat) # cannot pass the system's limit (net.core.rmem_max)
		socat -u "UDP-RECV:$port,bind=127.0.0.1,rcvbuf=33554432" "OPEN:$out/log,creat,append" \
			2>"$work/err" &
		;;
	esac
	pid=$!
	wait_for 10 listens || bench_fail "$1 does not listen: $(cat "$work/err")"
	[ "$1" = lastwords ] || return 0
	wait_for 10 test -s "$out/state/key" || bench_fail "the collector makes no key: $(cat "$work/err")"
	"$root/tests/collector/packets.pl" mint "$out/state/key" 525400000001 lab '' "$many" >"$work/ids" ||
		bench_fail "no session ids"
}

# every record has " line N of source " or, the first, "lastwords.session="; once in a log
lines() {
	find "$out" \( -name 'netconsole.log*' -o -path '*/streams/*.log*' -o -name log \) -exec cat {} + |
		grep -acE 'line [0-9]+ of source|Command line:'
}

# The queue is empty and the receiver has stopped working: all it had to do is done.
idle() {
	idle_a=$(cpu)
	sleep 1
	[ "$(udp 5)" -eq 0 ] && [ $(($(cpu) - idle_a)) -lt 5000000 ]
}

finish() {
	kill "$pid"
	wait "$pid" 2>/dev/null || true
	pid=
}

per() { awk -v ns="$1" -v n="$2" 'BEGIN { printf "%.2f", ns / 1000 / n }'; }

# measure RECEIVER SOURCES: $first_us, $us, $all_us and $lost
measure() {
	start "$1"
	count=$packets
	[ "$2" -eq 1 ] || count=$((packets * 2))
	mkfifo "$out/go"
	at_start=$(cpu)
	"$pace" "$port" "$2" "$count" "$rate" "$work/ids" wait <"$out/go" >"$work/sent" &
	sender=$!
	exec 3<>"$out/go" # (which does not wait for a reader)
	wait_for 60 grep -q first "$work/sent" || bench_fail "packet-pace failed"
	sleep 7
	wait_for 60 idle || bench_fail "$1 does not come to rest"
	at_first=$(cpu)
	echo >&3
	exec 3>&-
	wait "$sender" || bench_fail "packet-pace failed"
	sleep 7 # lines of many logs reach them up to 5 s later, which belongs to the packets
	wait_for 60 idle || bench_fail "$1 does not come to rest"
	at_end=$(cpu)
	first_us=$(per $((at_first - at_start)) "$2")
	us=$(per $((at_end - at_first)) $((count - $2)))
	all_us=$(per $((at_end - at_start)) "$count")
	finish
	lost=$((count - $(lines)))
}

# highest RECEIVER SOURCES: $top, the highest of the steps without a drop
highest() {
	top=0
	for step in 50000 100000 200000 400000 600000; do
		start "$1"
		sent=$("$pace" "$port" "$2" "$step" "$step" "$work/ids") || bench_fail "packet-pace failed"
		# what the sender really made of it
		real=$(echo "$sent" | awk '{ printf "%d", $2 / $4 }')
		drops=$(udp 13)
		kill -9 "$pid"
		wait "$pid" 2>/dev/null || true
		pid=
		if [ "$drops" -ne 0 ] || [ "$real" -le "$top" ]; then break; fi
		top=$real
		[ $((real * 10)) -ge $((step * 9)) ] || break
	done
}

# The ids are the first collector's; to the others they are just text of the same length.
start lastwords
finish
echo "collector: $packets records at $rate/s, load $(cut -d ' ' -f 1 /proc/loadavg)"
printf '%-10s %8s %14s %14s %12s %12s %16s\n' receiver sources 'first, us each' 'then us/packet' \
	'all us/packet' 'lines lost' 'highest rate/s'
for receiver in lastwords rsyslog socat; do
	for sources in 1 "$many"; do
		measure "$receiver" "$sources"
		highest "$receiver" "$sources"
		printf '%-10s %8d %14s %14s %12s %12d %16d\n' "$receiver" "$sources" "$first_us" "$us" \
			"$all_us" "$lost" "$top"
		echo "$receiver $sources $us" >>"$work/us"
	done
done
awk '{ us[$1, $2] = $3; if ($2 > many) many = $2 }
	END {
		printf "a packet, of rsyslog, 1 source: %.2f (goal: at most 0.33); %d sources: %.2f\n",
			us["lastwords", 1] / us["rsyslog", 1], many, us["lastwords", many] / us["rsyslog", many]
		printf "a packet, %d sources by 1 source: %.2f (goal: at most 2)\n", many,
			us["lastwords", many] / us["lastwords", 1]
	}' "$work/us"
