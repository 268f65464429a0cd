#!/bin/sh
# SPDX-License-Identifier: MIT
# The small capture kernel in 24 MB, over a table of machines: network cards, firmware, IOMMUs, 5-level
# paging, sizes of memory, CPUs, the kernels that crash, and the larger capture kernel (tier 2, with the
# same cards: QEMU has none of its own); each machine crashes, and its record has the crash, sent by that
# kernel. Where an image has no small kernel the stock one is armed, if it fits, and the machine and the
# journal have the reason. Skips where `make lab-small` was not run.
# Evidence: armed with the small kernel in the journal; the record by HTTP; the session's console shows
# at least 2 MB of memory free at the end; the autopsy is stored as well.
# LAB_SMALL_SCENES names the rows to run, all of them if unset.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
images=${LAB_SMALL_IMAGES:-$root/build/images}
needs "make lab-small builds it" "$images/lab-small/image.conf"
lab_images=$work/images
mkdir "$lab_images"
ln -s "$images/lab" "$images/lab-small" "$lab_images/"
[ ! -e "$images/lab-tier2/image.conf" ] || ln -s "$images/lab-tier2" "$lab_images/"

# NAME | card | reserved | MB | CPUs | firmware (none: BIOS, but no ROM that boots over this card) |
# image: the lab's, or of a suite's kernel | further arguments of QEMU
machines='
e1000   | e1000          | 24M | 1024 | 1 | bios | lab-small |
virtio  | virtio-net-pci | 24M | 1024 | 1 | bios | lab-small |
e1000e  | e1000e         | 24M | 1024 | 1 | bios | lab-small |
vmxnet3 | vmxnet3        | 27M | 1024 | 1 | bios | lab-small |
igb     | igb            | 24M | 1024 | 1 | none | lab-small |
iommu   | e1000e         | 24M | 1024 | 1 | bios | lab-small | -M q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on
amdmmu  | e1000e         | 24M | 1024 | 1 | bios | lab-small | -M q35,kernel-irqchip=split -device amd-iommu,intremap=on
uefi    | e1000          | 24M | 1024 | 1 | uefi | lab-small | -M q35
uefimmu | e1000e         | 24M | 1024 | 4 | uefi | lab-small | -M q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on
la57    | e1000          | 24M | 1024 | 1 | bios | lab-small | -cpu max,+la57
min     | virtio-net-pci | 24M | 512  | 1 | bios | lab-small |
two     | e1000          | 24M | 2048 | 4 | bios | lab-small |
eight   | virtio-net-pci | 24M | 8192 | 4 | bios | lab-small |
second  | e1000,addr=5   | 24M | 1024 | 1 | bios | lab-small | -netdev user,id=other,restrict=on -device virtio-net-pci,netdev=other,mac=52:54:00:bb:00:01,addr=2
k510    | e1000          | 24M | 1024 | 1 | bios | bullseye  |
k612    | e1000          | 24M | 1024 | 1 | bios | trixie    |
newest  | e1000          | 24M | 1024 | 1 | bios | sid       |
tier2   | e1000          | 64M | 1024 | 1 | bios | lab-tier2 |
tier2mu | e1000e         | 64M | 1024 | 4 | bios | lab-tier2 | -M q35,kernel-irqchip=split -device intel-iommu,intremap=on,caching-mode=on
'
names=$(echo "$machines" | sed -n 's/^\([a-z0-9]*\) .*/\1/p')
profiles='' number=0
for name in $names; do
	number=$((number + 1))
	# shellcheck disable=SC2046 # words
	set -- $(echo "$machines" | sed -n "s/^$name .*/&/p" | tr '|' ' ')
	profiles="$profiles
$(lab_profile $name "lab.panic=2 ${LAB_SMALL_ARGS:-}" "image = \"$7\"" 'capture = "small"' \
		"crashkernel = \"${LAB_SMALL_CRASHKERNEL:-$3}\"")
rule { mac = \"$(printf '52:54:00:aa:08:%02x' "$number")\" profile = \"$name\" }"
done

lab_server "$(lab_profile back lab=idle 'capture = "small"')
$(lab_profile tight lab=idle 'capture = "small"' 'crashkernel = "24M"')
rule { mac = \"52:54:00:aa:07:0b\" profile = \"back\" }
rule { mac = \"52:54:00:aa:07:0c\" profile = \"tight\" }
$profiles"

# has_device QEMU NAME: QEMU emulates the device
has_device() {
	"$1" -device "$2,help" 2>/dev/null | grep -q options:
}

# ready IMAGE: it exists, or is made with the suite's kernel and the small one; 1: it cannot be made
ready() {
	[ ! -e "$lab_images/$1/image.conf" ] || return 0
	if [ "$1" = lab-tier2 ]; then
		echo "no image lab-tier2: make lab-tier2 builds it" >"$work/image.log"
		return 1
	fi
	sh "$root/tests/lab/lab.sh" "$root/build/kernel" "$lab_images/$1" "$1" --capture small 2>"$work/image.log"
}

# dies NAME WHAT [QEMU argument…]
dies() {
	name=$1 what=$2
	shift 2
	lab_machine "$name" -no-reboot "$@"
	session=
	wait_for 120 lab_has_event " requested .*$lab_mac" || true
	session=$(lab_session " requested .*$lab_mac")
	lab_event " armed $session .*capture=small( |\$)" 120 "$what: the small kernel is armed" || return 0
	lab_event " uploaded $session .*channel=http" 120 "$what: the dmesg is stored" || return 0
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" \
		'sysrq: Trigger a crash' "$what: the record has the crash"
	case $what in
	*intel-iommu*) iommu='DMAR: Intel.R. Virtualization Technology for Directed I/O' ;;
	*amd-iommu*) iommu='AMD-Vi: Interrupt remapping enabled' ;;
	*) iommu= ;;
	esac
	[ -z "$iommu" ] || like "$(cat "$(lab_dir "$session")/dmesg.txt")" "$iommu" "$what: the IOMMU was on"
	lab_console "$name" 'kB memory free' 20 "$what: the capture kernel reports its free memory" || return 0
	free=$(tr -d '\r' <"$work/$name.console" | sed -n 's/.*lastwords: \([0-9]*\) kB of .*memory free.*/\1/p' | tail -n 1)
	diag "$what: $(grep -a 'memory free' "$work/$name.console" | tr -d '\r')"
	diag "$what: $(grep -aE 'lastwords: (capture kernel up|.* is the NIC|.* has carrier|.* has [0-9.]+/|the last words)' "$work/$name.console" | tr -d '\r' | tr '\n' ';')"
	succeeds "$what: 2 MB or more are free" test "${free:-0}" -ge 2048
	lab_event " uploaded $session .*channel=autopsy" 40 "$what: the autopsy is stored" || return 0
	diag "$what: $(grep -aE 'lastwords(-autopsy)?: .*autopsy' "$work/$name.console" | tr -d '\r' | tr '\n' ';')"
	like "$(cat "$(lab_dir "$session")/autopsy.txt")" '^  CPU [0-9]+ died while' "$what: the autopsy has the death"
}

# one row of the table
machine() {
	name=$1 lab_nic=$2 lab_memory=$4 cpus=$5 firmware=$6 image=$7 reserved=$3
	shift 7
	what="$name: $lab_nic, $reserved of $lab_memory MB, $cpus CPU, $firmware, $image $*"
	lab_qemu=
	if ! has_device qemu-system-x86_64 "${lab_nic%%,*}"; then
		newer=$(sh "$root/tests/lib/qemu-newer.sh" "$root/build/qemu-newer" 2>"$work/newer.log") || newer=
		if [ -z "$newer" ] || ! has_device "$newer" "${lab_nic%%,*}"; then
			skip "this QEMU has no $lab_nic; $(tail -n 1 "$work/newer.log")" "$what"
			return 0
		fi
		lab_qemu="$newer -accel tcg -M pc,graphics=off"
	fi
	room=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	if [ $((room / 1024)) -lt $((lab_memory + 500)) ]; then
		skip "this host has less than $lab_memory MB of free memory" "$what"
		return 0
	fi
	if [ "$firmware" = uefi ] && ! [ -r "$ovmf" ]; then
		skip "no $ovmf; make check-full installs it" "$what"
		return 0
	fi
	if ! ready "$image"; then
		skip "$(tail -n 1 "$work/image.log")" "$what"
		return 0
	fi
	lab_mac=$(echo "$profiles" | sed -n "s/.*mac = \"\(.*\)\" profile = \"$name\".*/\1/p")
	case $firmware in
	bios) dies "$name" "$what" -smp "$cpus" "$@" ;;
	*)
		lab_direct
		[ "$firmware" = none ] || set -- -bios "$ovmf" "$@"
		dies "$name" "$what" -smp "$cpus" -kernel "$work/vmlinuz" -initrd "$work/initrd" \
			-append "$lab_append" "$@" ;;
	esac
	lab_stop "$name"
}

ovmf=/usr/share/ovmf/OVMF.fd
for scene in ${LAB_SMALL_SCENES:-$names back tight}; do
	case $scene in
	back)
		lab_mac=52:54:00:aa:07:0b lab_nic=e1000 lab_memory=1024
		lab_machine back
		lab_event " armed 525400aa070b-.*capture=stock,%20not%20small:" 120 "an image without a small kernel is armed with the stock one" || true
		lab_console back 'armed .* stock kernel, not small: not in the image' 5 "the machine reports why the stock kernel is armed" || true
		lab_stop back ;;
	tight)
		lab_mac=52:54:00:aa:07:0c lab_nic=e1000 lab_memory=1024
		lab_machine tight
		lab_event ' not-armed 525400aa070c-.*small:%20not%20in%20the%20image%3B%20stock:%20it%20needs' 120 \
			"an image without a small kernel is not armed where stock does not fit" || true
		lab_stop tight ;;
	*)
		row=$(echo "$machines" | sed -n "s/^$scene .*/&/p" | tr '|' ' ')
		[ -n "$row" ] || { ok 1 "unknown row: $scene"; continue; }
		# shellcheck disable=SC2086 # words
		machine $row ;;
	esac
done
done_testing
