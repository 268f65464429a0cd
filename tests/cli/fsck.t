#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords fsck`: a table of what a power cut, kill -9 or a stray hand can leave, each made on a clean state.
# Evidence: each is found in one line, changes nothing without --mend, is mended with it, a second run finds
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
lw fsck >"$work/out" && rc=0 || rc=$?
is "$rc $(cat "$work/out")" "0 $state: 0 found, 0 mended" "a clean state"
cp -a "$state" "$work/clean"
sum=$(sha256sum <"$dir/dmesg.txt")

rows() { sqlite3 "$state/index.db" 'SELECT id, captured > 0, title, by_http FROM session ORDER BY id' 2>&1; }
clean_rows=$(rows)

# damage NAME PATTERN COMMAND…: on a fresh copy of the clean state
damage() {
	damage_name=$1 damage_pattern=$2
	shift 2
	rm -rf "$state"
	cp -a "$work/clean" "$state"
	cd "$state"
	"$@"
	cd "$work"
	rm -rf "$work/before"
	cp -a "$state" "$work/before"
	lw fsck >"$work/out" 2>"$work/err" && rc=0 || rc=$?
	is "$rc" 1 "$damage_name: exit 1"
	like "$(cat "$work/out")" "$damage_pattern" "$damage_name: found"
	ok "$(diff -r -x 'index.db-*' "$work/before" "$state" >"$work/diff" 2>&1 && echo 0 || echo 1)" "$damage_name: nothing is changed without --mend"
	lw fsck --mend >"$work/out" 2>"$work/err" && rc=0 || rc=$?
	is "$rc" 0 "$damage_name: mended"
	lw fsck >"$work/again" 2>"$work/err" && rc=0 || rc=$?
	is "$rc $(tail -n 1 "$work/again")" "0 $state: 0 found, 0 mended" "$damage_name: a second run finds nothing"
	[ "$(tail -n 1 "$work/again")" = "$state: 0 found, 0 mended" ] || diag "$(cat "$work/out" "$work/again")"
}
same() { # after damage: dump and index are as they were
	is "$(sha256sum <"$dir/dmesg.txt") $(rows)" "$sum $clean_rows" "$damage_name: dump and index are what they were"
}
s=sessions/$mac/$one

torn_line() { printf '2026-11-21T10:37:00.000Z uploa\n2026-11-21T10:38:00.000Z event - text=after\n' >>"$journal"; }
damage "a torn line" 'journal/2026-11.log: 30 bytes at [0-9]+ are no line' torn_line
same
is "$(cat "$state/journal/torn.txt")" '2026-11-21T10:37:00.000Z uploa' "a torn line: kept aside"
like "$(cat "$journal")" 'event - text=after' "a torn line: what comes behind stays"
torn_end() { printf '2026-11-21T10:37:00.000Z event - te' >>"$journal"; }
damage "a torn end" 'journal/2026-11.log: 35 bytes at' torn_end
same
zeros() { head -c 3000 /dev/zero >>"$journal"; }
damage "a journal with zeros at its end" 'journal/2026-11.log: 3000 bytes at' zeros
same

leftover() { echo x >"$s/$1"; touch -d "${2:-2 hours ago}" "$s/$1"; }
damage "a temporary upload" "$s/.upload-99999-0: left by a writer" leftover .upload-99999-0
same
damage "a temporary metadata file of a dead writer" "$s/.dmesg.meta.4194303: left by" leftover .dmesg.meta.4194303 now
damage "a record on its way" "$s/.record.txt~: left by" leftover .record.txt~
top() { echo x >"$1"; touch -d '2 hours ago' "$1"; }
damage "a key on its way" 'key.4194303: left by' top key.4194303
damage "a request body of lighttpd" 'run/lighttpd-upload-aBcDeF: left by' top run/lighttpd-upload-aBcDeF
damage "an index put aside" 'index.db.bad-20261121T000000000: ' top index.db.bad-20261121T000000000

orphan() { printf 'session=%s\nsha256=%064d\n' "$one" 0 >"$s/dmesg-2.meta"; touch -d '1 minute ago' "$s/dmesg-2.meta"; }
damage "metadata without its upload" "$s/dmesg-2.meta: metadata of an upload that did not" orphan
same
unnamed() {
	echo 'another, whole' >"$s/.upload-4194303-0"
	printf 'session=%s\nsha256=%s\nchannel=http\n' "$one" "$(sha256sum <"$s/.upload-4194303-0" | cut -c1-64)" >"$s/dmesg-2.meta"
	touch -d '1 minute ago' "$s/dmesg-2.meta"
}
damage "a whole upload without its name" "$s/dmesg-2.meta: " unnamed
is "$(cat "$dir/dmesg-2.txt" 2>&1)" 'another, whole' "a whole upload without its name: has it now"
like "$(cat "$journal")" "uploaded $one file=dmesg-2.txt" "a whole upload without its name: and is told"
damage "a dump without metadata" "$s/dmesg.meta: missing or without" rm "$s/dmesg.meta"
same
is "$(grep -c "^sha256=${sum%% *}" "$dir/dmesg.meta")" 1 "a dump without metadata: it has some"
untold() { sed -i '/uploaded/d' "$journal"; }
damage "a dump that the journal does not tell of" "$s/dmesg.txt: the journal does not tell" untold
same
damage "a dump that is lost" "$s/dmesg.txt: was acknowledged and is not there" rm "$s/dmesg.txt" "$s/dmesg.meta"
like "$(cat "$journal")" " lost $one file=dmesg.txt" "a dump that is lost: the journal says so"
empty() { : >"$s/dmesg.txt"; }
damage "an empty dump" "$s/dmesg.txt: an empty dump" empty
changed() { sed -i 's/sysrq/sysRq/' "$s/dmesg.txt"; }
damage "a dump that has changed" "$s/dmesg.txt: is not what was acknowledged" changed
is "$(grep -c "^sha256=${sum%% *}" "$dir/dmesg.meta") $(grep -c '^damaged=' "$dir/dmesg.meta")" '1 1' "a dump that has changed: its metadata says so"

unended() { printf '[    6.000000] tor' >>"$s/netconsole.log"; }
damage "a torn line of netconsole" "$s/netconsole.log: its last line has no end" unended
log_zeros() { head -c 100 /dev/zero >>"$s/netconsole.log"; }
damage "a log with zeros at its end" "$s/netconsole.log: zeros at its end" log_zeros
same
is "$(cat "$dir/netconsole.log")" '[    5.000000] sysrq: Trigger a crash' "a log with zeros at its end: is as it was"
meta_zeros() { head -c 1024 /dev/zero >"$s/netconsole.meta"; }
damage "counts that are none" "$s/netconsole.meta: damaged" meta_zeros
hook_empty() { : >"$s/hook.meta"; }
damage "an empty hook.meta" "$s/hook.meta: damaged" hook_empty
newer() { printf '[    7.000000] one more\n' >>"$s/netconsole.log"; touch -d '1 hour ago' "$s"/record.*; }
damage "a record older than its channels" "$s/record.txt: the record is older" newer
like "$(cat "$dir/record.txt")" 'one more' "a record older than its channels: made again"
damage "a record of which a part is missing" "$s/record.txt: the record is not whole" rm "$s/record.channels"
same
half() { echo half >"$s/record.txt"; touch "$s"/record.*; }
damage "a half record" "$s/record.txt: the record's parts do not fit" half
same

hollow() { mkdir -p "sessions/$mac/$mac-20261121T113612123-lab-00000003"; touch -d '2 hours ago' "sessions/$mac/$mac-20261121T113612123-lab-00000003"; }
damage "an empty session" 'lab-00000003: an empty directory' hollow
unfinished() { mv "sessions/$mac/$two" "sessions/$mac/.pruned-$two"; }
damage "a removal that was not ended" "sessions/$mac/.pruned-$two: its removal" unfinished
like "$(cat "$journal")" " pruned $two why=unfinished" "a removal that was not ended: told"
modes() { chmod 644 "$s/dmesg.txt"; chmod 755 "$s"; chmod 000 "$s/netconsole.log"; chmod 644 key; }
damage "wrong modes" "$s/dmesg.txt: mode 0644" modes
is "$(stat -c %a "$dir/dmesg.txt" "$dir" "$dir/netconsole.log" "$state/key" | tr '\n' ' ')" '640 750 600 600 ' "wrong modes: all four"
same
override() { : >machines/$mac; touch -d '1 minute ago' machines/$mac; }
damage "an empty override" "machines/$mac: empty" override
bound() { : >streams/10.0.0.1-6665.bound; touch -d '1 minute ago' streams/10.0.0.1-6665.bound; }
damage "an empty binding" 'streams/10.0.0.1-6665.bound: empty' bound
damage "a directory that is missing" 'streams: is missing' rmdir streams

damage "no index" 'index.db: missing' rm index.db
same
garbage() { rm -f index.db-*; head -c 20000 /dev/urandom >index.db; }
damage "an index that is none" 'index.db: .*' garbage
same
pages() { rm -f index.db-*; printf '\377%.0s' $(seq 3000) | dd of=index.db bs=1 seek=9000 conv=notrunc 2>/dev/null; }
damage "an index with bad pages" 'index.db: ' pages
same
behind() { echo "2026-11-21T11:00:00.000Z requested $mac-20261121T110000000-lab-00000004 product=KVM" >>"$journal"; }
damage "an index that is behind" 'index.db: 1 lines of the journal behind' behind
place() { sqlite3 index.db 'UPDATE position SET offset = offset - 7'; }
damage "a place in the journal that is none" 'index.db: its place in the journal' place
same
short() { sqlite3 index.db "DELETE FROM session WHERE id = '$two'; UPDATE session SET captured = 0"; }
damage "an index that lacks something" 'out of step: 1 sessions of the journal are missing, 0 are of nowhere, 1 lack' short
same
long() { sqlite3 index.db "UPDATE session SET id = 'x' || id WHERE id = '$two'"; }
damage "an index that knows more" 'out of step: 1 sessions of the journal are missing, 1 are of nowhere' long
same
if [ "$(id -u)" = 0 ]; then
	foreign() { chown -R 65534:65534 "$state"; chown 0:0 "$s/record.txt" journal; }
	chmod 755 "$work"
	chmod 644 "$work/lastwords.conf"
	damage "what root has written" "journal: does not belong to the server" foreign
	is "$(find "$state" ! -user 65534 | head -n 3)" '' "what root has written: all is the server's again"
else
	skip "needs root" "files of the wrong owner"
fi

# Lines of a collector that was killed wait for it: the ends of the logs are its own.
rm -rf "$state"
cp -a "$work/clean" "$state"
printf '[    6.000000] tor' >>"$dir/netconsole.log"
touch "$dir"/record.*
echo waits >"$state/run/lines.0"
lw fsck --mend >"$work/out" && rc=0 || rc=$?
is "$rc $(tail -n 1 "$work/out")" "0 $state: 0 found, 0 mended" "a torn log is left to a collector that has lines for it"

# What cannot be mended stays found.
rm -rf "$state"
cp -a "$work/clean" "$state"
mkdir "$state/sessions/notes"
echo torn >"$state/key"
lw fsck --mend >"$work/out" && rc=0 || rc=$?
is "$rc $(tail -n 1 "$work/out")" "1 $state: 2 found, 0 mended" "what cannot be mended: exit 1"
like "$(cat "$work/out")" '^key: .*cannot be mended here' "and says so"

# A hostile name, wrong use.
rm -rf "$state/sessions/notes"
cp "$work/clean/key" "$state/key"
mkdir "$state/sessions/$(printf 'a\033[2Jb')"
like "$(lw fsck || :)" 'sessions/a\\x1b\[2Jb: is no machine' "nothing of a name acts on the terminal"
lw fsck --frob >/dev/null 2>&1 && rc=0 || rc=$?
is "$rc" 2 "an unknown option: exit 2"
rm -rf "$state"
lw fsck >"$work/out" 2>"$work/err" && rc=0 || rc=$?
like "$rc $(cat "$work/err")" '^1 .*state: No such file' "no state: exit 1"
done_testing
