#!/bin/sh
# SPDX-License-Identifier: MIT
# UEFI Secure Boot with Microsoft's keys, as servers have it: firmware, Debian's shim, Debian's GRUB and
# Debian's signed kernel, with lastwords' overlay and session in its initrd. The kernel is locked down:
# it refuses kexec_load and any unsigned capture kernel. So capture = "stock" is armed by
# kexec_file_load, and capture = "small", which is not signed, falls back to stock; both report the reason
# and capture a crash.
# Evidence: the kernel's own lines (Secure boot enabled; locked down); the machine's and the journal's
# "armed" with system call and reasons; the record by HTTP with the crash and the lockdown in it.
# And the firmware checks: the same disk with a changed loader does not boot.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/signed.sh"
lab_need
code=/usr/share/OVMF/OVMF_CODE_4M.ms.fd vars=/usr/share/OVMF/OVMF_VARS_4M.ms.fd
needs "make check-full installs and builds it" "$code" "$vars" mcopy "$root/build/images/lab-small/image.conf"
lab_images=$work/images
mkdir "$lab_images"
ln -s "$root/build/images/lab" "$root/build/images/lab-small" "$lab_images/"
signed_fetch || skip_all "$signed_why"

lab_server "$(lab_profile stock lab.panic=2)
$(lab_profile small lab.panic=2 'image = "lab-small"' 'capture = "small"')
rule { mac = \"52:54:00:aa:0a:01\" profile = \"stock\" }
rule { mac = \"52:54:00:aa:0a:02\" profile = \"small\" }"

# disk NAME LOADER: a FAT disk that the firmware finds LOADER on, and GRUB the rest
disk() {
	truncate -s 96M "$work/$1.disk"
	mformat -i "$work/$1.disk" -F -v LAB ::
	mmd -i "$work/$1.disk" ::/EFI ::/EFI/BOOT ::/EFI/debian
	mcopy -i "$work/$1.disk" "$2" ::/EFI/BOOT/BOOTX64.EFI
	mcopy -i "$work/$1.disk" "$signed/grubx64.efi" ::/EFI/BOOT/grubx64.efi
	cat >"$work/grub.cfg" <<-END
		set timeout=0
		echo "lab: grub"
		linux /vmlinuz $lab_append
		initrd /initrd
		boot
	END
	mcopy -i "$work/$1.disk" "$work/grub.cfg" ::/EFI/debian/grub.cfg
	mcopy -i "$work/$1.disk" "$work/vmlinuz" "$work/initrd" ::/
}

# boots NAME: the machine with that disk
boots() {
	cp "$vars" "$work/$1.vars"
	lab_machine "$1" -M q35,smm=on -global driver=cfi.pflash01,property=secure,value=on \
		-global ICH9-LPC.disable_s3=1 -no-reboot \
		-drive "if=pflash,format=raw,unit=0,readonly=on,file=$code" \
		-drive "if=pflash,format=raw,unit=1,file=$work/$1.vars" \
		-drive "if=none,id=disk,format=raw,file=$work/$1.disk" -device virtio-blk-pci,drive=disk,bootindex=0
}

# scene NAME WHY: armed with stock by kexec_file_load, WHY in the journal; and captured
scene() {
	name=$1
	lab_direct
	disk "$name" "$signed/shimx64.efi"
	boots "$name"
	lab_console "$name" 'secureboot: Secure boot enabled' 180 "Secure Boot is on in the kernel" || return 0
	lab_console "$name" 'Kernel is locked down from EFI Secure Boot' 10 "the kernel is locked down" || true
	lab_console "$name" 'lastwords: armed .*kexec_file_load, not kexec_load: .*stock kernel' 60 \
		"the machine is armed by kexec_file_load and reports why" || return 0
	session=$(lab_session " requested .*$(echo "$lab_mac" | tr -d :)")
	lab_event " armed $session .*capture=$2" 10 "the journal has why another capture kernel is armed" || true
	lab_event " uploaded $session .*channel=http" 180 "the dmesg is stored under Secure Boot" || return 0
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'sysrq: Trigger a crash' "the dmesg has the crash"
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'locked down from EFI Secure Boot' "the dmesg has that Secure Boot was on"
	lab_console "$name" 'lastwords: done, rebooting' 60 "the machine reboots after the upload" || true
	diag "$(grep -aE 'lastwords: ' "$work/$name.console" | tr -d '\r')"
	lab_stop "$name"
}

lab_mac=52:54:00:aa:0a:01
scene stock 'stock%3B%20by%20kexec_file_load,%20not%20kexec_load:%20Permission%20denied%20%28Secure%20Boot%29'
lab_mac=52:54:00:aa:0a:02
scene small 'stock,%20not%20small:.*kexec_file_load:.*%28not%20signed%29'

# the firmware checks: one byte of shim is changed
lab_mac=52:54:00:aa:0a:01
lab_direct
cp "$signed/shimx64.efi" "$work/forged.efi"
printf 'X' | dd of="$work/forged.efi" bs=1 seek=80000 conv=notrunc 2>/dev/null
disk forged "$work/forged.efi"
boots forged
lab_console forged 'Access Denied|Security Violation' 120 "the firmware refuses a changed loader" || true
unlike "$(cat "$work/forged.console")" 'lab: grub|Linux version' "the firmware does not start a changed loader"
lab_stop forged
done_testing
