# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # root, work: tap.sh's
# signed.sh: Debian's shim and GRUB, signed for Secure Boot, after tap.sh.
#
#	signed_fetch    puts shimx64.efi and grubx64.efi into $signed; 1: they cannot be had, $signed_why
#
# Only unpacked: installed, these packages would make themselves the boot loader of this machine.

signed=$root/build/secure-boot

signed_fetch() {
	[ ! -e "$signed/grubx64.efi" ] || return 0
	(
		fail() {
			echo "$*" >&2
			exit 1
		}
		. "$root/initramfs/recipes/apt.sh"
		apt_open "$root/build/apt" bookworm
		rm -rf "$signed.new"
		mkdir -p "$signed"
		for package in shim-signed grub-efi-amd64-signed; do
			apt_binary "$package" "$signed.new/$package" >&2
			dpkg-deb -x "$signed.new/$package"/*.deb "$signed.new"
		done
		cp "$signed.new/usr/lib/shim/shimx64.efi.signed" "$signed/shimx64.efi"
		cp "$signed.new/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$signed/grubx64.efi"
		rm -rf "$signed.new"
	) 2>"$work/fetch" && return 0
	# shellcheck disable=SC2034 # for the test
	signed_why="no signed shim or GRUB: $(tail -n 1 "$work/fetch")"
	return 1
}
