#!/bin/sh
# SPDX-License-Identifier: MIT
# server.sh OUT PACKAGE…: makes a clean Debian 12 with a disk, for tests of the installed packages: systemd, a
# kernel, networkd with 10.77.0.1/24 on its first card, and Debian's packages PACKAGE… with what they depend
# on as a repository in /srv/repository, since the machine has no other network:
#
#   OUT/root.img            the file system (ext4, 4 GB, sparse)
#   OUT/vmlinuz OUT/initrd  its kernel and initrd; the root is /dev/vda
#
# The machine runs what a test gives it (server-runner): the 9p share "lab" of its QEMU. Needs root. It must
# contain nothing of lastwords.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "server.sh: $*" >&2
	exit 1
}
[ $# -ge 2 ] || fail "usage: server.sh OUT PACKAGE…"
[ "$(id -u)" = 0 ] || fail "needs root for mmdebstrap and chroot; run it with sudo"
for program in mmdebstrap dpkg-scanpackages mke2fs; do
	command -v $program >/dev/null || fail "$program is missing; run: sh images/need.sh full"
done
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../../initramfs/recipes/apt.sh"
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
tree=$out/root
rm -rf "$tree" "$out/root.img"
trap 'rm -rf "$tree"' EXIT
apt_open "$out/../apt" bookworm

echo "server.sh: Debian 12 with mmdebstrap"
# shellcheck disable=SC2016 # of mmdebstrap's hooks
mmdebstrap --quiet --mode=root --variant=minbase --aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io \
	--aptopt='APT::Install-Recommends "false"' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/gpu/*' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/media/*' \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/sound/*' \
	--include=systemd,systemd-sysv,udev,dbus,linux-image-amd64,initramfs-tools,iproute2,kmod,procps,curl,zstd \
	--customize-hook='echo MODULES=list >"$1/etc/initramfs-tools/conf.d/lab"' \
	--customize-hook='printf "virtio_pci\nvirtio_blk\next4\n" >>"$1/etc/initramfs-tools/modules"' \
	--customize-hook='chroot "$1" update-initramfs -u' \
	--customize-hook='mkdir "$1/srv/repository"' \
	--customize-hook="chroot \"\$1\" apt-get -qq -y --download-only -o Dir::Cache::archives=/srv/repository install $*" \
	bookworm "$tree" "$apt_dir"/sources/* ||
	fail "mmdebstrap failed (see above); fix the machine's apt sources or network"
rm -rf "$tree/srv/repository/partial" "$tree/srv/repository/lock" "$tree"/etc/apt/sources.list.d/*
(cd "$tree/srv/repository" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
echo 'deb [trusted=yes] file:/srv/repository ./' >"$tree/etc/apt/sources.list"
cp "$tree"/boot/vmlinuz-* "$out/vmlinuz"
cp "$tree"/boot/initrd.img-* "$out/initrd"

echo server >"$tree/etc/hostname"
echo '127.0.0.1 localhost server' >"$tree/etc/hosts"
echo '/dev/vda / ext4 defaults 0 1' >"$tree/etc/fstab"
printf '[Match]\nName=en*\n[Network]\nAddress=10.77.0.1/24\n' >"$tree/etc/systemd/network/lab.network"
mkdir "$tree/usr/lib/lab" "$tree/lab"
install -m 755 "$here/server-runner" "$tree/usr/lib/lab/"
install -m 644 "$here/server-runner.service" "$tree/etc/systemd/system/"
chroot "$tree" systemctl --quiet enable systemd-networkd server-runner
echo "server.sh: the file system"
mke2fs -q -t ext4 -d "$tree" "$out/root.img" 4G || fail "mke2fs failed: is the disk full?"
