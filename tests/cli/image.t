#!/bin/sh
# SPDX-License-Identifier: MIT
# images/image.sh: an image of Debian's kernel and a stand-in for an initrd. Evidence: the archive's
# own listing (order, owners, what must be there), image.conf against the files, the same bytes a
# second time; wrong input is refused in one line and leaves what was there.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

image() { sh "$root/images/image.sh" "$@"; }
kernel=
[ ! -s "$root/build/kernel/own-amd64.release" ] ||
	kernel=$root/build/kernel/$(cat "$root/build/kernel/own-amd64.release")
if [ -z "$kernel" ] || ! [ -x "$root/build/bin/lastwords-dmesg" ]; then
	missing "no kernel or static programs in build; make images makes them"
fi
echo "an initrd" | gzip -n >"$work/initrd"
image --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/a" && rc=0 || rc=$?
ok "$rc" "an image is made"
cd "$work/images/a"
overlay=$work/images/a/overlay.cpio.gz
list=$(gzip -dc "$overlay" | cpio -tv --numeric-uid-gid --quiet)
for name in bin/arm bin/kexec capture/vmlinuz capture/initrd modules/order modules/netconsole.ko pstore/order nics; do
	like "$list" " lastwords/$name\$" "the overlay has $name"
done
is "$(echo "$list" | awk '$3 != 0 || $4 != 0' | wc -l)" 0 "all of it is root's"
is "$(echo "$list" | awk '$NF !~ /^lastwords/ && $NF != "bin/arm"' | wc -l)" 0 "all of it is under lastwords"
like "$(echo "$list" | tail -n 1)" ' lastwords/arm -> bin/arm$' "its last entry is the symlink"
is "$(gzip -dc "$overlay" | cpio -i --quiet --to-stdout lastwords/modules/order | tail -n 1)" \
	netconsole.ko "netconsole is loaded last"
like "$(gzip -dc "$overlay" | cpio -i --quiet --to-stdout lastwords/nics)" \
	'^pci:v00008086d0000100E.* e1000$' "the list of cards has e1000"
gzip -dc "$overlay" | cpio -i --quiet --to-stdout lastwords/capture/initrd >"$work/capture"
list=$(gzip -dc "$work/capture" | cpio -t --quiet)
for name in init bin/busybox bin/sh bin/lastwords-dmesg; do
	like "$list" "^$name\$" "the capture initramfs has $name"
done
like "$list" '/e1000\.ko$' "and e1000"
like "$list" '/libphy\.ko$' "and what others depend on"
is "$(sed -n 's/^overlay-sha256=//p' image.conf)" "$(sha256sum <"$overlay" | cut -d' ' -f1)" \
	"image.conf states the overlay's sum"
is "$(sed -n 's/^overlay-size=//p' image.conf)" "$(stat -c %s "$overlay")" "and its size"
is "$(sed -n 's/^release=//p' image.conf)" "${kernel##*/}" "and the release"
like "$(cat image.conf)" '^crashkernel=[0-9]{8,}$' "and what the capture needs"
like "$(cat image.conf)" '^crashkernel-margin=16777216$' "with its margin"
like "$(cat image.conf)" '^crashkernel-from=(sized|estimated)$' "and where that is from"
succeeds "the initrd is untouched" cmp "$work/initrd" initrd.img

umask 077
image --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/b"
succeeds "a second one has the same overlay" cmp "$overlay" "$work/images/b/overlay.cpio.gz"
is "$(stat -c %a "$work/images/b/overlay.cpio.gz")" 644 "which a web server may read"

# refused WANTED-TEXT ARGUMENT…
refused() {
	text=$1
	shift
	image "$@" >"$work/out" 2>&1 && rc=0 || rc=$?
	is "$rc" 1 "refused: $text"
	like "$(cat "$work/out")" "$text" "says so"
	is "$(wc -l <"$work/out")" 1 "in one line"
}
refused 'unknown argument --bad' --bad
refused '--initrd and --out are needed' --kernel "$kernel"
refused 'not a readable file' --kernel "$kernel" --initrd "$work/none" --out "$work/images/a"
refused 'no boot/vmlinuz-RELEASE' --kernel "$work" --initrd "$work/initrd" --out "$work/images/a"
refused 'a size like 112M' --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/a" --crashkernel much
refused 'a size like 112M' --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/a" --crashkernel M
mkdir -p "$work/tree/boot" "$work/tree/lib/modules/1.0"
cp "$work/initrd" "$work/tree/boot/vmlinuz-1.0"
refused 'no x86 kernel' --kernel "$work/tree" --initrd "$work/initrd" --out "$work/images/a"
cp "$kernel"/boot/vmlinuz-* "$work/tree/boot/vmlinuz-1.0"
refused 'holds no modules' --kernel "$work/tree" --initrd "$work/initrd" --out "$work/images/a"
cp "$work/tree/boot/vmlinuz-1.0" "$work/tree/boot/vmlinuz-2.0"
refused 'several kernels' --kernel "$work/tree" --initrd "$work/initrd" --out "$work/images/a"
is "$(sed -n 's/^overlay-sha256=//p' "$work/images/a/image.conf")" \
	"$(sha256sum <"$overlay" | cut -d' ' -f1)" "the image from before is still there"
is "$(find "$work/images" -mindepth 1 -maxdepth 1 | wc -l)" 2 "and nothing is left beside it"
done_testing
