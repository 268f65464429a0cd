#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords image --tree: trees laid out as Debian, Fedora, openSUSE and Arch do, made of names alone, and one with a
# real kernel and compressed modules; compressed kernels for arm64. Evidence: which kernel, modules and initrd are
# found; the overlay is, byte for byte, that of Debian's layout; what is served, and what kexec gets.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/images/tree.sh"

# found TREE WANTED TEXT: RELEASE|KERNEL|INITRD of each release, below the tree
found() {
	is "$(for release in $(tree_releases "$1"); do
		echo "$release|$(tree_vmlinuz "$1" "$release")|$(tree_initrd "$1" "$release" || echo none)"
	done | sed "s,$1/,,g")" "$2" "$3"
}
files() { # TREE FILE…
	tree=$1
	shift
	for file; do
		mkdir -p "$(dirname "$tree/$file")"
		: >"$tree/$file"
	done
}

files "$work/debian" boot/vmlinuz-6.1.0-1-amd64 boot/initrd.img-6.1.0-1-amd64 lib/modules/6.1.0-1-amd64/modules.dep \
	lib/modules/6.1.0-0-amd64/left-over boot/vmlinuz-6.0.0-removed
found "$work/debian" '6.1.0-1-amd64|boot/vmlinuz-6.1.0-1-amd64|boot/initrd.img-6.1.0-1-amd64' "Debian; what is left of others is no kernel"
files "$work/fedora" usr/lib/modules/6.11.4-301.fc41.x86_64/vmlinuz boot/vmlinuz-6.11.4-301.fc41.x86_64 \
	boot/vmlinuz-0-rescue-5d1f boot/initramfs-0-rescue-5d1f.img boot/initramfs-6.11.4-301.fc41.x86_64.img \
	boot/initramfs-6.11.4-301.fc41.x86_64kdump.img
ln -s usr/lib "$work/fedora/lib"
found "$work/fedora" \
	'6.11.4-301.fc41.x86_64|boot/vmlinuz-6.11.4-301.fc41.x86_64|boot/initramfs-6.11.4-301.fc41.x86_64.img' "Fedora, with its rescue kernel"
files "$work/suse" usr/lib/modules/6.4.0-1-default/vmlinuz boot/initrd-6.4.0-1-default
ln -s ../usr/lib/modules/6.4.0-1-default/vmlinuz "$work/suse/boot/vmlinuz-6.4.0-1-default"
found "$work/suse" '6.4.0-1-default|boot/vmlinuz-6.4.0-1-default|boot/initrd-6.4.0-1-default' "openSUSE, whose kernels are links"
files "$work/arch" usr/lib/modules/6.12.1-arch1-1/modules.dep usr/lib/modules/6.6.63-1-lts/modules.dep boot/vmlinuz-linux \
	boot/vmlinuz-linux-lts boot/initramfs-linux.img boot/initramfs-linux-fallback.img
echo linux >"$work/arch/usr/lib/modules/6.12.1-arch1-1/pkgbase"
echo linux-lts >"$work/arch/usr/lib/modules/6.6.63-1-lts/pkgbase"
found "$work/arch" '6.12.1-arch1-1|boot/vmlinuz-linux|boot/initramfs-linux.img
6.6.63-1-lts|boot/vmlinuz-linux-lts|none' "Arch, whose files are named by package"
files "$work/bls" lib/modules/6.12.0/modules.dep boot/0123abcd/6.12.0/linux boot/0123abcd/6.12.0/initrd
found "$work/bls" '6.12.0|boot/0123abcd/6.12.0/linux|boot/0123abcd/6.12.0/initrd' "the Boot Loader Specification"
files "$work/ostree" usr/lib/modules/6.12.0/vmlinuz usr/lib/modules/6.12.0/initramfs.img
found "$work/ostree" '6.12.0|usr/lib/modules/6.12.0/vmlinuz|usr/lib/modules/6.12.0/initramfs.img' "an image-based system"

image() { sh "$root/images/image.sh" "$@"; }
refused() { # TEXT ARGUMENT…
	text=$1
	shift
	exits 1 "refused: $text" image "$@"
	is "$(printf '%s\n' "$tap_out" | grep -c "$text")/$(printf '%s\n' "$tap_out" | wc -l)" 1/1 "… in one line"
}
refused 'several kernels; choose one with --release: 6.12.1-arch1-1 6.6.63-1-lts' --tree "$work/arch" --out "$work/x"
refused 'no initrd of 6.6.63-1-lts' --tree "$work/arch" --release 6.6.63-1-lts --out "$work/x"
refused 'no kernel of the release 5.0' --tree "$work/arch" --release 5.0 --out "$work/x"
refused 'no kernel with its modules' --tree "$work" --out "$work/x"
refused 'not a readable file, or empty' --tree "$work/fedora" --out "$work/x"

kernel=
[ ! -s "$root/build/kernel/own-amd64.release" ] ||
	kernel=$root/build/kernel/$(cat "$root/build/kernel/own-amd64.release")
if [ -z "$kernel" ] || ! [ -x "$root/build/bin/lastwords-dmesg" ]; then
	missing "no kernel or static programs in build; make images makes them"
fi
release=${kernel##*/}
echo "an initrd" | gzip -n >"$work/initrd"
real=$work/real
mkdir -p "$real/usr/lib/modules" "$real/boot"
cp -r "$kernel/lib/modules/$release" "$real/usr/lib/modules/"
find "$real/usr/lib/modules" -name '*.ko' | sed -n 'p;n' | xargs zstd -q --fast --rm
find "$real/usr/lib/modules" -name '*.ko' -path '*drivers/net*' | xargs xz -0
cp "$kernel/boot/vmlinuz-$release" "$real/usr/lib/modules/$release/vmlinuz"
cp "$work/initrd" "$real/boot/initramfs-$release.img"
succeeds "an image of a tree in Fedora's layout, its modules compressed by zstd and xz" image --tree "$real" --out "$work/images/fedora"
succeeds "the initrd is the tree's own" cmp "$work/images/fedora/initrd.img" "$work/initrd"
is "$(sed -n 's/^release=//p' "$work/images/fedora/image.conf")" "$release" "image.conf has the release"
image --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/debian"
list() { gzip -dc "$1" | cpio -t --quiet; }
is "$(list "$work/images/fedora/overlay.cpio.gz")" "$(list "$work/images/debian/overlay.cpio.gz")" \
	"the overlay has what that of Debian's layout has"
of() { gzip -dc "$work/images/$1/overlay.cpio.gz" | (mkdir -p "$work/$1.overlay" && cd "$work/$1.overlay" && cpio -i --quiet --no-absolute-filenames); }
of fedora
of debian
is "$(cd "$work/fedora.overlay" && find . -name '*.ko*' -type f -exec sha256sum {} + | sort)" \
	"$(cd "$work/debian.overlay" && find . -name '*.ko*' -type f -exec sha256sum {} + | sort)" "the modules are the same, uncompressed"

# --- kernels for arm64, compressed as distributions do it: a header alone, in files of the right form ---
plain=$work/Image
{ head -c 16 /dev/zero; printf '\0\0\300\3'; head -c 36 /dev/zero; printf 'ARMd'; head -c 100000 /dev/zero; } >"$plain"
for program in lastwords-arm lastwords-dmesg kexec busybox; do
	install -D -m 755 /dev/null "$work/bin/arm64/$program"
done
echo bin/sh >"$work/bin/arm64/busybox.links"
zboot() { # METHOD COMMAND…: a program that unpacks its payload under UEFI
	method=$1
	shift
	"$@" <"$plain" >"$work/payload"
	size=$(stat -c %s "$work/payload")
	printf 'MZ\0\0zimg\0\1\0\0'
	for shift in 0 8 16 24; do printf "\\$(printf %03o $((size >> shift & 255)))"; done
	printf '\0\0\0\0\0\0\0\0%s' "$method"
	head -c $((256 - 24 - ${#method})) /dev/zero
	cat "$work/payload"
	printf '\0\1\2\3'
}
arm64() { # NAME SERVED: the image of $work/NAME; vmlinuz is the file SERVED, the capture kernel what is inside
	cp "$work/$1" "$real/usr/lib/modules/$release/vmlinuz"
	succeeds "$1: an image for arm64" image --tree "$real" --bin "$work/bin" --out "$work/images/$1"
	succeeds "$1: vmlinuz is what UEFI can start" cmp "$work/images/$1/vmlinuz" "$2"
	of "$1"
	succeeds "$1: kexec gets what is inside" cmp "$work/$1.overlay/lastwords/capture/vmlinuz" "$plain"
}
cp "$plain" "$work/uncompressed"
arm64 uncompressed "$plain"
gzip -n <"$plain" >"$work/gzip"
arm64 gzip "$plain"
zboot gzip gzip -n >"$work/zboot-gzip"
zboot zstd22 zstd -q >"$work/zboot-zstd"
zboot xzkern xz --check=crc32 >"$work/zboot-xz"
for name in zboot-gzip zboot-zstd zboot-xz; do arm64 $name "$work/$name"; done
zboot lzo cat >"$real/usr/lib/modules/$release/vmlinuz"
refused 'a method that is not known here: lzo' --tree "$real" --bin "$work/bin" --out "$work/x"
head -c 300 "$work/zboot-xz" >"$real/usr/lib/modules/$release/vmlinuz"
refused 'not a kernel for x86' --tree "$real" --bin "$work/bin" --out "$work/x"
done_testing
