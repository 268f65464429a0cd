#!/bin/sh
# SPDX-License-Identifier: MIT
# kexec: the program of kexec-tools, static; it loads by kexec_load and by kexec_file_load (-s).
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program "$cc"
unpack kexec-tools
# Kernels without _text in /proc/kallsyms (Debian's 6.1 for arm64) got an ELF header with an impossible segment, and
# nothing could be read of their memory: _stext, 64 KB later, is as good.
sed -i 's/get_kernel_sym("_text")/(get_kernel_sym("_text") ?: get_kernel_sym("_stext"))/' kexec/arch/arm64/*.c
CC=$cc CFLAGS="$small $headers -D_GNU_SOURCE" LDFLAGS="-static -Wl,--gc-sections" \
	./configure ${host:+--host=$host} --without-xen --without-lzma --without-zlib
make -j"$jobs" build/sbin/kexec
"${STRIP:-strip}" -o "$out/bin/kexec" build/sbin/kexec
done_with kexec-tools
