#!/bin/sh
# SPDX-License-Identifier: MIT
# zlib: libz.a for musl.
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program "$cc"
unpack zlib
CC=$cc CFLAGS="$small" ./configure --static
make -j"$jobs" libz.a
cp libz.a "$static/lib/"
cp zlib.h zconf.h "$static/include/"
done_with zlib
