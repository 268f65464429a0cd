#!/bin/sh
# SPDX-License-Identifier: MIT
# Real dumps of old kernels, beside the checkout: each with what its own kernel printed.
# Evidence: --raw, up to the last line before the crash, is byte for byte the end of that text; the
# other forms have as many lines as they should; 20 random damages each end in time, with exit 0-3.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

dumps=$root/../shared/vmcores
program=${LASTWORDS_DMESG:-$root/build/bin/lastwords-dmesg}
[ -d "$dumps" ] || skip_all "no real dumps beside the checkout"
needs "make check installs and builds it" zstd "$program"

# The bytes of FILE from OFFSET on, COUNT of them, become 0xff.
damage() {
	awk -v n="$3" 'BEGIN { for (i = 0; i < n; i++) printf "\377" }' |
		LC_ALL=C dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

for dir in "$dumps"/*/; do
	name=$(basename "$dir")
	core=$work/vmcore
	rm -f "$core"
	zstd -dqf --sparse "$dir/vmcore.zst" -o "$core"
	code=0
	"$program" --raw "$core" >"$work/raw" 2>"$work/why" || code=$?
	is "$code" 0 "$name: exit 0"
	sed '/LAST LINE before crash/q' "$work/raw" >"$work/before"
	size=$(wc -c <"$work/before")
	tail -c "$size" "$dir/expected-dmesg.txt" | cmp -s - "$work/before" && rc=0 || rc=1
	ok "$rc" "$name: --raw is what the kernel itself printed"
	[ "$size" -gt 10000 ] && rc=0 || rc=1
	ok "$rc" "$name: all of it ($size bytes)"
	like "$(sed '1,/LAST LINE before crash/d' "$work/raw")" 'sysrq|SysRq|BUG|panic' \
		"$name: the crash's own lines follow"
	"$program" "$core" >"$work/text"
	is "$(wc -l <"$work/text")" "$(wc -l <"$work/raw")" "$name: as many lines without prefixes"
	LC_ALL=C grep -q '[^[:print:][:space:]]' "$work/text" && rc=1 || rc=0
	ok "$rc" "$name: nothing but printing characters"
	info=$("$program" --info "$core")
	like "$info" "^release: ${name%%-*}" "$name: --info knows the release"
	"$program" --json "$core" >"$work/json"
	is "$(wc -l <"$work/json")" "$(echo "$info" | sed -n 's/^records: //p')" \
		"$name: --json has one line a record"
	case $name in
	*x86_64-kaslr*) like "$info" '^kaslr-offset: 0x2e000000' "$name: --info knows the KASLR offset" ;;
	esac
	bad=
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		# headers and notes are the first 12 KB; every byte of them gets its turn over the dumps
		damage "$core" $((i * 617 % 6000)) 7
		code=0
		timeout 10 "$program" "$core" >"$work/out" 2>&1 || code=$?
		[ "$code" -le 3 ] || bad="$bad $i:$code"
		[ "$(wc -c <"$work/out")" -lt 4000000 ] || bad="$bad $i:size"
	done
	is "$bad" "" "$name: damaged headers and notes end with exit 0, 1 or 3"
done
done_testing
