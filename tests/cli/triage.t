#!/bin/sh
# SPDX-License-Identifier: MIT
# What people say of crashes, and how often those are. Path: a state with crashes of two signatures on four machines;
# mute, note, tag, fixed, duplicate and their --clear; then crashes --group, --rates, show and diff, as text and as JSON.
# Evidence: the journal's lines with who said it, the groups' states and tags, the rates' rows, the differences.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" jq "$bin/lastwords"
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
printf 'state = "%s"\nprofile lab { image = "lab" }\n' "$work/state" >"$work/lastwords.conf"
mkdir -p "$work/state/journal"
journal=$work/state/journal/$(date -u +%Y-%m).log
ago() { date -u -d "@$(($(date +%s) - $1))" "+$2"; }
# crash N AGE RELEASE FUNCTION: machine N came up a day before AGE seconds ago, and died then; its id is in $id
crash() {
	mac=$(printf '525400aa%04x' "$1")
	id=$mac-$(ago $(($2 + 86400)) %Y%m%dT%H%M%S)000-lab-$(printf %08x "$1")
	at=$(ago $(($2 + 86400)) %Y-%m-%dT%H:%M:%S.000Z)
	{
		echo "$at requested $id product=KVM profile=lab address=10.0.0.$1"
		echo "$at running $id interface=eth0 release=$3"
		[ -z "$4" ] || echo "$(ago "$2" %Y-%m-%dT%H:%M:%S.000Z) uploaded $id file=dmesg.txt bytes=1 channel=http"
	} >>"$journal"
	[ -n "$4" ] || return 0
	mkdir -p "$work/state/sessions/$mac/$id"
	printf '%s\n' "[    0.000000] Linux version $3" '[    5.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008' \
		'[    5.000002] Oops: 0000 [#1] PREEMPT SMP' "[    5.000003] CPU: $1 PID: 3$1 Comm: lab Tainted: G W $3 #1" \
		"[    5.000004] RIP: 0010:$4+0x5/0x10 [lab]" '[    5.000005] Call Trace:' "[    5.000006]  caller_of_$4+0x1/0x2 [lab]" \
		>"$work/state/sessions/$mac/$id/dmesg.txt"
}
crash 1 7200 6.1.0-56 lab_one
one=$id
crash 2 3600 6.1.0-56 lab_one
two=$id
crash 3 3600 6.1.0-57 lab_two
three=$id
crash 4 60 6.1.0-57 ''
lw reindex >/dev/null
first=$(lw crashes --json "$one" | jq -r .signature)
second=$(lw crashes --json "$three" | jq -r .signature)
like "$first-$second" '^[0-9a-f]{16}-[0-9a-f]{16}$' "there are two signatures"
group() { lw crashes --group --json "$1" | jq -r "$2"; }
is "$(group "$first" .state)" new "a group is new"

export LASTWORDS_BY=anna
is "$(lw mute "$first" --for 2d | sed 's/ 20.*/ /')" "$first: muted until " "mute prints what it did"
like "$(tail -n 1 "$journal")" " triage - signature=$first what=mute value=20[0-9T:.-]*Z by=anna n=[0-9]*$" "it is in the journal, with who said it"
lw tag "$two" slab >/dev/null
lw tag "$first" for-anna >/dev/null
lw note "$one" seen after the update, again >/dev/null
lw fixed "$second" 6.1.0-58 >/dev/null
lw reindex >/dev/null
is "$(group "$first" .state)" muted "the group is muted"
is "$(group "$first" '.tags | sort | join(",")')" for-anna,slab "it has both tags, one said of a session"
is "$(group "$second" '.state + " " + .fixed_in')" "fixed 6.1.0-58" "the other is fixed"
like "$(cat "$journal")" 'what=note value=seen%20after%20the%20update,%20again by=anna' "the note is in the journal"
is "$(lw crashes --tag slab | wc -l)" 2 "crashes --tag lists the group's"
is "$(lw crashes --group --state fixed | cut -f 6)" "$second" "crashes --group --state lists that group"
is "$(lw tag "$first" slab --clear)" "$first: no longer tagged slab" "tag --clear takes a tag back"
lw mute "$first" --clear >/dev/null
lw fixed "$second" --clear >/dev/null
lw duplicate "$second" "$first" >/dev/null
lw reindex >/dev/null
is "$(group "$first" '.state + " " + (.tags | join(","))')" "new for-anna" "what was taken back is gone"
is "$(group "$first" '.count')" 3 "a duplicate counts as one of the other"
lw duplicate "$second" --clear >/dev/null
lw reindex >/dev/null
# refused NAME CODE PATTERN COMMAND…
refused() {
	name=$1 code=$2 pattern=$3
	shift 3
	exits "$code" "$name" lw "$@"
	like "$tap_out" "$pattern" "$name: the error is named"
}
refused "a tag with a blank" 1 'lastwords: .*tag' tag "$first" 'two words'
refused "a time that is over" 1 'in the past' mute "$first" --until 2020-01-01
refused "an unknown crash" 1 'unknown session' note nobody hello
refused "a session without a crash" 1 'no crash with a signature' note 525400aa0004 hello
refused "a note without text" 2 'missing argument' note "$first"
refused "a release to clear" 2 'goes with the crash alone' fixed "$first" 6.1 --clear
refused "two times" 2 'exclude each other; take one' mute "$first" --for 2d --until 2030-01-01
refused "a note too long" 1 'longer than 2000 bytes' note "$first" "$(head -c 3000 /dev/zero | tr '\0' x)"

# Rates.
lw crashes --rates >"$work/rates"
is "$(awk -F '\t' '{ print $1, $2, $4 }' "$work/rates" | sort)" "(all) 3 4
6.1.0-56 2 2
6.1.0-57 1 2" "rates has a row for each release, and one for all"
like "$(cat "$work/rates")" '^6.1.0-56	2	2\.0	2	1000\.0	121\.1 to 3612\.[0-9]	' "two crashes in two machine-days: the rate and its exact interval"
is "$(lw crashes --rates --by product --json | jq -r '.by + " " + .rows[0].value + " " + (.total.crashes | tostring)')" "product KVM 3" "by product, as JSON"
refused "an unknown --by" 2 'moon.*release, product or profile' crashes --rates --by moon
refused "--by without --rates" 2 'by goes with --rates' crashes --by release

# All of a signature.
lw show "$first" >"$work/group"
like "$(cat "$work/group")" "^signature  $first\$" "show of a signature"
like "$(cat "$work/group")" '^title      .*lab_one' "its title"
like "$(cat "$work/group")" '^count      2 crashes on 2 machines$' "its counts"
like "$(cat "$work/group")" '^releases   6.1.0-56$' "its releases"
like "$(cat "$work/group")" '^spread     too little known$' "whether it is of few machines"
like "$(cat "$work/group")" '^6.1.0-56	2	2\.0	2	' "its rates by release"
is "$(lw show -n 1 "$first" | grep -c '52:54:00:aa:00:0')" 1 "as many of its newest crashes as are wanted"
like "$(cat "$work/group")" 'anna:
  seen after the update, again$' "its notes"
is "$(lw show --json "$first" | jq -r '"\(.signature) \(.crashes | length) \(.rates.total.crashes) \(.notes[0].by)"')" "$first 2 2 anna" "as JSON"
refused "an unknown signature" 1 'there is no signature' show 0123456789abcdef

# Differences.
lw diff "$one" "$three" >"$work/diff"
like "$(cat "$work/diff")" "^--- $one  52:54:00:aa:00:01\$" "diff names the first"
like "$(cat "$work/diff")" '^release	6.1.0-56	6.1.0-57$' "a fact that differs"
like "$(cat "$work/diff")" '^-.*lab_one' "a line of the first report"
like "$(cat "$work/diff")" '^[+].*lab_two' "and of the second"
unlike "$(cat "$work/diff")" '^product' "what is the same is left out"
like "$(lw diff --all "$one" "$three")" '^product	KVM	KVM$' "but for --all"
is "$(lw diff "$one" "$two" | grep -c '^[-+][^-+]' || :)" 0 "two crashes of one kind: no line differs"
is "$(lw diff --json "$first" "$three" | jq -r '.a.signature + " " + .b.session')" "$first $three" "a signature stands for its newest crash; as JSON"
refused "diff of one" 2 'missing argument' diff "$one"
done_testing
