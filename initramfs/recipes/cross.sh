#!/bin/sh
# SPDX-License-Identifier: MIT
# cross: OUT/bin/musl-cc, a compiler for LASTWORDS_ARCH: Debian's cross gcc with that architecture's musl.
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

[ -n "$host" ] || fail "cross.sh: LASTWORDS_ARCH is not set"
need_program "$host-gcc"
apt_open "$out/apt" "" "$LASTWORDS_ARCH"
rm -rf "$out/musl" "$out/deb"
apt_binary musl-dev "$out/deb"
dpkg-deb -x "$out"/deb/*.deb "$out/musl"
rm -rf "$out/deb"
specs=$(find "$out/musl/usr/lib" -name musl-gcc.specs)
[ -n "$specs" ] || fail "musl-dev of $LASTWORDS_ARCH holds no musl-gcc.specs"
sed -i "s,/usr/lib/,$out/musl/usr/lib/,g; s,/usr/include/,$out/musl/usr/include/,g" "$specs"
printf '#!/bin/sh\nexec %s-gcc "$@" -specs "%s"\n' "$host" "$specs" >"$out/bin/musl-cc"
chmod 755 "$out/bin/musl-cc"
