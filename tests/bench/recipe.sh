#!/bin/sh
# SPDX-License-Identifier: MIT
# recipe.sh OUT URL: the initramfs of the peer, as it is usually made: Debian's static busybox, Debian's
# vmcore-dmesg (kexec-tools) with its libraries, the card's module, and the 20 lines of recipe-init. It
# has no part of lastwords.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
out=$1 url=$2
release=$(sed -n 's/^release=//p' "$root/build/images/lab/image.conf")
modules=$root/build/kernel/$release/lib/modules/$release
tree=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/bin" "$tree/etc" "$tree/dev" "$tree/proc" "$tree/sys" "$tree/tmp" "$tree/lib64" \
	"$tree/lib/modules/$release"
busybox=/bin/busybox
vmcore_dmesg=$(PATH=$PATH:/usr/sbin:/sbin command -v vmcore-dmesg)
install -m 755 "$busybox" "$tree/bin/busybox"
for applet in $("$busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done
install -m 755 "$vmcore_dmesg" "$tree/bin/vmcore-dmesg"
for library in $(ldd "$vmcore_dmesg" | grep -o '/[^ ]*'); do
	install -D -m 755 "$library" "$tree$library"
done
cp "$(find "$modules" -name 'e1000.ko*' | head -n 1)" "$tree/lib/modules/$release/"
depmod -b "$tree" "$release" 2>/dev/null # (warns of lists that a tree this small has not)
install -m 755 "$root/tests/lab/udhcpc.sh" "$tree/etc/udhcpc.sh"
sed "s,@URL@,$url," "$here/recipe-init" >"$tree/init"
chmod 755 "$tree/init"
(cd "$tree" && find . | cpio --quiet -R 0:0 -o -H newc) | gzip -9 >"$out"
