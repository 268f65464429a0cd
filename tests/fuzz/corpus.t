#!/bin/sh
# SPDX-License-Identifier: MIT
# Every fuzz target over its kept corpus: nothing crashes (make SAN=1 check: nor does what only a
# sanitizer sees). `make fuzz` explores further.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

build=${LASTWORDS_BUILD:-$root/build}/tests/fuzz
names=$(cd "$root/tests/fuzz" && echo *.c | sed 's/ replay\.c//; s/\.c / /g; s/\.c$//')
for name in $names; do
	needs "make check builds it" "$build/$name"
done
for name in $names; do
	[ -d "$root/tests/fuzz/corpus/$name" ] || {
		ok 1 "$name has a corpus"
		continue
	}
	count=$(find "$root/tests/fuzz/corpus/$name" -type f | wc -l)
	succeeds "$name: $count inputs" "$build/$name" "$root/tests/fuzz/corpus/$name"
done
done_testing
