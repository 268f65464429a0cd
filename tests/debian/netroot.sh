#!/bin/sh
# SPDX-License-Identifier: MIT
# netroot.sh SQUASHFS OUT: the Debian of debian.sh, unpacked from its SQUASHFS, for tests/slow/initrds.t, which wants its
# root on a block device; with two initrds:
#
#   OUT/tree             its root, which has the servers nbd-server and tgtd too, to be run in it by chroot: so this
#                        machine needs neither these packages nor the services that they would start
#   OUT/tree/srv/root.ext4      the same as the image of a disk
#   OUT/dracut.img       by dracut with its modules nbd and iscsi
#   OUT/tiny.img         by tiny-initramfs, with the drivers of virtio disks and ext4
#   OUT/release          its kernel's release, written last
#
# Needs root (chroot). It must contain nothing of lastwords.
set -eu
here=$(dirname "$0")
fail() {
	echo "netroot.sh: $*" >&2
	exit 1
}
[ $# = 2 ] || fail "usage: netroot.sh SQUASHFS OUT"
squashfs=$1 out=$2
[ "$(id -u)" = 0 ] || fail "needs root for chroot; run it with sudo"
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../../initramfs/recipes/apt.sh"

mkdir -p "$out"
out=$(cd "$out" && pwd)
tree=$out/tree
unmount() { for m in proc sys dev; do mountpoint -q "$tree/$m" && umount "$tree/$m"; done; return 0; }
trap unmount EXIT
unmount
rm -rf "$tree" "$out/debs" "$out/release"
unsquashfs -q -n -d "$tree" "$squashfs" >"$out/unsquashfs.log" || fail "unsquashfs failed; the log: $out/unsquashfs.log"
release=$(ls "$tree/lib/modules")

# apt chooses what the tree has not. The files alone are enough, and no package's script starts a service.
apt_open "$out/../apt"
cp "$tree/var/lib/dpkg/status" "$out/status"
mkdir -p "$out/debs/partial" "$tree/boot"
apt_retry nbd-client apt_get --no-install-recommends --download-only -o "Dir::State::status=$out/status" \
	-o "Dir::Cache::archives=$out/debs" install nbd-client open-iscsi nbd-server tgt tiny-initramfs-core \
	>"$out/apt.log" 2>&1 || fail "apt-get failed; the log: $out/apt.log"
for deb in "$out"/debs/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$tree"; done
for m in proc sys dev; do mount --bind "/$m" "$tree/$m"; done
chroot "$tree" ldconfig
# (Debian's iscsid.service checks these, and dracut's module leaves them out)
echo InitiatorName=iqn.2026-11.lab:machine >"$tree/etc/iscsi/initiatorname.iscsi"
TMPDIR=/tmp chroot "$tree" dracut --quiet --force --no-hostonly --kver "$release" --compress "zstd -1" \
	--install "/lib/open-iscsi/startup-checks.sh /etc/iscsi/initiatorname.iscsi /etc/iscsi/iscsid.conf" \
	--add "network-legacy nbd iscsi" --omit "ifcfg network-manager" /boot/dracut.img >"$out/dracut.log" 2>&1 ||
	fail "dracut failed; the log: $out/dracut.log"
# (ext4 asks for crc32c when it mounts, which is no dependency that mktirfs sees)
chroot "$tree" mktirfs -o /boot/tiny.img -m no -M no --include-modules=virtio_pci,virtio_blk,crc32c_generic,ext4 \
	"$release" >"$out/tiny.log" 2>&1 || fail "mktirfs failed; the log: $out/tiny.log"
unmount
mv "$tree/boot/dracut.img" "$tree/boot/tiny.img" "$out/"
chmod 644 "$out"/*.img

rm -rf "$out/root.ext4"
mke2fs -q -t ext4 -d "$tree" "$out/root.ext4" 1500M >"$out/mke2fs.log" 2>&1 || fail "mke2fs failed; the log: $out/mke2fs.log"
mv "$out/root.ext4" "$tree/srv/"
echo "$release" >"$out/release"
