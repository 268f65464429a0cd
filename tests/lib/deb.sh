# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # root, work: tap.sh's
# deb.sh: the Debian packages of this checkout, for tests. Sourced after tap.sh. It makes them out of what is
# built and builds nothing else: the capture kernels, which take 12 minutes each, are in them if they are in
# build/.
#
#	deb_tree                 installs the checkout into $work/tree
#	deb_make INTO VERSION    the packages of that tree with this version, in the directory INTO; 1: it failed,
#	                         and $work/deb.log has the reason
#	deb_file INTO PACKAGE    prints the package's file
#	deb_field FILE FIELD     prints one field of a package

needs "make check installs it" dpkg-deb dpkg-shlibdeps strip readelf git
needs "make check builds it" "$root/build/bin/lastwords-console" "$root/build/bin/lastwords-relay" "$root/build/third-party/busybox.stamp"

# (make's own variables, and those of a sanitizer build, are not for this make)
deb_tree() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u SAN -u B -u DESTDIR -u PREFIX make -s -C "$root" install \
		PREFIX=/usr DESTDIR="$work/tree" >"$work/deb.log" 2>&1
}

deb_make() {
	mkdir -p "$1"
	DEB_VERSION=$2 sh "$root/server/etc/deb/build.sh" "$work/tree" "$1" 0 >"$work/deb.log" 2>&1
}

deb_file() {
	find "$1" -name "$2_*.deb"
}

deb_field() {
	dpkg-deb -f "$1" "$2"
}
