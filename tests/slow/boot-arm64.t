#!/bin/sh
# SPDX-License-Identifier: MIT
# An arm64 machine: UEFI (AAVMF) boots the arm64 iPXE of a newer Debian by PXE, which requests its script;
# a rule on arch gives it a profile with Debian's arm64 kernel and a few megabytes of busybox.
# There is no overlay for arm64 yet: it boots unarmed, its own system starts netconsole, and it crashes.
# Evidence: the request (arch=arm64), the profile by its rule, not-armed with the reason; the kernel's
# command line; and the panic in the session's netconsole log, with a title.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
. "$root/tests/slow/guest.sh"
lab_need
room_need
code=/usr/share/AAVMF/AAVMF_CODE.fd
needs "make check-full installs it" "$code"
guest_prepare bookworm arm64 || skip_all "no arm64 kernel: $guest_why"
boot_newer
[ -e "$boot_newer/ipxe-arm64.efi" ] || skip_all "${boot_newer:+it has no ipxe-arm64.efi; }$boot_why"

mkdir -p "$work/images/arm"
cp "$guest_tree/boot/vmlinuz-$guest_release" "$work/images/arm/vmlinuz"
ln -s "$root/build/images/lab" "$work/images/lab"
echo "release=$guest_release" >"$work/images/arm/image.conf"
guest_initrd "$work/images/arm/plain.img" virtio_pci virtio_net netconsole || skip_all "no initramfs for arm64"
mkdir "$work/more"
cat >"$work/more/init" <<'END'
#!/bin/busybox sh
export PATH=/bin
busybox mkdir -p /proc /sys /dev /config
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
busybox --install -s /bin
exec </dev/console >/dev/console 2>&1
while read -r module; do
	case $module in netconsole*) ;; *) insmod "/modules/$module" ;; esac
done </modules/order
set -- $(cat /proc/cmdline)
for word; do case $word in lab.address=*) address=${word#*=} ;; esac; done
ip link set eth0 up
ip address add "$address/24" dev eth0
for try in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 1 10.77.0.1 >/dev/null && break; sleep 1; done
mac=$(arp -n 10.77.0.1 | sed -n 's/.* \(..:..:..:..:..:..\) .*/\1/p')
echo 1 >/proc/sys/kernel/sysrq
insmod /modules/netconsole.ko "netconsole=+6665@$address/eth0,6666@10.77.0.1/$mac"
echo "<6>Command line: $(cat /proc/cmdline)" >/dev/kmsg
sleep 1
echo c >/proc/sysrq-trigger
END
chmod +x "$work/more/init"
(cd "$work/more" && echo init | cpio --quiet -R 0:0 -o -H newc) | gzip >"$work/more.img"
cat "$work/images/arm/plain.img" "$work/more.img" >"$work/images/arm/initrd.img"

lab_images=$work/images
# shellcheck disable=SC2016 # iPXE expands it
boot_open "firmware = \"$boot_newer\"" 'profile arm {
	image = "arm"
	args = '\''panic=-1 lab.address=${ip}'\''
	console = "ttyAMA0"
}
rule { arch = "arm64" profile = "arm" }'
room_dhcp dnsmasq
truncate -s 64M "$work/code" "$work/vars"
dd if="$code" of="$work/code" conv=notrunc 2>/dev/null
name=arm lab_mac=52:54:00:aa:0d:01 platform=efi
mac=$(echo "$lab_mac" | tr -d :)
lab_qemu="qemu-system-aarch64 -accel tcg -M virt -cpu cortex-a57"
lab_nic=virtio-net-pci,romfile=
lab_machine arm -no-reboot -drive "if=pflash,format=raw,readonly=on,file=$work/code" \
	-drive "if=pflash,format=raw,file=$work/vars"
lab_event " requested $mac-.*profile=arm rule=line.* arch=arm64 platform=efi" 300 "the rule on arch chooses the profile of an arm64 machine" || true
like "$(cat "$work/dhcp.log")" 'sent .*ipxe-arm64.efi' "the first stage is ipxe-arm64.efi by TFTP"
session=$(lab_session " requested $mac-")
lab_event " not-armed $session why=.*overlay" 5 "an arm64 machine is not armed: no overlay" || true
lab_console arm "Linux version $guest_release" 200 "Debian's arm64 kernel starts" || true
lab_event " died $session " 120 "the crash is seen by netconsole" || true
succeeds "netconsole.log has the panic" \
	lab_wait_file "$(lab_dir "$session")/netconsole.log" 'Kernel panic - not syncing: sysrq triggered crash' 30
like "$(lw show "$session")" '^title .*sysrq' "the title is that of a sysrq crash"
lab_stop arm
room_dhcp_end
done_testing
