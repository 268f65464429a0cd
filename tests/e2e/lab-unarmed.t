#!/bin/sh
# SPDX-License-Identifier: MIT
# Every way in which arming can fail: the OS boots unarmed, and the record has the reason.
# Evidence for each: the lab OS prints "lab: up", and the journal has not-armed with the reason.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

# Images of their own, so that parts can be taken away: hard links to the lab's.
lab_images=$work/images
clone() {
	mkdir -p "$lab_images/$1"
	cp "$root/build/images/lab/"* "$lab_images/$1/"
}
for name in whole missing corrupt cut vanish; do clone "$name"; done
# A capture initramfs without this machine's card.
echo virtio_net >"$work/nics"
release=$(sed -n 's/^release=//p' "$root/build/images/lab/image.conf")
sh "$root/images/image.sh" --kernel "$root/build/kernel/$release" --nics "$work/nics" \
	--initrd "$root/build/images/lab/initrd.img" --out "$lab_images/nonic" >"$work/image.log" 2>&1 ||
	diag "$(cat "$work/image.log")"
rm "$lab_images/missing/overlay.cpio.gz"
# Some bytes changed in the middle: the server notices.
size=$(wc -c <"$lab_images/corrupt/overlay.cpio.gz")
printf '\377\377\377\377' | dd of="$lab_images/corrupt/overlay.cpio.gz" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
# Cut short, with size and digest of the cut file: the server cannot notice, the kernel must boot.
truncate -s $((size * 2 / 3)) "$lab_images/cut/overlay.cpio.gz"
sum=$(sha256sum "$lab_images/cut/overlay.cpio.gz" | cut -d ' ' -f 1)
sed -i "s/^overlay-sha256=.*/overlay-sha256=$sum/; s/^overlay-size=.*/overlay-size=$((size * 2 / 3))/" \
	"$lab_images/cut/image.conf"
profiles=
for name in missing corrupt cut vanish nonic noreserve refused; do
	image=$name args=lab=idle crashkernel=192M
	case $name in
	noreserve) image=whole crashkernel=8G ;;
	refused) image=whole args='lab=idle sysctl.kernel.kexec_load_disabled=1' ;;
	esac
	profiles="$profiles
$(lab_profile $name "$args" "image = \"$image\"" "crashkernel = \"$crashkernel\"")
rule { serial = \"$name\" profile = \"$name\" }"
done
lab_server "$profiles"

# try NAME REASON-PATTERN: "" where the machine cannot report a reason
try() {
	lab_mac=52:54:00:aa:01:$(printf %02x "$count")
	count=$((count + 1))
	lab_machine "$1" -smbios "type=1,product=PC,serial=$1"
	if [ "$1" = vanish ]; then
		# Once the script is served, which fetches it last.
		wait_for 60 lab_has_event " requested .*serial=vanish" || true
		rm "$lab_images/vanish/overlay.cpio.gz"
	fi
	lab_console "$1" 'lab: up' 90 "the OS runs without being armed" || true
	session=$(lab_session " requested .*serial=$1")
	if [ -n "$2" ]; then
		lab_event " not-armed $session .*why=.*$2" 30 "$1: the journal has why the machine is not armed" || true
		soon "$1: lastwords sessions shows the machine as not armed" shows "$session"
	fi
	lab_stop "$1"
}
shows() { lw sessions | grep "$1" | grep -q 'not armed'; }
count=1
try missing overlay
try corrupt overlay
try cut ''
try noreserve 'reserv'
try refused 'kexec'
try vanish 'overlay%20did%20not%20load'
try nonic 'NIC'
done_testing
