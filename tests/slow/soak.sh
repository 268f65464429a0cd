#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2119,SC2317,SC2034,SC3045 # tap.sh's idioms
# soak.sh MINUTES: all attacks at once, on loopback, against one server that also boots machines, receives 2,000 kernel
# log lines a second and takes an upload every second. Afterwards every line and every upload of those machines
# is stored, memory has not grown, and no file is left over. Prints the figures. Run by `make soak`.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/serve.sh"

minutes=${1:-30}
case $minutes in
'' | 0* | *[!0-9]* | ?????*)
	tap_finished=1
	echo "soak.sh: $minutes: not a number of minutes from 1 to 9999; usage: soak.sh MINUTES" >&2
	exit 2
	;;
esac
hold=${LASTWORDS_TOOLS:-$root/build/tests}/lib/http-hold
needs "make soak builds and installs it" "$hold" perl
[ "$(ulimit -Hn)" -ge 12000 ] || skip_all "the limit of open files is $(ulimit -Hn); 12000 are needed"
ulimit -Sn "$(ulimit -Hn)" 2>/dev/null || :
seconds=$((minutes * 60))
udp=$("$root/tests/collector/packets.pl" port)
serve_config
sed -i "s/^netconsole = .*/netconsole = \"127.0.0.1:$udp\"/" "$conf"
head -c 4000000 /dev/zero >"$images/img/initrd.img"
serve_start

# memory: KB of the server's processes; a page that several share counts once (PSS). The collector's own children,
# which merge one record, run the hook or prune, and end, are not counted.
memory() {
	for pid in "$serve_pid" $(pgrep -P "$serve_pid"); do
		echo "$pid"
		case $(cat "/proc/$pid/comm" 2>/dev/null) in lighttpd) pgrep -P "$pid" || : ;; esac
	done | while read -r pid; do
		sed -n 's/^Pss: *//p' "/proc/$pid/smaps_rollup" 2>/dev/null || :
	done | awk '{ kb += $1 } END { print kb + 0 }'
}

# held: slow clients, COUNT of each kind, again as often as the server ends them.
held() {
	while :; do
		"$hold" "$port" "$@" >/dev/null 2>&1 &
		echo $! >"$work/hold.$1.$3"
		wait $! || :
		sleep 1
	done
}

hold_end() {
	for pid in $holders $(cat "$work"/hold.* 2>/dev/null); do
		kill "$pid" 2>/dev/null || :
	done
}

at_exit 'kill ${machines:-} ${strangers:-} 2>/dev/null || :'
at_exit hold_end
perl "$root/tests/slow/soak-machines.pl" "$port" "$udp" "$seconds" "$work/facts" 2>"$work/machines.err" &
machines=$!
holders=
sleep 3
for attack in "1500 20 head" "1500 40 get /images/img/initrd.img" "200 30 put /crash/x 1200000"; do
	# shellcheck disable=SC2086 # words
	held $attack &
	holders="$holders $!"
done
perl "$root/tests/slow/soak-strangers.pl" "$port" "$udp" $((seconds - 5)) >"$work/strangers" 2>&1 &
strangers=$!

began=$(date +%s)
: >"$work/memory"
while kill -0 "$machines" 2>/dev/null; do
	memory >>"$work/memory"
	now=$(($(date +%s) - began))
	[ $((now % 60)) -ge 10 ] || echo "# $((now / 60)) of $minutes minutes: $(tail -n 1 "$work/memory") KB," \
		"$(grep -c '^upload' "$work/facts" || :) uploads, $(du -sm "$state" | cut -f1) MB" >&2
	sleep 10
done
wait "$strangers" || :
hold_end

is "$(cat "$work/machines.err")" "" "the machines ran to the end"
is "$(grep -c '^log ' "$work/facts")" 20 "20 machines sent their kernel log"
is "$(grep '^failed' "$work/facts")" "" "each machine booted, and each upload was taken"
like "$(cat "$work/strangers")" '^boots [1-9]' "strangers sent requests"

logged() { # ID COUNT: prints the lines that its log has not, or has twice
	cat "$state/sessions/$(echo "$1" | cut -c1-12)/$1"/netconsole.log* | sed -n 's/.*soak line \([0-9]*\)\.$/\1/p' | sort -n |
		awk -v n="$2" '{ seen[$1]++ } END { for (i = 1; i <= n; i++) if (seen[i] != 1) bad++; print bad + 0 }'
}
all_logged() {
	bad=0 lines=0
	while read -r what id count; do
		[ "$what" = log ] || continue
		bad=$((bad + $(logged "$id" "$count"))) lines=$((lines + count))
	done <"$work/facts"
	[ "$bad" = 0 ]
}
wait_for 20 all_logged || :
is "$bad" 0 "every line of the machines is in its log, once"
lost=0 uploads=0
while read -r what id sum ms; do
	[ "$what" = upload ] || continue
	uploads=$((uploads + 1))
	[ "$(sha "$(stored dmesg.txt)")" = "$sum" ] || lost=$((lost + 1))
done <"$work/facts"
is "$lost" 0 "every upload of the machines is stored under its own name, unchanged"
ok "$([ "$uploads" -ge $((seconds * 9 / 10)) ] && echo 0 || echo 1)" "an upload was taken in nearly every second"
slow=$(awk '$1 == "boot" { n++; if ($2 > 1000) slow++ } END { printf "%d of %d", slow, n }' "$work/facts")
ok "$(awk '$1 == "boot" { n++; if ($2 > 1000) slow++ } END { print (slow * 100 > n) }' "$work/facts")" \
	"99 of 100 boot scripts came within 1 s"

titled() {
	"$bin/lastwords" -c "$conf" crashes -n 1000000 --json >"$work/crashes" 2>/dev/null
	[ "$(grep -o '"function":"soak_crash_[0-9]*"' "$work/crashes" | sort -u | wc -l)" -eq "$uploads" ]
}
wait_for 60 titled && rc=0 || rc=1
ok "$rc" "every upload has its own title"
# memory at the end beside that after a quarter of the time
flat=$(awk '{ kb[NR] = $1 } END { q = int(NR / 4) + 1
	for (i = q; i < 2 * q && i <= NR; i++) if (kb[i] > early) early = kb[i]
	for (i = 3 * q; i <= NR; i++) if (kb[i] > late) late = kb[i]
	printf "%d %d %d", early, late, (late > early * 1.25 + 20000) }' "$work/memory")
is "${flat##* }" 0 "memory in the last quarter is that of the second"
sleep 5
is "$(find "$state" -name 'lighttpd-upload-*' -o -name '.*' -type f ! -name .lock | head)" "" "no file is left over"
exits 0 "fsck finds nothing to repair" "$bin/lastwords" -c "$conf" fsck
grep -ah ' event .*what=' "$state"/journal/* 2>/dev/null | tail -n 20 | sed 's/^/# /'
echo "# $(grep -c '^boot' "$work/facts") boots, over 1 s: $slow; $uploads uploads, $lines lines"
awk '$1 == "upload" { print $4 }' "$work/facts" | sort -n | awk '{ ms[NR] = $1 } END { print "# upload ms: median " ms[int((NR + 1) / 2)] ", longest " ms[NR] }'
echo "# memory KB: $flat; state: $(du -sm "$state" | cut -f1) MB, journal $(du -sm "$state/journal" | cut -f1) MB, index $(du -m "$state/index.db" | cut -f1) MB"
sed 's/^/# strangers: /' "$work/strangers"
done_testing
