#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords-autopsy on memory of Debian's kernels, old and new, on x86-64 and arm64: a machine in QEMU stands in a
# known scene (tests/autopsy) and prints its /proc; QEMU dumps its memory while it runs and after it has
# crashed, or its capture kernel copies /proc/vmcore.
# Evidence: exit 0, and what the machine printed about itself: at least 99 % of the frames of the tasks that did
# not move between two truths, and every other answer that can be checked (compare.pl). One table at the end.
# LASTWORDS_SCENES names the machines to try, in the words of the table below.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/slow/guest.sh
. "$root/tests/slow/guest.sh"
# shellcheck source=tests/autopsy/scene.sh
. "$root/tests/autopsy/scene.sh"
program=${LASTWORDS_AUTOPSY:-$root/build/bin/lastwords-autopsy}
needs "make check builds it" "$program"
needs "make check installs it" perl gcc
compare=$root/tests/autopsy/compare.pl
table=$work/table spoilt=
perl "$compare" --header >"$table"

# A comparison must be able to fail: another owner, a frame that is gone, a section that is missing.
spoil() {
	for change in 's/"owner_comm":"s-fault"/"owner_comm":"s-pipe"/' 's/"[a-z_]*pause+[^"]*",//g' 's/"memory":{/"memories":{/'; do
		sed "$change" "$work/json" >"$work/spoilt"
		fails "a comparison notices $change" perl "$compare" spoilt "$@" "$work/spoilt"
	done
}

# examine NAME live|panic|vmcore SCENE…: that dump in $work/dumps
examine() {
	what="$1, $2" label=$1 kind=$2
	shift 2
	code=0
	began=$(date +%s%N)
	"$program" --all --json "$work/dumps/$kind.elf" >"$work/json" 2>"$work/why" || code=$?
	took=$((($(date +%s%N) - began) / 1000000))
	is "$code $(cat "$work/why")" '0 ' "$what: lastwords-autopsy exits 0 ($took ms, $(wc -c <"$work/json") bytes of JSON)"
	code=0
	perl "$compare" "$label" "$kind" "$work/dumps/truth.log" "$work/json" "$@" >"$work/compared" 2>&1 || code=$?
	ok "$code" "$what: it agrees with what the machine printed"
	sed -n 's/^# //p' "$work/compared" | cut -c1-600 | head -n 40 | sed 's/^/#   /'
	sed -n '/^[^#]/p' "$work/compared" >>"$table"
	if [ -z "$spoilt" ] && [ "$code" = 0 ]; then
		spoil "$kind" "$work/dumps/truth.log"
		spoilt=1
	fi
}

# machine SUITE FLAVOUR dump|vmcore [cpu=MODEL] [WORD of init]…
machine() {
	name=$1-$2 how=$3 suite=$1 flavour=$2
	shift 3
	scene_cpu='' LASTWORDS_SCENE_MODULE='' words='' late=''
	scenes='nfs deadlock rwsem busy_work'
	for word; do
		name="$name ${word#rig.}"
		case $word in
		cpu=*) scene_cpu=${word#cpu=} ;;
		*die=oom) scenes="$scenes oom" words="$words $word" ;;
		rig.late=*) late="$late ${word#*=}" words="$words $word" ;;
		*) words="$words $word" ;;
		esac
	done
	if [ "$flavour" != amd64 ]; then
		why='it is built for amd64 only'
	elif LASTWORDS_SCENE_MODULE=$(sh "$root/tests/lab/module-suite.sh" "$root/build/lab-modules" \
		"$guest_kernels" "$suite" 2>"$work/why"); then
		words="rig.module=deadlock,rwsem,busy_work $words"
	else
		why=$(tail -n 1 "$work/why")
	fi
	if [ -z "$LASTWORDS_SCENE_MODULE" ]; then
		scenes=nfs late=''
		case $words in
		*rig.die=null* | *rig.die=softlockup* | *rig.late=*)
			skip "no lab module: $why" "$name $how"
			return 0
			;;
		esac
		diag "$name: without the lab module: $why"
	fi
	if ! scene_make "$suite" "$flavour"; then
		skip "$scene_why" "$name $how"
		return 0
	fi
	# shellcheck disable=SC2086 # words
	if ! scene_run "$work/dumps" "$how" rig.nfs $words; then
		ok 1 "$name $how: the machine makes its dump"
		diag "$scene_why"
		return 0
	fi
	# shellcheck disable=SC2086 # words
	if [ "$how" = dump ]; then
		examine "$name" live $scenes
		examine "$name" panic $scenes $late
	else
		examine "$name" vmcore $scenes $late
	fi
	rm -rf "$work/dumps" "$scene_tree" "$scene_initrd"
}

for case in ${LASTWORDS_SCENES:-bullseye,amd64,dump bookworm,amd64,dump,rig.late=irqs_off trixie,amd64,dump sid,amd64,dump \
	trixie,arm64,dump trixie,arm64,dump,cpu=cortex-a57 trixie,amd64,dump,cpu=max,la57=on \
	bullseye,amd64,vmcore bookworm,amd64,vmcore,rig.late=tx_stopped trixie,amd64,vmcore sid,amd64,vmcore \
	bookworm,amd64,vmcore,rig.die=null bookworm,amd64,vmcore,rig.die=null_hardirq \
	bookworm,amd64,vmcore,rig.die=softlockup bookworm,amd64,vmcore,rig.die=nmi bookworm,amd64,vmcore,rig.die=oom}; do
	# shellcheck disable=SC2046 # words
	machine $(echo "$case" | sed 's/,la57/+la57/; s/,/ /g; s/+la57/,la57/')
done
diag "$(cat "$table")"
done_testing
