#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords image --estimate` for real: the small capture kernel's need, bisected in QEMU on a BIOS,
# once each size. Evidence: it is at most 24 MB with its margin; with 24 MB 2 MB are free; image.conf has it;
# `lastwords check` takes it and refuses 1 MB less; the defaults that image.sh gives an image of ours
# are not below it. Skips where `make lab-small` was not run.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
images=$root/build/images
needs "make lab-small builds it" "$images/lab-small/image.conf"
mkdir "$work/images"
cp -r "$images/lab-small" "$work/images/a"
said() { sed -n "s/^$1=//p" "$work/images/a/image.conf"; }
default=$(said crashkernel-small)
is "$(said crashkernel-small-from)" sized "an image of ours has figures from the beginning"
conf() {
	printf '%s\n' "images = \"$work/images\"" "state = \"$work/state\"" 'profile a {' ' image = "a"' \
		' capture = "small"' " crashkernel = \"$1M\"" '}' >"$work/lastwords.conf"
}
conf 24
lw image --estimate a --runs 2 >"$work/out" 2>&1 && rc=0 || rc=$?
ok "$rc" "measured"
diag "$(cat "$work/out")"
need=$(($(said crashkernel-small) >> 20))
free=$(sed -n 's/^crashkernel=24M: captured, \([0-9]*\) kB free.*/\1/p' "$work/out" | sort -n | head -n 1)
ok "$([ "$need" -le 24 ] && echo 0 || echo 1)" "with its margin at most 24 MB: $need"
ok "$([ "${free:-0}" -ge 2048 ] && echo 0 || echo 1)" "with 24 MB reserved, 2 MB and more are free: ${free:-not captured} kB"
like "$(said crashkernel-small-measured)" '^bios:[0-9]+M:[0-9]+K:2$' "image.conf: on what"
ok "$([ "$default" -ge $(((need - 3) << 20)) ] && echo 0 || echo 1)" "the default was no less than captures"
conf "$need"
succeeds "check takes what was measured" lw check
conf $((need - 1))
lw check >"$work/out" 2>&1 && rc=0 || rc=$?
is "$rc" 1 "and refuses less"
like "$(cat "$work/out")" "needs ${need}M \\(bios:" "with the figure"
done_testing
