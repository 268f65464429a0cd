# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # variables of tap.sh, lab.sh and room.sh
# boot.sh: one way of booting after another, each from firmware to a stored crash, in a namespace with
# the real DHCP server that `lastwords dhcp-config` configures. Sourced after room.sh.
#
#	boot_open [CONFIG]   the room and the server; further lines of its configuration
#	boot_scene NAME      one of the ways below, to its end
#	boot_newer           fetches the iPXE of a newer Debian (2025); $boot_newer is its directory,
#	                     "" where it cannot be fetched ($boot_why)
#	boot_start NAME      the machine of that way, switched on: then boot_watch, boot_stop
#
# Evidence for each: the journal has requested (with the firmware's platform), armed, running and
# uploaded, and the stored dmesg has the crash.

boot_open() {
	needs "make check installs it" /usr/share/OVMF/OVMF_CODE_4M.fd /usr/lib/ipxe/snponly.efi
	room_open
	case "$*" in *firmware*) ;; *) set -- 'firmware = "/usr/lib/ipxe"' "$@" ;; esac
	boot_keys
	lab_server "$(printf '%s\n' "$@")
$(lab_profile lab 'lab.die=null lab.after=5' 'after = "halt"')
rule { mac = \"52:54:00:aa:*\" profile = \"lab\" }"
}

# As in a fleet: tokens are four times as long.
boot_keys() {
	mkdir -p "$work/state/keys"
	(umask 077 && od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n' >"$work/state/keys/own")
}

boot_newer() {
	boot_newer=
	(
		fail() { echo "$*" >&2; exit 1; }
		. "$root/initramfs/recipes/apt.sh"
		apt_open "$work/apt" trixie
		apt_binary ipxe "$work/deb"
	) >"$work/fetch.log" 2>&1 && dpkg -x "$work"/deb/ipxe_*.deb "$work/newer" &&
		boot_newer=$work/newer/usr/lib/ipxe
	boot_why="a newer iPXE cannot be fetched: $(tail -n 1 "$work/fetch.log")"
}

# The machine of a way and the DHCP server for it. Sets $name, $platform, $mac.
boot_start() {
	boot_number=$((${boot_number:-0} + 1))
	lab_mac=$(printf '52:54:00:aa:0b:%02x' $boot_number)
	lab_nic=e1000
	name=$1 platform=pcbios mac=$(echo "$lab_mac" | tr -d :) began=$(date +%s)
	case $name in
	*uefi*) # OVMF's own PXE stack on virtio, snponly.efi by TFTP
		platform=efi
		lab_nic=virtio-net-pci,romfile=
		boot_ovmf "$name"
		# shellcheck disable=SC2086 # words
		set -- $boot_firmware ;;
	*) set -- ;;
	esac
	case $name in
	rom | uefi) # rom: BIOS, the card's own iPXE ROM
		room_dhcp dnsmasq ;;
	undionly)
		# BIOS by TFTP. QEMU's only PXE ROMs are iPXE: for the first answer the snippet has no
		# user class, so that the ROM is served as any other.
		room_dhcp dnsmasq '/^dhcp-userclass/d' ;;
	smbios3) # BIOS whose SMBIOS 3 entry point the iPXE of 2019 does not see: product and uuid are empty
		room_dhcp dnsmasq
		set -- -M q35,smbios-entry-point-type=64 -smbios type=1,product=Unseen ;;
	own_uefi) # our own iPXE and a DHCP server that does not know iPXE's user class
		room_dhcp dnsmasq '/userclass/d; /tag:ipxe/d' ;;
	uefi_http) # without PXE: HTTP boot fetches snponly.efi
		room_dhcp dnsmasq
		set -- "$@" -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n ;;
	isc | isc_uefi) # ISC dhcpd
		room_dhcp isc-dhcpd ;;
	proxy | proxy_uefi) # next to a DHCP server without boot options
		room_dhcp proxy ;;
	*)
		ok 1 "unknown way of booting: $name"
		return 1 ;;
	esac
	lab_machine "$name" -no-reboot "$@"
	[ "$name" = undionly ] || return 0
	succeeds "undionly: the first stage came by TFTP" wait_for 60 grep -q 'sent .*undionly.kpxe' "$work/dhcp.log"
	room_dhcp_end
	room_dhcp dnsmasq
}

boot_stop() {
	lab_stop "$name"
	room_dhcp_end
}

# $name, $platform: from its request on
boot_watch() {
	lab_event " requested $mac-.*platform=$platform" 150 "$name: the machine requests its script, platform $platform" || {
		tail -n 20 "$work"/dhcp*.log | sed 's/^/# /'
		return 0
	}
	session=$(lab_session " requested $mac-")
	lab_event " armed $session " 240 "$name: the machine is armed" || return 0
	lab_event " running $session .*netconsole=on" 60 "$name: the machine runs" || return 0
	lab_event " uploaded $session .*channel=http" 180 "$name: the dmesg is stored" || return 0
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'BUG: kernel NULL pointer dereference' \
		"$name: the stored dmesg has the crash"
	diag "$name: $(($(date +%s) - began)) s"
}

boot_ovmf() {
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/$1.vars"
	set -- -M q35 -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
		-drive "if=pflash,format=raw,file=$work/$1.vars" \
		-fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n
	boot_firmware=$*
}

boot_scene() {
	boot_start "$1" || return 0
	boot_watch
	boot_stop
	case $1 in
	smbios3)
		unlike "$(grep -ah " requested $mac-" "$lab_state"/journal/*.log)" 'product=|uuid=' \
			"smbios3: the request has no product and no uuid" ;;
	uefi) like "$(cat "$work/dhcp.log")" 'sent .*snponly.efi' "uefi: the first stage is snponly.efi by TFTP" ;;
	uefi_http) like "$(cat "$lab_state/run/access.log")" 'GET /firmware/snponly.efi 200' "uefi_http: the first stage is snponly.efi by HTTP" ;;
	esac
}
