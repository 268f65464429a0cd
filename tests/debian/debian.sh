#!/bin/sh
# SPDX-License-Identifier: MIT
# debian.sh OUT [MODULE]: makes the second operating system of the end-to-end tests, a real diskless
# Debian 12: systemd, udev's interface names, a network configuration that names one, the root as a
# squashfs fetched over HTTP, and two initrds:
#
#   OUT/root.squashfs           the root file system (MODULE, the lab module, in /usr/lib/lab)
#   OUT/vmlinuz OUT/release     its kernel and the kernel's release
#   OUT/initramfs-tools.img     by initramfs-tools with live-boot
#   OUT/dracut.img              by dracut with dmsquash-live and livenet
#
# Needs root (mmdebstrap, chroot). It must contain nothing of lastwords.
set -eu
here=$(dirname "$0")
fail() {
	echo "debian.sh: $*" >&2
	exit 1
}
[ $# -ge 1 ] || fail "usage: debian.sh OUT [MODULE]"
out=$1 module=${2:-}
[ "$(id -u)" = 0 ] || fail "needs root for mmdebstrap and chroot; run it with sudo"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing; run: apt-get install mmdebstrap"
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../../initramfs/recipes/apt.sh"
# shellcheck source=tests/debian/tree.sh
. "$here/tree.sh"

mkdir -p "$out"
out=$(cd "$out" && pwd)
tree=$out/root
unmount() { for m in proc sys dev; do mountpoint -q "$tree/$m" && umount "$tree/$m"; done; return 0; }
trap unmount EXIT
unmount
rm -rf "$tree"
apt_open "$out/../apt"

echo "debian.sh: Debian 12 with mmdebstrap"

debian_tree "$tree" live-boot,curl,dmsetup,dracut-core,dracut-network,dracut-live
for m in proc sys dev; do mount --bind "/$m" "$tree/$m"; done
echo "debian.sh: the initrd of dracut"
TMPDIR=/tmp chroot "$tree" dracut --quiet --force --no-hostonly --kver "$release" --compress "zstd -1" \
	--add "network-legacy livenet dmsquash-live" --omit "ifcfg network-manager" \
	/boot/dracut.img >"$out/dracut.log" 2>&1 || fail "dracut failed; the log: $out/dracut.log"
unmount
mv "$tree/boot/initrd.img-$release" "$out/initramfs-tools.img"
mv "$tree/boot/dracut.img" "$out/dracut.img"
cp "$tree/boot/vmlinuz-$release" "$out/vmlinuz"
chmod 644 "$out"/*.img "$out/vmlinuz"

echo diskless >"$tree/etc/hostname"
debian_lab "$tree" "$here" "$module"
echo "debian.sh: the root file system"
rm -f "$out/root.squashfs"
mksquashfs "$tree" "$out/root.squashfs" -quiet -no-progress -comp zstd -Xcompression-level 3 \
	-e boot -e var/cache -e var/lib/apt >"$out/mksquashfs.log" || fail "mksquashfs failed; the log: $out/mksquashfs.log"
rm -rf "$tree"
echo "$release" >"$out/release"
