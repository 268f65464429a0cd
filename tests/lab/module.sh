#!/bin/sh
# SPDX-License-Identifier: MIT
# module.sh OUT HEADERS RELEASE: builds OUT/lab_die.ko, the lab module, with the unpacked headers packages
# of a kernel (HEADERS, from images/kernel.sh --headers). Installs nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "module.sh: $*" >&2
	exit 1
}
[ $# -eq 3 ] || fail "usage: module.sh OUT HEADERS RELEASE"
mkdir -p "$1"
out=$(cd "$1" && pwd)
build=$2/usr/src/linux-headers-$3
[ -e "$build/Makefile" ] || fail "$build is missing; remove $2 and run make again"
# The kernel's own compiler, or the default one if that is not installed.
cc=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\) .*/\1/p' "$build/.config")
cc=${cc#x86_64-linux-gnu-} cross=
case $3 in *-arm64 | *-arm64-*) cross=aarch64-linux-gnu- cc=gcc ;; esac
command -v "$cc" >/dev/null || cc=gcc
rm -rf "$out/work"
mkdir "$out/work"
cp "$here/module/lab_die.c" "$out/work/"
printf '%s\n' 'obj-m := lab_die.o' 'ccflags-y := -std=gnu11 -fmacro-prefix-map=$(src)/=' >"$out/work/Kbuild"
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS V B || true
make -s -C "$build" M="$out/work" CC="$cross$cc" ${cross:+ARCH=arm64 CROSS_COMPILE=$cross} modules >"$out/log" 2>&1 || {
	tail -n 15 "$out/log" >&2
	fail "building the lab module failed; the whole log: $out/log"
}
"${cross}strip" --strip-debug -o "$out/lab_die.ko" "$out/work/lab_die.ko"
rm -rf "$out/work"
