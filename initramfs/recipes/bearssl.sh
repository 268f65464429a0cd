#!/bin/sh
# SPDX-License-Identifier: MIT
# bearssl: libbearssl.a for musl, the TLS of the programs that are built with it (initramfs/tls).
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program "$cc"
unpack bearssl
# It asks nothing of the machine: initramfs/tls gives it entropy and the time, and neither a device node
# nor a clock that works is there for sure. Code for one kind of processor costs more than it saves here.
make -j"$jobs" lib CC="$cc" LD="$cc" AR="${AR:-ar}" CFLAGS="$small -DBR_USE_URANDOM=0 -DBR_USE_GETENTROPY=0 \
	-DBR_USE_UNIX_TIME=0 -DBR_USE_WIN32_TIME=0 -DBR_AES_X86NI=0 -DBR_SSE2=0 -DBR_RDRAND=0" >/dev/null
cp build/libbearssl.a "$static/lib/"
cp inc/*.h "$static/include/"
done_with bearssl
