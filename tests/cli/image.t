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
succeeds "an image is made" image --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/a"
cd "$work/images/a"
overlay=$work/images/a/overlay.cpio.gz
list=$(gzip -dc "$overlay" | cpio -tv --numeric-uid-gid --quiet)
for name in bin/arm bin/kexec capture/vmlinuz capture/initrd modules/order modules/netconsole.ko pstore/order nics; do
	like "$list" " lastwords/$name\$" "the overlay has $name"
done
is "$(echo "$list" | awk '$3 != 0 || $4 != 0' | wc -l)" 0 "everything in the overlay belongs to root"
is "$(echo "$list" | awk '$NF !~ /^lastwords/ && $NF != "bin/arm"' | wc -l)" 0 "everything in the overlay is under lastwords"
like "$(echo "$list" | tail -n 1)" ' lastwords/arm -> bin/arm$' "the last entry of the overlay is the symlink"
is "$(gzip -dc "$overlay" | cpio -i --quiet --to-stdout lastwords/modules/order | tail -n 1)" \
	netconsole.ko "netconsole is loaded last"
like "$(gzip -dc "$overlay" | cpio -i --quiet --to-stdout lastwords/nics)" \
	'^pci:v00008086d0000100E.* e1000$' "the list of cards has e1000"
gzip -dc "$overlay" | cpio -i --quiet --to-stdout lastwords/capture/initrd >"$work/capture"
list=$(gzip -dc "$work/capture" | cpio -t --quiet)
for name in init bin/busybox bin/sh bin/lastwords-dmesg; do
	like "$list" "^$name\$" "the capture initramfs has $name"
done
like "$list" '/e1000\.ko$' "the capture initramfs has e1000"
like "$list" '/libphy\.ko$' "the capture initramfs has what the drivers depend on"
is "$(sed -n 's/^overlay-sha256=//p' image.conf)" "$(sha256sum <"$overlay" | cut -d' ' -f1)" \
	"image.conf has the overlay's SHA-256"
is "$(sed -n 's/^overlay-size=//p' image.conf)" "$(stat -c %s "$overlay")" "image.conf has the overlay's size"
is "$(sed -n 's/^release=//p' image.conf)" "${kernel##*/}" "image.conf has the kernel release"
like "$(cat image.conf)" '^crashkernel=[0-9]{8,}$' "image.conf has the memory that the capture needs"
like "$(cat image.conf)" '^crashkernel-margin=16777216$' "image.conf has the margin of that memory"
like "$(cat image.conf)" '^crashkernel-from=(sized|estimated)$' "image.conf has the source of that figure"
succeeds "the initrd is untouched" cmp "$work/initrd" initrd.img
fails "without a shim in the kernel's tree the image has none" test -e shim.efi

# the distribution's shim: that of the kernel's tree, or another
mkdir -p "$work/shim-tree/boot" "$work/shim-tree/lib/modules" "$work/shim-tree/usr/lib/shim"
ln -s "$kernel/boot/vmlinuz-${kernel##*/}" "$work/shim-tree/boot/"
ln -s "$kernel/lib/modules/${kernel##*/}" "$work/shim-tree/lib/modules/"
echo 'MZ of the tree' >"$work/shim-tree/usr/lib/shim/shimx64.efi.signed"
echo 'MZ of another place' >"$work/shim"
for way in '' "--shim $work/shim" '--shim none'; do
	# shellcheck disable=SC2086 # words
	image --kernel "$work/shim-tree" --initrd "$work/initrd" --out "$work/images-shim/a" $way 2>"$work/err" || diag "$(cat "$work/err")"
	is "$(cat "$work/images-shim/a/shim.efi" 2>/dev/null | tr ' ' _)" "$(case $way in '') echo MZ_of_the_tree ;; *none) ;; *) echo MZ_of_another_place ;; esac)" \
		"the image's shim, ${way:-by default}"
done
fails "a shim that is no EFI program is refused" image --kernel "$kernel" --initrd "$work/initrd" --out "$work/images-shim/b" \
	--shim "$work/initrd"

# with TLS: other programs, and the CA for both
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" -subj /CN=ca \
	-days 10 2>/dev/null
succeeds "an image with TLS is made" image --kernel "$kernel" --initrd "$work/initrd" --out "$work/images-tls/a" \
	--tls "$work/ca.pem"
like "$(cat "$work/images-tls/a/image.conf")" '^tls=1$' "with TLS: image.conf says so"
unlike "$(cat image.conf)" '^tls=' "without TLS it does not"
in_tls() { gzip -dc "$work/images-tls/a/overlay.cpio.gz" | cpio -i --quiet --to-stdout "$1"; }
in_tls lastwords/ca.pem >"$work/ca.overlay"
succeeds "with TLS: arm finds the CA" cmp "$work/ca.overlay" "$work/ca.pem"
in_tls lastwords/bin/arm >"$work/arm"
succeeds "with TLS: arm is the one with TLS" cmp "$work/arm" "$root/build/bin/lastwords-arm-tls"
in_tls lastwords/capture/initrd | gzip -dc >"$work/capture.cpio"
cpio -i --quiet --to-stdout lastwords/ca.pem <"$work/capture.cpio" >"$work/ca.capture"
succeeds "with TLS: the capture finds the CA" cmp "$work/ca.capture" "$work/ca.pem"
cpio -i --quiet --to-stdout bin/lastwords-dmesg <"$work/capture.cpio" >"$work/dmesg"
succeeds "with TLS: the capture has the program with TLS" cmp "$work/dmesg" "$root/build/bin/lastwords-dmesg-tls"
like "$(cpio -t --quiet <"$work/capture.cpio")" '^bin/lastwords-call$' "with TLS: and what the init asks the server with"
unlike "$list" 'lastwords-call|ca.pem' "without TLS nothing of it is there"

umask 077
printf '\002\041\114\030\001\000\000\000x' >"$work/lz4"
image --kernel "$kernel" --initrd "$work/lz4" --out "$work/images/b"
is "$(od -An -v -tx1 "$work/images/b/initrd.img" | tr -d ' \n')" 02214c18010000007800000000000000 "an initrd by lz4 ends with a word of zeros"
succeeds "a second one has the same overlay" cmp "$overlay" "$work/images/b/overlay.cpio.gz"
is "$(stat -c %a "$work/images/b/overlay.cpio.gz")" 644 "a web server can read the overlay in spite of umask 077"

# refused WANTED-TEXT ARGUMENT…
refused() {
	text=$1
	shift
	exits 1 "refused: $text" image "$@"
	like "$tap_out" "$text" "$text: the error names it"
	is "$(printf '%s\n' "$tap_out" | wc -l)" 1 "$text: the error is one line"
}
refused 'unknown argument --bad' --bad
refused 'ca.none cannot be read' --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/x" --tls "$work/ca.none"
cat "$work/ca.pem" "$work/ca.key" >"$work/ca.both"
refused 'has a private key' --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/x" --tls "$work/ca.both"
refused 'no certificate in it' --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/x" --tls "$work/initrd"
refused '--kernel, --initrd and --out' --kernel "$kernel"
refused 'not a readable file' --kernel "$kernel" --initrd "$work/none" --out "$work/images/a"
refused 'no kernel with its modules' --kernel "$work" --initrd "$work/initrd" --out "$work/images/a"
refused 'give one like 112M' --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/a" --crashkernel much
refused 'give one like 112M' --kernel "$kernel" --initrd "$work/initrd" --out "$work/images/a" --crashkernel M
mkdir -p "$work/tree/boot" "$work/tree/lib/modules/1.0"
cp "$work/initrd" "$work/tree/boot/vmlinuz-1.0"
refused 'not a kernel for x86 .* or arm64' --kernel "$work/tree" --initrd "$work/initrd" --out "$work/images/a"
cp "$kernel"/boot/vmlinuz-* "$work/tree/boot/vmlinuz-1.0"
refused 'holds no modules' --kernel "$work/tree" --initrd "$work/initrd" --out "$work/images/a"
cp "$work/tree/boot/vmlinuz-1.0" "$work/tree/boot/vmlinuz-2.0"
mkdir "$work/tree/lib/modules/2.0"
refused 'several kernels' --kernel "$work/tree" --initrd "$work/initrd" --out "$work/images/a"
is "$(sed -n 's/^overlay-sha256=//p' "$work/images/a/image.conf")" \
	"$(sha256sum <"$overlay" | cut -d' ' -f1)" "the image from before is still there"
is "$(find "$work/images" -mindepth 1 -maxdepth 1 | wc -l)" 2 "no temporary file is left next to the image"

# Root, in a directory of another user: that user writes the image, and no link leads root elsewhere.
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$work/theirs" "$work/roots"
	chown 65534:65534 "$work/theirs"
	chmod 755 "$work" "$work/theirs"
	umask 022
	for try in first second; do
		succeeds "root makes a $try image in a directory of another user" \
			image --kernel "$kernel" --initrd "$work/initrd" --out "$work/theirs/images/c"
		is "$(find "$work/theirs" -printf '%u:%g %m %P\n' | sort -k 3)" "$(
			for line in '755' '755 images' '755 images/c' '644 images/c/image.conf' '644 images/c/initrd.img' \
				'644 images/c/overlay.cpio.gz' '644 images/c/vmlinuz'; do
				echo "nobody:nogroup $line"
			done | sed 's/755$/755 /'
		)" "the $try image belongs to the owner of the directory, and nothing else is left"
		umask 077
	done
	succeeds "the image in a directory of another user has the same overlay" cmp "$overlay" "$work/theirs/images/c/overlay.cpio.gz"
	rm -r "$work/theirs/images"
	ln -s "$work/roots" "$work/theirs/images"
	chown -h 65534:65534 "$work/theirs/images"
	refused 'cannot be written by the owner of its directory' --kernel "$kernel" --initrd "$work/initrd" --out "$work/theirs/images/c"
	is "$(ls -A "$work/roots")" '' "a link of the directory's owner does not lead root elsewhere"
	rm "$work/theirs/images"
	ln -s "$work/theirs" "$work/link"
	succeeds "a link of root to a directory of another user is followed" \
		image --kernel "$kernel" --initrd "$work/initrd" --out "$work/link/d"
	is "$(stat -c %U "$work/theirs/d/image.conf")" nobody "behind a link of root the image belongs to the owner too"
else
	skip "needs root" "root makes an image in a directory of another user"
fi
done_testing
