#!/bin/sh
# SPDX-License-Identifier: MIT
# Retention: `lastwords prune` and the collector's own, by age and size; marked sessions and crashes; old
# journal files; a prune that is killed at any point; a disk below its floor. Evidence: a removed session
# has a line in the journal and is not in the index, any other is whole, a small disk is never full.
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
	tell running "$old_id" "interface=eth0 n=$(printf %016d "$2")" $((now - $2 * 86400))
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
kept() {
	there "$1" && in_index "$1"
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
mkdir -p "$state/consoles/lab-1" "$state/consoles/lab-2"
for file in lab-1/console.log lab-1/console.idx lab-1/console.log.1 lab-2/console.log lab-2/console.log.1; do
	echo x >"$state/consoles/$file"
	touch -d "@$((now - 98 * 86400))" "$state/consoles/$file"
done
touch "$state/consoles/lab-2/console.log"
tell event - text=now
collector_stop TERM
lastwords reindex >/dev/null
lastwords keep "$a3" >/dev/null
cp "$work/lastwords.conf" "$work/no-limits.conf"
# (written before 0.2)
echo "1 1 netconsole" >"$state/sessions/525400a1b2c3/$a1/record.ropes"
is "$(lastwords prune --dry-run | tail -n 1 | cut -d , -f 1)" "would be: 0 removed" "without limits everything stays"

echo 'keep_days = 90' >>"$work/lastwords.conf"
like "$(lastwords prune --dry-run | tr '\t' ' ')" "^$(date -u -d "@$((now - 200 * 86400))" +%Y-%m-%d) .*Z age 1015 session $a1" "a dry run prints what would be removed, and why"
is "$(lastwords prune --dry-run | cut -f 2 | grep -cx age)" 7 "a dry run prints seven items"
like "$(lastwords prune --dry-run)" 'age.*stream[[:space:]]10.0.0.9-6665' "a dry run prints the unassigned stream"
succeeds "a dry run removes nothing" there "$a1"

collector_start
soon "the collector removes an old session" gone "$a1"
soon "the collector removes every old session" gone "$a4"
soon "the index has no removed session" forgotten "$a1"
soon "a session that is only in the journal is removed" forgotten "$c1"
soon "an old unassigned stream is removed" test ! -e "$state/streams/10.0.0.9-6665.log"
soon "an old transcript of a console is removed with its directory" test ! -e "$state/consoles/lab-1"
soon "the older part of a console's transcript is removed" test ! -e "$state/consoles/lab-2/console.log.1"
succeeds "the part that is written stays" test -e "$state/consoles/lab-2/console.log"
soon "a console's part has its line in the journal" journal_has ' pruned - console=lab-1/1 why=age bytes=2'
for id in "$a2" "$a3" "$a5" "$b1" "$b2"; do
	succeeds "a crash, or a marked, new or newest session stays: $id" kept "$id"
done
soon "a removed session has its line in the journal" journal_has " pruned $a1 why=age bytes=1015 crash=0"
measures() { lastwords metrics 2>/dev/null | grep -qE "$1"; }
soon "the metrics count what was removed" measures '^lastwords_pruned_sessions_total 7$'
soon "the metrics count the stored sessions" measures '^lastwords_stored_sessions 5$'
soon "the metrics count sessions by state" measures '^lastwords_sessions\{state="captured"\} 2$'
collector_stop TERM
before=$(whole_index)
lastwords reindex >/dev/null
is "$(whole_index)" "$before" "an index made again has the same content"

# (the journal is what is sent to a central database)
removed() { journal | grep -e "$a1" -e "$a4" -e "$c1" | grep -cvE ' (pruned|ended) '; }
waiting=$(removed || :)
cp "$work/lastwords.conf" "$work/before.conf"
printf 'central = "host=none"\nkeep_until_central = true\n' >>"$work/lastwords.conf"
lastwords prune >/dev/null
is "$(removed || :)" "$waiting" "with keep_until_central the journal keeps what was never sent"
echo unsent=1 >"$state/run/relay.meta"
lastwords prune >/dev/null
is "$(removed || :)" "$waiting" "and while its history is not sent"
echo "unsent=$(date +%s)000" >"$state/run/relay.meta"
lastwords prune >/dev/null
is "$(removed || :)" 0 "once all is sent it is compacted"
cp "$work/before.conf" "$work/lastwords.conf"
rm "$state/run/relay.meta"
lastwords prune >/dev/null
is "$(journal | grep -e "$a1" -e "$a4" -e "$c1" | grep -vE ' (pruned|ended) ' || :)" "" "the journal has no entries of removed sessions"
is "$(journal | grep -c -e " requested $a2" -e " uploaded $a2" -e " requested $a3" -e " requested $b1")" 4 "the journal has all entries of the other sessions"
like "$(journal)" " running $a2 interface=eth0 n=0000000000000190\$" "a compacted journal's lines have their numbers"
lastwords reindex >/dev/null
is "$(query 'SELECT count(*) FROM session')" 5 "an index made from the compacted journal has the same sessions"

# A line for a session that is gone.
collector_start
p "6,1,0,-;Command line: lastwords.session=$a1\\n" | send "$("$packets" port)"
soon "a late line makes a removed session again" has 'Command line' "$(log_of "$a1")"
collector_stop TERM

# The clock jumps ahead by ten years: the run before was, as it says, so long ago.
cp "$work/no-limits.conf" "$work/lastwords.conf"
echo 'keep_days = 90' >>"$work/lastwords.conf"
e1=$(old 525400a1b2e1 100)
old 525400a1b2e1 1 >/dev/null
sed -i "s/^\(time\|aged\)=.*/\1=$(((now - 3650 * 86400) * 1000))/" "$state/run/prune.meta"
like "$(lastwords prune 2>&1)" 'the clock is 36[0-9][0-9] days ahead of the last run' "a jump of the clock is reported"
succeeds "no session becomes old by a jump of the clock" there "$e1"
aged=$(sed -n 's/^aged=//p' "$state/run/prune.meta")
is $((aged / 1000 - now + 3650 * 86400)) 4200 "ages are counted by little more than an hour in each run"
rm "$state/run/prune.meta"
lastwords prune >/dev/null
succeeds "without a run before, ages are those of the clock" gone "$e1"

# Sizes.
cp "$work/no-limits.conf" "$work/lastwords.conf"
echo 'keep_size_machine = 1500' >>"$work/lastwords.conf"
lastwords prune --dry-run >"$work/out"
like "$(cat "$work/out")" "size-of-machine.*$a5" "by size of a machine the newest session goes"
like "$(cat "$work/out")" "size-of-machine.*crash$(printf '\t')$a2" "by size of a machine a crash goes last"
unlike "$(cat "$work/out")" "$a3" "by size of a machine a marked session stays"
cp "$work/no-limits.conf" "$work/lastwords.conf"
echo 'keep_size = 1M' >>"$work/lastwords.conf"
d1=$(old 525400a1b2d1 50 600000)
d2=$(old 525400a1b2d2 40 600000)
d3=$(died 525400a1b2d3 60)
lastwords prune >/dev/null
succeeds "by size of all the oldest without a crash goes" gone "$d1"
succeeds "by size of all a newer session stays" there "$d2"
succeeds "by size of all an older crash stays" there "$d3"
# A stranger's upload of two hours ago, larger than the limit.
f1=$(mint 525400a1b2f1 lab $(((now - 7200) * 1000)))
mkdir -p "$state/sessions/525400a1b2f1/$f1"
head -c 5000000 /dev/zero >"$state/sessions/525400a1b2f1/$f1/dmesg.txt"
touch -d "@$((now - 7200))" "$state/sessions/525400a1b2f1/$f1/dmesg.txt"
lastwords prune >/dev/null
succeeds "what one day brought over a quarter of the limit goes first" gone "$f1"
succeeds "a session without a crash stays for it" there "$d2"
succeeds "a crash stays for it" there "$d3"
# A central database that may not have them.
d4=$(old 525400a1b2d4 45)
old 525400a1b2d4 1 >/dev/null # (a machine's newest one has no limit of age)
printf '%s\n' 'keep_days = 30' 'central = "host=/nonexistent"' 'keep_until_central = true' >>"$work/lastwords.conf"
lastwords prune >/dev/null
succeeds "a session that the central database may lack stays" there "$d4"
echo "unsent=$(((now - 50 * 86400) * 1000))" >"$state/run/relay.meta"
lastwords prune >/dev/null
succeeds "as does one that is newer than what was sent" there "$d4"
echo "unsent=$((now * 1000))" >"$state/run/relay.meta"
lastwords prune >/dev/null
succeeds "what was sent may be removed" gone "$d4"
sed 's/keep_size = 1M/keep_size = 1X/' "$work/lastwords.conf" >"$work/bad.conf"
like "$("$bin/lastwords" -c "$work/bad.conf" prune 2>&1 || :)" 'bad.conf:[0-9]+: keep_size: "1X" is not a size' "an invalid limit is an error"
exits 2 "an unknown option is a usage error" lastwords prune --nonsense

# Killed at any point. Too few sessions for the time until the kill would prove nothing: a run counts when
# it has removed some and not all.
cp "$work/no-limits.conf" "$work/lastwords.conf"
echo 'keep_days = 90' >>"$work/lastwords.conf"
: >"$work/ids"
i=0
while [ $i -lt 90 ]; do
	old "5254000000$(printf %02x $i)" 300 >>"$work/ids"
	i=$((i + 1))
done
lastwords reindex >/dev/null
sqlite3 "$state/index.db" "UPDATE session SET running = 0 WHERE mac LIKE '52:54:00:00:00:%'"
left() {
	find "$state/sessions" -mindepth 2 -maxdepth 2 -name '5254000000*' | wc -l
}
fewer() {
	[ "$(left)" -lt "$1" ]
}
# killed N: at the Nth call that removes or renames something; without strace some milliseconds after a removal
killed() {
	if [ -n "$strace" ]; then
		strace -qq -o /dev/null -e 'trace=/^(rename|unlink|rmdir)' -e "inject=/^(rename|unlink|rmdir):signal=KILL:when=$1" \
			"$bin/lastwords" -c "$work/lastwords.conf" prune >/dev/null 2>&1 || :
		return 0
	fi
	"$bin/lastwords" -c "$work/lastwords.conf" prune >/dev/null 2>&1 &
	pid=$!
	while kill -0 $pid 2>/dev/null && ! fewer "$before"; do :; done
	sleep "0.00$(($1 % 7))"
	kill -9 $pid 2>/dev/null || :
	wait $pid 2>/dev/null || :
}
strace=$(strace -o /dev/null true 2>/dev/null && echo yes) || :
torn=0 kills=0 interrupted=0 before=$(left)
while [ $kills -lt 12 ] && [ "$before" -gt 0 ]; do
	killed $((2 + 3 * kills))
	kills=$((kills + 1))
	after=$(left)
	[ "$after" = 0 ] || [ "$after" = "$before" ] || interrupted=$((interrupted + 1))
	before=$after
	while read -r id; do
		dir=$state/sessions/${id%%-*}
		if [ -d "$dir/$id" ]; then
			[ "$(stat -c %s "$dir/$id/netconsole.log")" = 1000 ] || torn=$((torn + 1))
		elif [ ! -d "$dir/.pruned-$id" ]; then
			journal | grep -q " pruned $id " || torn=$((torn + 1))
		fi
	done <"$work/ids"
done
diag "$interrupted of $kills runs were killed between removals"
succeeds "a run was killed between two removals" test "$interrupted" -gt 0
is "$torn" 0 "after kill -9 each session is whole, half removed, or recorded as pruned"
lastwords prune >/dev/null
is "$(find "$state/sessions" -name '5254000000*-*' -o -name '.pruned-*' | wc -l)" 0 "the next run completes the removals"
lost=0
while read -r id; do
	journal | grep -q " pruned $id " || lost=$((lost + 1))
done <"$work/ids"
is "$lost" 0 "every removed session has its line"
like "$(lastwords prune | tail -n 1)" '^0 removed' "without a collector the index is brought up to date"

# A small disk.
if small_disk 8m; then
	collector_config 'disk_floor = "4M"' 'disk_wait = 600'
	collector_start
	e1=$(old 525400a1b2e1 3 1500000)
	e2=$(old 525400a1b2e2 2 1500000)
	e3=$(died 525400a1b2e3 5)
	fresh=$(mint 525400a1b2e4 lab)
	# (something is set for it: it is known)
	mkdir -p "$state/machines"
	echo profile=lab >"$state/machines/525400a1b2e4"
	from=$("$packets" port)
	p "6,1,0,-;Command line: lastwords.session=$fresh\\n" | send "$from"
	soon "a machine on a small disk has its log" has "$fresh" "$(log_of "$fresh")"
	new=$(mint 525400a1b2e5 lab)
	new_from=$("$packets" port)
	p "6,1,0,-;Command line: lastwords.session=$new\\n" | send "$new_from"
	soon "a new machine on a small disk has its log" has "$new" "$(log_of "$new")"
	head -c 2000000 /dev/zero >"$work/small/fill"
	soon "the collector reports a disk that is nearly down to the floor" grep -q 'hardly more than disk_floor' "$work/collector.err"
	stranger=$("$packets" port)
	p '6,1,0,-;a line without a session\n' | send "$stranger"
	p '6,2,1000,-;a line of a session\n' | send "$from"
	p '6,2,1000,-;a line of a new machine\n' | send "$new_from"
	fails "a shortage that is shorter than disk_wait removes nothing" within 18 gone "$e1"
	succeeds "lines of sessions are written below the floor" has 'a line of a session' "$(log_of "$fresh")"
	fails "lines of machines that are not known are not written below the floor" has 'a line of a new machine' "$(log_of "$new")"
	fails "lines without a session are not written below the floor" test -s "$state/streams/127.0.0.1-$stranger.log"
	collector_stop TERM
	collector_config 'disk_floor = "4M"' 'disk_wait = 1'
	collector_start
	soon "below the floor the oldest without a crash goes" gone "$e1"
	# (free space is measured after all removals: twice the floor)
	soon "below the floor the next one goes" gone "$e2"
	succeeds "below the floor a crash stays" there "$e3"
	free=$(($(stat -f -c '%a * %S' "$work/small") / 1024))
	head -c $(((free - 1500) * 1024)) /dev/zero >"$work/small/fill2"
	soon "below half of the floor the collector reports it" grep -q 'less than half of disk_floor' "$work/collector.err"
	rm -rf "$state/sessions/525400a1b2e2"
	free=$(($(stat -f -c '%a * %S' "$work/small") / 1024))
	[ "$free" -lt 1800 ] || head -c $(((free - 1500) * 1024)) /dev/zero >"$work/small/fill3"
	soon "the collector reports a full disk" grep -q 'only 1 MB are free' "$work/collector.err"
	i=3
	while [ $i -lt 400 ]; do
		printf '6,%d,%d,-;line %d %0900d\\n\n' $i $((i * 1000)) $i 0
		i=$((i + 1))
	done | send "$from"
	soon "lines that cannot wait in memory are dropped and counted" measures '^lastwords_dropped_lines_total [1-9]'
	soon "the metrics report a full disk" measures '^lastwords_disk_full 1$'
	is "$(wc -l <"$(log_of "$fresh")")" 2 "nothing is written to a full disk"
	rm "$work"/small/fill*
	soon "with free space again the loss is marked" has 'lines not kept' "$(log_of "$fresh")"
	soon "the journal has the shortage with its end" journal_has 'event - text=.*are%20free%20again'
	collector_stop TERM
else
	skip "cannot mount a small file system here" "a disk below its floor"
fi
done_testing
