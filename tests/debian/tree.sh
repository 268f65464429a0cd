# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # apt_dir: apt.sh's
# tree.sh: makes the root tree of a Debian 12 that crashes as its kernel's command line asks for. Shared by
# debian.sh and the bench's kdump-guest.sh; independent of how the tree is booted. To be sourced after
# apt_open of apt.sh, with `fail` defined.
#
#   debian_tree TREE PACKAGE,…     makes it, with these packages in addition to kernel, systemd and tools;
#                                  sets $release, the kernel's
#   debian_lab TREE FROM [MODULE]  adds the lab-death service and the network configuration from FROM
#                                  (tests/debian), and MODULE (the lab's) in /usr/lib/lab
#
# Both need root.

debian_tree() {
	mmdebstrap --quiet --mode=root --variant=minbase \
		--aptopt='Acquire::Retries "3"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/lib/modules/*/kernel/sound/*' \
		--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/gpu/*' \
		--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/media/*' \
		--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/infiniband/*' \
		--dpkgopt='path-exclude=/lib/modules/*/kernel/drivers/net/wireless/*' \
		--include=systemd,systemd-sysv,udev,linux-image-amd64,initramfs-tools \
		--include=iproute2,kmod,zstd,busybox,procps --include="$2" \
		bookworm "$1" "$apt_dir"/sources/* ||
		fail "mmdebstrap failed (see above); fix the machine's apt sources or network"
	release=$(basename "$1"/boot/vmlinuz-*)
	release=${release#vmlinuz-}
}

debian_lab() {
	mkdir -p "$1/usr/lib/lab"
	install -m 755 "$2/lab-death" "$1/usr/lib/lab/lab-death"
	install -m 644 "$2/lab-death.service" "$1/etc/systemd/system/lab-death.service"
	install -m 644 "$2/lab.network" "$1/etc/systemd/network/lab.network"
	[ -z "${3:-}" ] || install -m 644 "$3" "$1/usr/lib/lab/lab_die.ko"
	chroot "$1" systemctl --quiet enable systemd-networkd systemd-networkd-wait-online lab-death
}
