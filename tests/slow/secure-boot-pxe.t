#!/bin/sh
# SPDX-License-Identifier: MIT
# Secure Boot over the network, as with iPXE 2.0.0's signed programs: firmware, shim and iPXE by TFTP or by HTTP boot, the
# boot script, the distribution's shim, its signed kernel; armed, and a crash captured.
# Those programs cannot be had here. Stand-ins, which ask for the same files in the same order:
#   x86_64-sb/snponly-shim.efi   Debian's shim, in which the next file's name is that of iPXE's, and which does not trust
#                                Debian's key, as iPXE's does not
#   x86_64-sb/snponly.efi        iPXE of Debian 13, which knows the command shim
# Both, and Debian's own shim, are signed with the test key that OVMF's "snakeoil" variables have enrolled; the kernel
# has Debian's signature only, so that nothing but Debian's shim can start it.
# Evidence: TFTP's and lighttpd's logs (which files, in which order), the kernel's "Secure boot enabled", the journal, the
# stored log. And without its signature the iPXE behind the shim does not start.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
. "$root/tests/lib/signed.sh"
lab_need
room_need
vars=/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd key=/usr/share/ovmf/PkKek-1-snakeoil
needs "make check-full installs it" "$vars" sbsign
signed_fetch || skip_all "$signed_why"
boot_newer
[ -n "$boot_newer" ] || skip_all "$boot_why"

openssl rsa -in "$key.key" -passin pass:snakeoil -out "$work/key" 2>/dev/null
sign() { sbsign --key "$work/key" --cert "$key.pem" --output "$2" "$1" 2>/dev/null; }
firmware=$work/ipxeboot
mkdir -p "$firmware/x86_64-sb" "$firmware/i386"
cp "$boot_newer/undionly.kpxe" "$firmware/i386/"
cp "$signed/shimx64.efi" "$work/shim.efi"
sbattach --remove "$work/shim.efi" 2>/dev/null
sign "$work/shim.efi" "$work/distribution.efi"
# (both names of files have 11 characters)
perl -0777 -pi -e 's/g\0r\0u\0b\0x\0006\0004\0\.\0e\0f\0i\0/s\0n\0p\0o\0n\0l\0y\0.\0e\0f\0i\0/g or die;
	s/Debian Secure Boot CA/Nobody Secure Boot CA/g or die' "$work/shim.efi"
sign "$work/shim.efi" "$firmware/x86_64-sb/snponly-shim.efi"
sign "$boot_newer/snponly.efi" "$firmware/x86_64-sb/snponly.efi"

lab_images=$work/images
mkdir -p "$lab_images/lab"
ln -s "$root"/build/images/lab/* "$lab_images/lab/"
ln -s "$work/distribution.efi" "$lab_images/lab/shim.efi"
boot_open "firmware = \"$firmware\"" "$(lab_profile signed lab.panic=2 'after = "halt"')" \
	'rule { mac = "52:54:00:aa:0c:*" profile = "signed" }'

# machine NAME: with Secure Boot, switched on
machine() {
	cp "$vars" "$work/$1.vars"
	lab_nic=virtio-net-pci,romfile=
	# shellcheck disable=SC2086 # words
	lab_machine "$1" -no-reboot -M q35,smm=on -global driver=cfi.pflash01,property=secure,value=on \
		-global ICH9-LPC.disable_s3=1 -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n \
		-drive if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.snakeoil.fd \
		-drive "if=pflash,format=raw,unit=1,file=$work/$1.vars" $scene_options
}

# scene NAME LOG PATTERN…: a machine from its firmware on; the patterns are in that log, in this order
scene() {
	name=$1 log=$2
	shift 2
	machine "$name"
	mac=$(echo "$lab_mac" | tr -d :)
	lab_event " requested $mac-.*platform=efi" 150 "$name: the machine requests its script" || true
	session=$(lab_session " requested $mac-")
	lab_event " armed $session .*kexec_file_load" 240 "$name: the machine is armed by kexec_file_load" || true
	lab_event " uploaded $session .*channel=http" 180 "$name: the dmesg is stored" || true
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'sysrq: Trigger a crash' "$name: the stored dmesg has the crash"
	lab_console "$name" 'secureboot: Secure boot enabled' 1 "$name: Secure Boot is on in the kernel" || true
	at=0
	for pattern; do
		at=$(awk -v from="$at" -v pattern="$pattern" 'NR > from && $0 ~ pattern { print NR; exit }' "$log")
		ok "$([ -n "$at" ] && echo 0 || echo 1)" "$name: loaded, in this order: $pattern"
		at=${at:-0}
	done
	diag "$(grep -E 'dnsmasq-tftp' "$work/dhcp.log"; cat "$lab_state/run/access.log")"
	lab_stop "$name"
}

lab_mac=52:54:00:aa:0c:01 scene_options=''
room_dhcp dnsmasq
scene tftp "$work/dhcp.log" 'sent .*x86_64-sb/snponly-shim[.]efi' 'sent .*x86_64-sb/snponly[.]efi'
like "$(cat "$lab_state/run/access.log")" 'GET /images/lab/shim\.efi 200' "tftp: the distribution's shim is loaded"
unlike "$(cat "$lab_state/run/access.log")" 'snponly' "tftp: no program came by HTTP"
room_dhcp_end

lab_mac=52:54:00:aa:0c:02 scene_options='-fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n'
: >"$lab_state/run/access.log"
room_dhcp dnsmasq
scene http "$lab_state/run/access.log" 'GET /firmware/x86_64-sb/snponly-shim[.]efi 200' 'GET /firmware/x86_64-sb//?snponly[.]efi 200' \
	'GET /firmware/x86_64-sb/autoexec[.]ipxe 302' 'GET /boot[.]ipxe 200' 'GET /images/lab/shim[.]efi 200'
room_dhcp_end

# without its signature
lab_mac=52:54:00:aa:0c:03 scene_options=''
cp "$boot_newer/snponly.efi" "$firmware/x86_64-sb/snponly.efi"
room_dhcp dnsmasq
cp "$vars" "$work/unsigned.vars"
machine unsigned
lab_console unsigned 'Security Violation|Access Denied|Verification failed' 150 "the shim refuses an iPXE without a signature" || true
unlike "$(cat "$work/unsigned.console")" 'iPXE initialising' "it does not start"
lab_stop unsigned
room_dhcp_end
done_testing
