#!/bin/sh
# SPDX-License-Identifier: MIT
# nettle: libnettle.a for musl; hashes and HMAC are what is used of it.
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program "$cc"
need_program m4
unpack nettle
CC=$cc CFLAGS="$small" ./configure ${host:+--host=$host} --disable-shared --disable-assembler --disable-public-key \
	--disable-openssl --disable-documentation --disable-dependency-tracking
make -j"$jobs" libnettle.a
"${STRIP:-strip}" --strip-debug -o "$static/lib/libnettle.a" libnettle.a
mkdir -p "$static/include/nettle"
cp ./*.h "$static/include/nettle/"
rm -f "$static/include/nettle/config.h"
done_with nettle
