#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords fsck`: a table of what a power cut, kill -9 or a stray hand can leave, each made on a clean state.
# Evidence: each is found in one line, changes nothing without --repair, is repaired with it, a second run finds
# nothing, and no dump has changed.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
needs "make check installs and builds it" sqlite3 "$bin/lastwords"

umask 027
printf 'state = "%s"\nprofile lab { image = "lab" }\nrule { product = "*" profile = "lab" }\n' "$work/state" >"$work/lastwords.conf"
state=$work/state
mac=525400aa0001
one=$mac-20261121T093612123-lab-00000001
two=$mac-20261121T103612123-lab-00000002
dir=$state/sessions/$mac/$one
journal=$state/journal/2026-11.log
mkdir -p "$state/journal" "$state/machines" "$state/streams" "$state/run" "$dir" "$state/sessions/$mac/$two"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$state/key"
echo >>"$state/key"
chmod 600 "$state/key"
printf '%s\n' '[    0.000000] Linux version 6.1.0-56-amd64' '[    5.000000] sysrq: Trigger a crash' \
	'[    5.000001] Kernel panic - not syncing: sysrq triggered crash' >"$dir/dmesg.txt"
printf '[    5.000000] sysrq: Trigger a crash\n' >"$dir/netconsole.log"
printf '[    1.000000] all is well\n' >"$state/sessions/$mac/$two/netconsole.log"
printf 'stream=10.0.0.1-6665\nlines=1\ndied=0\n' >"$dir/netconsole.meta"
bytes=$(stat -c %s "$dir/dmesg.txt")
printf 'session=%s\nreceived=2026-11-21T09:36:30.000Z\nbytes=%s\nsha256=%s\nchannel=http\n' "$one" "$bytes" \
	"$(sha256sum <"$dir/dmesg.txt" | cut -c1-64)" >"$dir/dmesg.meta"
cat >"$journal" <<END
2026-11-21T09:36:12.123Z requested $one product=KVM profile=lab
2026-11-21T09:36:20.000Z running $one interface=eth0 netconsole=on
2026-11-21T09:36:30.000Z uploaded $one file=dmesg.txt bytes=$bytes channel=http
2026-11-21T10:36:12.123Z requested $two product=KVM profile=lab
END
lw reindex >/dev/null
# fsck [--repair]: its output to $work/out and $work/err, its exit code to $rc
fsck() { lw fsck "$@" >"$work/out" 2>"$work/err" && rc=0 || rc=$?; }

fsck
is "$rc $(cat "$work/out")" "0 $state: 0 found, 0 repaired" "nothing is found in a clean state"
cp -a "$state" "$work/clean"
sum=$(sha256sum <"$dir/dmesg.txt")

rows() { sqlite3 "$state/index.db" 'SELECT id, captured > 0, title, by_http FROM session ORDER BY id' 2>&1; }
clean_rows=$(rows)

fresh() {
	rm -rf "$state"
	cp -a "$work/clean" "$state"
}

# damage NAME PATTERN COMMAND…: on a fresh copy of the clean state. PATTERN begins the finding's line
damage() {
	damage_name=$1 damage_pattern=$2
	shift 2
	fresh
	cd "$state"
	"$@"
	cd "$work"
	rm -rf "$work/before"
	cp -a "$state" "$work/before"
	fsck
	is "$rc" 1 "$damage_name: exit 1"
	like "$(cat "$work/out")" "^$damage_pattern.*; run with --repair to " "$damage_name: found"
	succeeds "$damage_name: nothing is changed without --repair" diff -r -x 'index.db-*' "$work/before" "$state"
	fsck --repair
	is "$rc" 0 "$damage_name: repaired"
	like "$(cat "$work/out")" "^$damage_pattern.*; repaired\$" "$damage_name: the repair is reported"
	repaired=$(cat "$work/out")
	fsck
	is "$rc $(cat "$work/out")" "0 $state: 0 found, 0 repaired" "$damage_name: a second run finds nothing"
}
same() { # after damage: dump and index are as they were
	is "$(sha256sum <"$dir/dmesg.txt") $(rows)" "$sum $clean_rows" "$damage_name: dump and index are unchanged"
}
s=sessions/$mac/$one

# --- the journal

torn_line() { printf '2026-11-21T10:37:00.000Z uploa\n2026-11-21T10:38:00.000Z event - text=after\n' >>"$journal"; }
damage "a torn line" 'journal/2026-11.log: not a journal line \(30 bytes at [0-9]+\)' torn_line
same
is "$(cat "$state/journal/torn.txt")" '2026-11-21T10:37:00.000Z uploa' "a torn line: kept in torn.txt"
like "$(cat "$journal")" 'event - text=after' "a torn line: the lines after it stay"
is "$(stat -c %s "$journal")" "$(stat -c %s "$work/before/journal/2026-11.log")" "a torn line: the journal keeps its length"
torn_end() { printf '2026-11-21T10:37:00.000Z event - te' >>"$journal"; }
damage "a torn end of the journal" 'journal/2026-11.log: not a journal line \(35 bytes' torn_end
same
zeros() { head -c 3000 /dev/zero >>"$journal"; }
damage "a journal with zeros at its end" 'journal/2026-11.log: not a journal line \(3000 bytes' zeros
same

# A leap of the clock: a file of a month to come takes all lines, and its session is the newest for ever.
future=$mac-20990101T000000000-lab-00000009
after=$mac-20261121T113612123-lab-0000000a
leap() {
	this=journal/$(date -u +%Y-%m).log
	echo "2026-11-21T10:59:00.000Z event - text=before" >>"$this"
	printf '%s\n' "2099-01-01T00:00:00.000Z requested $future product=KVM" "2099-01-01T00:00:01.000Z running $future interface=eth0" \
		"2026-11-21T11:36:12.123Z requested $after product=KVM" >journal/2099-01.log
	printf 'file=2099-01.log\noffset=%s\n' "$(head -n 1 journal/2099-01.log | wc -c)" >hook.pos
	size=$(stat -c %s "$this")
	lw reindex >/dev/null 2>"$work/err" || true
	cp "$work/err" "$work/leap"
}
damage "a journal file of a month to come" 'journal/2099-01.log: of a month to come: the clock was wrong' leap
like "$(cat "$work/leap")" 'journal/2099-01.log is of a month to come: the clock was wrong; stop the server' "reading a journal file of a month to come is reported"
is "$(cd "$state" && ls journal && cat hook.pos)" "$(
	basename -a "$journal" "$this" | sort -u
	printf 'file=%s\noffset=%s\n' "${this#*/}" $((size + $(echo "2099-01-01T00:00:00.000Z requested $future product=KVM" | wc -c)))
)" "a journal file of a month to come: its lines are in this month's, where the hook goes on"
like "$(lw show 52:54:00:aa:00:01)" "^session +$after\$" "a session of the future is not the machine's newest"
like "$(lw sessions)" 2099 "a session of the future is still listed"
is "$(sqlite3 "$state/index.db" "SELECT ended FROM session WHERE id = '$after'")" 0 "a session of the future does not end a later one"
leap_busy() { fresh; cd "$state"; leap; cd "$work"; flock "$state/run/collector.lock" "$bin/lastwords" -c "$work/lastwords.conf" fsck --repair; }
like "$(leap_busy)" 'journal/2099-01.log: .*cannot append .*: the server runs; stop it first' "a journal file of a month to come is left alone while the server runs"

# --- what writers left

leftover() { echo x >"$s/$1"; touch -d "${2:-2 hours ago}" "$s/$1"; }
damage "a temporary upload" "$s/.upload-99999-0: left by a writer" leftover .upload-99999-0
same
damage "temporary metadata of a dead writer" "$s/.dmesg.meta.4194303: left by" leftover .dmesg.meta.4194303 now
damage "an unfinished record" "$s/.record.txt~: left by" leftover .record.txt~
top() { echo x >"$1"; touch -d '2 hours ago' "$1"; }
damage "an unfinished key" 'key.4194303: left by' top key.4194303
damage "a request body of lighttpd" 'run/lighttpd-upload-aBcDeF: left by' top run/lighttpd-upload-aBcDeF
damage "a replaced index" 'index.db.bad-20261121T000000000: a damaged index' top index.db.bad-20261121T000000000
hollow() { mkdir -p "sessions/$mac/$mac-20261121T113612123-lab-00000003"; touch -d '2 hours ago' "sessions/$mac/$mac-20261121T113612123-lab-00000003"; }
damage "an empty session" 'sessions/.*lab-00000003: empty directory' hollow
machine() { mkdir sessions/525400aa0002; touch -d '2 hours ago' sessions/525400aa0002; }
damage "an empty machine" 'sessions/525400aa0002: empty directory' machine
unfinished() { mv "sessions/$mac/$two" "sessions/$mac/.pruned-$two"; }
damage "an unfinished removal" "sessions/$mac/.pruned-$two: unfinished removal" unfinished
like "$(cat "$journal")" " pruned $two why=unfinished" "an unfinished removal: recorded in the journal"
override() { : >machines/$mac; touch -d '1 minute ago' machines/$mac; }
damage "an empty override" "machines/$mac: empty file" override
bound() { : >streams/10.0.0.1-6665.bound; touch -d '1 minute ago' streams/10.0.0.1-6665.bound; }
damage "an empty binding" 'streams/10.0.0.1-6665.bound: empty file' bound
damage "a missing directory" 'streams: missing directory' rmdir streams
modes() {
	chmod 644 "$s/dmesg.txt" key
	chmod 755 "$s" streams "sessions/$mac"
	chmod 000 "$s/netconsole.log"
	chmod 700 journal
}
damage "wrong modes" "$s/dmesg.txt: wrong mode \(0644, not 0640\)" modes
is "$(cd "$state" && stat -c %a "$s/dmesg.txt" "$s" "$s/netconsole.log" key journal streams "sessions/$mac" | tr '\n' ' ')" \
	'640 750 600 600 700 750 750 ' "wrong modes: all are set"
is "$(printf '%s\n' "$repaired" | tail -n 1)" "$state: 6 found, 6 repaired" "wrong modes: a stricter mode is no damage"
same

# --- dumps

orphan() { printf 'session=%s\nsha256=%064d\n' "$one" 0 >"$s/dmesg-2.meta"; touch -d '1 minute ago' "$s/dmesg-2.meta"; }
damage "metadata without its upload" "$s/dmesg-2.meta: metadata of an upload that never" orphan
same
unnamed() {
	echo 'another, complete' >"$s/.upload-4194303-0"
	printf 'session=%s\nsha256=%s\nchannel=http\n' "$one" "$(sha256sum <"$s/.upload-4194303-0" | cut -c1-64)" >"$s/dmesg-2.meta"
	touch -d '1 minute ago' "$s/dmesg-2.meta"
}
damage "a complete upload without its name" "$s/dmesg-2.txt: a complete upload" unnamed
is "$(cat "$dir/dmesg-2.txt" 2>&1)" 'another, complete' "a complete upload without its name: it has its name"
like "$(cat "$journal")" "uploaded $one file=dmesg-2.txt" "a complete upload without its name: it is recorded"
damage "a dump without metadata" "$s/dmesg.meta: missing, or without" rm "$s/dmesg.meta"
same
is "$(grep -E "^(session|bytes|sha256|channel|agent)=" "$dir/dmesg.meta" | sort | tr '\n' ' ')" \
	"agent=fsck bytes=$bytes channel=http session=$one sha256=${sum%% *} " "a dump without metadata: its metadata is made"
unrecorded() { sed -i '/uploaded/d' "$journal"; }
damage "a dump that the journal does not record" "$s/dmesg.txt: dump is not recorded" unrecorded
same
like "$(cat "$journal")" "uploaded $one file=dmesg.txt bytes=$bytes by=fsck" "a dump that the journal does not record: it is recorded"
damage "a lost dump" "$s/dmesg.txt: acknowledged but missing" rm "$s/dmesg.txt" "$s/dmesg.meta"
like "$(cat "$journal")" " lost $one file=dmesg.txt" "a lost dump: the loss is recorded in the journal"
empty() { : >"$s/dmesg.txt"; }
damage "an empty dump" "$s/dmesg.txt: empty dump" empty
is "$(find "$dir" -name 'dmesg*')" '' "an empty dump: removed with its metadata"
changed() { sed -i 's/sysrq/sysRq/' "$s/dmesg.txt"; }
damage "a changed dump" "$s/dmesg.txt: differs from what was acknowledged" changed
is "$(grep -E '^(channel|sha256|damaged)=' "$dir/dmesg.meta" | tr '\n' ' ')" \
	"sha256=${sum%% *} channel=http damaged=$(sha256sum <"$dir/dmesg.txt" | cut -c1-64) " "a changed dump: recorded in its metadata"
succeeds "a changed dump: it stays as it is" cmp "$dir/dmesg.txt" "$work/before/$s/dmesg.txt"
death() { mkdir "sessions/$mac/pstore"; echo 'Kernel panic' >"sessions/$mac/pstore/dmesg.txt"; }
damage "a pstore dump without metadata" "sessions/$mac/pstore/dmesg.meta: missing, or without" death
is "$(grep -E '^(session|channel)=' "$state/sessions/$mac/pstore/dmesg.meta")" channel=pstore "a pstore dump without metadata: its channel is pstore"

# --- logs and the record

unended() { printf '[    6.000000] tor' >>"$s/netconsole.log"; }
damage "a torn line of netconsole" "$s/netconsole.log: its last line has no newline" unended
is "$(tail -n 1 "$dir/netconsole.log" | od -An -c | tr -d ' \n')" '[6.000000]tor\n' "a torn line of netconsole: it is kept, and ended"
log_zeros() { head -c 100 /dev/zero >>"$s/netconsole.log"; }
damage "a log with zeros at its end" "$s/netconsole.log: zeros at its end" log_zeros
same
succeeds "a log with zeros at its end: the lines stay" cmp "$dir/netconsole.log" "$work/clean/$s/netconsole.log"
old_zeros() { printf 'older\n\0\0\0' >"$s/netconsole.log.1"; }
damage "an older log with zeros at its end" "$s/netconsole.log.1: zeros at its end" old_zeros
meta_zeros() { head -c 1024 /dev/zero >"$s/netconsole.meta"; }
damage "damaged counts of netconsole" "$s/netconsole.meta: damaged" meta_zeros
hook_empty() { : >"$s/hook.meta"; }
damage "an empty hook.meta" "$s/hook.meta: damaged" hook_empty
newer() { printf '[    7.000000] one more\n' >>"$s/netconsole.log"; touch -d '1 hour ago' "$s"/record.*; }
damage "a record older than its dumps" "$s/record.txt: older than the dumps" newer
like "$(cat "$dir/record.txt")" 'one more' "a record older than its dumps: made again"
late() { printf 'lines=1\ndied=%s000\n' "$(date +%s)" >"$s/netconsole.meta"; touch -d '1 hour ago' "$s/dmesg.txt" "$s"/record.*; }
damage "a record older than its crash" "$s/record.txt: older than the dumps or the crash" late
fresh
printf 'lines=1\ndied=1\n' >"$dir/netconsole.meta"
touch -d '1 hour ago' "$dir/dmesg.txt"
touch -d '59 minutes ago' "$dir"/record.*
printf '[    7.000000] the machine goes on\n' >>"$dir/netconsole.log"
fsck
is "$rc $(cat "$work/out")" "0 $state: 0 found, 0 repaired" "a log that goes on after an oops is no finding"
for part in record.txt record.meta record.channels; do
	damage "a record without $part" "$s/record.txt: a file of the record is missing" rm "$s/$part"
	same
done
silent() { printf 'lines=1\ndied=1\n' >"sessions/$mac/$two/netconsole.meta"; }
damage "a death without a record" "sessions/$mac/$two/record.txt: a file of the record is missing" silent
half() { echo half >"$s/record.txt"; touch "$s"/record.*; }
damage "a truncated record" "$s/record.txt: the files of the record do not match" half
same

# --- the index

damage "a missing index" 'index.db: .*\(missing\)' rm index.db
same
garbage() { rm -f index.db-*; head -c 20000 /dev/urandom >index.db; }
damage "an index that is no database" 'index.db: .*not a database' garbage
same
pages() { rm -f index.db-*; printf '\377%.0s' $(seq 3000) | dd of=index.db bs=1 seek=9000 conv=notrunc 2>/dev/null; }
damage "an index with bad pages" 'index.db: ' pages
same
behind() { echo "2026-11-21T11:00:00.000Z requested $mac-20261121T110000000-lab-00000004 product=KVM" >>"$journal"; }
damage "an index behind the journal" 'index.db: .*\(journal lines not read yet: 1\)' behind
due() { sqlite3 index.db "UPDATE session SET merge = 1 WHERE id = '$two'"; }
damage "an index with a record that is due" 'index.db: .*\(records not made yet: 1\)' due
place() { sqlite3 index.db 'UPDATE position SET offset = offset - 7'; }
damage "an invalid position in the journal" 'index.db: .*\(invalid position in the journal' place
same
short() { sqlite3 index.db "DELETE FROM session WHERE id = '$two'"; }
damage "an index without a session" 'index.db: .*\(sessions missing: 1, unknown: 0, without their dump: 0\)' short
same
uncaptured() { sqlite3 index.db 'UPDATE session SET captured = 0'; }
damage "an index without a dump" 'index.db: .*\(sessions missing: 0, unknown: 0, without their dump: 1\)' uncaptured
same
long() { sqlite3 index.db "UPDATE session SET id = 'x' || id WHERE id = '$two'"; }
damage "an index with an unknown session" 'index.db: .*\(sessions missing: 1, unknown: 1' long
same

# --- the owner

if [ "$(id -u)" = 0 ]; then
	foreign() { chown -R 65534:65534 "$state"; chown 0:0 "$s/record.txt" journal; }
	chmod 755 "$work"
	chmod 644 "$work/lastwords.conf"
	damage "files of root" "journal: does not belong to the server" foreign
	is "$(find "$state" ! -user 65534 | head -n 3)" '' "files of root: all belong to the server again"
	echo secret >"$work/of-root"
	if ln "$work/of-root" "$state/machines/525400aa00ff"; then
		mkfifo "$state/machines/fifo"
		fsck --repair
		is "$(stat -c %u "$work/of-root" "$state/machines/fifo" | tr '\n' ' ')" '0 0 ' \
			"a file of root with another name, or a special file, is not given away"
		rm "$state/machines/525400aa00ff" "$state/machines/fifo"
	else
		skip "no hard links here" "a file of root with another name, or a special file, is not given away"
	fi
else
	skip "needs root" "files of root: found and repaired"
	skip "needs root" "a file of root with another name, or a special file, is not given away"
fi

# --- what is left alone

# A running collector holds its lock, and may be working on all of these, as long as they are new.
busy() {
	fresh
	printf '2026-11-21T10:37:00.000Z event - te' >>"$journal"
	printf '[    6.000000] tor' >>"$dir/netconsole.log"
	echo "$1" >"$dir/dmesg-2.txt"
	printf 'sha256=%s\n' "$(sha256sum <"$dir/dmesg-2.txt" | cut -c1-64)" >"$dir/dmesg-2.meta"
	: >"$dir/hook.meta"
	echo x >"$dir/.record.txt~"
	: >"$state/machines/$mac"
	mkdir "$state/sessions/$mac/$mac-20261121T113612123-lab-00000003"
	touch "$dir"/record.*
	touch -d "$1" "$dir"/dmesg-2.* "$dir/hook.meta" "$dir/netconsole.log" "$state/machines/$mac"
	flock "$state/run/collector.lock" "$bin/lastwords" -c "$work/lastwords.conf" fsck >"$work/out" 2>"$work/err" && rc=0 || rc=$?
}
busy '30 seconds'
is "$rc $(cat "$work/out")" "0 $state: 0 found, 0 repaired" "nothing is found that a running collector may be writing"
busy '2 minutes ago'
is "$rc $(sed 's/.*lab-00000001.//; s/[ (;].*//' "$work/out" | tr '\n' ' ')" \
	"1 machines/$mac: dmesg-2.txt: hook.meta: $state: " "a running collector is not writing what is two minutes old"
like "$(cat "$work/out")" "dmesg-2.txt: dump is not recorded" "a dump that a running collector should have seen is found"

# Uploads of living writers; a clock that was set back.
fresh
(cd "$state" && orphan)
echo x >"$dir/.upload-$$-0"
fsck
is "$rc $(cat "$work/out")" "0 $state: 0 found, 0 repaired" "an upload whose writer is alive is left alone"
rm "$dir"/.upload-* "$dir/dmesg-2.meta"
touch -d '1 hour' "$dir/netconsole.log"
fsck
is "$rc $(cat "$work/out")" "0 $state: 0 found, 0 repaired" "a log from the future does not make the record old"

# Lines of a killed collector wait for the next one: the ends of the logs are its own.
fresh
printf '[    6.000000] tor' >>"$dir/netconsole.log"
touch "$dir"/record.*
echo waits >"$state/run/lines.0"
fsck --repair
is "$rc $(tail -n 1 "$work/out")" "0 $state: 0 found, 0 repaired" "a torn log is left to a collector that has lines for it"

# What cannot be repaired stays found.
fresh
mkdir "$state/sessions/notes" "$state/sessions/$mac/notes" "$state/sessions/$mac/525400aa0009-20261121T113612123-lab-00000003"
echo torn >"$state/key"
fsck --repair
is "$rc $(tail -n 1 "$work/out")" "1 $state: 4 found, 0 repaired" "what cannot be repaired: exit 1"
like "$(cat "$work/out")" '^key: invalid key; .*cannot be repaired here' "an invalid key is reported"
like "$(cat "$work/out")" '^sessions/notes: not a machine; ' "a directory that is no machine is reported"
like "$(cat "$work/out")" "^sessions/$mac/notes: not a session; " "a directory that is no session is reported"
like "$(cat "$work/out")" "^sessions/$mac/525400aa0009-.*: not a session; " "a session of another machine is reported"
rm "$state/key"
fsck
like "$(cat "$work/out")" '^key: missing; restore it' "a missing key is reported"

# A hostile name, wrong use.
rm -rf "$state/sessions/notes"
mkdir "$state/sessions/$(printf 'a\033[2Jb')"
fsck
like "$(cat "$work/out")" 'sessions/a\\x1b\[2Jb: not a machine' "a control character in a name does not reach the terminal"
exits 2 "an unknown option: exit 2" lw fsck --frob
rm -rf "$state"
fsck
like "$rc $(cat "$work/err")" '^1 .*state: No such file' "a missing state directory: exit 1"
done_testing
