#!/bin/sh
# SPDX-License-Identifier: MIT
# Other people's initrds, one a row: a machine boots it by the network, is armed, runs, dies, and its dmesg is stored.
# Evidence for each: these events in the journal; the stored dmesg from the kernel's first line to the crash; that the
# initrd, or the root, was of the row's kind:
#
#   plain xz zstd lz4   the lab's initrd, not compressed or by one of these: the image's initrd begins with that format's
#                       mark, and process 1 was the lab's init, which is nowhere else
#   direct              the same file as lz4, loaded as QEMU's own loader, GRUB and newer iPXEs do: each initrd is filled
#                       up to 4 bytes (the iPXE of the other rows: to a page). Without the zero bytes that image.sh adds,
#                       the kernel fails to unpack it and panics
#   early               an early cpio (microcode, an ACPI table), a gzip archive with the modules, a zstd archive with the
#                       rest: the kernel found the ACPI table, which it looks for in an early cpio only; modules and
#                       init came from the other two
#   modules             a kernel whose modules are .ko.xz and .ko.zst: there is no .ko in the tree that the image is made
#                       of; netconsole, and the capture kernel's driver of the card, come from it
#
# As root, in a network namespace: a whole Debian (systemd, udev's names, a network configuration), whose root its
# initrd fetches or mounts; the stored dmesg names the root's device:
#
#   live                live-boot: a squashfs over HTTP, which the server's log has
#   nbd                 dracut: an ext4 on nbd0, from nbd-server
#   iscsi               dracut: an ext4 on an iSCSI disk, from tgtd
#   tiny                tiny-initramfs: an ext4 on a virtio disk. (Its one network root is NFS, by a kernel that has NFS
#                       and ip=dhcp built in, which Debian's has not.)
#
# INITRDS_ROWS names the rows to try.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
needs "make check-full installs it" xz zstd lz4 cpio perl

rows=${INITRDS_ROWS:-plain xz zstd lz4 direct early modules live nbd iscsi tiny}
# wanted ROW…: those of them that are to be tried
wanted() {
	for row; do
		case " $rows " in *" $row "*) echo "$row" ;; esac
	done
}
forms=$(wanted plain xz zstd lz4 direct early modules)
roots=$(wanted live nbd iscsi tiny | tr '\n' ' ')
if [ -n "$roots" ] && [ "$(id -u)" = 0 ]; then
	room_need
	needs "make check-full installs or builds it" unsquashfs mke2fs "$root/build/images/debian/root.squashfs"
fi
kernel=$root/build/kernel/$(cat "$root/build/kernel/own-amd64.release") release=${kernel##*/}
lab_images=$work/images
mkdir "$lab_images"
lab=$root/build/images/lab

# magic ROW: what its initrd begins with, in hex; Linux's lib/decompress.c
magic() {
	case $1 in
	xz) echo fd377a585a00 ;;
	zstd) echo 28b52ffd ;;
	lz4 | direct) echo 02214c18 ;;
	plain | early) echo 303730373031 ;;
	*) echo 1f8b ;;
	esac
}
begins() { od -An -tx1 -N 6 "$1" | tr -d ' \n'; }

pack() { cpio --quiet -R 0:0 -o -H newc; }
# An SSDT of a header alone: 36 bytes that sum to 0
ssdt() {
	perl -e '$t = pack("a4VCCa6a8Va4V", "SSDT", 36, 2, 0, "LSTWDS", "INITRDS", 1, "LSTW", 1);
		substr($t, 9, 1) = chr(-unpack("%8C*", $t) & 255); print $t'
}
early() {
	mkdir -p "$work/early/kernel/x86/microcode" "$work/early/kernel/firmware/acpi" "$work/os"
	echo "no microcode for this machine" >"$work/early/kernel/x86/microcode/GenuineIntel.bin"
	ssdt >"$work/early/kernel/firmware/acpi/lastwords.aml"
	gzip -dc "$lab/initrd.img" | (cd "$work/os" && cpio --quiet -idm)
	(cd "$work/early" && find . | pack)
	(cd "$work/os" && find lib | sort | pack) | gzip
	(cd "$work/os" && find . -path ./lib -prune -o -print | pack) | zstd -qc
}
compressed_modules() {
	mkdir -p "$work/tree/lib/modules" "$work/tree/boot"
	# (without some folders, to spare the time)
	(cd "$kernel" && find "lib/modules/$release" -regex '.*/\(sound\|gpu\|media\|wireless\|infiniband\|staging\|scsi\)' -prune \
		-o -type f -print | cpio --quiet -pdm "$work/tree")
	cp "$kernel/boot/vmlinuz-$release" "$work/tree/boot/"
	find "$work/tree" -name '*.ko' | sed -n 'p;n' | xargs zstd -q --fast --rm
	find "$work/tree" -name '*.ko' | xargs xz -0 -T 2
}

# initrd ROW: makes it, $work/initrd, for the kernel in $tree
initrd() {
	tree=$kernel
	case $1 in
	plain) gzip -dc "$lab/initrd.img" ;;
	xz) gzip -dc "$lab/initrd.img" | xz --check=crc32 ;; # (the kernel knows no other)
	zstd) gzip -dc "$lab/initrd.img" | zstd -qc ;;
	lz4 | direct) gzip -dc "$lab/initrd.img" | lz4 -qlc ;; # (-l: its only format that the kernel reads)
	early) early ;;
	modules)
		compressed_modules
		tree=$work/tree
		cat "$lab/initrd.img" ;;
	esac >"$work/initrd"
}

# shellcheck disable=SC2086 # words
row_mac() { printf '52:54:00:aa:1d:%02x' "$(printf '%s\n' $rows | grep -nx "$1" | cut -d: -f1)"; }
# row ROW ARGS: its profile.
row() {
	lab_profile "$1" "$2" "image = \"$1\"" 'after = "halt"'
	echo "rule { mac = \"$(row_mac "$1")\" profile = \"$1\" }"
}
# image ROW: made of $tree and $work/initrd by image.sh; where that changes nothing in them, the lab's with another
# initrd, to spare the time
image() {
	case $1 in
	direct) set -- "$1" lz4 ;;
	iscsi) set -- "$1" nbd ;;
	plain | xz | zstd | early)
		mkdir "$lab_images/$1"
		ln -s "$lab/vmlinuz" "$lab/overlay.cpio.gz" "$lab/image.conf" "$lab_images/$1/"
		mv "$work/initrd" "$lab_images/$1/initrd.img"
		return 0 ;;
	esac
	if [ $# = 2 ] && [ -e "$lab_images/$2" ]; then
		ln -s "$2" "$lab_images/$1"
		return 0
	fi
	succeeds "$1: an image is made of it" sh "$root/images/image.sh" --kernel "$tree" --initrd "$work/initrd" \
		--out "$lab_images/$1"
}

# kind ROW: its dmesg, its image and the servers show its kind
kind() {
	case $1 in
	early) like "$(cat "$dmesg")" 'SSDT ACPI table found in initrd \[kernel/firmware/acpi/lastwords.aml\]' \
		"$1: the kernel found the early cpio" ;;
	modules) is "$(find "$work/tree" -name '*.ko*' | sed 's/.*\.//' | sort -u | tr '\n' ' ')" 'xz zst ' \
		"$1: all of the tree's modules are compressed" ;;
	live)
		like "$(cat "$dmesg")" 'squashfs: version' "$1: the kernel mounted a squashfs"
		like "$(cat "$lab_state/run/access.log")" 'GET /images/live/root.squashfs 200' "$1: which was fetched by HTTP" ;;
	nbd) like "$(cat "$dmesg")" 'EXT4-fs \(nbd0\): mounted' "$1: the root is on nbd0" ;;
	iscsi)
		like "$(cat "$dmesg")" 'iSCSI Initiator over TCP/IP' "$1: there is an iSCSI host"
		like "$(cat "$dmesg")" 'EXT4-fs \(sda\): mounted' "$1: the root is on its disk" ;;
	tiny) like "$(cat "$dmesg")" 'EXT4-fs \(vda\): mounted' "$1: the root is on the virtio disk" ;;
	esac
	case " $roots " in
	*" $1 "*) lab_console "$1" 'lab: debian up, init is systemd' 1 ;;
	*)
		like "$(begins "$lab_images/$1/initrd.img")" "^$(magic "$1")" "$1: its initrd is of that format"
		is "$(grep -c 'lab: line [0-9] of 5' "$dmesg")" 5 "$1: its init ran" ;;
	esac
}

# machine ROW QEMU-ARG…: from its request to the stored dmesg
machine() {
	began=$(date +%s) lab_mac=$(row_mac "$1")
	mac=$(echo "$lab_mac" | tr -d :)
	if [ "$1" = direct ]; then
		lab_direct
		set -- "$1" -kernel "$work/vmlinuz" -initrd "$work/initrd" -append "$lab_append"
	fi
	lab_machine "$@" -no-reboot
	watch "$1"
	lab_stop "$1"
	diag "$1: $(($(date +%s) - began)) s"
}
watch() {
	lab_event " requested $mac-" 600 "$1: the machine requests its script" || return 0
	session=$(lab_session " requested $mac-")
	lab_event " armed $session " 600 "$1: it is armed" || return 0
	lab_event " running $session .*netconsole=on" 600 "$1: it runs, with netconsole" || return 0
	lab_event " uploaded $session .*channel=http" 600 "$1: the dmesg is stored" || return 0
	dmesg=$(lab_dir "$session")/dmesg.txt
	like "$(head -n 1 "$dmesg")" 'Linux version' "$1: from the kernel's first line"
	like "$(cat "$dmesg")" 'sysrq: Trigger a crash|sysrq triggered crash' "$1: to its crash"
	kind "$1"
}

# --- the lab's initrd in other forms ---
config=
for row in $forms; do
	initrd "$row"
	image "$row"
	config="$config
$(row "$row" lab.lines=5)"
done
if [ -n "$forms" ]; then
	lab_server "$config"
	for row in $forms; do
		# (it dies once the server knows that it runs, however slow this machine is)
		succeeds "$row: it will die" lw drill --after 10 "$(row_mac "$row")"
		machine "$row"
	done
	lab_end "$lab_server_pid"
fi

# --- Debian with another root ---
[ -n "$roots" ] || done_testing
[ "$(id -u)" = 0 ] || { skip "a network namespace needs root" "$roots"; done_testing; }
netroot=$root/build/netroot
if [ "$roots" != 'live ' ] && [ -z "$(find "$netroot/release" -newer "$root/tests/debian/netroot.sh" 2>/dev/null)" ]; then
	succeeds "a Debian whose root is on a disk is made" sh "$root/tests/debian/netroot.sh" \
		"$root/build/images/debian/root.squashfs" "$netroot"
fi
room_open
config=
target=iqn.2026-11.lab:root
die='lab.die=sysrq lab.after=20'
# (nothing else may configure the card that the root hangs on)
dracut='ip=dhcp rd.neednet=1 ro systemd.mask=systemd-networkd.service systemd.mask=systemd-networkd.socket'
for row in $roots; do
	tree=$root/build/kernel/$(cat "$netroot/release" 2>/dev/null || true)
	case $row in
	live)
		ln -s "$root/build/images/debian" "$lab_images/live"
		set -- "boot=live ip=dhcp fetch=http://10.77.0.1:8080/images/live/root.squashfs" ;;
	nbd) set -- "root=nbd:10.77.0.1:root:ext4:ro $dracut" ;;
	iscsi)
		set -- "root=/dev/sda netroot=iscsi:10.77.0.1::3260:1:$target $dracut" ;;
	tiny) set -- "root=/dev/vda rootfstype=ext4 ro" ;;
	esac
	case $row in
	nbd | iscsi) cp "$netroot/dracut.img" "$work/initrd"; image "$row" ;;
	tiny) cp "$netroot/tiny.img" "$work/initrd"; image "$row" ;;
	esac
	config="$config
$(row "$row" "$1 $die")"
done
lab_memory=1536
lab_server "$config"
room_dnsmasq "dhcp-boot=tag:ipxe,http://10.77.0.1:$lab_http/boot.ipxe" "dhcp-userclass=set:ipxe,iPXE"

in_tree() {
	# shellcheck disable=SC2016 # the other shell's variables
	ip netns exec "$room" sh -c 'mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' \
		"$netroot/tree" "$@"
}
# server PORT COMMAND…: one of the tree's, in the room's network (whose mounts are its own as well)
server() {
	port=$1
	shift
	in_tree "$@" >"$work/$1.log" 2>&1 &
	at_exit "pkill -9 -P $! || :" # (a child of the function's shell; SIGTERM does not end it while it has clients)
	succeeds "$1 is ready" wait_for 20 listens
}
listens() { ip netns exec "$room" ss -Hltn "sport = :$port" | grep -q .; }

for row in $roots; do
	case $row in
	nbd)
		printf '[generic]\n[root]\nexportname = /srv/root.ext4\nreadonly = true\n' >"$netroot/tree/run/nbd.conf"
		server 10809 nbd-server -d -C /run/nbd.conf ;;
	iscsi)
		server 3260 tgtd -f
		for words in "new --mode target -T $target" \
			'new --mode logicalunit --lun 1 -b /srv/root.ext4' \
			'update --mode logicalunit --lun 1 --params readonly=1' 'bind --mode target -I ALL'; do
			# shellcheck disable=SC2086 # words
			succeeds "tgtadm $words" in_tree tgtadm --lld iscsi --tid 1 --op $words
		done ;;
	esac
	case $row in
	tiny) set -- -drive "if=none,id=disk,format=raw,readonly=on,file=$netroot/tree/srv/root.ext4" \
		-device virtio-blk-pci,drive=disk ;;
	*) set -- ;;
	esac
	machine "$row" "$@"
done
done_testing
