#!/bin/sh
# SPDX-License-Identifier: MIT
# The same commit, cloned to another directory and built there from nothing (without the capture kernels), gives
# the same packages, byte for byte. Takes some minutes.
# Objects in build/ that were compiled with other flags also make a difference: then make clean first.
# Evidence: the packages' checksums; where they differ, which of their files do.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/deb.sh"
[ -z "$(git -C "$root" status --porcelain)" ] || skip_all "changes that are not committed are not in a clone"

deb_tree
rm -rf "$work/tree/usr/lib/lastwords/capture-kernel" "$work/tree/usr/lib/lastwords/ipxe"
deb_make "$work/here" 1-1 || sed 's/^/# /' "$work/deb.log"

other=$work/another/directory
git clone -q "$root" "$other"
mkdir -p "$other/build/third-party"
cp -a "$root/build/third-party/src" "$other/build/third-party/"
[ ! -d "$root/build/web" ] || cp -a "$root/build/web" "$other/build/" # (it is downloaded)
succeeds "make deb makes them in a clone" env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL DEB_VERSION=1-1 make -s -C "$other" deb CAPTURE=
for package in lastwords lastwords-console lastwords-relay; do
	here=$(deb_file "$work/here" $package)
	there=$(deb_file "$other/build" $package)
	is "$(sha256sum <"$there")" "$(sha256sum <"$here")" "$package is the same"
	cmp -s "$there" "$here" || {
		rm -rf "$work/a" "$work/b"
		dpkg-deb -R "$here" "$work/a"
		dpkg-deb -R "$there" "$work/b"
		diag "$(diff -rq "$work/a" "$work/b")"
	}
done
done_testing
