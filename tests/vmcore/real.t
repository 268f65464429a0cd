#!/bin/sh
# SPDX-License-Identifier: MIT
# Real dumps of old kernels, next to the checkout, each with the log that its own kernel printed.
# Evidence: --raw, up to the last line before the crash, is byte for byte the end of that log; the
# other forms have as many lines as they should; after each of 20 damages it ends in time with exit 0-3.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

dumps=$root/../shared/vmcores
program=${LASTWORDS_DMESG:-$root/build/bin/lastwords-dmesg}
[ -d "$dumps" ] || skip_all "no real dumps next to the checkout (../shared/vmcores)"
needs "make check installs and builds it" zstd "$program"

# damage FILE OFFSET COUNT: COUNT bytes from OFFSET on become 0xff
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
	is "$code" 0 "$name: the log is complete (exit 0)"
	sed '/LAST LINE before crash/q' "$work/raw" >"$work/before"
	size=$(wc -c <"$work/before")
	tail -c "$size" "$dir/expected-dmesg.txt" >"$work/end"
	succeeds "$name: --raw is what the kernel itself printed" cmp "$work/end" "$work/before"
	succeeds "$name: --raw has more than 10000 bytes ($size)" [ "$size" -gt 10000 ]
	like "$(sed '1,/LAST LINE before crash/d' "$work/raw")" 'sysrq|SysRq|BUG|panic' \
		"$name: the lines of the crash follow"
	"$program" "$core" >"$work/text"
	is "$(wc -l <"$work/text")" "$(wc -l <"$work/raw")" "$name: the text form has as many lines as --raw"
	fails "$name: the text form has only printing characters" env LC_ALL=C grep '[^[:print:][:space:]]' "$work/text"
	info=$("$program" --info "$core")
	like "$info" "^release: ${name%%-*}" "$name: --info has the release"
	"$program" --json "$core" >"$work/json"
	is "$(wc -l <"$work/json")" "$(echo "$info" | sed -n 's/^records: //p')" \
		"$name: --json has one line a record"
	case $name in
	*x86_64-kaslr*) like "$info" '^kaslr-offset: 0x2e000000' "$name: --info has the KASLR offset" ;;
	esac
	bad=
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		# in the headers and notes, the first 12 KB of a dump
		damage "$core" $((i * 617 % 6000)) 7
		code=0
		timeout 10 "$program" "$core" >"$work/out" 2>&1 || code=$?
		case $code in 0 | 1 | 3) ;; *) bad="$bad $i:$code" ;; esac
		[ "$(wc -c <"$work/out")" -lt 4000000 ] || bad="$bad $i:size"
	done
	is "$bad" "" "$name: damaged headers and notes: exit 0, 1 or 3 within 10 s"
done
done_testing
