#!/bin/sh
# SPDX-License-Identifier: MIT
# Export of one session, of all sessions of a signature, with and without an index; show and crashes as JSON. Evidence: tars with the files as they are stored, the same bytes twice, JSON that a parser reads,
# and the same values from show as from crashes.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" "$bin/lastwords" perl
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
refused() { # NAME CODE PATTERN COMMAND…
	refused_name=$1 refused_code=$2 refused_pattern=$3
	shift 3
	"$@" >"$work/out" 2>"$work/err" && refused_rc=0 || refused_rc=$?
	is "$refused_rc" "$refused_code" "$refused_name: exit $refused_code"
	like "$(cat "$work/err")" "$refused_pattern" "$refused_name: the error is named"
}
# json FIELDS: the values of these fields of each line
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
minute=36
session() { # MAC NUMBER
	echo "$1-20261121T09${minute}12123-lab-0000000$2"
}
add() { # MAC NUMBER: a session that died
	id=$(session "$1" "$2")
	dir=$work/state/sessions/$1/$id
	mkdir -p "$dir"
	printf '%s\n' "2026-11-21T09:$minute:12.123Z requested $id product=KVM%22x serial=SN-$2 address=127.0.0.$2 profile=lab" \
		"2026-11-21T09:$minute:30.000Z uploaded $id file=dmesg.txt bytes=1 channel=${3:-http}" >>"$work/state/journal/2026-11.log"
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
is "$(tar tf "$work/one.tar" | sort | tr '\n' ' ')" "$one/ $one/dmesg.meta $one/dmesg.txt $one/events.log $one/netconsole.log $one/record.channels $one/record.levels $one/record.meta $one/record.txt $one/session.json " \
	"export writes all files of a session"
mkdir "$work/out.d" "$work/tars"
tar xf "$work/one.tar" -C "$work/out.d"
rm -f "$work/out.d/$one/session.json" "$work/out.d/$one/events.log"
succeeds "the files in the tar are as they are stored" diff -r "$dir" "$work/out.d/$one"
is "$(tar xOf "$work/one.tar" "$one/events.log")" "$(grep "$one" "$work/state/journal/2026-11.log")" "events.log has the session's journal lines"
touch "$dir/dmesg.txt"
lw export 52:54:00:aa:00:01 >"$work/again.tar"
succeeds "export of the MAC to standard output gives the same bytes" cmp "$work/one.tar" "$work/again.tar"
lw show --json "$one" >"$work/show.json"
is "$(tar xOf "$work/one.tar" "$one/session.json")" "$(cat "$work/show.json")" "session.json is the output of show --json"
is "$(json session state channels title severity task product serial kept <"$work/show.json")" \
	"$one captured http+netconsole sysrq crash death \"bash KVM\"x SN-1 0" "a JSON parser reads session.json"
is "$(json files.0.name files.1.bytes events.1.event events.1.pairs.channel <"$work/show.json")" \
	"dmesg.meta $(stat -c %s "$dir/dmesg.txt") uploaded http" "session.json has files and events"
lw crashes --json --machine 525400aa0001 >"$work/crash.json"
perl -MJSON::PP -e 'local $/; my @o = map { open my $f, "<", $_; decode_json(<$f>) } @ARGV;
	my $crash = $o[0]; %$crash or die "none\n";
	for (keys %$crash) { die "$_\n" if "$crash->{$_}" ne "$o[1]{$_}" }' "$work/crash.json" "$work/show.json" 2>"$work/err" && rc=0 || rc=1
ok "$rc" "crashes --json has the same values as show --json $(cat "$work/err")"
is "$(json channels by_http <"$work/crash.json")" "http+netconsole -" "crashes --json has the channels"
is "$(lw crashes --json --machine 525400aa0003 | json channels)" pstore "a log from pstore is not counted as an HTTP upload"
succeeds "record.meta has the product" grep -q '^product=KVM%22x$' "$dir/record.meta"

is "$(lw crashes --machine sn-2 | wc -l)" 1 "crashes --machine finds a serial number"
is "$(lw crashes --machine 127.0.0.2 --json | json mac)" 52:54:00:aa:00:02 "crashes --machine finds an address"
is "$(lw crashes --machine localhost --json | json mac)" 52:54:00:aa:00:01 "crashes --machine finds a host name"
refused "crashes of an unknown machine" 1 'no crashes found' lw crashes --machine SN-

signature=$(json signature <"$work/crash.json")
is "$(lw export "$signature" --output "$work/tars" | sed 's|.*/||' | sort | tr '\n' ' ')" \
	"$(session 525400aa0001 1).tar $two.tar $(session 525400aa0003 3).tar " "export of a signature writes a tar for each session"
lw export "$one" "$two" --output - | tar tf - >"$work/list"
is "$(cut -d / -f 1 "$work/list" | sort -u | wc -l)" 2 "export writes two sessions into one tar"
rm "$work/state"/index.db*
lw export "$one" | tar xOf - "$one/session.json" >"$work/bare.json"
is "$(json title state events.1.event <"$work/bare.json")" "sysrq crash - uploaded" "export of a whole id works without an index"

refused "export of an unknown session without an index" 1 'no index yet' lw export zzz
refused "export of nothing" 2 "missing argument; see lastwords export --help" lw export --output "$work/x.tar"
refused "export into a missing directory" 1 'none/x.tar: No such' lw export "$one" --output "$work/none/x.tar"
ln -s /dev/full "$work/full.tar"
refused "export to a full device" 1 'cannot write the tar: Write error: No space left' lw export "$one" --output "$work/full.tar"
succeeds "a failed export does not remove a device" test -h "$work/full.tar"
refused "export of a session without files" 1 'No such file' lw export "525400aa0009-20261121T093612123-lab-00000009" --output "$work/x.tar"
exits 1 "a failed export leaves no tar" test -e "$work/x.tar"
lw reindex >/dev/null
lw keep "$one" >/dev/null
is "$(lw show --json "$one" | json kept)" 1 "keep marks a session as kept"
lw keep "$one" --clear >/dev/null
is "$(lw show --json "$one" | json kept)" 0 "keep --clear clears the mark"
refused "keep without a session" 2 "missing argument; see lastwords keep --help" lw keep
refused "metrics without a collector" 1 'the collector has never run' lw metrics
is "$(lw export "$one" 52:54:00:aa:00:01 | tar tf - | grep -c 'dmesg.txt$')" 1 "export writes a session that is named twice once"

# Four crashes of one signature, on three machines; a newer one of another.
minute=40
add 525400aa0001 4
fourth=$(session 525400aa0001 4)
minute=36
add 525400aa0005 5
fifth=$(session 525400aa0005 5)
printf '%s\n' '[    0.000000] Linux version 6.1.0-57-amd64' '[    5.000000] kernel BUG at mm/slub.c:440!' >"$dir/dmesg.txt"
rm "$dir/netconsole.log"
sed -i "s/T09:40:30.000Z uploaded $fourth/T09:00:00.000Z uploaded $fourth/; s/T09:36:30.000Z uploaded $fifth/T10:00:00.000Z uploaded $fifth/" \
	"$work/state/journal/2026-11.log"
lw reindex >/dev/null
lw crashes --group --json >"$work/groups"
is "$(json count first last <"$work/groups")" "4 2026-11-21T09:00:00.000Z 2026-11-21T09:36:30.000Z
1 2026-11-21T10:00:00.000Z 2026-11-21T10:00:00.000Z" "crashes --group lists the signature on most machines first"
is "$(json machines releases.0 releases.1 <"$work/groups" | head -n 1)" "3 6.1.0-56-amd64 -" \
	"crashes --group counts each machine and release once"
like "$(lw crashes --group | tr '\t' '|')" '^4\|3\|.*\|known\|[0-9a-f]{16}\|[^|]*\|-\|sysrq crash$' "crashes --group prints the count and the title"

echo "2026-11-21T09:36:12.123Z requested $(session 525400aa0006 6) profile=lab" >>"$work/state/journal/2026-11.log"
lw reindex >/dev/null
is "$(lw fleet | sed 's/\t[^\t]*$//; s/\t/ /')" "0 of 5 machines armed (0.0 %)
4 died and captured, not booted again yet
1 booting: script served, no report yet" "fleet lists the most frequent reason first"
is "$(lw fleet --json | json machines armed not_armed.0.machines not_armed.1.newest.0)" "5 0 4 52:54:00:aa:00:06" \
	"fleet --json has counts, reasons and machines"
is "$(lw machines | cut -f 1 | uniq -d)" '' "machines lists each machine once"
done_testing
