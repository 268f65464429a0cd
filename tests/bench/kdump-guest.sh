#!/bin/sh
# SPDX-License-Identifier: MIT
# kdump-guest.sh OUT MODULE: the guest of peer.sh: a Debian 12 on a disk, with kdump-tools and makedumpfile
# as Debian installs them, and MODULE (of the lab) to crash it.
#
#   OUT/disk.img    its root, ext4, no partitions: root=/dev/vda
#   OUT/initrd.img  its own initrd; OUT/release: its kernel
#   OUT/root/       its /boot and /lib/modules, as image.sh wants them
#
# kdump-tools makes the initrd of its capture kernel at the guest's first boot. That boot is done here, so
# that the initrd has the modules of this guest, as on an installed machine, and not all of Debian's.
# Needs root (mmdebstrap, chroot). The guest has no part of lastwords.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "kdump-guest.sh: $*" >&2
	exit 1
}
[ $# = 2 ] || fail "usage: kdump-guest.sh OUT MODULE"
out=$1 module=$2
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] || fail "needs root for mmdebstrap; run it with sudo"
for program in mmdebstrap mke2fs qemu-system-x86_64; do
	command -v $program >/dev/null || fail "$program is missing; run: sh images/need.sh bench"
done
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../../initramfs/recipes/apt.sh"
# shellcheck source=tests/debian/tree.sh
. "$here/../debian/tree.sh"

mkdir -p "$out"
out=$(cd "$out" && pwd)
tree=$out/tree qemu=
rm -rf "$tree"
trap '[ -z "$qemu" ] || kill $qemu 2>/dev/null; rm -rf "$tree"' EXIT
trap 'exit 1' HUP INT TERM
apt_open "$out/../apt"

debian_tree "$tree" kdump-tools,makedumpfile,e2fsprogs
echo kdumpguest >"$tree/etc/hostname"
echo '/dev/vda / ext4 errors=remount-ro 0 1' >"$tree/etc/fstab"
debian_lab "$tree" "$here/../debian" "$module"
cat >"$tree/etc/systemd/system/lab-first.service" <<-END
	[Unit]
	Description=Ends the first boot when kdump-tools has made its initrd
	ConditionKernelCommandLine=lab.first
	After=multi-user.target kdump-tools.service
	[Service]
	Type=oneshot
	ExecStart=/bin/sh -c 'ls -l /var/lib/kdump >/dev/console; systemctl --no-block poweroff'
	[Install]
	WantedBy=multi-user.target
END
chroot "$tree" systemctl --quiet enable lab-first
# what Debian proposes to the boot loader of an installed machine
sed -n 's/.*\(crashkernel=[^ "]*\).*/\1/p' "$tree/etc/default/grub.d/kdump-tools.cfg" >"$out/crashkernel"
[ -s "$out/crashkernel" ] || fail "kdump-tools proposes no crashkernel="
rm -rf "$out/root" "$tree"/var/cache/apt/*.bin "$tree"/var/cache/apt/archives/*.deb
rm -f "$tree/var/lib/kdump/"*
mkdir -p "$out/root/boot" "$out/root/lib"
cp "$tree/boot/vmlinuz-$release" "$out/root/boot/"
cp -r "$tree/lib/modules" "$out/root/lib/"
cp "$tree/boot/initrd.img-$release" "$out/initrd.img"
rm -f "$out/disk.img"
mke2fs -q -t ext4 -d "$tree" "$out/disk.img" 2500M || fail "mke2fs failed: is the disk full?"

echo "kdump-guest.sh: its first boot" >&2
: >"$out/console"
qemu-system-x86_64 -accel tcg -m 1024 -smp 2 -display none -nic none -no-reboot \
	-serial "file:$out/console" -drive "file=$out/disk.img,format=raw,if=virtio" \
	-kernel "$out/root/boot/vmlinuz-$release" -initrd "$out/initrd.img" \
	-append "root=/dev/vda rw console=ttyS0 $(cat "$out/crashkernel") systemd.mask=systemd-networkd-wait-online.service lab.first" &
qemu=$!
tries=0
while kill -0 $qemu 2>/dev/null && [ $tries -lt 1800 ]; do
	sleep 1
	tries=$((tries + 1))
done
[ $tries -lt 1800 ] || fail "the guest's first boot takes longer than 1800 s: $out/console"
qemu=
echo "$release" >"$out/release"
