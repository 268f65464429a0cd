#!/bin/sh
# SPDX-License-Identifier: MIT
# kexec: the program of kexec-tools, static; it loads by kexec_load and by kexec_file_load (-s).
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program musl-gcc
unpack kexec-tools
CC=musl-gcc CFLAGS="$small $headers -D_GNU_SOURCE" LDFLAGS="-static -Wl,--gc-sections" \
	./configure --without-xen --without-lzma --without-zlib
make -j"$jobs" build/sbin/kexec
strip -o "$out/bin/kexec" build/sbin/kexec
done_with kexec-tools
