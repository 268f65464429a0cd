#!/bin/sh
# SPDX-License-Identifier: MIT
# kernel.sh OUT [SUITE [FLAVOUR]]: fetches one of Debian's kernels and unpacks it, without installing
# anything, to OUT/RELEASE: boot/vmlinuz-RELEASE, lib/modules/RELEASE. Prints that path, and keeps
# what it fetched: a second call needs no network.
#
#   SUITE     bookworm, trixie, sid, …; default: the machine's own
#   FLAVOUR   amd64 (default), cloud-amd64; of other architectures arm64, cloud-arm64, 686, 686-pae
#   --headers also fetches the headers that modules are built with, into OUT/headers/RELEASE; the programs
#             among them are this machine's own, from the same suite
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "kernel.sh: $*" >&2
	exit 1
}
headers=
if [ "${1-}" = --headers ]; then
	headers=1
	shift
fi
case ${1-} in
'' | -*) fail "usage: kernel.sh [--headers] OUT [SUITE [FLAVOUR]]" ;;
esac
mkdir -p "$1"
out=$(cd "$1" && pwd)
suite=${2-} flavour=${3:-amd64}
case $flavour in
*arm64*) arch=arm64 ;;
686*) arch=i386 ;;
*amd64*) arch=amd64 ;;
*) fail "$flavour: unknown flavour; see the first lines of this script" ;;
esac
command -v dpkg-deb >/dev/null || fail "dpkg-deb is missing: this needs a Debian system"
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../initramfs/recipes/apt.sh"

machine=$(dpkg --print-architecture)
tools=
if [ -n "$headers" ] && [ "$arch" != "$machine" ]; then
	tools=$(sh "$0" --headers "$out" "$suite" "$machine") || exit 1
	tools=$out/headers/${tools##*/}
fi

# One at a time: several callers may need the same kernel.
exec 8>"$out/lock"
flock 8

opened=
open_apt() {
	[ -n "$opened" ] || apt_open "$out/apt" "$suite" "$arch"
	opened=1
}

# fetch PACKAGE TREE: unpacks a package into TREE
fetch() {
	rm -rf "$out/deb"
	apt_binary "$1" "$out/deb" >&2
	dpkg-deb -x "$out"/deb/*.deb "$2" || fail "$1 cannot be unpacked: is the disk full?"
	rm -rf "$out/deb"
}

# Newer packages have everything in usr/lib/modules/RELEASE: move it to where older ones have it.
unmerge() {
	if [ -d "$1/usr/lib/modules" ]; then
		mkdir -p "$1/lib"
		mv "$1/usr/lib/modules" "$1/lib/modules"
	fi
	if [ -e "$1/lib/modules/$release/vmlinuz" ] && ! [ -e "$1/boot/vmlinuz-$release" ]; then
		mkdir -p "$1/boot"
		mv "$1/lib/modules/$release/vmlinuz" "$1/boot/vmlinuz-$release"
	fi
}

name=${suite:-own}-$flavour
if ! [ -s "$out/$name.release" ]; then
	open_apt
	depends=$(apt_depends "linux-image-$flavour") || exit 1
	package=$(echo "$depends" | grep '^linux-image-[0-9]' | head -n 1)
	[ -n "$package" ] ||
		fail "linux-image-$flavour of $apt_suite names no kernel package; is the flavour right?"
	release=${package#linux-image-}
	if ! [ -d "$out/$release" ]; then
		rm -rf "$out/new"
		fetch "$package" "$out/new"
		# newer suites have the modules in a package of their own
		depends=$(apt_depends "$package") || exit 1
		for p in $(echo "$depends" | grep -E '^linux-(modules|binary|base)-[0-9]'); do
			fetch "$p" "$out/new"
		done
		unmerge "$out/new"
		[ -e "$out/new/boot/vmlinuz-$release" ] || fail "$package holds no boot/vmlinuz-$release"
		mv "$out/new" "$out/$release"
	fi
	echo "$release" >"$out/$name.release"
fi
release=$(cat "$out/$name.release")

if [ -n "$headers" ] && ! [ -d "$out/headers/$release" ]; then
	open_apt
	tree=$out/headers/new
	rm -rf "$tree"
	mkdir -p "$tree"
	depends=$(apt_depends "linux-headers-$release") ||
		fail "linux-headers-$release is gone from the mirror, a newer kernel replaced it: remove $out/$name.release and run again"
	depends=$(echo "$depends" | grep -E '^linux-(headers|kbuild)-')
	for p in "linux-headers-$release" $depends; do
		fetch "$p" "$tree"
	done
	for p in ${tools:+"$tools"/usr/lib/linux-kbuild-*}; do
		rm -rf "$tree/usr/lib/${p##*/}"
		cp -r "$p" "$tree/usr/lib/"
	done
	# The packages name each other by absolute paths, as installed: make them relative to the tree.
	final=$out/headers/$release
	find "$tree/usr/src" -maxdepth 2 -name Makefile -exec \
		sed -i "s,/usr/src/,$final/usr/src/,g; s,/usr/lib/linux-kbuild,$final/usr/lib/linux-kbuild,g" {} +
	mv "$tree" "$final"
fi
echo "$out/$release"
