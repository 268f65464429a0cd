# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# lib.sh: what the recipes share. A recipe is `sh initramfs/recipes/NAME.sh OUT`; it builds NAME,
# static and with no more in it than lastwords uses, from Debian's source package, and leaves
#
#   OUT/musl-include            the kernel's headers, for musl-gcc
#   OUT/static/{include,lib}    libraries for musl
#   OUT/bin                     programs
#   OUT/src                     the downloaded sources (kept)       OUT/apt     apt's lists
#
# LASTWORDS_ARCH=arm64 or i386 builds for such a machine, after cross.sh; OUT must be one for it alone.
#
# Installs nothing and touches nothing outside OUT. To be sourced first.
set -eu
umask 022
# What make and its caller set for lastwords itself is not for other people's sources.
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS CC V B ARCH || true
export LC_ALL=C KCONFIG_NOTIMESTAMP=1 SOURCE_DATE_EPOCH=1

fail() {
	echo "lastwords: $*" >&2
	exit 1
}

[ $# -eq 1 ] || fail "usage: sh initramfs/recipes/NAME.sh OUT (see initramfs/recipes/lib.sh)"
mkdir -p "$1"
out=$(cd "$1" && pwd)
recipes=$(cd "$(dirname "$0")" && pwd)
export out recipes
jobs=${JOBS:-2}
static=$out/static
mkdir -p "$static/include" "$static/lib" "$out/bin"
cc=musl-gcc host=
case ${LASTWORDS_ARCH:-} in
'') ;;
arm64) host=aarch64-linux-gnu ;;
i386) host=i686-linux-gnu ;;
*) fail "no recipe builds for $LASTWORDS_ARCH" ;;
esac
if [ -n "$host" ]; then
	cc=$out/bin/musl-cc
	export AR="$host-ar" RANLIB="$host-ranlib" STRIP="$host-strip"
fi

# shellcheck source=initramfs/recipes/apt.sh
. "$recipes/apt.sh"

need_program() {
	command -v "$1" >/dev/null 2>&1 || fail "$1 is missing; run: sh images/need.sh build"
}

# unpack SOURCE-PACKAGE: fetches (once) and unpacks it, and goes into its tree
unpack() {
	need_program dpkg-source
	src=$out/src/$1
	if ! [ -e "$src/complete" ]; then
		rm -rf "$src"
		apt_open "$out/apt"
		apt_source "$1" "$src"
		touch "$src/complete"
	fi
	dsc=$(find "$src" -name '*.dsc' | head -n 1)
	[ -n "$dsc" ] || fail "no .dsc in $src; remove that directory and run make again"
	rm -rf "$out/work/$1"
	mkdir -p "$out/work"
	dpkg-source --no-copy -x "$dsc" "$out/work/$1" ||
		fail "$dsc cannot be unpacked (see above); remove $src and run make again"
	cd "$out/work/$1"
}

# done_with SOURCE-PACKAGE: drops its tree
done_with() {
	cd "$out"
	rm -rf "$out/work/$1"
}

# small flags for musl-gcc, and the kernel's headers for those who want them
small="-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables"
headers="-isystem $out/musl-include"
export jobs static small headers cc host
