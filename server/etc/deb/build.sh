#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh TREE OUT VERSION: makes the Debian packages from TREE, what `make install DESTDIR=TREE` has installed
# with PREFIX=/usr, to OUT/PACKAGE_VERSION_ARCH.deb, and prints their names. A folder next to this file
# describes one package:
#
#   control             with @VERSION@ @ARCH@ @SIZE@ @MAINTAINER@ @SHLIBS@ (the libraries that its programs are
#                       linked with) and @SOURCES@ (the fields that name the source packages of what is
#                       linked or copied into it)
#   files               which of TREE's files are in it, as patterns; the package is left out if there are
#                       none. `lastwords` has no such list: it takes what no other package has
#   sources             the source packages that it holds parts of: see sources below
#   docs                folders of its /usr/share/doc, each with the files of the checkout that go there
#   copyright, lintian-overrides, and the maintainer scripts and triggers that it needs
#
# A snapshot's version is VERSION+COMMITS.gHASH-1, where COMMITS counts the commits before it and so sorts;
# at the tag vVERSION, or outside a git checkout, it is VERSION-1. The same commit gives the same bytes.
# Needs no root. TREE is left as it is.
#
# Environment:
#   DEB_VERSION         the whole version instead
#   SOURCE_DATE_EPOCH   the time of everything in the packages (default: the commit's)
#   DEB_MAINTAINER      Name <address>
set -eu
umask 022
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
maintainer=${DEB_MAINTAINER:-lastwords developers <lastwords@localhost>}
fail() {
	echo "build.sh: $*" >&2
	exit 1
}
[ $# -eq 3 ] || fail "usage: build.sh TREE OUT VERSION"
tree=$(cd "$1" && pwd) out=$(cd "$2" && pwd) version=$3
[ -d "$tree/usr/bin" ] || fail "$tree has no usr/bin; make install DESTDIR=$tree"
for program in dpkg-deb dpkg-shlibdeps strip readelf gzip md5sum; do
	command -v $program >/dev/null || fail "$program is missing; run: sh images/need.sh build"
done

# --- version and time -----------------------------------------------------------------------------

git_here() { git -c safe.directory="$root" -C "$root" "$@"; }
commit=
if [ -e "$root/.git" ]; then
	commit=$(git_here rev-parse --short=8 HEAD) || fail "$root: git failed (see above)"
	[ "$(git_here rev-parse --is-shallow-repository)" = false ] || [ -n "${DEB_VERSION:-}" ] ||
		fail "a shallow clone has no number of commits; run git fetch --unshallow, or set DEB_VERSION"
	changed=$(git_here status --porcelain)
	if [ -n "$changed" ] || [ "$(git_here describe --tags --exact-match 2>/dev/null)" != "v$version" ]; then
		version=$version+$(git_here rev-list --count HEAD).g$commit${changed:+.changed}
	fi
fi
version=${DEB_VERSION:-$version-1}
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
	if [ -n "$commit" ]; then
		SOURCE_DATE_EPOCH=$(git_here log -1 --format=%ct)
	else
		SOURCE_DATE_EPOCH=$(date -d "$(sed -n '/^ -- /{s/.*>  //p;q}' "$here/changelog")" +%s)
	fi
fi
export SOURCE_DATE_EPOCH
arch=$(dpkg --print-architecture)

stage=$(mktemp -d "$out/deb.XXXXXX")
trap 'rm -rf "$stage"' EXIT
trap 'exit 1' HUP INT TERM

# --- what goes where ------------------------------------------------------------------------------

# take PACKAGE: moves its files out of the main package's; 1: there are none
take() {
	found=
	cd "$stage/lastwords"
	while read -r pattern; do
		for file in .$pattern; do
			[ -e "$file" ] || continue
			found=1
			to=$stage/$1/$file
			mkdir -p "${to%/*}"
			mv "$file" "$to"
		done
	done <"$here/$1/files"
	cd "$root"
	[ -n "$found" ]
}

mkdir "$stage/lastwords"
(cd "$tree" && tar -c .) | tar -x -C "$stage/lastwords"
packages=lastwords
for files in "$here"/*/files; do
	package=${files%/files}
	package=${package##*/}
	if take "$package"; then
		packages="$packages $package"
	else
		echo "build.sh: no $package: $tree has none of its files" >&2
	fi
done
# Everyone has to edit the configuration, so it is no conffile, about which dpkg would ask whenever the example
# changes: postinst copies the example to /etc once (Debian's policy, 10.7.3).
mv "$stage/lastwords/etc/lastwords/lastwords.conf" "$stage/lastwords/usr/share/lastwords/etc/"
find "$stage" -depth -type d -empty ! -path "$stage/lastwords/etc/*" -exec rmdir {} +

# --- fields ---------------------------------------------------------------------------------------

# sources PACKAGE: the fields that name exact source packages. A line of the list is: LICENCE NAME FROM,
# where LICENCE is "source", if it asks for the source to be kept, or "static", and FROM is where the
# version is read: dsc DIRECTORY (of the build), made FILE (of capture-kernel.sh), or package NAME (installed).
sources() {
	[ -e "$here/$1/sources" ] || return 0
	while read -r licence name kind from; do
		case $kind in
		dsc) number=$(sed -n 's/^Version: //p' "$root/$from"/*.dsc 2>/dev/null | head -n 1) ;;
		made) number=$(sed -n 's/^source=[^_]*_\(.*\)_all\.deb$/\1/p' "$stage/$1$from" 2>/dev/null) || true ;;
		package) number=$(dpkg-query -W -f='${source:Version}' "$from") ;;
		*) fail "$1/sources: unknown: $kind" ;;
		esac
		[ -z "$number" ] || echo "$licence $name (= $number)"
	done <"$here/$1/sources" >"$stage/sources"
	for licence in source static; do
		list=$(sed -n "s/^$licence //p" "$stage/sources" | sort -u | paste -sd , | sed 's/,/, /g')
		case $licence:$list in
		*:) ;;
		source:*) echo "Built-Using: $list" ;;
		static:*) echo "Static-Built-Using: $list" ;;
		esac
	done
}

# programs DIR: its ELF files; linked DIR: those that need libraries
programs() {
	find "$1" -type f -perm -u+x | sort | while read -r file; do
		[ "$(head -c 4 "$file" | tail -c 3)" != ELF ] || echo "$file"
	done
}
linked() {
	programs "$1" | while read -r file; do
		! readelf -lW "$file" | grep -q INTERP || echo "$file"
	done
}

# libraries PACKAGE: what dpkg-shlibdeps finds
libraries() {
	mkdir -p "$stage/shlibs/debian"
	printf 'Source: lastwords\n\nPackage: %s\nArchitecture: any\n' "$1" >"$stage/shlibs/debian/control"
	files=$(linked "$stage/$1")
	[ -n "$files" ] || return 0
	# shellcheck disable=SC2086 # file names of ours
	(cd "$stage/shlibs" && dpkg-shlibdeps -O $files) >"$stage/shlibs/found" ||
		fail "dpkg-shlibdeps failed for $1 (see above)"
	sed -n 's/^shlibs:Depends=//p' "$stage/shlibs/found"
}

# filled FILE PACKAGE: the template with its fields; empty ones are left out
filled() {
	size=$(find "$stage/$2" ! -path "$stage/$2/DEBIAN*" -printf '%y %s\n' |
		awk '{ kb += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print kb + 0 }')
	needs=$(libraries "$2")
	from=$(sources "$2")
	while IFS= read -r line; do
		case $line in
		@SOURCES@) [ -z "$from" ] || printf '%s\n' "$from" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$1" | sed -e "s|@VERSION@|$version|; s|@ARCH@|$arch|; s|@SIZE@|$size|; s|@MAINTAINER@|$maintainer|" \
		-e "s|@SHLIBS@, |${needs:+$needs, }|; s|@SHLIBS@|$needs|"
}

# --- the packages ---------------------------------------------------------------------------------

# (how long it took is another number each time)
find "$stage" -name made -exec sed -i '/^seconds=/d' {} +
for package in $packages; do
	dir=$stage/$package doc=$stage/$package/usr/share/doc/$package
	mkdir -p "$doc" "$dir/DEBIAN"
	programs "$dir" | while read -r file; do
		strip --strip-unneeded --remove-section=.comment --remove-section=.note "$file"
	done
	[ ! -d "$dir/usr/share/man" ] || find "$dir/usr/share/man" -type f -exec gzip -9n {} +
	install -m 644 "$here/$package/copyright" "$doc/"
	if [ -e "$here/$package/docs" ]; then
		while read -r folder files; do
			mkdir -p "$doc/$folder"
			# shellcheck disable=SC2086 # patterns
			(cd "$root" && install -m 644 $files "$doc/$folder/")
		done <"$here/$package/docs"
	fi
	{
		if [ -n "$commit" ] && ! head -n 1 "$here/changelog" | grep -qF "($version)"; then
			printf 'lastwords (%s) bookworm; urgency=medium\n\n  * Commit %s.\n\n -- %s  %s\n\n' "$version" \
				"$commit" "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
		fi
		cat "$here/changelog"
	} | gzip -9n >"$doc/changelog.Debian.gz"
	if [ -e "$here/$package/lintian-overrides" ]; then
		install -D -m 644 "$here/$package/lintian-overrides" "$dir/usr/share/lintian/overrides/$package"
	fi
	(cd "$dir" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' | sort | sed 's,^\./,,' | tr '\n' '\0' |
		xargs -0 md5sum) >"$dir/DEBIAN/md5sums"
	if [ -n "$(find "$dir/etc" -type f 2>/dev/null)" ]; then
		(cd "$dir" && find etc -type f | sort | sed 's,^,/,') >"$dir/DEBIAN/conffiles"
	fi
	for script in preinst postinst prerm postrm; do
		[ ! -e "$here/$package/$script" ] || install -m 755 "$here/$package/$script" "$dir/DEBIAN/"
	done
	[ ! -e "$here/$package/triggers" ] || install -m 644 "$here/$package/triggers" "$dir/DEBIAN/"
	filled "$here/$package/control" "$package" >"$stage/control"
	mv "$stage/control" "$dir/DEBIAN/control"
	find "$dir" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	deb=${package}_${version}_$arch.deb
	# (one thread: how many there are would show in the bytes)
	dpkg-deb --root-owner-group --threads-max=1 -Zxz --build "$dir" "$stage/$deb" >/dev/null ||
		fail "$deb cannot be made (see above): is the disk full?"
	mv "$stage/$deb" "$out/$deb"
	echo "$out/$deb"
done
