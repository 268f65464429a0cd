#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords-dmesg as a program for arm64 and i386: built as for x86-64 (static, musl, with libcurl), run
# on the machine itself where it can, else in QEMU's user mode.
# Evidence: it builds without a warning, its unit tests pass there, and its --json of every real dump
# next to the checkout and of generated ones is byte for byte that of the x86-64 program.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
native=$root/build/bin/lastwords-dmesg
mkvmcore=${LASTWORDS_TOOLS:-$root/build/tests}/vmcore/mkvmcore
needs "make check builds it" "$native" "$mkvmcore"
cd "$root"
common="$(printf "server/base/%s.c " address array digest err hex kv num)server/session/conf.c"
parts=$(find initramfs/dmesg initramfs/vmcore -name '*.c' ! -name main.c | sort)

# build OUT SOURCE: with the rest of the extractor; the compiler's output is in $work/compiler
build() {
	# shellcheck disable=SC2086 # words
	"$third/bin/musl-cc" -std=c11 -Os -static -ffunction-sections -fdata-sections -Wl,--gc-sections \
		-Wall -Wextra -Wshadow -Wformat=2 -Wno-unused-function -D_GNU_SOURCE -DCURL_STATICLIB -I. -Iserver -Iinitramfs \
		-isystem "$third/musl-include" -isystem "$third/static/include" -o "$1" "$2" $parts $common \
		-L"$third/static/lib" -lcurl -lnettle -lz >"$work/compiler" 2>&1
}

dumps() {
	for machine in x86_64 i386 i386-pae arm64 arm64-be ppc64 s390x; do
		for what in prb-plain log-wrap chars-wrap prb-salvage-holes; do
			"$mkvmcore" "tests/vmcore/$what.desc" "$machine" load "$work/$machine-$what.core"
		done
	done
	for dir in ../shared/vmcores/*/; do
		[ -e "$dir/vmcore.zst" ] || continue
		zstd -dqf --sparse "$dir/vmcore.zst" -o "$work/$(basename "$dir").core"
	done
}
dumps

architecture() {
	arch=$1 triple=$2 emulator=$3
	if ! command -v "$triple-gcc" >/dev/null 2>&1; then
		skip "no $triple-gcc; make check-full installs it" "$arch"
		return 0
	fi
	third=$root/build/$arch/third-party
	mkdir -p "$third"
	for recipe in cross musl-include zlib nettle curl; do
		[ -e "$third/$recipe.stamp" ] && continue
		LASTWORDS_ARCH=$arch sh "initramfs/recipes/$recipe.sh" "$third" >"$third/$recipe.log" 2>&1 || {
			ok 1 "$arch: the recipe of $recipe builds"
			diag "$(tail -n 5 "$third/$recipe.log")"
			return 0
		}
		touch "$third/$recipe.stamp"
	done
	program=$work/dmesg-$arch
	succeeds "$arch: lastwords-dmesg builds" build "$program" initramfs/dmesg/main.c
	is "$(cat "$work/compiler")" "" "$arch: lastwords-dmesg builds without a warning"
	[ -e "$program" ] || return 0
	"$triple-strip" "$program"
	size=$(stat -c %s "$program")
	succeeds "$arch: the program is smaller than 600 KB ($size bytes)" test "$size" -lt 600000

	on=
	if ! "$program" --help >/dev/null 2>&1; then
		on=$emulator
		if ! command -v "$on" >/dev/null 2>&1; then
			skip "no $on; make check-full installs it" "$arch: lastwords-dmesg runs"
			return 0
		fi
	fi
	diag "$arch runs ${on:-by itself}"
	for test in tests/unit/dmesg_*.c; do
		name=$(basename "$test" .c)
		build "$work/$name-$arch" "$test" || diag "$(cat "$work/compiler")"
		rc=0
		$on "$work/$name-$arch" >"$work/tap" 2>&1 || rc=$?
		like "$(tail -n 1 "$work/tap")" '^1\.\.[1-9]' "$arch: $name runs to its end"
		is "$rc" 0 "$arch: $name passes its $(grep -c '^ok' "$work/tap") tests"
		[ "$rc" = 0 ] || diag "$(grep -A 3 '^not ok' "$work/tap" | head -n 20)"
	done
	bad='' count=0
	for core in "$work"/*.core; do
		want=0 got=0
		"$native" --json "$core" >"$work/want" 2>/dev/null || want=$?
		$on "$program" --json "$core" >"$work/got" 2>/dev/null || got=$?
		{ [ "$want" = "$got" ] && cmp -s "$work/want" "$work/got"; } || bad="$bad $(basename "$core")"
		count=$((count + 1))
	done
	is "$bad" "" "$arch: --json of $count dumps is that of x86-64"
	succeeds "$arch: more than 20 dumps are compared" test "$count" -gt 20
}

architecture arm64 aarch64-linux-gnu qemu-aarch64-static
architecture i386 i686-linux-gnu qemu-i386-static
done_testing
