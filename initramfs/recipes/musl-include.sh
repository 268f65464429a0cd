#!/bin/sh
# SPDX-License-Identifier: MIT
# musl-include: the kernel's own headers where musl-gcc can find them without the host libc's.
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program musl-gcc
triple=$(gcc -print-multiarch)
[ -e /usr/include/linux/types.h ] || fail "linux-libc-dev is missing; run: sh images/need.sh build"
rm -rf "$out/musl-include"
mkdir -p "$out/musl-include"
for d in linux asm-generic mtd; do
	ln -s "/usr/include/$d" "$out/musl-include/$d"
done
ln -s "/usr/include/$triple/asm" "$out/musl-include/asm"
