# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# tree.sh: where distributions put a kernel, its modules and its initrd below the root of an installed system.
# Sourced. It must not follow what is outside of the tree, nor read the running system.
#
#   tree_lib TREE               prints the directory that has modules/ and firmware/
#   tree_releases TREE          prints the releases that have both a kernel and modules, one a line
#   tree_vmlinuz TREE RELEASE   prints the kernel's file; fails without one
#   tree_initrd TREE RELEASE    prints the initrd that the system boots with; fails without one
#
# Kernels and initrds: boot/vmlinuz-RELEASE with initrd.img-RELEASE (Debian, Ubuntu), initramfs-RELEASE.img (Fedora,
# RHEL) or initrd-RELEASE (openSUSE); boot/vmlinuz-NAME with initramfs-NAME.img, NAME from modules/RELEASE/pkgbase
# (Arch); modules/RELEASE/vmlinuz (Fedora, Arch, image-based systems, with initramfs.img or initrd there);
# boot/TOKEN/RELEASE/linux with initrd (the Boot Loader Specification).

tree_lib() {
	for tree_dir in "$1/usr/lib" "$1/lib"; do
		[ ! -d "$tree_dir/modules" ] || break
	done
	echo "$tree_dir"
}

tree_releases() {
	for tree_dir in "$(tree_lib "$1")"/modules/*/; do
		tree_dir=${tree_dir%/}
		if tree_vmlinuz "$1" "${tree_dir##*/}" >/dev/null; then
			echo "${tree_dir##*/}"
		fi
	done
}

# tree_first FILE…: the first one that exists, with or without leave to read it.
tree_first() {
	for tree_file; do
		if [ -f "$tree_file" ]; then
			echo "$tree_file"
			return 0
		fi
	done
	return 1
}

# tree_package TREE RELEASE: the name of Arch's package of that kernel, or the release.
tree_package() {
	cat "$(tree_lib "$1")/modules/$2/pkgbase" 2>/dev/null || echo "$2"
}

tree_vmlinuz() {
	tree_first "$1/boot/vmlinuz-$2" "$(tree_lib "$1")/modules/$2/vmlinuz" "$1/boot/vmlinuz-$(tree_package "$1" "$2")" \
		"$1"/boot/*/"$2/linux"
}

tree_initrd() {
	tree_first "$1/boot/initrd.img-$2" "$1/boot/initramfs-$2.img" "$1/boot/initrd-$2" \
		"$1/boot/initramfs-$(tree_package "$1" "$2").img" "$(tree_lib "$1")/modules/$2/initramfs.img" \
		"$(tree_lib "$1")/modules/$2/initrd" "$1"/boot/*/"$2/initrd"
}
