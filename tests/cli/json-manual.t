#!/bin/sh
# SPDX-License-Identifier: MIT
# --json of every command is what lastwords-json(5) has. Path: a state with a crash, a machine that something is set
# for, a wrong configuration; each command that lists or shows. Evidence: jq reads each output, no byte of it acts on a
# terminal, and every field is in the section of the manual that is named after the command.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" jq "$bin/lastwords"
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
page=$root/server/query/lastwords-json.5
cat >"$work/lastwords.conf" <<END
state = "$work/state"
profile lab { image = "none" }
rule { serial = "X*" profile = "lab" }
rule { product = "*" profile = "lab" }
target box {
	mac = "52:54:00:aa:00:01"
	driver = "command"
	status = "echo on"
	on = "true"
	off = "true"
}
target deaf {
	mac = "52:54:00:aa:00:02"
	driver = "command"
	status = "false"
	on = "true"
	off = "true"
}
END
first=525400aa0001-20261121T093612123-lab-5f3a9c01
second=525400aa0002-20261121T100000000-lab-00000001
dir=$work/state/sessions/525400aa0001/$first
mkdir -p "$work/state/journal" "$dir"
cat >"$work/state/journal/2026-11.log" <<END
2026-11-21T09:36:12.123Z requested $first product=KVM%1b[31m%ff serial=S1 asset=A1 address=10.0.0.5 profile=lab arch=x86_64
2026-11-21T09:36:19.000Z armed $first crashkernel=1 capture=small ms=3
2026-11-21T09:36:20.000Z running $first interface=eth0 release=6.1.0-56
2026-11-21T09:36:30.000Z uploaded $first file=dmesg.txt bytes=1 channel=http
2026-11-21T10:00:00.000Z requested $second product=Other profile=lab
2026-11-21T10:00:09.000Z not-armed $second why=no%20crashkernel%20reservation
END
printf '%s\n' '[    0.000000] Linux version 6.1.0-56' '[    5.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008' \
	'[    5.000002] Oops: 0000 [#1] PREEMPT SMP' '[    5.000003] CPU: 1 PID: 31 Comm: lab Tainted: G W 6.1.0-56 #1' \
	'[    5.000003] Hardware name: QEMU' '[    5.000004] RIP: 0010:lab_one+0x5/0x10 [lab]' '[    5.000005] Call Trace:' >"$dir/dmesg.txt"
printf '%s\n' 'lastwords-autopsy 1' 'summary' 'CPU 1 was in lab_one.' >"$dir/autopsy.txt"
echo '[    5.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008' >"$dir/netconsole.log"
printf 'packets=1\nlines=1\nbytes=38\ndied=1\n' >"$dir/netconsole.meta"
lw reindex >/dev/null
lw machine 52:54:00:aa:00:01 --args 'single' --once >/dev/null 2>&1
lw machine 52:54:00:aa:00:02 --clear >/dev/null
lw drill 52:54:00:aa:00:03 >/dev/null

# section NAME: the words of the manual's section
section() {
	awk -v name="$1" '/^\.Ss / { inside = (", " substr($0, 5) ", ") ~ (", " name ", ") } inside' "$page" | tr -c 'A-Za-z0-9_' '\n' | sort -u
}
# documented SECTION COMMAND…: runs it, and looks for its fields; those of free maps (pairs, identity, states) are values
documented() {
	title=$1
	shift
	lw "$@" >"$work/out" 2>"$work/err" || :
	succeeds "$title: jq reads it" jq -e . "$work/out"
	is "$(LC_ALL=C tr -d '\n -~' <"$work/out" | wc -c)" 0 "$title: it is ASCII"
	jq -r 'del(.. | .pairs?, .states?) | paths | map(select(type == "string")) | last // empty' "$work/out" | sort -u >"$work/keys"
	{
		section "$title"
		[ "$title" != show ] || section crashes
		[ "$title" != diff ] || section crashes
		[ "$title" != 'show SIGNATURE' ] || { section crashes && section 'crashes --group' && section 'crashes --rates'; }
		[ "$title" != explain ] || section machine
	} | sort -u >"$work/words"
	is "$(comm -23 "$work/keys" "$work/words" | tr '\n' ' ')" '' "$title: each of its $(wc -l <"$work/keys") fields is in lastwords-json(5)"
}
documented sessions sessions --json
documented crashes crashes --json
documented 'crashes --group' crashes --group --json
documented 'crashes --rates' crashes --rates --json
documented diff diff "$first" "$first" --json
documented show show "$first" --json
documented show show "$second" --json
documented 'show SIGNATURE' show "$(lw show --json "$first" | jq -r .signature)" --json
documented autopsy autopsy "$first" --json
documented machines machines --json
documented fleet fleet --json
documented explain explain 52:54:00:aa:00:01 --json
documented machine machine 52:54:00:aa:00:01 --json
documented check check --json
documented title title "$dir/dmesg.txt" --json
documented power power --json
documented power power box status --json
documented prune prune --dry-run --json
: >"$dir/.upload-1-1"
documented fsck fsck --json
# Those that need machines: the fields by what writes them.
# written SECTION FILE…
written() {
	title=$1
	shift
	sed -n 's/.*json_[a-z]*([^"]*"\([a-z_0-9]*\)".*/\1/p' "$@" | sort -u >"$work/keys"
	{
		section "$title"
		[ "$title" != qualify ] || section repro
	} | sort -u >"$work/words"
	is "$(comm -23 "$work/keys" "$work/words" | tr '\n' ' ')" '' "$title: each of its $(wc -l <"$work/keys") fields is in lastwords-json(5)"
}
written qualify "$root/server/repro/qualify.c"
written repro "$root/server/repro/result.c"
written bisect "$root/server/repro/bisection_result.c"
is "$(lw check --json | jq -r '.errors, .findings[0].line, .findings[0].level')" "1
2
error" "check --json has the line of a finding"
is "$(lw explain 52:54:00:aa:00:01 --json 2>/dev/null | jq -r '.rules[0].field + " " + .rules[0].glob + " " + (.rules[1].matches | tostring)')" \
	"serial X* true" "explain --json has each rule, and why it does not match"
is "$(lw --local-time sessions --json)" "$(lw sessions --json)" "--local-time changes no JSON"
done_testing
