#!/bin/sh
# SPDX-License-Identifier: MIT
# The script that our own iPXE embeds (ipxe/embed.ipxe, images/ipxe.sh --script) and a DHCP server that
# does not know iPXE: it names the same file for every machine. Where `make ipxe` has built one, that is
# what boots; else Debian's run the same text: ipxe.lkrn (BIOS, 2019) as its initrd, snponly.efi (2025)
# as autoexec.ipxe. Evidence: the request, with the platform, and the stored crash; a server that is
# not the TFTP server is found by the file that DHCP names.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
lab_need
room_need
lkrn=/usr/lib/ipxe/ipxe.lkrn
needs "make check installs it" "$lkrn"
mkdir "$work/firmware"
own=$root/build/ipxe/current
if [ -e "$own/snponly.efi" ]; then
	cp "$own"/*.kpxe "$own"/*.efi "$work/firmware/"
else
	boot_newer
	[ -z "$boot_newer" ] || cp "$boot_newer/snponly.efi" "$work/firmware/"
	sh "$root/images/ipxe.sh" --script >"$work/firmware/autoexec.ipxe"
fi
boot_open "firmware = \"$work/firmware\""

# BIOS: the ROM is left out, iPXE is QEMU's -kernel; its initrd is a script that it runs.
embedded() {
	name=$1 platform=pcbios began=$(date +%s)
	lab_mac=52:54:00:aa:0c:0$2 lab_nic=e1000,romfile=
	mac=$(echo "$lab_mac" | tr -d :)
	shift 2
	lab_machine "$name" -no-reboot -kernel "$lkrn" -initrd "$work/$name.ipxe"
}

for scene in ${EMBEDDED_SCENES:-lkrn named own_uefi}; do
	case $scene in
	lkrn) # the DHCP server names undionly.kpxe for all
		sh "$root/images/ipxe.sh" --script >"$work/lkrn.ipxe"
		room_dhcp dnsmasq '/userclass/d; /tag:ipxe/d'
		embedded lkrn 1
		boot_watch
		boot_stop ;;
	named) # no server at the TFTP server's port: iPXE uses what DHCP names for it
		PORT=8079 sh "$root/images/ipxe.sh" --script >"$work/named.ipxe"
		room_dhcp dnsmasq
		embedded named 2
		lab_event " requested $mac-.*platform=pcbios" 90 "named: the script is requested from the server that DHCP names" || true
		like "$(cat "$work/named.console")" 'no answer; trying http://10.77.0.1:8080/boot.ipxe' "named: the console shows why another server is asked"
		boot_stop ;;
	own_uefi)
		[ -e "$work/firmware/snponly.efi" ] || { skip "$boot_why" own_uefi; continue; }
		boot_scene own_uefi
		like "$(cat "$work/own_uefi.console")" 'asking http://10.77.0.1:8080 how to boot' \
			"own_uefi: the embedded script requests the boot script" ;;
	esac
done
done_testing
