#!/bin/sh
# SPDX-License-Identifier: MIT
# peer.sh small|stock|kdump: one Debian 12 guest (of kdump-guest.sh, on a disk, systemd) crashes by a NULL
# dereference; the time from the oops line on the serial console to the stored dmesg, in s, by lastwords'
# small or stock capture kernel, or by Debian's kdump-tools as installed. The same disk, memory, card and
# console, without netconsole.
#
# This is the fastest way of kdump-tools, and its default: makedumpfile --dump-dmesg to the local disk,
# before the memory, without a network. Its ways for diskless machines (SSH, NFS, FTP) do the same after its
# network is up. Its time ends with its own line "saved dmesg content", before the sync; ours with the
# server's answer, after fsync. Its reservation is what its package proposes to the boot loader.
#
# Parts: jump (oops line to the capture kernel's clock 0: the end of the dead kernel, purgatory, unpacking
# the kernel), kernel (that clock, until the first program of user space), link (card up to carrier),
# flows (carrier to the first answer of the network: QEMU's e1000 drops all packets for a second after its
# receiver was set), read (of the dmesg; overlaps with the link), send (address to stored). Of kdump-tools:
# jump, kernel, user (systemd until it begins), read (until saved). beyond: oops to stored without link
# and flows, which are the card's own time.
set -eu
. "$(dirname "$0")/bench.sh"
way=$1
PATH=$PATH:/usr/sbin:/sbin
guest=$root/build/kdump
[ -e "$guest/release" ] || bench_fail "no guest: make build/kdump/release"
lab_images=$work/images
mkdir -p "$lab_images"
cp -r "$root/build/images/kdump" "$lab_images/guest"
cp --sparse=always "$guest/disk.img" "$work/disk.img"

# conf KEY: the value in image.conf, in MB
conf() { echo "$(($(sed -n "s/^$1=//p" "$lab_images/guest/image.conf") >> 20))M"; }

# The guest has no network: no way needs it, and it would only delay the crash.
os='root=/dev/vda ro systemd.mask=systemd-networkd.service systemd.mask=systemd-networkd-wait-online.service lab.die=null lab.after=4'
case $way in
small | stock)
	key=crashkernel
	[ "$way" = stock ] || key=crashkernel-small
	profile="args = \"$os systemd.mask=kdump-tools.service\"
		capture = \"$way\"
		crashkernel = \"$(conf $key)\""
	;;
kdump)
	rm "$lab_images/guest/overlay.cpio.gz"
	profile="args = \"$os oops=panic $(cat "$guest/crashkernel")\""
	;;
*) bench_fail "which way? small, stock or kdump" ;;
esac
lab_server "profile lab {
	image = \"guest\"
	console = \"ttyS0,115200n8\"
	netconsole = \"off\"
	$profile
}
rule { product = \"*\" profile = \"lab\" }"

death='BUG: kernel NULL pointer'
bench_machine -no-reboot -drive "file=$work/disk.img,format=raw,if=virtio"
bench_wait 'lab: debian up' 600
[ "$way" != kdump ] || bench_wait 'loaded kdump kernel' 60
bench_wait "$death" 60

# stamp PATTERN / uptime PATTERN: this machine's clock, and the capture kernel's, of a line after the
# death
after_death() { sed -n "/$death/,\$p" "$work/m.stamped"; }
stamp() { after_death | grep -aE -e "$1" | head -n 1 | cut -d ' ' -f 1; }
cpu() { after_death | grep -aE -e "$1" | head -n 1 | cut -d ' ' -f 2; }

case $way in
small | stock)
	uploaded() { lab_has_event ' uploaded '; }
	wait_for 300 uploaded || bench_fail "nothing was stored"
	bench_wait 'lastwords: done, rebooting' 60
	# (the journal has no "armed": this guest, as the other, brings no network up)
	grep -aq "lastwords: armed .* $way kernel" "$work/m.console" || bench_fail "not armed with the $way kernel"
	sleep 1
	said() { after_death | sed -n "s/.*$1.*/\\1/p" | head -n 1; }
	session=$(lab_session ' uploaded ')
	stored=$(bench_event ' uploaded ')
	dmesg=$(lab_dir "$session")/dmesg.txt
	up='lastwords: capture kernel up' end='lastwords-dmesg: stored on'
	kernel=$(said 'capture kernel up, \([0-9.]*\) s')
	bench_row "peers.$way.link" "$(bench_minus "$(stamp 'has carrier')" "$(stamp ' is the NIC')")"
	bench_row "peers.$way.flows" "$(bench_minus "$(stamp 'lastwords: eth0 has [0-9.]*/')" "$(stamp 'has carrier')")"
	bench_row "peers.$way.read" "$(said 'read in \([0-9]*\) ms' | awk '{ print $1 / 1000 }')"
	bench_row "peers.$way.send" "$(bench_minus "$stored" "$(stamp 'lastwords: eth0 has [0-9.]*/')")"
	bench_row "peers.$way.beyond" "$(awk -v a="$stored" -v b="$(stamp "$death")" \
		-v c="$(stamp 'lastwords: eth0 has [0-9.]*/')" -v d="$(stamp ' is the NIC')" 'BEGIN { print a - b - (c - d) }')"
	in=lastwords/capture
	[ "$way" = stock ] || in=$in/small
	bench_row "peers.$way.size" "$(zcat "$lab_images/guest/overlay.cpio.gz" |
		cpio -i --quiet --to-stdout $in/vmlinuz $in/initrd | wc -c)"
	bench_row "peers.$way.sent" "$(said '(\([0-9]*\) bytes sent')"
	perl "$root/tests/bench/wire.pl" "$work/m.pcap" 'PUT /crash/' "$lab_udp" >"$work/wire" ||
		bench_fail "the traffic cannot be counted"
	bench_row "peers.$way.wire" "$(awk '$1 == "in" || $1 == "out" { n += $2 } END { print n }' "$work/wire")"
	;;
kdump)
	bench_wait 'saved dmesg content' 600
	bench_wait 'saved vmcore' 600
	wait_for 60 has_line "$work/m.console" 'reboot: Restarting system' || true
	sleep 1
	stored=$(stamp 'saved dmesg content')
	up='Run /init as init process' end='saved dmesg content'
	kernel=$(after_death | sed -n "s|.*\[ *\([0-9.]*\)\] $up.*|\1|p" | head -n 1)
	begun=$(stamp 'Starting kdump-tools')
	bench_row "peers.$way.user" "$(bench_minus "$begun" "$(stamp "$up")")"
	bench_row "peers.$way.read" "$(bench_minus "$stored" "$begun")"
	bench_row "peers.$way.vmcore" "$(bench_minus "$(stamp 'saved vmcore')" "$(stamp "$death")")"
	lab_stop m
	name=$(debugfs -R 'ls -p /var/crash' "$work/disk.img" 2>/dev/null | cut -d / -f 6 | grep '^2' | head -n 1)
	dmesg=$work/dmesg.txt
	debugfs -R "dump /var/crash/$name/dmesg.$name $dmesg" "$work/disk.img" 2>/dev/null
	bench_row "peers.$way.size" $(($(stat -c %s "$guest/root/boot/vmlinuz-$(cat "$guest/release")") + $(debugfs -R \
		"stat /var/lib/kdump/initrd.img-$(cat "$guest/release")" "$work/disk.img" 2>/dev/null | sed -n 's/.*Size: \([0-9]*\).*/\1/p' | head -n 1)))
	;;
esac
grep -q 'NULL pointer' "$dmesg" || bench_fail "the stored dmesg has no oops"
bench_row "peers.$way.plain" "$(wc -c <"$dmesg")"
bench_row "peers.$way.stored" "$(bench_minus "$stored" "$(stamp "$death")")"
bench_row "peers.$way.jump" "$(awk -v u="$(stamp "$up")" -v k="$kernel" -v d="$(stamp "$death")" 'BEGIN { print u - k - d }')"
bench_row "peers.$way.kernel" "$kernel"
bench_row "peers.$way.cpu" "$(bench_minus "$(cpu "$end")" "$(cpu "$death")")"
reserved=$(tr -d '\r' <"$work/m.console" | sed -n 's/.*Reserving \([0-9]*\)MB of memory at.*/\1/p' | head -n 1)
bench_row "peers.$way.reserved" "${reserved:-0}"
lab_stop m
