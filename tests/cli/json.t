#!/bin/sh
# SPDX-License-Identifier: MIT
# The --json of lists and of one session: sessions, machines, fleet, show, crashes. Path: a journal and logs as the
# server's programs write them, indexed by `reindex`, read by a JSON parser of another language. Evidence: one object
# a line; the fields that users' scripts read have kept their names and kinds; hostile text does nothing to a terminal
# and is read back; files that are gone and a session that was pruned are no failure.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check builds it" "$bin/lastwords" perl
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
# json FIELDS: the values of these fields of each line; - absent, [..] and {..} for lists and objects
json() {
	perl -MJSON::PP -e 'binmode STDOUT, ":utf8";
		while (<STDIN>) { my $o = decode_json($_);
		print join(" ", map { my $v = $o; $v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_} for split /\./;
			ref $v eq "ARRAY" ? "[" . @$v . "]" : ref $v eq "HASH" ? "{" . keys(%$v) . "}" : $v // "-" } @ARGV), "\n" }' -- "$@"
}

cat >"$work/lastwords.conf" <<END
state = "$work/state"
profile lab { image = "lab" }
rule { product = "*" profile = "lab" }
target box { mac = "52:54:00:aa:00:01" driver = "command" on = "true" off = "true" status = "echo on" }
END
crashed=525400aa0001-20261121T093612123-lab-5f3a9c01
unarmed=525400aa0002-20261121T100000000-lab-00000001
dir=$work/state/sessions/525400aa0001/$crashed
mkdir -p "$work/state/journal" "$work/state/machines" "$dir"
cat >"$work/state/journal/2026-11.log" <<END
2026-11-21T09:36:12.123Z requested $crashed product=KVM%1b[31m%e2%80%ae%ff%3Cb%3E serial=S1 asset=A1 address=10.0.0.5 profile=lab
2026-11-21T09:36:19.000Z armed $crashed crashkernel=50331648
2026-11-21T09:36:20.000Z running $crashed interface=eth0 netconsole=on
2026-11-21T09:36:30.000Z died $crashed line=sysrq
2026-11-21T09:36:31.500Z uploaded $crashed file=dmesg.txt bytes=1 channel=http
2026-11-21T10:00:00.000Z requested $unarmed product=Other profile=lab
2026-11-21T10:00:09.000Z not-armed $unarmed why=no%20crashkernel%20reservation
END
cat >"$dir/dmesg.txt" <<'END'
[    0.000000] Linux version 6.1.0-56-amd64
[    5.000000] sysrq: Trigger a crash
[    5.000001] Kernel panic - not syncing: sysrq triggered crash
[    5.000002] CPU: 1 PID: 77 Comm: bash
END
echo 'channel=http' >"$dir/dmesg.meta"
printf 'lastwords-autopsy 1\nsummary\n  task bash died\n' >"$dir/autopsy.txt"
printf 'args=quiet%%20x\nset=%s\nonce=1\n' 2026-11-21T11:00:00.000Z >"$work/state/machines/525400aa0009"
lw reindex >/dev/null

lw show --json "$crashed" >"$work/show"
is "$(json session mac time state channels profile booted class title severity corrupted <"$work/show")" \
	"$crashed 52:54:00:aa:00:01 2026-11-21T09:36:30.000Z captured http lab 2026-11-21T09:36:12.123Z sysrq crash sysrq crash death 0" \
	"show: what it always had"
is "$(json address release task pid cpu uptime armed running died captured ended why kept counts files events <"$work/show")" \
	"10.0.0.5 6.1.0-56-amd64 bash 77 1 5 2026-11-21T09:36:19.000Z 2026-11-21T09:36:20.000Z 2026-11-21T09:36:30.000Z 2026-11-21T09:36:31.500Z - - 0 {7} [7] [5]" \
	"show: the facts, times, counts, files and events under their old names"
is "$(json dmesg autopsy netconsole <"$work/show")" "$dir/dmesg.txt $dir/autopsy.txt -" "show: the paths of the files that are there"
is "$(json serial asset summary.0 timeline.3.what timeline.3.seconds record.lines record.report record.channels.0.name decoded <"$work/show")" \
	"S1 A1 task bash died died 17.877 4 2 http 0" "show: machine, autopsy, timeline and record"
is "$(json product <"$work/show")" "$(printf 'KVM\033[31m\342\200\256\357\277\275<b>')" "show: hostile text is read back"
is "$(LC_ALL=C tr -d ' -~\n' <"$work/show" | wc -c)" 0 "show: and nothing in the output is more than printing ASCII"
is "$(lw crashes --json | json session title dmesg)" "$crashed sysrq crash $dir/dmesg.txt" "crashes: one object a line, with the same fields"

is "$(lw sessions --json | json session mac requested state profile product why title)" \
	"$unarmed 52:54:00:aa:00:02 2026-11-21T10:00:00.000Z not armed lab Other no crashkernel reservation -
$crashed 52:54:00:aa:00:01 2026-11-21T09:36:12.123Z captured lab $(printf 'KVM\033[31m\342\200\256\357\277\275<b>') - sysrq crash" \
	"sessions: one object a line, newest first"
is "$(lw sessions --json -n 1 | wc -l)" 1 "sessions: no more than asked for"
is "$(lw sessions --json --since 2026-11-21T09:59 | json session)" "$unarmed" "sessions: only newer ones"
is "$(lw sessions --json Other | json session)" "$unarmed" "sessions: by a part of the product"
fails "sessions: none is a failure" lw sessions --json nosuchthing

is "$(lw machines --json | json mac requested state profile set set_args once crashes armed target)" \
	"52:54:00:aa:00:01 2026-11-21T09:36:12.123Z captured lab - - - 1 0 box
52:54:00:aa:00:02 2026-11-21T10:00:00.000Z not armed lab - - - 0 0 -
52:54:00:aa:00:09 - - - 2026-11-21T11:00:00.000Z quiet x 1 0 - -" "machines: one object a line, by MAC, with what is set"
is "$(lw fleet --json | json machines armed not_armed not_armed.0.machines not_armed.0.newest.0)" \
	"2 0 [2] 1 52:54:00:aa:00:01" "fleet: the old fields"
is "$(lw fleet --json | json 'states.not armed' states.captured)" "1 1" "fleet: the states too"
like "$(lw fleet)" '^0 of 2 machines armed' "fleet: the text is of the same document"

rm -rf "$dir"
is "$(lw show --json "$crashed" | json title state files dmesg record)" "sysrq crash captured [0] - -" \
	"show: without its files a session has what the index has"
echo "2026-11-21T12:00:00.000Z pruned $crashed why=age bytes=1" >>"$work/state/journal/2026-11.log"
lw reindex >/dev/null
fails "show: a session that was pruned is an error" lw show --json "$crashed"
is "$(lw sessions --json | json session)" "$unarmed" "sessions: and is in no list"
rm -f "$work/state/index.db"
is "$(lw machines --json 2>/dev/null | json mac)" "52:54:00:aa:00:09" "machines: without an index those with something set"
done_testing
