#!/bin/sh
# SPDX-License-Identifier: MIT
# image.sh: makes an image (server/boot/image.h describes one) from a kernel's tree and the
# initrd of the OS, which it leaves as it is. Needs no root; writes nothing outside --out.
set -eu
umask 022
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "image.sh: $*" >&2
	exit 1
}
usage() {
	cat <<-'END'
		usage: image.sh --tree DIR --out DIR [option…]
		       image.sh --kernel TREE --initrd FILE --out DIR [option…]

		Makes an image directory, which a profile names: vmlinuz, initrd.img, overlay.cpio.gz, image.conf.

		  --tree DIR          the root of an installed system, like "/": its kernel and its own initrd,
		                      where Debian, Fedora, openSUSE, Arch and others have them
		  --kernel TREE       the same for the kernel and its modules alone: also an unpacked package
		                      (images/kernel.sh)
		  --release RELEASE   which of the kernels, if there are several
		  --initrd FILE       the OS's own initrd, as its kernel is booted with
		  --out DIR           the image; replaced in one step once everything is made
		  --capture KIND      the kernels that can run after a crash; a profile's capture chooses:
		                      stock: the kernel that boots; the default, unless the package
		                      lastwords-capture-kernel is installed: then small is
		                      small[:PATH]: the small kernel (that package, or make capture-kernel)
		                      and stock; PATH: a bzImage, a directory that has it, with its config,
		                      or tier2: the one of the package, or of make capture-kernel TIER=2,
		                      that has more drivers, none of which has been tried on real hardware
		                      only-small[:PATH]: the small kernel alone
		  --crashkernel SIZE  memory for the stock capture kernel, like 112M, instead of the estimate
		  --crashkernel-small SIZE    the same for the small kernel
		  --nics FILE         network drivers of the capture initramfs (default: images/nics.list)
		  --tls FILE          the machine speaks HTTPS too, and trusts the CAs in FILE (PEM) alone;
		                      160 KB more to load in each boot
		  --shim FILE         the distribution's shim (EFI, signed by Microsoft), by which machines with
		                      Secure Boot start the kernel; default: the tree's, like
		                      usr/lib/shim/shimx64.efi.signed of Debian's shim-signed, if it has
		                      one; none: without
		  --vmlinux FILE      the same kernel with debug information (DWARF), on this server: reports of
		                      crashes get source lines (lastwords-decode(8)); modules in modules/ next to it
		  --bin DIR           where lastwords-arm, lastwords-dmesg, kexec and busybox are; for an arm64
		                      kernel, on another machine, DIR/arm64
		  --files DIR         where the capture initramfs' init is (default: initramfs/capture)

		lastwords image --estimate NAME measures what an image's capture needs; see its --help.

		Example:  image.sh --tree / --release "$(uname -r)" --out images/debian
	END
}

kernel='' given='' of=--kernel release='' initrd='' out='' capture='' crashkernel='' crashkernel_small='' bin='' tier='' tls='' shim='' vmlinux='' foreign=''
nics=$here/nics.list files=$here/../initramfs/capture
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit 0 ;;
	--tree | --kernel | --release | --initrd | --out | --capture | --crashkernel | --crashkernel-small | --nics | \
		--tls | --shim | --vmlinux | --bin | --files)
		[ $# -ge 2 ] || fail "$1 needs a value; see --help"
		case $1 in
		--tree | --kernel) kernel=${2%/} of=$1 given=$2 ;;
		--release) release=$2 ;;
		--initrd) initrd=$2 ;;
		--out) out=${2%/} ;;
		--capture) capture=$2 ;;
		--crashkernel) crashkernel=$2 ;;
		--crashkernel-small) crashkernel_small=$2 ;;
		--nics) nics=$2 ;;
		--tls) tls=$2 ;;
		--shim) shim=$2 ;;
		--vmlinux) vmlinux=$2 ;;
		--bin) bin=$2 ;;
		--files) files=$2 ;;
		esac
		shift 2 ;;
	*) fail "unknown argument $1; see --help" ;;
	esac
done
if [ -z "$given" ] || [ -z "$out" ] || { [ "$of" = --kernel ] && [ -z "$initrd" ]; }; then
	fail "--tree and --out are needed, or --kernel, --initrd and --out; see --help"
fi
for program in cpio gzip depmod modinfo sha256sum; do
	command -v $program >/dev/null || PATH=$PATH:/usr/sbin:/sbin
	command -v $program >/dev/null || fail "$program is missing; apt-get install cpio gzip kmod xz-utils zstd"
done

# shellcheck source=images/tree.sh
. "$here/tree.sh"
if [ -z "$release" ]; then
	release=$(tree_releases "$kernel")
	case $release in
	'') fail "$of $given: no kernel with its modules in it, like boot/vmlinuz-RELEASE and lib/modules/RELEASE" ;;
	*?"
"?*) fail "$of $given holds several kernels; choose one with --release: $(echo "$release" | tr '\n' ' ')" ;;
	esac
fi
vmlinuz=$(tree_vmlinuz "$kernel" "$release") || fail "$of $given: no kernel of the release $release in it"
[ -r "$vmlinuz" ] || fail "$vmlinuz cannot be read; on an installed system this may need root"
lib=$(tree_lib "$kernel")
modules=$lib/modules/$release
if [ -z "$initrd" ]; then
	initrd=$(tree_initrd "$kernel" "$release") || fail "--tree $given: no initrd of $release in it; give it with --initrd"
fi
if ! [ -s "$initrd" ] || ! [ -r "$initrd" ]; then
	fail "--initrd $initrd: not a readable file, or empty"
fi

# field TYPE OFFSET LENGTH [FILE]: a part of the kernel's header, or FILE's, as od prints TYPE
field() {
	od -An -t"$1" -j"$2" -N"$3" "${4:-$vmlinuz}" 2>/dev/null | tr -d ' '
}
# A kernel for arm64 may be compressed: by gzip, for boot loaders that unpack it, or with a program in front that
# unpacks it under UEFI (zboot; Linux's drivers/firmware/efi/libstub/zboot-header.S). kexec wants what is inside.
unpack=cat zboot=
[ "$(field x1 0 2)" != 1f8b ] || unpack=gzip
if [ "$(field c 4 4)" = zimg ]; then
	zboot=$(field c 24 12)
	case $zboot in
	gzip*) unpack=gzip ;;
	zstd*) unpack=zstd ;;
	xz* | lzma*) unpack=xz ;;
	lz4*) unpack=lz4 ;;
	*) fail "$vmlinuz: compressed by a method that is not known here: $zboot" ;;
	esac
	command -v $unpack >/dev/null || fail "$unpack is missing, by which $vmlinuz is compressed; install it"
fi
unpacked() {
	if [ -n "$zboot" ]; then
		tail -c +$(($(field u4 8 4) + 1)) "$vmlinuz" | head -c "$(field u4 12 4)"
	else
		cat "$vmlinuz"
	fi | if [ $unpack = cat ]; then cat; else $unpack -dc; fi
}
# Linux's Documentation: arch/x86/boot.rst, arch/arm64/booting.rst
case $(field c 514 4):$(unpacked 2>/dev/null | field c 56 4 -) in
HdrS:*) arch=x86_64 ;;
*:ARMd) arch=arm64 ;;
*) fail "$vmlinuz: not a kernel for x86 (bzImage) or arm64 (Image, or compressed by gzip or zboot)" ;;
esac
# Both kernels, where the small one is installed: a profile without capture = "small" is as without it.
if [ -z "$capture" ]; then
	capture=stock
	[ -z "$bin" ] || [ $arch != x86_64 ] || ! [ -e "$bin/capture-kernel/tier1/bzImage" ] || capture=small
fi
small=
case $capture in
stock) ;;
small | only-small) small=tier1 ;;
small:?* | only-small:?*)
	small=${capture#*:}
	capture=${capture%%:*} ;;
*) fail "--capture $capture: unknown; use stock, small[:PATH] or only-small[:PATH]" ;;
esac
[ -z "$small" ] || [ $arch = x86_64 ] || fail "--capture $capture: there is no small capture kernel for $arch; use stock"

case $shim in
'')
	shim=$(tree_first "$kernel/usr/lib/shim/shimx64.efi.signed" "$kernel"/boot/efi/EFI/*/shimx64.efi \
		"$kernel/usr/share/efi/x86_64/shim.efi") || shim=
	# (it names x86-64's files)
	[ $arch = x86_64 ] && [ -r "$shim" ] || shim= ;;
none) shim= ;;
*)
	[ -r "$shim" ] || fail "--shim $shim cannot be read"
	[ "$(field c 0 2 "$shim")" = MZ ] || fail "--shim $shim: not an EFI program; it is shimx64.efi" ;;
esac
if [ -n "$vmlinux" ]; then
	[ -r "$vmlinux" ] || fail "--vmlinux $vmlinux cannot be read"
	[ "$(field c 0 4 "$vmlinux")" = '177ELF' ] ||
		fail "--vmlinux $vmlinux: no ELF file; give the uncompressed kernel with debug information"
	vmlinux=$(realpath "$vmlinux")
	case $vmlinux in
	*[!A-Za-z0-9/._~:,@-]*) fail "--vmlinux $vmlinux: letters, digits and / . _ ~ : , @ - only" ;;
	esac
fi

for size in "$crashkernel" "$crashkernel_small"; do
	[ -n "$size" ] || continue
	case ${size%[KMG]} in
	'' | *[!0-9]*) fail "--crashkernel $size: invalid size; give one like 112M" ;;
	esac
done

# The kernel's own architecture may be another than this machine's: then its programs are in a folder of that name.
[ "$(uname -m | sed s/aarch64/arm64/)" = $arch ] || foreign=/$arch
part() {
	for d in ${bin:+"$bin$foreign"} "$here/../build$foreign/bin" "$here/../build$foreign/third-party/bin" "$here/bin$foreign"; do
		if [ -x "$d/$1" ]; then
			echo "$d/$1"
			return 0
		fi
	done
	fail "$1${foreign:+ for $arch} is missing; run make${foreign:+ $arch}, or give its directory with --bin"
}
arm=$(part lastwords-arm${tls:+-tls})
dmesg=$(part lastwords-dmesg${tls:+-tls})
if [ -n "$tls" ]; then
	[ -r "$tls" ] || fail "--tls $tls cannot be read"
	! grep -q 'PRIVATE KEY' "$tls" || fail "--tls $tls has a private key; give the CA's certificate alone"
fi
kexec=$(part kexec)
busybox=$(part busybox)
case $small in
tier1 | tier2)
	if ! [ -e "$small" ]; then
		kernel_tier=$small
		for small in "${bin:-$here/../build}/capture-kernel/$kernel_tier" "$here/../build/capture-kernel/$kernel_tier"; do
			[ ! -e "$small/bzImage" ] || break
		done
		[ -e "$small/bzImage" ] ||
			fail "no small capture kernel is installed; install lastwords-capture-kernel or run make capture-kernel TIER=${kernel_tier#tier}, or give its path: --capture $capture:PATH"
	fi ;;
esac
[ ! -d "$small" ] || small=$small/bzImage
if [ -n "$small" ] && [ "$(field c 514 4 "$small")" != HdrS ]; then
	fail "--capture $capture: $small: not an x86 kernel (bzImage)"
fi
[ -r "$files/init" ] || fail "$files/init is missing; give its directory with --files"
[ -r "$nics" ] || fail "--nics $nics cannot be read"

# If another user owns a directory on the way to the target, that user could put a link in it while root writes.
# Root then builds the image in a temporary directory, and that user unpacks it at the target.
parent=$(dirname "$out")
owner=0
for dir in "$(realpath -ms -- "$parent")" "$(realpath -m -- "$parent")"; do # with links, and without
	while [ "$(id -u)" = 0 ] && [ "$owner" = 0 ] && [ "$dir" != / ]; do
		[ ! -e "$dir" ] || { owner=$(stat -c %u "$dir") && group=$(stat -c %g "$dir"); }
		dir=$(dirname "$dir")
	done
done
if [ "$owner" = 0 ]; then
	mkdir -p "$parent"
else
	final=$out
	build=$(mktemp -d "${TMPDIR:-/tmp}/lastwords-image.XXXXXX") || fail "cannot write to ${TMPDIR:-/tmp}"
	out=$build/image
fi
temp=$(mktemp -d "$out.new.XXXXXX") || fail "cannot write to the directory of $out"
trap 'rm -rf "$temp" ${build:+"$build"}' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$temp"
scratch=$temp/scratch
mkdir "$scratch" "$temp/image"
unpacked >"$scratch/kernel" || fail "$vmlinuz cannot be unpacked: is it whole, and the disk not full?"
# (UEFI starts zboot as it is, but not what only gzip has compressed)
[ -n "$zboot" ] || vmlinuz=$scratch/kernel
# shellcheck source=images/modules.sh
. "$here/modules.sh"
modules_open "$modules"

# pack TREE TO: the names on stdin, in that order, as a gzipped cpio archive; equal trees give equal
# bytes
pack() {
	find "$1" -exec touch -h -d @1 {} +
	if ! (cd "$1" && cpio --quiet --reproducible -R 0:0 -o -H newc) >"$scratch/cpio" ||
		! gzip -9n <"$scratch/cpio" >"$2"; then
		fail "cannot write $2: is the disk full?"
	fi
}

# pack_all TREE TO: the whole tree
pack_all() {
	(cd "$1" && find . -mindepth 1 | sed 's,^\./,,' | sort) >"$scratch/names"
	pack "$1" "$2" <"$scratch/names"
}

# --- the capture initramfs: what both kernels have ---
tree=$scratch/capture
mkdir -p "$tree/bin" "$tree/etc" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/run" "$tree/tmp"
ln -s bin "$tree/sbin"
install -m 755 "$busybox" "$tree/bin/busybox"
# (of another machine's, the recipe has left the list)
if [ -z "$foreign" ]; then applets=$("$busybox" --list); else applets=$(sed 's,.*/,,' "$busybox.links"); fi
for applet in $applets; do
	[ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done
install -m 755 "$dmesg" "$tree/bin/lastwords-dmesg"
ln -s lastwords-dmesg "$tree/bin/lastwords-autopsy"
if [ -n "$tls" ]; then
	ln -s lastwords-dmesg "$tree/bin/lastwords-call"
	# (a program for another machine cannot check the file)
	[ -n "$foreign" ] || why=$(LASTWORDS_CA=$tls "$tree/bin/lastwords-call" --check 2>&1) || fail "--tls: ${why##*: }: $tls"
	install -D -m 644 "$tls" "$tree/lastwords/ca.pem"
fi
install -m 755 "$files/init" "$tree/init"
[ -z "$small" ] || pack_all "$tree" "$scratch/small.initrd"
small_unpacked=$([ -z "$small" ] || stat -c %s "$scratch/cpio")

# --- and the modules, of the stock kernel's ---
mkdir -p "$tree/lib/modules/$release/kernel"
# shellcheck disable=SC2046 # module names are words
modules_order $(sed 's/[# ].*//' "$nics") >"$scratch/order"
modules_copy "$tree/lib/modules/$release/kernel" <"$scratch/order"
while read -r file; do
	for fw in $(modinfo -F firmware "$file"); do
		for f in "$lib/firmware/$fw"*; do
			[ ! -f "$f" ] || install -D -m 644 "$f" "$tree/lib/firmware/${f#"$lib"/firmware/}"
		done
	done
done <"$scratch/order"
for f in modules.builtin modules.builtin.modinfo; do
	[ ! -e "$modules/$f" ] || cp "$modules/$f" "$tree/lib/modules/$release/"
done
: >"$tree/lib/modules/$release/modules.order"
depmod -b "$tree" "$release" || fail "depmod failed for the capture initramfs"
find "$tree/lib/modules/$release" -maxdepth 1 -type f ! -name modules.dep ! -name modules.alias \
	! -name modules.symbols -exec rm -f {} +
sed -n 's/^alias \(pci:[^ ]*\|virtio:[^ ]*\) \([^ ]*\)$/\1 \2/p' \
	"$tree/lib/modules/$release/modules.alias" >"$scratch/nics"
# Drivers that this kernel has built in: aliases from modules.builtin.modinfo, else from the list, else any
# network card.
sed 's/#.*//' "$nics" | while read -r name pattern; do
	[ "$pattern" != - ] || continue
	grep -qs "/$name\.ko" "$modules/modules.builtin" || continue
	tr '\0' '\n' <"$modules/modules.builtin.modinfo" 2>/dev/null |
		sed -n "s/^$name\.alias=\(\(pci\|virtio\):.*\)/\1 $name/p" >"$scratch/names"
	[ -s "$scratch/names" ] || echo "${pattern:-pci:v*bc02sc*} $name" >"$scratch/names"
	cat "$scratch/names"
done >>"$scratch/nics"
[ -s "$scratch/nics" ] || fail "the kernel $release has none of the network drivers in $nics"

# --- the cards that the small kernel drives, by the drivers in its configuration ---
if [ -e "${small%/*}/config" ]; then
	while read -r key name; do
		grep -qxF "CONFIG_$key=y" "${small%/*}/config" || continue
		sed -n "s/^\([^ ]* $name\)$/\1/p" "$scratch/nics"
		file=$(modules_file "$name")
		[ -z "$file" ] || modinfo -F alias "$file" | sed -n "s/^\(pci\|virtio\|vmbus\):.*/& $name/p"
	done <<-END | sort -u >"$scratch/small.nics"
		E1000 e1000
		E1000E e1000e
		IGB igb
		IGC igc
		TIGON3 tg3
		R8169 r8169
		VMXNET3 vmxnet3
		VIRTIO_PCI virtio_pci
		VIRTIO_NET virtio_net
		IXGBE ixgbe
		I40E i40e
		HYPERV_NET hv_netvsc
		ICE ice
		BNX2X bnx2x
		BNXT bnxt_en
		MLX4_CORE mlx4_core
		MLX5_CORE mlx5_core
		ENA_ETHERNET ena
		GVE gve
	END
fi

# --- the overlay ---
root=$scratch/overlay
ours=$root/lastwords
mkdir -p "$ours/bin" "$ours/capture" "$ours/proc" "$ours/sys"
install -m 755 "$arm" "$ours/bin/arm"
install -m 755 "$kexec" "$ours/bin/kexec"
[ -z "$tls" ] || install -m 644 "$tls" "$ours/ca.pem"
# The memory that a kernel needs: to unpack and start (init_size of its header; arm64: image_size), what was measured beyond
# that, and the initramfs packed and unpacked; rounded up to a step; and a margin.
# needs KERNEL PACKED UNPACKED BEYOND MARGIN STEP: bytes; the last three in MB
needs() {
	at=608
	[ $arch = x86_64 ] || at=16
	need=$(($(field u4 $at 4 "$1") + $2 + $3 + ($4 << 20)))
	echo $(((need + ($6 << 20) - 1) / ($6 << 20) * ($6 << 20) + ($5 << 20)))
}
# The source of image.conf's figures (image.h).
from=stated from_small=stated margin=0 margin_small=0
if [ "$capture" != only-small ]; then
	install -m 644 "$scratch/kernel" "$ours/capture/vmlinuz"
	pack_all "$tree" "$ours/capture/initrd"
	# Measured in QEMU, Debian's 6.1 (init_size 63.6 MB, initramfs 1.3 + 4.3 MB): 88M was the least
	# with e1000 and e1000e, 92M with virtio; 84M failed with "deadlocked on memory".
	if [ -z "$crashkernel" ]; then
		margin=16 beyond=24
		[ $arch = x86_64 ] || margin=32 beyond=32
		crashkernel=$(needs "$scratch/kernel" \
			"$(stat -c %s "$ours/capture/initrd")" "$(stat -c %s "$scratch/cpio")" $beyond $margin 8)
		case $arch:$release in
		x86_64:6.1.*) from=sized ;;
		*) from=estimated ;;
		esac
	fi
	install -m 644 "$scratch/nics" "$ours/nics"
fi
if [ -n "$small" ]; then
	mkdir "$ours/capture/small"
	install -m 644 "$small" "$ours/capture/small/vmlinuz"
	install -m 644 "$scratch/small.initrd" "$ours/capture/small/initrd"
	[ ! -s "$scratch/small.nics" ] || install -m 644 "$scratch/small.nics" "$ours/capture/small/nics"
	tier=$(sed -n 's/^tier=//p' "${small%/*}/made" 2>/dev/null || true)
	# Measured in QEMU, tier 1 (init_size 14.3 MB, initramfs 0.4 + 0.9 MB): 21M was the least on a BIOS and
	# on UEFI; 20M failed with "deadlocked on memory", and so did 23M with e1000e behind Intel's IOMMU. With 24M at least
	# 4 MB were free at the end, 3.1 MB behind the IOMMU. vmxnet3 has large rings: 24M left 1.6 MB free; 27M with margin.
	# Tier 2 (init_size 16.4 MB) needed 23M with e1000. QEMU has none of its own cards, so their rings and
	# queues are estimated: 64M in all.
	if [ -z "$crashkernel_small" ]; then
		margin_small=3
		[ "$tier" != 2 ] || margin_small=41
		crashkernel_small=$(needs "$small" \
			"$(stat -c %s "$scratch/small.initrd")" "$small_unpacked" 6 $margin_small 1)
		case $tier:$(sed -n "s/^release=//p" "${small%/*}/made" 2>/dev/null) in
		1:6.1.*) from_small=sized ;;
		*) from_small=estimated ;;
		esac
	fi
fi
# held DIR MODULE…: modules that arm keeps open for the keeper, in load order (arm/modules.h)
held() {
	to=$1
	shift
	modules_order "$@" >"$scratch/order"
	modules_copy "$to" <"$scratch/order"
	sed 's,.*/,,; s/\.ko.*/.ko/' "$scratch/order" >"$to/order"
}
held "$ours/modules" netconsole
held "$ours/pstore" efivarfs efi_pstore ramoops # (arm/pstore/backend.h)
ln -s bin/arm "$ours/arm"
{
	(cd "$root" && find lastwords | sort | grep -vx lastwords/arm)
	echo lastwords/arm # the last one: see image.h
} >"$scratch/names"
pack "$root" "$temp/image/overlay.cpio.gz" <"$scratch/names"

# --- its description ---
install -m 644 "$vmlinuz" "$temp/image/vmlinuz"
install -m 644 "$initrd" "$temp/image/initrd.img"
# An lz4 archive as the kernel reads it has no end mark: the kernel takes what the boot loader puts behind it for the
# next block, and unpacks neither. A word of zeros ends it. (iPXE of 2019 fills up a page; newer ones and GRUB 4 bytes.)
if grep -qaP '\x02\x21\x4c\x18' "$initrd"; then
	truncate -s %4 "$temp/image/initrd.img"
	truncate -s +4 "$temp/image/initrd.img"
fi
[ -z "$shim" ] || install -m 644 "$shim" "$temp/image/shim.efi"
{
	echo "release=$release"
	echo "arch=$arch"
	[ "$capture" = only-small ] || printf 'crashkernel=%s\ncrashkernel-margin=%s\ncrashkernel-from=%s\n' \
		"$crashkernel" "$((margin << 20))" "$from"
	[ -z "$small" ] ||
		printf 'crashkernel-small=%s\ncrashkernel-small-margin=%s\ncrashkernel-small-from=%s\n' \
			"$crashkernel_small" "$((margin_small << 20))" "$from_small"
	# (lastwords check warns: its extra drivers have not been tried on real hardware)
	[ "$tier" != 2 ] || echo 'capture-tier=2'
	[ -z "$tls" ] || echo 'tls=1'
	[ -z "$vmlinux" ] || echo "vmlinux=$vmlinux"
	echo "overlay-size=$(stat -c %s "$temp/image/overlay.cpio.gz")"
	echo "overlay-sha256=$(sha256sum <"$temp/image/overlay.cpio.gz" | cut -d' ' -f1)"
	echo "made=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
} >"$temp/image/image.conf"
sync "$temp/image/"* || fail "$out cannot be written: is the disk full?"
# size BYTES or SIZE: as a profile's crashkernel has it
size() {
	case $1 in
	*[KMG]) echo "$1" ;;
	*) echo "$((($1 + (1 << 20) - 1) >> 20))M" ;;
	esac
}
made="kernel $release"
[ "$capture" = only-small ] || made="$made; capture = \"stock\" needs crashkernel = \"$(size "$crashkernel")\""
[ -z "$small" ] || made="$made; capture = \"small\" needs crashkernel = \"$(size "$crashkernel_small")\""
if [ -d "$out" ]; then
	mv "$out" "$temp/old"
fi
mv "$temp/image" "$out"
if [ -n "${build:-}" ]; then
	# shellcheck disable=SC2016 # the other shell's variables
	tar -C "$out" -cf - . | setpriv --reuid "$owner" --regid "$group" --clear-groups sh -eu -c '
		mkdir -p "$(dirname "$1")" 2>/dev/null
		new=$(mktemp -qd "$1.new.XXXXXX")
		trap "rm -rf \"\$new\"" EXIT
		mkdir "$new/image"
		tar -C "$new/image" --no-same-owner -pxf -
		sync "$new/image/"*
		[ ! -d "$1" ] || mv "$1" "$new/old"
		mv "$new/image" "$1"' sh "$final" || fail "$final cannot be written by the owner of its directory (uid $owner)"
fi
echo "image.sh: made ${final:-$out}: $made" >&2
