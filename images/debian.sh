#!/bin/sh
# SPDX-License-Identifier: MIT
# debian.sh OUT [MODULE]: the second operating system of the end-to-end tests: a real Debian 12,
# diskless: systemd, udev's interface names, a network configuration that names one, root as a
# squashfs fetched over HTTP, and two initrds of its own making:
#
#   OUT/root.squashfs           the root file system (MODULE, the lab module, in /usr/lib/lab)
#   OUT/vmlinuz OUT/release     its kernel
#   OUT/initramfs-tools.img     by initramfs-tools with live-boot
#   OUT/dracut.img              by dracut with dmsquash-live and livenet
#
# Needs root (mmdebstrap, chroot). Nothing of lastwords goes into it: that is the point.
set -eu
here=$(dirname "$0")
fail() {
	echo "debian.sh: $*" >&2
	exit 1
}
[ $# -ge 1 ] || fail "usage: debian.sh OUT [MODULE]"
out=$1 module=${2:-}
[ "$(id -u)" = 0 ] || fail "needs root for mmdebstrap and chroot; run it with sudo"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: apt-get install mmdebstrap"
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../initramfs/recipes/apt.sh"

mkdir -p "$out"
out=$(cd "$out" && pwd)
tree=$out/root
unmount() { for m in proc sys dev; do mountpoint -q "$tree/$m" && umount "$tree/$m"; done; return 0; }
trap unmount EXIT
unmount
rm -rf "$tree"
apt_open "$out/../apt"

echo "debian.sh: Debian 12 with mmdebstrap"

mmdebstrap --quiet --mode=root --variant=minbase \
	--aptopt='Acquire::Retries "3"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/sound/*' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/gpu/*' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/media/*' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/infiniband/*' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/net/wireless/*' \
	--include=systemd,systemd-sysv,udev,linux-image-amd64,initramfs-tools,live-boot \
	--include=iproute2,kmod,zstd,busybox,procps,curl,dmsetup,dracut-core,dracut-network,dracut-live \
	bookworm "$tree" "$apt_dir"/sources/* || fail "mmdebstrap failed (see above); mend the machine's apt sources or network"

release=$(basename "$tree"/boot/vmlinuz-*)
release=${release#vmlinuz-}
for m in proc sys dev; do mount --bind "/$m" "$tree/$m"; done
echo "debian.sh: the initrd by dracut"
TMPDIR=/tmp chroot "$tree" dracut --quiet --force --no-hostonly --kver "$release" --compress "zstd -1" \
	--add "network-legacy livenet dmsquash-live" --omit "ifcfg network-manager" \
	/boot/dracut.img >"$out/dracut.log" 2>&1 || fail "dracut failed: $out/dracut.log"
unmount
mv "$tree/boot/initrd.img-$release" "$out/initramfs-tools.img"
mv "$tree/boot/dracut.img" "$out/dracut.img"
cp "$tree/boot/vmlinuz-$release" "$out/vmlinuz"
chmod 644 "$out"/*.img "$out/vmlinuz"

echo diskless >"$tree/etc/hostname"
mkdir -p "$tree/usr/lib/lab"
install -m 755 "$here/debian/lab-death" "$tree/usr/lib/lab/lab-death"
install -m 644 "$here/debian/lab-death.service" "$tree/etc/systemd/system/lab-death.service"
install -m 644 "$here/debian/lab.network" "$tree/etc/systemd/network/lab.network"
[ -z "$module" ] || install -m 644 "$module" "$tree/usr/lib/lab/lab_die.ko"
chroot "$tree" systemctl --quiet enable systemd-networkd systemd-networkd-wait-online lab-death
echo "debian.sh: the root file system"
rm -f "$out/root.squashfs"
mksquashfs "$tree" "$out/root.squashfs" -quiet -no-progress -comp zstd -Xcompression-level 3 \
	-e boot -e var/cache -e var/lib/apt >"$out/mksquashfs.log" || fail "mksquashfs failed: $out/mksquashfs.log"
rm -rf "$tree"
echo "$release" >"$out/release"
