#!/bin/sh
# SPDX-License-Identifier: MIT
# Real dumps of Debian's kernels, old and new, on x86-64, arm64 and i386, made in QEMU: a machine
# fills its log, shows its own dmesg and crashes; QEMU dumps its memory (with the VMCOREINFO that the
# kernel gave it), with physical addresses only and with virtual ones, or lastwords-dmesg reads it from
# /proc/vmcore in a capture kernel.
# Evidence: exit 0, no hole, and --raw up to the last line before the crash is byte for byte what the
# guest's own dmesg printed: all of it, or its end where the crash pushed the oldest lines out.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/slow/guest.sh
. "$root/tests/slow/guest.sh"
program=${LASTWORDS_DMESG:-$root/build/bin/lastwords-dmesg}
needs "make check builds it" "$program"

# compare NAME FULL RAW: FULL is 1 where nothing was pushed out of the ring
compare() {
	sed '/LAST LINE before crash/q' "$work/dmesg" >"$work/want"
	sed '/LAST LINE before crash/q' "$3" >"$work/got"
	size=$(wc -c <"$work/got")
	if [ "$2" = 0 ]; then
		# the ring does not drop empty lines: those before the oldest text may stay for ever
		sed -n '/^<[0-9]*>\[[ 0-9.]*\] ./,$p' "$3" | sed '/LAST LINE before crash/q' >"$work/got"
		size=$(wc -c <"$work/got")
		tail -c "$size" "$work/want" >"$work/end"
		mv "$work/end" "$work/want"
	fi
	succeeds "$1: --raw is what the guest's own dmesg printed ($size bytes)" cmp "$work/want" "$work/got"
	cmp -s "$work/want" "$work/got" || diag "$(diff "$work/want" "$work/got" | head -n 10)"
	succeeds "$1: --raw has more than 10 kB" test "$size" -gt 10000
	like "$(sed '1,/LAST LINE before crash/d' "$3")" 'sysrq: Trigger a crash' "$1: the lines of the crash follow"
}

# file NAME FULL CORE
file() {
	code=0
	"$program" --raw "$3" >"$work/raw" 2>"$work/why" || code=$?
	is "$code $(cat "$work/why")" "0 " "$1: lastwords-dmesg exits 0 without a message"
	compare "$1" "$2" "$work/raw"
	info=$("$program" --info "$3")
	like "$info" "^release: $(echo "$guest_release" | sed 's/[+.]/\\&/g')\$" "$1: --info has the release"
	like "$info" '^holes: 0$' "$1: the log has no hole"
	diag "$(echo "$info" | tr '\n' ' ')"
}

# machine SUITE FLAVOUR dump|kdump LINES MEMORY [cpu=MODEL|KERNEL-ARG]…
machine() {
	if ! guest_prepare "$1" "$2"; then
		skip "$guest_why" "$1 $2"
		return 0
	fi
	name=$1-$2 how=$3
	modules=qemu_fw_cfg extra=
	if [ "$how" = kdump ]; then
		modules=
		extra="crashkernel=256M guest.kdump"
	fi
	full=1 lines=$4 cpu=
	[ "$4" = 0 ] || full=0
	memory=$5
	shift 5
	for word in "$@"; do
		case $word in
		cpu=*) cpu="-cpu ${word#cpu=}" ;;
		log_buf_len=*) full=1 extra="$extra $word" ;;
		*) extra="$extra $word" ;;
		esac
	done
	# shellcheck disable=SC2086 # words
	guest_initrd "$work/$name.img" $modules || {
		ok 1 "$name: the initramfs is made"
		return 0
	}
	# shellcheck disable=SC2086 # words
	guest_run "$name" "$work/$name.img" $extra "guest.lines=$lines" -- -m "$memory" $cpu -device vmcoreinfo
	if ! guest_wait "$name" '^guest: dies$' 240; then
		ok 1 "$name: $guest_release runs and shows its dmesg"
		diag "$(tail -n 20 "$work/$name.console"; cat "$work/$name.qemu")"
		kill "$guest_pid" 2>/dev/null || true
		return 0
	fi
	ok 0 "$name: $guest_release runs and shows its dmesg"
	succeeds "$name: the dmesg that the guest showed is complete" guest_text "$name" dmesg
	guest_text "$name" dmesg >"$work/dmesg" || true
	if [ "$how" = kdump ]; then
		guest_wait "$name" '^guest: done' 240 || true
		like "$(tr -d '\r' <"$work/$name.console" | sed -n 's/^guest: lastwords-dmesg exits //p')" '^0 *$' \
			"$name: lastwords-dmesg exits 0 on /proc/vmcore"
		guest_text "$name" vmcore >"$work/raw" || true
		compare "$name" "$full" "$work/raw"
		guest_monitor "$name"
	else
		succeeds "$name: the guest panics" guest_wait "$name" 'end Kernel panic|Attempting to kill' 60
		guest_monitor "$name" "dump-guest-memory $work/physical" "dump-guest-memory -p $work/virtual"
		file "$name, physical addresses" "$full" "$work/physical"
		file "$name, virtual addresses" "$full" "$work/virtual"
		case $cpu in
		*max) [ "$guest_arch" != amd64 ] || like "$(head -c 65536 "$work/physical" | tr '\0' '\n')" \
			'^NUMBER\(pgtable_l5_enabled\)=1$' "$name: its page tables have five levels" ;;
		esac
		rm -f "$work/physical" "$work/virtual"
	fi
}

# With log_buf_len= a dump of physical addresses needs the page tables to find the ring; -cpu max has five
# levels of them
for case in ${LASTWORDS_GUESTS:-bullseye,amd64,dump,3000,512 bookworm,amd64,dump,0,512 \
	bookworm,amd64,dump,3000,512,log_buf_len=4M trixie,amd64,dump,0,512,log_buf_len=1M,cpu=max \
	trixie,amd64,kdump,0,768 sid,amd64,kdump,4000,768 sid,amd64,dump,0,512 \
	bookworm,arm64,dump,3000,512 bookworm,arm64,dump,0,512,log_buf_len=1M,cpu=max \
	bookworm,686-pae,dump,0,512 bookworm,686-pae,dump,3000,512,log_buf_len=1M}; do
	# shellcheck disable=SC2046 # words
	machine $(echo "$case" | tr , ' ')
done
done_testing
