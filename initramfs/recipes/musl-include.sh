#!/bin/sh
# SPDX-License-Identifier: MIT
# musl-include: the kernel's own headers where musl-gcc can find them without the host libc's.
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program "$cc"
from=/usr/include
asm=$from/$(gcc -print-multiarch)/asm
if [ -n "$host" ]; then
	from=/usr/$host/include
	asm=$from/asm
fi
[ -e "$from/linux/types.h" ] || fail "the kernel's headers are missing in $from; run: sh images/need.sh build"
rm -rf "$out/musl-include"
mkdir -p "$out/musl-include"
for d in linux asm-generic mtd; do
	ln -s "$from/$d" "$out/musl-include/$d"
done
ln -s "$asm" "$out/musl-include/asm"
