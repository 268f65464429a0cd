#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords image --estimate` in QEMU: the memory that the small capture kernel needs, by bisection on a
# BIOS, one run for each size. Evidence: at most 24 MB with the margin; of 24 MB 2 MB stay free; image.conf
# has the result; `lastwords check` accepts it and refuses 1 MB less; the defaults of image.sh are not
# below it. Skips where `make lab-small` was not run.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
images=$root/build/images
needs "make lab-small builds it" "$images/lab-small/image.conf"
mkdir "$work/images"
cp -r "$images/lab-small" "$work/images/a"
image_key() { sed -n "s/^$1=//p" "$work/images/a/image.conf"; }
default=$(image_key crashkernel-small)
is "$(image_key crashkernel-small-from)" sized "a new image has a figure by the size of its files"
conf() {
	{
		printf '%s\n' "images = \"$work/images\"" "state = \"$work/state\""
		lab_profile a '' 'image = "a"' 'capture = "small"' "crashkernel = \"$1M\""
	} >"$work/lastwords.conf"
}
conf 24
rc=0
lw image --estimate a --runs 2 >"$work/out" 2>&1 || rc=$?
is "$rc" 0 "image --estimate measures an image"
diag "$(cat "$work/out")"
need=$(($(image_key crashkernel-small) >> 20))
free=$(sed -n 's/^crashkernel=24M: captured, \([0-9]*\) kB free.*/\1/p' "$work/out" | sort -n | head -n 1)
succeeds "the need with its margin is at most 24 MB: $need" test "$need" -gt 0 -a "$need" -le 24
succeeds "2 MB of 24 MB reserved are free: ${free:-not captured} kB" test "${free:-0}" -ge 2048
like "$(image_key crashkernel-small-measured)" '^bios:[0-9]+M:[0-9]+K:2$' "image.conf has how the need was measured"
succeeds "the default of a new image is enough" test "$default" -ge $(((need - 3) << 20))
conf "$need"
succeeds "check accepts the measured crashkernel" lw check
conf $((need - 1))
rc=0
lw check >"$work/out" 2>&1 || rc=$?
is "$rc" 1 "check refuses 1 MB less than was measured"
like "$(cat "$work/out")" "needs ${need}M \\(bios:" "check reports the need and how it was measured"
done_testing
