#!/bin/sh
# SPDX-License-Identifier: MIT
# Reading a log costs the same whatever the size of the dump: a ring of 64 MB, full and wrapped, and a
# dump of 1 TB, nearly all of it a hole.
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
		succeeds "$2 ($1 KB)" [ "$1" -lt 1024 ]
	fi
}

"$tools/vmcore/mkvmcore" ring x86_64 20 26 1200000 "$work/ring"
code=0
"$program" "$work/ring" >"$work/text" 2>"$work/why" || code=$?
is "$code $(cat "$work/why")" "0 " "a ring of 64 MB: exit 0 without a message"
is "$(awk '{ for (i = 1; $i != "line"; ) i++; n = $(i + 1) } NR > 1 && n != last + 1 { bad++ } { last = n } END { print bad + 0, last }' "$work/text")" \
	"0 1199999" "a ring of 64 MB: every line follows its predecessor, up to the newest"
lines=$(wc -l <"$work/text")
succeeds "a ring of 64 MB: as many lines as it holds ($lines)" [ "$lines" -gt 500000 ]
# descriptor 24, info 88, block id 8 bytes; and the text
most=$(((lines * 120 + $(value "$work/ring" text-bytes)) * 105 / 100 + 65536))
bytes=$(value "$work/ring" read-bytes)
succeeds "a ring of 64 MB: at most $most bytes are read ($bytes)" [ "$bytes" -le "$most" ]
small "$(peak_of "$work/ring")" "a ring of 64 MB: peak memory is below 1 MB"
rm "$work/ring" "$work/text"

"$tools/vmcore/mkvmcore" ring x86_64 12 17 3000 "$work/small"
perl "$root/tests/bench/grow.pl" "$work/small" "$work/large" $((1 << 40)) 2>"$work/why" || {
	skip "$(cat "$work/why")" "a dump of 1 TB"
	done_testing
}
"$program" "$work/small" >"$work/want"
"$program" "$work/large" >"$work/got"
succeeds "a dump of 1 TB: the same text as from the small one" cmp "$work/want" "$work/got"
succeeds "a dump of 1 TB: the text has more than 1000 lines" [ "$(wc -l <"$work/want")" -gt 1000 ]
more=$(($(value "$work/large" read-bytes) - $(value "$work/small" read-bytes)))
# (its headers are a page longer)
succeeds "a dump of 1 TB: no more bytes are read than of the small one ($more)" [ "$more" -le $((4096 + 56)) ]
small "$(peak_of "$work/large")" "a dump of 1 TB: peak memory is below 1 MB"
done_testing
