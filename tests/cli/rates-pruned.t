#!/bin/sh
# SPDX-License-Identifier: MIT
# Rates of crashes when retention has removed sessions. Path: a journal of two machines written by hand; rates before
# and after `lastwords prune` of the healthy sessions, after a new index, after the journal was compacted, and when a
# crash is pruned too. Evidence: the same counts, machine-days and machines each time; by signature as well; what
# only a kept crash can tell finds no pruned one.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check builds it" jq "$bin/lastwords"
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
cat >"$work/lastwords.conf" <<END
state = "$work/state"
keep_days = 30
disk_floor = 0
profile lab { image = "none" }
END
mkdir -p "$work/state/journal"
now=$(date +%s)

# at DAYS: as the journal has it; id MAC DAYS
at() { date -u -d "@$((now - $1 * 86400))" +%Y-%m-%dT%H:%M:%S.000Z; }
id() { echo "$1-$(date -u -d "@$((now - $2 * 86400))" +%Y%m%dT%H%M%S000)-lab-5f3a9c01"; }
tell() { # DAYS EVENT SESSION PAIRS
	echo "$(at "$1") $2 $3 ${4:-}" >>"$work/lines"
}
boot() { # MAC DAYS RELEASE
	boot_id=$(id "$1" "$2")
	tell "$2" requested "$boot_id" "product=Box%20$1 profile=lab"
	tell "$2" running "$boot_id" "interface=eth0 release=$3"
}
# two machines: 40 days of 6.1.0-1, then 6.1.0-2; one crash of each release. (Every run has ended: nothing here
# depends on when the test runs.)
for mac in 525400aa0001 525400aa0002; do
	for day in 100 90 80 70; do boot $mac $day 6.1.0-1; done
done
boot 525400aa0001 60 6.1.0-2
first=$boot_id
boot 525400aa0001 50 6.1.0-2
tell 45 died "$boot_id" line=x
boot 525400aa0002 60 6.1.0-2
tell 20 died "$boot_id" line=x
last=$boot_id
# one that crashed early, of 6.1.0-1
early=$(id 525400aa0002 70)
tell 65 died "$early" line=x
sort "$work/lines" | while read -r line; do
	echo "$line" >>"$work/state/journal/$(echo "$line" | cut -c 1-7).log"
done
echo "$(at 0) event - text=now" >>"$work/state/journal/$(date -u +%Y-%m).log"
dump() { # SESSION FUNCTION DAYS
	dump_dir=$work/state/sessions/$(echo "$1" | cut -c 1-12)/$1
	mkdir -p "$dump_dir"
	printf '[    9.00%s] %s\n' 0000 'BUG: kernel NULL pointer dereference, address: 0000000000000000' \
		0001 "RIP: 0010:$2+0x5/0x10 [lab]" 0002 'Call Trace:' 0003 " ${2}_call+0x20/0x30 [lab]" >"$dump_dir/dmesg.txt"
	touch -d "@$((now - $3 * 86400))" "$dump_dir/dmesg.txt"
}
dump "$early" early_oops 65
dump "$last" last_oops 20
lw reindex >/dev/null

rates() { # FILTER…: value, crashes, machine-days and machines of each row
	lw crashes --rates --json "$@" |
		jq -r '.rows[], .total | "\(.value // "all") \(.crashes) \(.machine_days * 1000 | round / 1000) \(.machines)"' | sort
}
is "$(rates)" "6.1.0-1 1 75 2
6.1.0-2 2 55 2
all 3 130 2" "the rates with all sessions"
signature=$(lw show --json "$early" | jq -r .signature)
by_signature=$(rates --class "NULL pointer dereference" | grep ^all || :)
rates >"$work/before"
rates --by product >"$work/before-product"

lw prune >/dev/null
lw reindex >/dev/null
is "$(lw sessions -n 99 --json 2>/dev/null | grep -c "$first" || :)" 0 "an old healthy session is pruned"
like "$(cat "$work/state/journal"/*.log)" "pruned $first why=age bytes=0 crash=0 up=[0-9]* end=[0-9]* release=6.1.0-2 product=Box" "its line has its run"
is "$(rates)" "$(cat "$work/before")" "the rates are the same without the healthy sessions"
is "$(rates --by product)" "$(cat "$work/before-product")" "by product too"
is "$(rates --release 6.1.0-2 | grep ^all)" "all 2 55 2" "and of one release"

lw prune >/dev/null
is "$(grep -c "requested $first" "$work/state/journal"/*.log | grep -vc ':0$' || :)" 0 "the journal is compacted"
lw reindex >/dev/null
is "$(rates)" "$(cat "$work/before")" "the rates are the same when the journal was compacted"

echo 'keep_days_crash = 40' >>"$work/lastwords.conf"
lw prune >/dev/null
lw reindex >/dev/null
fails "an old crash is pruned" lw show "$early"
is "$(rates)" "$(cat "$work/before")" "the rates are the same without it"
is "$(rates --by product)" "$(cat "$work/before-product")" "by product too"
is "$(rates --class "NULL pointer dereference" | grep ^all)" "all 1 130 2" "what is not left of it finds only kept ones (before: $by_signature)"
like "$(cat "$work/state/journal"/*.log)" "pruned $early .*signature=$signature" "its signature is left"
like "$(lw crashes --rates --by colour 2>&1 || :)" 'use release, product or profile' "unknown rates: the others are named"
done_testing
