#!/bin/sh
# SPDX-License-Identifier: MIT
# The Debian packages, without a machine that boots: what is in them, their fields, the same bytes a second time,
# lintian (where it is installed), the unit's exposure; and, as root, dpkg in a fresh Debian 12 tree: install,
# each maintainer script once more, upgrade with an edited configuration, remove, purge.
# Evidence: the archives' own listings; the files of the tree before and after.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
[ -z "${SAN:-}" ] || skip_all "packages are made of the normal build"
. "$root/tests/lib/deb.sh"

if ! deb_tree || ! deb_make "$work/new" 0.2-1; then
	sed 's/^/# /' "$work/deb.log"
	ok 1 "the packages are made"
	done_testing
fi
new=$work/new
lastwords=$(deb_file "$new" lastwords)
console=$(deb_file "$new" lastwords-console)
relay=$(deb_file "$new" lastwords-relay)
kernel=$(deb_file "$new" lastwords-capture-kernel)
packages="$lastwords $console $relay $kernel"

# --- contents -------------------------------------------------------------------------------------

contents=$(dpkg-deb -c "$lastwords")
for path in usr/bin/lastwords usr/bin/lastwords-boot usr/bin/lastwords-ingest usr/bin/lastwords-collector \
	usr/bin/lastwords-web usr/share/lastwords/web/templates/crashes.html usr/share/lastwords/web/static/style.css \
	usr/lib/lastwords/lastwords-arm usr/lib/lastwords/busybox usr/lib/systemd/system/lastwords.service \
	usr/share/lastwords/images/image.sh usr/share/man/man1/lastwords.1.gz usr/share/doc/lastwords/copyright \
	usr/share/doc/lastwords/changelog.Debian.gz usr/share/doc/lastwords/recipes/busybox.sh; do
	like "$contents" " \./$path\$" "lastwords has $path"
done
unlike "$contents" 'lastwords-console|lastwords-relay|capture-kernel' "lastwords has nothing of the other packages"
is "$(for p in $packages; do dpkg-deb -c "$p"; done | awk '$2 != "root/root"' | wc -l)" 0 "everything belongs to root"
is "$(for p in $packages; do dpkg-deb -c "$p"; done | awk '$1 ~ /^.{5}w|^.{8}w|s/ && $1 !~ /^l/' | wc -l)" 0 \
	"nothing can be written by others, or is setuid"
# Each file that is installed is in exactly one package.
(cd "$work/tree" && find . ! -type d | sed 's/\(\/man\/.*\)/\1.gz/' | sort) >"$work/installed"
for p in $packages; do dpkg-deb -c "$p" | sed 's/ -> .*//; s/.* \.\//.\//' | grep -v -e '/$' -e /usr/share/doc/ -e /lintian/; done |
	sort >"$work/packed"
grep -v /usr/lib/lastwords/ipxe/ "$work/installed" | sed 's,^\./etc/lastwords/,./usr/share/lastwords/etc/,' | sort >"$work/wanted"
is "$(diff "$work/wanted" "$work/packed")" '' "what is installed is in exactly one package"
for p in $packages; do
	name=$(deb_field "$p" Package)
	rm -rf "$work/x"
	dpkg-deb -R "$p" "$work/x"
	succeeds "$name: its checksums are right" sh -c 'cd "$1" && md5sum -c --quiet DEBIAN/md5sums' sh "$work/x"
	is "$(cd "$work/x" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' | wc -l)" "$(wc -l <"$work/x/DEBIAN/md5sums")" \
		"$name: each file outside /etc has a checksum"
	is "$(find "$work/x" -type f ! -newermt "@$(git -C "$root" log -1 --format=%ct)" | wc -l)" "$(find "$work/x" -type f | wc -l)" \
		"$name: no file is newer than the commit"
	like "$(deb_field "$p" Installed-Size)" '^[1-9][0-9]+$' "$name: its size is known"
done
rm -rf "$work/x"
dpkg-deb -e "$lastwords" "$work/x"
is "$(cat "$work/x/conffiles" 2>/dev/null)" \
	"$(cd "$work/tree" && find etc -type f ! -name lastwords.conf | sort | sed 's,^,/,')" "what is in /etc is a conffile, but for the configuration"
rm -rf "$work/x"
dpkg-deb -x "$lastwords" "$work/x"
unlike "$(readelf -SW "$work/x/usr/bin/lastwords")" ' \.debug_info ' "programs are stripped"
unlike "$(strings "$work/x"/usr/bin/* "$work/x"/usr/lib/lastwords/* 2>/dev/null || cat "$work/x"/usr/bin/*)" "$root/" \
	"no path of the build machine is in a program"

# --- fields ---------------------------------------------------------------------------------------

for library in libsqlite3-0 libfcgi0ldbl libc6 lighttpd; do
	like "$(deb_field "$lastwords" Depends)" "(^|, )$library" "lastwords depends on $library"
done
like "$(deb_field "$console" Depends)" 'libipmiconsole2.*, lastwords \(= 0\.2-1\)' "the console depends on its library and this server"
unlike "$(deb_field "$lastwords" Depends)" 'libipmiconsole' "the server does not depend on the console's library"
like "$(deb_field "$relay" Depends)" 'libpq5 .*, lastwords \(= 0\.2-1\)' "the relay depends on libpq and this server"
unlike "$(deb_field "$lastwords" Depends)" 'libpq' "the server does not depend on libpq"
like "$(deb_field "$lastwords" Built-Using)" 'busybox \(= .*kexec-tools \(= ' "the sources of the static programs are named"
if [ -n "$kernel" ]; then
	like "$(deb_field "$kernel" Built-Using)" '^linux \(= [0-9]' "the capture kernels' source is named"
	like "$(dpkg-deb -c "$kernel")" 'recipe/capture-kernel\.config$' "their configuration and script are in the package"
else
	skip "build has no capture kernel; make deb builds them" "the capture kernels' source is named"
fi
DEB_VERSION='' sh "$root/server/etc/deb/build.sh" "$work/tree" "$work" 0.1 >"$work/names" 2>&1 || cat "$work/names"
snapshot=$(sed -n 's/.*\/lastwords_\(.*\)_.*/\1/p' "$work/names")
like "$snapshot" '^0\.1(\+[0-9]+\.g[0-9a-f]{8}(\.changed)?)?-1$' "a snapshot's version is the number of its commit"
succeeds "a snapshot is newer than the first release" dpkg --compare-versions "$snapshot" gt 0.1
rm -f "$work"/*.deb

# --- the same bytes, lintian, the unit ------------------------------------------------------------

mkdir "$work/elsewhere"
cp -a "$work/tree" "$work/elsewhere/"
find "$work/elsewhere" -exec touch -h {} +
mkdir "$work/again"
(umask 077 && DEB_VERSION=0.2-1 sh "$root/server/etc/deb/build.sh" "$work/elsewhere/tree" "$work/again" 0) >"$work/deb.log" 2>&1 ||
	sed 's/^/# /' "$work/deb.log"
is "$(cd "$work/again" && sha256sum ./*.deb)" "$(cd "$new" && sha256sum ./*.deb)" "the same tree gives the same bytes"

if command -v lintian >/dev/null; then
	# shellcheck disable=SC2086 # files
	lintian --allow-root --fail-on error,warning $packages >"$work/lintian" 2>&1 && rc=0 || rc=$?
	is "$rc" 0 "lintian finds nothing that is not a named exception"
	is "$(cat "$work/lintian")" '' "lintian prints nothing"
else
	skip "lintian is not installed; make check-full installs it" "lintian finds nothing"
fi
unit=$work/tree/usr/lib/systemd/system/lastwords.service
if command -v systemd-analyze >/dev/null; then
	succeeds "the unit's exposure is at most 2.5" systemd-analyze security --offline=true --threshold=25 "$unit"
	diag "$(printf '%s\n' "$tap_out" | grep -a Overall)"
else
	skip "systemd-analyze is not installed" "the unit's exposure is at most 2.5"
fi

# --- dpkg in a fresh tree -------------------------------------------------------------------------

if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap >/dev/null; then
	skip "needs root and mmdebstrap" "dpkg installs, upgrades and purges them"
	done_testing
fi
fail() {
	echo "Bail out! $*"
	exit 1
}
. "$root/initramfs/recipes/apt.sh"
apt_open "$root/build/apt" bookworm
chroot=$work/root
# (alternatives are left to mmdebstrap's apt; the packages themselves are not there yet)
depends=$(for p in $packages; do deb_field "$p" Depends; done | tr ',' '\n' |
	sed 's/|.*//; s/(.*//; s/ //g; /^lastwords/d; /^$/d' | sort -u | paste -sd ,)
mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Retries "3"' --aptopt='APT::Install-Recommends "false"' \
	--dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--include="$depends" bookworm "$chroot" "$apt_dir"/sources/* >"$work/mmdebstrap.log" 2>&1 || {
	sed 's/^/# /' "$work/mmdebstrap.log"
	ok 1 "a fresh Debian 12 tree is made"
	done_testing
}
inside() { chroot "$chroot" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" </dev/null; }
# what there is, but for dpkg's own and apt's; and the checksums of /etc, but for the backups of passwd
files() { (cd "$chroot" && find . -xdev \( -path ./proc -o -path ./debs -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log -o -path ./tmp \) -prune -o -printf '%p %y %m %u\n' | sort); }
etc() { (cd "$chroot" && find etc -type f ! -name '*-' -exec sha256sum {} + | sort -k 2); }
mkdir "$chroot/debs"
deb_make "$work/old" 0.1.1-1
echo '# another example' >>"$work/tree/etc/lastwords/lastwords.conf"
deb_make "$work/new" 0.2-1
cp "$work"/old/*.deb "$work"/new/*.deb "$chroot/debs/"
files >"$work/before"
etc >"$work/etc-before"

# install VERSION: all packages of it
install_all() { inside sh -c 'dpkg -i /debs/*_'"$1"'_*.deb'; }
succeeds "dpkg installs the packages" install_all 0.1.1-1
like "$(inside getent passwd lastwords)" ':/var/lib/lastwords:' "the user is there"
is "$(stat -c '%U %a' "$chroot/var/lib/lastwords" | sed "s/^[^ ]*/$(stat -c %u "$chroot/var/lib/lastwords")/")" \
	"$(inside id -u lastwords) 755" "the state's directory is the user's"
is "$(readlink "$chroot/etc/systemd/system/multi-user.target.wants/lastwords.service")" /lib/systemd/system/lastwords.service \
	"the unit is enabled"
like "$(inside lastwords --help)" 'serve' "the installed program runs"
files >"$work/installed"
etc >"$work/etc-installed"
for script in "postinst configure 0.1.1-1" "postinst triggered /usr/sbin/lighttpd" "prerm upgrade 0.2-1" "postrm upgrade 0.2-1"; do
	# shellcheck disable=SC2086 # words
	set -- $script
	name=$1
	shift
	succeeds "$script: once more" inside "/var/lib/dpkg/info/lastwords.$name" "$@"
done
is "$(files | diff "$work/installed" -)" '' "maintainer scripts that run again change no file"
is "$(etc | diff "$work/etc-installed" -)" '' "maintainer scripts that run again change nothing in /etc"

# The administrator's changes survive an upgrade to a package with another example.
is "$(cat "$chroot/etc/lastwords/lastwords.conf")" "$(cat "$root/server/etc/lastwords.conf")" "the example is the first configuration"
echo 'disk_wait = 601' >>"$chroot/etc/lastwords/lastwords.conf"
echo secret >"$chroot/etc/lastwords/rack1.password"
inside systemctl --quiet disable lastwords.service 2>/dev/null || true
echo kept >"$chroot/var/lib/lastwords/kept"
succeeds "dpkg upgrades the packages, and asks no question" install_all 0.2-1
is "$(inside dpkg-query -W -f '${Version}' lastwords)" 0.2-1 "the new version is installed"
like "$(cat "$chroot/etc/lastwords/lastwords.conf")" '^disk_wait = 601$' "an edited configuration is kept"
is "$(ls "$chroot/etc/lastwords")" "lastwords.conf
rack1.password" "no second copy of the configuration appears"
succeeds "a unit that the administrator disabled stays disabled" \
	test ! -e "$chroot/etc/systemd/system/multi-user.target.wants/lastwords.service"
is "$(cat "$chroot/var/lib/lastwords/kept")" kept "the state is kept"

rm "$chroot/etc/lastwords/lastwords.conf" "$chroot/etc/lastwords/rack1.password"
succeeds "dpkg installs the same version again" install_all 0.2-1
succeeds "a configuration that was removed stays removed" test ! -e "$chroot/etc/lastwords/lastwords.conf"
echo 'disk_wait = 602' >"$chroot/etc/lastwords/lastwords.conf"
names=$(for p in $packages; do deb_field "$p" Package; done)
# shellcheck disable=SC2086 # words
succeeds "dpkg removes the packages" inside dpkg -r $names
like "$(cat "$chroot/etc/lastwords/lastwords.conf")" '^disk_wait = 602$' "after a removal the configuration is there"
# shellcheck disable=SC2086 # words
succeeds "dpkg purges the packages" inside dpkg -P $names
is "$(files | diff "$work/before" - | sed -n 's/^[<>] \(\S*\) .*/\1/p' | grep -v -e '^\./etc/.*-$' -e '^\./var/lib/lastwords' -e '^\./etc/\.pwd\.lock')" '' \
	"after a purge nothing is left but the state"
is "$(etc | diff "$work/etc-before" - | awk '/^[<>]/ { print $3 }' | sort -u | tr '\n' ' ')" \
	'etc/group etc/gshadow etc/passwd etc/shadow ' "in /etc only the user is left, which owns the state"
is "$(cat "$chroot/var/lib/lastwords/kept")" kept "a purge keeps the state"
done_testing
