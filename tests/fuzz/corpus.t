#!/bin/sh
# SPDX-License-Identifier: MIT
# Every fuzz target over its kept corpus: nothing crashes (make SAN=1 check: nor does what only a
# sanitizer sees). `make fuzz` explores further.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

for target in "$root"/tests/fuzz/*.c; do
	name=$(basename "$target" .c)
	[ "$name" != replay ] || continue
	[ -d "$root/tests/fuzz/corpus/$name" ] || {
		ok 1 "$name has a corpus"
		continue
	}
	count=$(find "$root/tests/fuzz/corpus/$name" -type f | wc -l)
	succeeds "$name: $count inputs" "${LASTWORDS_BUILD:-$root/build}/tests/fuzz/$name" "$root/tests/fuzz/corpus/$name"
done
done_testing
