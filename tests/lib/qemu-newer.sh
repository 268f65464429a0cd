#!/bin/sh
# SPDX-License-Identifier: MIT
# qemu-newer.sh OUT: Debian 13's QEMU, for devices that this system's does not have (igb), unpacked under
# OUT and not installed, run with its own libraries. Prints its path, OUT/qemu-system-x86_64, and keeps
# what it fetched: a second call needs no network. Exit code 1 and one line with the reason where it cannot
# be fetched: it needs root, mmdebstrap and a mirror that has Debian 13.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "qemu-newer.sh: $*" >&2
	exit 1
}
[ $# -eq 1 ] || fail "usage: qemu-newer.sh OUT"
mkdir -p "$1"
out=$(cd "$1" && pwd)
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../../initramfs/recipes/apt.sh"

exec 8>"$out/lock"
flock 8
if ! [ -x "$out/qemu-system-x86_64" ]; then
	[ "$(id -u)" = 0 ] || fail "unpacking Debian 13's QEMU needs root"
	command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install mmdebstrap"
	apt_open "$out/apt" trixie
	rm -rf "$out/root"
	mmdebstrap --quiet --mode=root --variant=extract --aptopt='Acquire::Retries "3"' \
		--include=qemu-system-x86 trixie "$out/root" "$apt_dir"/sources/* >"$out/log" 2>&1 ||
		fail "Debian 13's QEMU cannot be fetched: $(grep . "$out/log" | tail -n 1)"
	cat >"$out/new" <<'RUN'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
lib=$root/usr/lib/x86_64-linux-gnu
QEMU_MODULE_DIR=$lib/qemu exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib" \
	"$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" "$@"
RUN
	chmod 755 "$out/new"
	"$out/new" -version >/dev/null 2>"$out/log" || fail "Debian 13's QEMU does not run: $(tail -n 1 "$out/log")"
	mv "$out/new" "$out/qemu-system-x86_64"
fi
echo "$out/qemu-system-x86_64"
