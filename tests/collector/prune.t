#!/bin/sh
# SPDX-License-Identifier: MIT
# Retention: `lastwords prune` and the collector's own, by age and size; what is marked, what crashed; old
# journal files; a prune that is killed at any point; a disk below its floor. Evidence: what is gone has
# a line in the journal and is gone from the index, what is there is whole, a small disk is never full.
# shellcheck disable=SC2154
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3

now=$(date +%s)
# old MAC DAYS [BYTES]: a session of so many days ago with a netconsole.log; prints its id
old() {
	old_id=$(mint "$1" lab $(((now - $2 * 86400) * 1000)))
	old_dir=$state/sessions/$1/$old_id
	mkdir -p "$old_dir"
	head -c "${3:-1000}" /dev/zero | tr '\0' 'x' >"$old_dir/netconsole.log"
	tell requested "$old_id" 'product=Box profile=lab' $((now - $2 * 86400))
	tell running "$old_id" interface=eth0 $((now - $2 * 86400))
	touch -d "@$((now - $2 * 86400))" "$old_dir/netconsole.log"
	echo "$old_id"
}
# died MAC DAYS: the same with a dump
died() {
	died_id=$(old "$1" "$2")
	died_dir=$state/sessions/$1/$died_id
	printf '%s\n' '[    1.000000] Linux version 6.1.0' '[    5.000000] sysrq: Trigger a crash' \
		'[    5.000001] Kernel panic - not syncing: sysrq triggered crash' >"$died_dir/dmesg.txt"
	printf 'session=%s\nchannel=http\n' "$died_id" >"$died_dir/dmesg.meta"
	touch -d "@$((now - $2 * 86400))" "$died_dir"/*
	tell uploaded "$died_id" 'file=dmesg.txt bytes=1 channel=http' $((now - $2 * 86400 + 9))
	echo "$died_id"
}
there() {
	[ -d "$state/sessions/${1%%-*}/$1" ]
}
gone() {
	! there "$1"
}
in_index() {
	[ "$(query "SELECT count(*) FROM session WHERE id = '$1'")" = 1 ]
}
forgotten() {
	! in_index "$1"
}

collector_start
a1=$(old 525400a1b2c3 200)
a2=$(died 525400a1b2c3 190)
a3=$(old 525400a1b2c3 180)
a4=$(old 525400a1b2c3 170)
a5=$(old 525400a1b2c3 2)
b1=$(died 525400a1b2c4 400)
b2=$(old 525400a1b2c4 120)
c1=$(mint 525400a1b2c5 lab $(((now - 100 * 86400) * 1000)))
tell requested "$c1" product=Nobody $((now - 100 * 86400))
echo x >"$state/streams/10.0.0.9-6665.log"
touch -d "@$((now - 99 * 86400))" "$state/streams/10.0.0.9-6665.log"
tell event - text=now
collector_stop TERM
lastwords reindex >/dev/null
lastwords keep "$a3" >/dev/null
cp "$work/lastwords.conf" "$work/no-limits.conf"
is "$(lastwords prune --dry-run | tail -n 1 | cut -d , -f 1)" "would be: 0 removed" "without limits all stays"

echo 'keep_days = 90' >>"$work/lastwords.conf"
like "$(lastwords prune --dry-run)" "^$(date -u -d "@$((now - 200 * 86400))" +%Y-%m-%d) .* age +1000 bytes  $a1" "a dry run says what would go, and why"
is "$(lastwords prune --dry-run | grep -c ' age ')" 4 "four of them"
like "$(lastwords prune --dry-run)" 'age .*stream 10.0.0.9-6665' "the stream of nobody too"
there "$a1" && rc=0 || rc=1
ok "$rc" "but nothing goes"

collector_start
soon "the collector removes what is old" gone "$a1"
soon "all of it" gone "$a4"
soon "the index forgets it" forgotten "$a1"
soon "what only the journal knew, too" forgotten "$c1"
soon "and the stream of nobody" test ! -e "$state/streams/10.0.0.9-6665.log"
for id in "$a2" "$a3" "$a5" "$b1" "$b2"; do
	there "$id" && in_index "$id" && rc=0 || rc=1
	ok "$rc" "a crash, what is marked, new, or the newest of its machine stays: $id"
done
like "$(journal)" " pruned $a1 why=age bytes=1000 crash=0" "each has its line in the journal"
counted() { lastwords metrics 2>/dev/null | grep -q '^lastwords_pruned_sessions_total 4$'; }
wait_for 40 counted && rc=0 || rc=1
ok "$rc" "the metrics count them"
like "$(lastwords metrics)" '^lastwords_stored_sessions 5$' "and what is stored"
like "$(lastwords metrics)" '^lastwords_sessions\{state="captured"\} 2$' "by state"
collector_stop TERM
before=$(whole_index)
lastwords reindex >/dev/null
is "$(whole_index)" "$before" "an index made again knows the same"

lastwords prune >/dev/null
is "$(journal | grep -e "$a1" -e "$a4" -e "$c1" | grep -vE ' (pruned|ended) ' || :)" "" "nothing is left in the journal of what is gone"
is "$(journal | grep -c -e " requested $a2" -e " uploaded $a2" -e " requested $a3" -e " requested $b1")" 4 "and all of what stays"
lastwords reindex >/dev/null
is "$(query 'SELECT count(*) FROM session')" 5 "an index made again knows the same"

# A line for a session that is gone.
collector_start
p "6,1,0,-;Command line: lastwords.session=$a1\\n" | send "$("$packets" port)"
soon "a late line makes a session again" has 'Command line' "$(log_of "$a1")"
collector_stop TERM

# Sizes.
cp "$work/no-limits.conf" "$work/lastwords.conf"
echo 'keep_size_machine = 1500' >>"$work/lastwords.conf"
lastwords prune --dry-run >"$work/out"
like "$(cat "$work/out")" "size-of-machine .* $a5" "by size of a machine: the newest"
like "$(cat "$work/out")" "size-of-machine .* crash $a2" "then what crashed"
unlike "$(cat "$work/out")" "$a3" "never what is marked"
cp "$work/no-limits.conf" "$work/lastwords.conf"
echo 'keep_size = 1M' >>"$work/lastwords.conf"
d1=$(old 525400a1b2d1 50 600000)
d2=$(old 525400a1b2d2 40 600000)
d3=$(died 525400a1b2d3 60)
lastwords prune >/dev/null
there "$d1" && rc=1 || rc=0
ok "$rc" "by size of all: the oldest that has no crash"
there "$d2" && there "$d3" && rc=0 || rc=1
ok "$rc" "and no more than that"
sed 's/keep_size = 1M/keep_size = 1X/' "$work/lastwords.conf" >"$work/bad.conf"
like "$("$bin/lastwords" -c "$work/bad.conf" prune 2>&1 || :)" 'bad.conf:[0-9]+: keep_size: "1X" is not a size' "a limit that is none"
lastwords prune --nonsense >/dev/null 2>&1 && rc=0 || rc=$?
is "$rc" 2 "an unknown option: exit 2"

# Killed at any point.
cp "$work/no-limits.conf" "$work/lastwords.conf"
echo 'keep_days = 90' >>"$work/lastwords.conf"
: >"$work/ids"
i=0
while [ $i -lt 60 ]; do
	old "5254000000$(printf %02x $i)" 300 >>"$work/ids"
	i=$((i + 1))
done
lastwords reindex >/dev/null
sqlite3 "$state/index.db" "UPDATE session SET running = 0 WHERE mac LIKE '52:54:00:00:00:%'"
torn=0 kills=0
while [ $kills -lt 12 ] && [ -n "$(find "$state/sessions" -maxdepth 1 -name '5254000000*' | head -n 1)" ]; do
	"$bin/lastwords" -c "$work/lastwords.conf" prune >/dev/null 2>&1 &
	pid=$!
	sleep "0.0$((kills % 4))$((kills % 7))"
	kill -9 $pid 2>/dev/null || :
	wait $pid 2>/dev/null || :
	kills=$((kills + 1))
	while read -r id; do
		dir=$state/sessions/${id%%-*}
		if [ -d "$dir/$id" ]; then
			[ "$(stat -c %s "$dir/$id/netconsole.log")" = 1000 ] || torn=$((torn + 1))
		elif [ ! -d "$dir/.pruned-$id" ]; then
			journal | grep -q " pruned $id " || torn=$((torn + 1))
		fi
	done <"$work/ids"
done
is "$torn" 0 "killed with -9 ($kills times): each session is whole, or going, or told as gone"
lastwords prune >/dev/null
is "$(find "$state/sessions" -name '5254000000*-*' -o -name '.pruned-*' | wc -l)" 0 "the next run ends it"
lost=0
while read -r id; do
	journal | grep -q " pruned $id " || lost=$((lost + 1))
done <"$work/ids"
is "$lost" 0 "and each has its line"
like "$(lastwords prune | tail -n 1)" '^0 removed' "where no collector runs, too, the index knows what is gone"

# A small disk.
if small_disk 8m; then
	collector_config 'disk_floor = "4M"'
	collector_start
	e1=$(old 525400a1b2e1 3 1500000)
	e2=$(old 525400a1b2e2 2 1500000)
	e3=$(died 525400a1b2e3 5)
	fresh=$(mint 525400a1b2e4 lab)
	from=$("$packets" port)
	p "6,1,0,-;Command line: lastwords.session=$fresh\\n" | send "$from"
	soon "a machine on a small disk" has "$fresh" "$(log_of "$fresh")"
	head -c 2000000 /dev/zero >"$work/small/fill"
	wait_for 30 gone "$e1" && rc=0 || rc=1
	ok "$rc" "below the floor the oldest without a crash goes"
	# (all of it, before what is free is measured: the floor and a quarter more)
	wait_for 40 gone "$e2" && rc=0 || rc=1
	ok "$rc" "what may go has gone"
	there "$e3" && rc=0 || rc=1
	ok "$rc" "the crash stays"
	free=$(($(stat -f -c '%a * %S' "$work/small") / 1024))
	head -c $(((free - 1500) * 1024)) /dev/zero >"$work/small/fill2"
	soon "below half of it the collector says so" grep -q 'less than half of disk_floor' "$work/collector.err"
	rm -rf "$state/sessions/525400a1b2e2"
	free=$(($(stat -f -c '%a * %S' "$work/small") / 1024))
	[ "$free" -lt 1800 ] || head -c $(((free - 1500) * 1024)) /dev/zero >"$work/small/fill3"
	soon "and it is full" grep -q 'only 1 MB are free' "$work/collector.err"
	i=2
	while [ $i -lt 400 ]; do
		printf '6,%d,%d,-;line %d %0900d\\n\n' $i $((i * 1000)) $i 0
		i=$((i + 1))
	done | send "$from"
	dropping() { lastwords metrics 2>/dev/null | grep -q '^lastwords_dropped_lines_total [1-9]'; }
	wait_for 20 dropping && rc=0 || rc=1
	ok "$rc" "what cannot wait in memory is dropped and counted"
	like "$(lastwords metrics)" '^lastwords_disk_full 1$' "the metrics say that it is full"
	is "$(wc -l <"$(log_of "$fresh")")" 1 "nothing was written"
	rm "$work"/small/fill*
	soon "with room again" has 'lines not kept' "$(log_of "$fresh")"
	like "$(journal)" 'event - text=.*are%20free%20again' "the journal tells of both"
	collector_stop TERM
else
	skip "cannot mount a small file system here" "a disk below its floor"
fi
done_testing
