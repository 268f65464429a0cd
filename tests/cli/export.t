#!/bin/sh
# SPDX-License-Identifier: MIT
# What goes out: export of one session, of all of one signature, with and without an index; show, crashes
# and machines as JSON. Evidence: tars with the files as they are stored, the same bytes twice, JSON
# that a parser takes, and the same object from show as from crashes.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" "$bin/lastwords" perl
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
fails() { # NAME CODE PATTERN COMMAND…
	fails_name=$1 fails_code=$2 fails_pattern=$3
	shift 3
	"$@" >"$work/out" 2>"$work/err" && fails_rc=0 || fails_rc=$?
	is "$fails_rc" "$fails_code" "$fails_name: exit $fails_code"
	like "$(cat "$work/err")" "$fails_pattern" "$fails_name: says why"
}
# json FIELDS: of each line the values of these fields
json() {
	perl -MJSON::PP -e 'while (<STDIN>) { my $o = decode_json($_);
		print join(" ", map { my $v = $o; $v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_} for split /\./; $v // "-" } @ARGV), "\n" }' -- "$@"
}

cat >"$work/lastwords.conf" <<END
state = "$work/state"
profile lab { image = "lab" }
rule { product = "*" profile = "lab" }
END
mkdir -p "$work/state/journal"
session() { # MAC NUMBER
	echo "$1-20261121T093612123-lab-0000000$2"
}
add() { # MAC NUMBER: a session that died
	id=$(session "$1" "$2")
	dir=$work/state/sessions/$1/$id
	mkdir -p "$dir"
	printf '%s\n' "2026-11-21T09:36:12.123Z requested $id product=KVM%22x serial=SN-$2 address=127.0.0.$2 profile=lab" \
		"2026-11-21T09:36:30.000Z uploaded $id file=dmesg.txt bytes=1 channel=${3:-http}" >>"$work/state/journal/2026-11.log"
	printf '%s\n' '[    0.000000] Linux version 6.1.0-56-amd64' '[    5.000000] sysrq: Trigger a crash' \
		'[    5.000001] Kernel panic - not syncing: sysrq triggered crash' \
		'[    5.000002] CPU: 1 PID: 77 Comm: "bash' >"$dir/dmesg.txt"
	echo "channel=${3:-http}" >"$dir/dmesg.meta"
	[ "${3:-http}" != http ] || printf '[    5.000000] sysrq: Trigger a crash\n' >"$dir/netconsole.log"
}
add 525400aa0001 1
add 525400aa0002 2
add 525400aa0003 3 pstore
one=$(session 525400aa0001 1)
two=$(session 525400aa0002 2)
lw reindex >/dev/null
dir=$work/state/sessions/525400aa0001/$one

lw export "$one" --output "$work/one.tar"
is "$(tar tf "$work/one.tar" | sort | tr '\n' ' ')" "$one/ $one/dmesg.meta $one/dmesg.txt $one/events.log $one/netconsole.log $one/record.channels $one/record.meta $one/record.txt $one/session.json " \
	"a tar of all that is known"
mkdir "$work/out.d" "$work/tars"
tar xf "$work/one.tar" -C "$work/out.d"
rm -f "$work/out.d/$one/session.json" "$work/out.d/$one/events.log"
ok "$(diff -r "$dir" "$work/out.d/$one" >"$work/diff" && echo 0 || echo 1)" "its files are as they are stored"
is "$(tar xOf "$work/one.tar" "$one/events.log")" "$(grep "$one" "$work/state/journal/2026-11.log")" "its events as the journal has them"
touch "$dir/dmesg.txt"
lw export 52:54:00:aa:00:01 >"$work/again.tar"
ok "$(cmp -s "$work/one.tar" "$work/again.tar" && echo 0 || echo 1)" "the same bytes again, by the MAC, on standard output"
lw show --json "$one" >"$work/show.json"
is "$(tar xOf "$work/one.tar" "$one/session.json")" "$(cat "$work/show.json")" "session.json is what show --json says"
is "$(json session state channels title severity task product serial kept <"$work/show.json")" \
	"$one captured http+netconsole sysrq crash death \"bash KVM\"x - 0" "which a parser takes"
is "$(json files.0.name files.1.bytes events.1.event events.1.pairs.channel <"$work/show.json")" \
	"dmesg.meta $(stat -c %s "$dir/dmesg.txt") uploaded http" "files and events in it"
lw crashes --json --machine 525400aa0001 >"$work/crash.json"
perl -MJSON::PP -e 'local $/; my @o = map { open my $f, "<", $_; decode_json(<$f>) } @ARGV;
	for (keys %{$o[0]}) { die "$_\n" if "$o[0]{$_}" ne "$o[1]{$_}" }' "$work/crash.json" "$work/show.json" 2>"$work/err" && rc=0 || rc=1
ok "$rc" "a crash is the same object in crashes --json: $(cat "$work/err")"
is "$(json channels by_http <"$work/crash.json")" "http+netconsole -" "with its channels"
is "$(lw crashes --json --machine 525400aa0003 | json channels)" pstore "what only pstore brought is no upload by HTTP"
grep -q '^product=KVM%22x$' "$dir/record.meta" && rc=0 || rc=1
ok "$rc" "the record knows the product"

is "$(lw crashes --machine sn-2 | wc -l)" 1 "a machine by its serial number"
is "$(lw crashes --machine 127.0.0.2 --json | json mac)" 52:54:00:aa:00:02 "by its address"
is "$(lw crashes --machine localhost --json | json mac)" 52:54:00:aa:00:01 "by its host name"
fails "a machine that is none" 1 'no crashes' lw crashes --machine SN-

signature=$(json signature <"$work/crash.json")
is "$(lw export "$signature" --output "$work/tars" | sed 's|.*/||' | sort | tr '\n' ' ')" \
	"$(session 525400aa0001 1).tar $two.tar $(session 525400aa0003 3).tar " "all of one signature, a tar each"
lw export "$one" "$two" --output - | tar tf - >"$work/list"
is "$(cut -d / -f 1 "$work/list" | sort -u | wc -l)" 2 "two in one tar"
rm "$work/state"/index.db*
lw export "$one" | tar xOf - "$one/session.json" >"$work/bare.json"
is "$(json title state events.1.event <"$work/bare.json")" "sysrq crash - uploaded" "without an index"

fails "a session that is none" 1 'index.db' lw export zzz
fails "nothing to export" 2 usage lw export --output "$work/x.tar"
fails "a directory that is none" 1 'none/x.tar: No such' lw export "$one" --output "$work/none/x.tar"
ln -s /dev/full "$work/full.tar"
fails "a device that is full" 1 'cannot write the tar: Write error: No space left' lw export "$one" --output "$work/full.tar"
[ -h "$work/full.tar" ] && rc=0 || rc=1
ok "$rc" "what is no file stays"
fails "a session of which nothing is stored" 1 'No such file' lw export "525400aa0009-20261121T093612123-lab-00000009" --output "$work/x.tar"
[ ! -e "$work/x.tar" ] && rc=0 || rc=1
ok "$rc" "leaves no tar"
lw reindex >/dev/null
lw keep "$one" >/dev/null
is "$(lw show --json "$one" | json kept)" 1 "keep marks a session"
lw keep "$one" --clear >/dev/null
is "$(lw show --json "$one" | json kept)" 0 "and --clear takes the mark away"
fails "keep of nothing" 2 usage lw keep
fails "metrics of no collector" 1 'the collector has never run' lw metrics
done_testing
