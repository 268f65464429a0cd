#!/bin/sh
# SPDX-License-Identifier: MIT
# lab.sh KERNELS OUT [SUITE [option of image.sh…]]: makes the image of the lab OS: Debian's kernel of SUITE
# (default, and "": the machine's own; fetched into KERNELS), a busybox system with the lab module in its
# initrd, and the overlay. A kernel of the machine's own suite gets the lab module, which is built with this
# gcc; that of another suite only where LAB_MODULE in the environment names one that was built for it
# (module-suite.sh). The module is also put next to the image, as OUT/lab_die.ko.
set -eu
umask 022
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "lab.sh: $*" >&2
	exit 1
}
[ $# -ge 2 ] || fail "usage: lab.sh KERNELS OUT [SUITE [option of image.sh…]]"
kernels=$1 out=${2%/} suite=${3-}
shift $(($# < 3 ? $# : 3))
if [ -z "$suite" ]; then
	tree=$(sh "$here/../../images/kernel.sh" --headers "$kernels")
else
	tree=$(sh "$here/../../images/kernel.sh" "$kernels" "$suite")
fi
release=${tree##*/}
busybox=$here/../../build/third-party/bin/busybox-lab
[ -x "$busybox" ] || fail "$busybox is missing; run make build/third-party/busybox.stamp"
for program in cpio depmod modinfo; do
	command -v $program >/dev/null || PATH=$PATH:/usr/sbin:/sbin
	command -v $program >/dev/null || fail "$program is missing; run: sh images/need.sh image"
done

mkdir -p "$(dirname "$out")"
scratch=$(mktemp -d "$out.lab.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck source=images/modules.sh
. "$here/../../images/modules.sh"

os=$scratch/os
for d in bin etc dev proc sys root run tmp lib/lab "lib/modules/$release/kernel"; do
	mkdir -p "$os/$d"
done
ln -s bin "$os/sbin"
install -m 755 "$busybox" "$os/bin/busybox"
for applet in $("$busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$os/bin/$applet"
done
install -m 755 "$here/init" "$os/init"
install -m 755 "$here/udhcpc.sh" "$os/etc/udhcpc.sh"
modules=$tree/lib/modules/$release
modules_open "$modules"
# shellcheck disable=SC2046 # module names are words
modules_order $(sed 's/#.*//' "$here/modules.list") >"$scratch/order"
modules_copy "$os/lib/modules/$release/kernel" <"$scratch/order"
for f in modules.builtin modules.builtin.modinfo; do
	[ ! -e "$modules/$f" ] || cp "$modules/$f" "$os/lib/modules/$release/"
done
: >"$os/lib/modules/$release/modules.order"
depmod -b "$os" "$release" || fail "depmod failed for the lab OS; see above"
rm -f "$os/lib/modules/$release"/modules.*.bin "$os/lib/modules/$release"/modules.builtin*
if [ -z "$suite" ]; then
	sh "$here/module.sh" "$scratch/module" "$kernels/headers/$release" "$release"
	install -m 644 "$scratch/module/lab_die.ko" "$os/lib/lab/lab_die.ko"
elif [ -n "${LAB_MODULE:-}" ]; then
	install -m 644 "$LAB_MODULE" "$os/lib/lab/lab_die.ko"
fi
find "$os" -exec touch -h -d @1 {} +
(cd "$os" && find . -mindepth 1 | sed 's,^\./,,' | sort | cpio --quiet --reproducible -R 0:0 -o -H newc) \
	>"$scratch/cpio" || fail "cpio failed: is the disk full?"
gzip -9n <"$scratch/cpio" >"$scratch/initrd.img"
sh "$here/../../images/image.sh" --kernel "$tree" --initrd "$scratch/initrd.img" --out "$out" "$@"
if [ -e "$os/lib/lab/lab_die.ko" ]; then
	install -m 644 "$os/lib/lab/lab_die.ko" "$out/lab_die.ko"
fi
