#!/bin/sh
# SPDX-License-Identifier: MIT
# How much a dump costs does not depend on how much there is of it: a ring of 64 MB, full and wrapped,
# and a dump of 1 TB, nearly all of it a hole.
# Evidence: the ring's newest lines, all in order up to the last; the same text from the large dump as
# from the small one, by as many bytes read; peak memory under 1 MB, and the same for all three.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
program=${LASTWORDS_DMESG:-$root/build/bin/lastwords-dmesg}
tools=${LASTWORDS_TOOLS:-$root/build/tests}
needs "make check builds it" "$program" "$tools/vmcore/mkvmcore" "$tools/lib/peak"
[ "$(df -Pk "$work" | awk 'NR == 2 { print $4 }')" -gt 400000 ] || skip_all "no 400 MB are free in $work; TMPDIR may name another place"

value() { "$program" --info "$1" | sed -n "s/^$2: //p"; }
# peak_of DUMP: KB, "" where sanitizers use memory of their own
peak_of() {
	case $program in
	*/san/*) ;;
	*) "$tools/lib/peak" "$work/kb" "$program" "$1" >/dev/null 2>&1 && cat "$work/kb" ;;
	esac
}
small() {
	if [ -z "$1" ]; then
		skip "sanitizers use memory of their own" "$2"
	else
		[ "$1" -lt 1024 ] && rc=0 || rc=1
		ok "$rc" "$2 ($1 KB)"
	fi
}

"$tools/vmcore/mkvmcore" ring x86_64 20 26 1200000 "$work/ring"
code=0
"$program" "$work/ring" >"$work/text" 2>"$work/why" || code=$?
is "$code $(cat "$work/why")" "0 " "64 MB: exit 0"
is "$(awk '{ for (i = 1; $i != "line"; ) i++; n = $(i + 1) } NR > 1 && n != last + 1 { bad++ } { last = n } END { print bad + 0, last }' "$work/text")" \
	"0 1199999" "64 MB: every line after its predecessor, up to the newest"
lines=$(wc -l <"$work/text")
[ "$lines" -gt 500000 ] && rc=0 || rc=1
ok "$rc" "64 MB: as many as it holds ($lines)"
# descriptor 24, info 88, block id 8 bytes; and the text
most=$(((lines * 120 + $(value "$work/ring" text-bytes)) * 105 / 100 + 65536))
[ "$(value "$work/ring" read-bytes)" -le "$most" ] && rc=0 || rc=1
ok "$rc" "64 MB: read $(value "$work/ring" read-bytes) bytes, $most at most"
small "$(peak_of "$work/ring")" "64 MB: peak memory under 1 MB"
rm "$work/ring" "$work/text"

"$tools/vmcore/mkvmcore" ring x86_64 12 17 3000 "$work/small"
perl "$root/tests/bench/grow.pl" "$work/small" "$work/large" $((1 << 40)) 2>"$work/why" || {
	skip "$(cat "$work/why")" "1 TB"
	done_testing
}
"$program" "$work/small" >"$work/want"
"$program" "$work/large" >"$work/got"
cmp -s "$work/want" "$work/got" && rc=0 || rc=1
ok "$rc" "1 TB: the same text"
[ "$(wc -l <"$work/want")" -gt 1000 ] && rc=0 || rc=1
ok "$rc" "1 TB: and that is a log"
more=$(($(value "$work/large" read-bytes) - $(value "$work/small" read-bytes)))
# (its headers are a page longer)
[ "$more" -le $((4096 + 56)) ] && rc=0 || rc=1
ok "$rc" "1 TB: no more bytes read ($more)"
small "$(peak_of "$work/large")" "1 TB: peak memory under 1 MB"
done_testing
