#!/bin/sh
# SPDX-License-Identifier: MIT
# The small capture kernel in 24 MB: machines with e1000, with virtio, and with an IOMMU die, and each
# record has the death, sent by that kernel. Where an image has no small kernel the stock one is armed, if
# it fits, and both the machine and the journal say why. Skips where `make capture-kernel` was not run.
# Evidence: armed with the small kernel in the journal; the record by HTTP; the same session's
# console shows at least 2 MB of memory still free at the end.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
lab_images=${LAB_SMALL_IMAGES:-$root/build/images}
[ -e "$lab_images/lab-small/image.conf" ] || skip_all "no image lab-small: make capture-kernel builds what it needs"

lab_server "profile lab {
	image = \"lab-small\"
	args = \"lab.panic=2 ${LAB_SMALL_ARGS:-}\"
	console = \"ttyS0,115200n8\"
	capture = \"small\"
	crashkernel = \"${LAB_SMALL_CRASHKERNEL:-24M}\"
}
profile back {
	image = \"lab\"
	args = \"lab=idle\"
	console = \"ttyS0,115200n8\"
	capture = \"small\"
	crashkernel = \"192M\"
}
profile tight {
	image = \"lab\"
	args = \"lab=idle\"
	console = \"ttyS0,115200n8\"
	capture = \"small\"
	crashkernel = \"24M\"
}
rule { mac = \"52:54:00:aa:07:0b\" profile = \"back\" }
rule { mac = \"52:54:00:aa:07:0c\" profile = \"tight\" }
rule { mac = \"52:54:00:*\" profile = \"lab\" }"

# dies NAME WHAT [QEMU argument…]
dies() {
	name=$1 what=$2
	shift 2
	lab_machine "$name" -no-reboot "$@"
	session=
	wait_for 120 lab_has_event " requested .*$lab_mac" || true
	session=$(lab_session " requested .*$lab_mac")
	lab_event " armed $session .*capture=small( |\$)" 90 "$what: armed with the small kernel" || return 0
	lab_event " uploaded $session .*rope=http" 90 "$what: its log is on the server" || return 0
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" \
		'sysrq: Trigger a crash' "$what: the record has the death"
	lab_console "$name" 'kB memory free' 20 "$what: says what memory is left" || return 0
	free=$(sed -n 's/.*lastwords: \([0-9]*\) kB of .*memory free.*/\1/p' "$work/$name.console" | tail -n 1)
	diag "$what: $(grep -a 'memory free' "$work/$name.console" | tr -d '\r')"
	diag "$what: $(grep -aE 'lastwords: (capture kernel up|.* is the NIC|.* has carrier|.* has [0-9.]+/|the last words)' "$work/$name.console" | tr -d '\r' | tr '\n' ';')"
	rc=0
	[ "${free:-0}" -ge 2048 ] || rc=1
	ok $rc "$what: 2 MB and more of it"
	lab_stop "$name"
}

for scene in ${LAB_SMALL_SCENES:-e1000 virtio iommu back tight}; do
	case $scene in
	e1000)
		lab_mac=52:54:00:aa:07:01
		dies e1000 "e1000 on BIOS" ;;
	virtio)
		lab_mac=52:54:00:aa:07:02 lab_nic=virtio-net-pci
		dies virtio "virtio on BIOS" ;;
	iommu)
		lab_mac=52:54:00:aa:07:03 lab_nic=e1000e
		dies iommu "e1000e behind an IOMMU" -M q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on ;;
	back)
		lab_mac=52:54:00:aa:07:0b lab_nic=e1000
		lab_machine back
		lab_event " armed 525400aa070b-.*capture=stock,%20not%20small:" 120 "no small kernel: armed with stock" || true
		lab_console back 'armed .* stock kernel, not small: not in the image' 5 || true
		lab_stop back ;;
	tight)
		lab_mac=52:54:00:aa:07:0c lab_nic=e1000
		lab_machine tight
		lab_event ' not-armed 525400aa070c-.*small:%20not%20in%20the%20image%3B%20stock:%20it%20needs' 120 \
			"no small kernel and no room for stock: not armed" || true
		lab_stop tight ;;
	*) lab_mac=52:54:00:aa:07:09 lab_nic=$scene
		dies "$scene" "$scene" ;;
	esac
done
done_testing
