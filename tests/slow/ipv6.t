#!/bin/sh
# SPDX-License-Identifier: MIT
# A room with IPv6 only: UEFI firmware, iPXE (of 2019 and of 2025), server, netconsole, callback and capture, in a namespace
# without any IPv4 address; router advertisements, DHCPv6 and TFTP as `lastwords dhcp-config dnsmasq6` has them.
#   pxe      PXE over IPv6, the first stage by TFTP; machines make addresses of the advertised prefix
#   newer    the same with the iPXE of Debian 13, where it can be fetched
#   managed  addresses by DHCPv6 only, so that the capture kernel uses the one that iPXE had
# Needs root. Evidence: journal, netconsole log and stored dmesg; each address in them is IPv6. LAB_SCENES names the
# rows to run.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
lab_need
room_need
needs "make check installs it" /usr/share/OVMF/OVMF_CODE_4M.fd /usr/lib/ipxe/snponly.efi
room_open
room_ip -4 address flush dev br0
room_ip -6 address add fd00:77::1/64 dev br0 nodad
lab_host='[fd00:77::1]'
boot_keys
lab_server "firmware = \"$work/firmware\"
$(lab_profile lab 'lab.net=six lab.die=null lab.after=8' 'after = "halt"')
rule { client = \"fd00:77::/64\" profile = \"lab\" }"

# What has no IPv6 is named by check.
sed "s#^firmware.*#firmware = \"$work/none\"\nurl = \"http://[fd00:77::1]:8080\"#" "$work/lastwords.conf" >"$work/old.conf"
mkdir "$work/none"
tr 6 4 </usr/lib/ipxe/snponly.efi >"$work/none/snponly.efi"
like "$("$root/build/bin/lastwords" -c "$work/old.conf" check 2>&1)" 'snponly.efi has no IPv6' "check names an iPXE without IPv6"
sed "s#$work/none#/usr/lib/ipxe#" "$work/old.conf" >"$work/new.conf"
unlike "$("$root/build/bin/lastwords" -c "$work/new.conf" check 2>&1)" 'has no IPv6' "check takes Debian's iPXE"

start() {
	boot_ovmf "$name"
	boot_firmware="${boot_firmware%-fw_cfg*} -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n"
	rm -f "$work/firmware"
	case $name in
	newer) ln -s "$boot_newer" "$work/firmware" ;;
	*) ln -s /usr/lib/ipxe "$work/firmware" ;;
	esac
	lab_nic=virtio-net-pci,romfile=
	case $name in
	managed) room_dhcp dnsmasq6 's/,slaac,/,/' ;;
	*) room_dhcp dnsmasq6 ;;
	esac
	# shellcheck disable=SC2086 # words
	lab_machine "$name" -no-reboot $boot_firmware
}

play() {
	began=$(date +%s)
	start
	lab_event " requested $id-.* address=fd00:77::.*platform=efi" 150 "$name: the machine requests its script from an IPv6 address" || {
		tail -n 20 "$work/dhcp.log" | sed 's/^/# /'
		return 0
	}
	session=$(lab_session " requested $id-")
	lab_event " armed $session " 240 "$name: the machine is armed" || return 0
	lab_event " running $session .*address=fd00:77:.*netconsole=on" 60 "$name: the keeper runs, netconsole too" || return 0
	lab_event " died $session" 120 "$name: the capture kernel reports the death" || return 0
	lab_event " uploaded $session .*channel=http.* address=fd00:77:" 120 "$name: the dmesg came by HTTP, by IPv6" || return 0
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'BUG: kernel NULL pointer dereference' "$name: the stored dmesg has the crash"
	like "$(cat "$(lab_dir "$session")"/netconsole*)" 'lab: |lab_die' "$name: the collector has its log"
	messages=$(tr -d '\r' <"$work/$name.console" | grep -a '^lastwords: ')
	[ "$name" != managed ] ||
		like "$(grep -a " uploaded $session " "$lab_state"/journal/*.log)" " address=fd00:77::d:" "managed: from an address of DHCPv6"
	like "$messages" 'has IPv6' "$name: the capture kernel has an IPv6 address"
	diag "$name: $(echo "$messages" | tr '\n' ';')"
	diag "$name: $(($(date +%s) - began)) s"
}

boot_newer
[ -n "$boot_newer" ] || skip "$boot_why" "newer: PXE over IPv6 with an iPXE of 2025"
number=0
for name in ${LAB_SCENES:-pxe managed ${boot_newer:+newer}}; do
	number=$((number + 1))
	lab_mac=52:54:00:aa:06:0$number
	id=$(echo "$lab_mac" | tr -d :)
	play
	lab_stop "$name"
	room_dhcp_end
	like "$(cat "$work/dhcp.log")" 'sent .*snponly.efi to fd00:77:' "$name: the first stage came by TFTP, by IPv6"
done
unlike "$(cat "$lab_state"/journal/*.log)" ' (address|from)=[0-9]+[.]' "no machine used IPv4"
done_testing
