#!/bin/sh
# SPDX-License-Identifier: MIT
# need.sh GROUP…: installs the Debian packages that a make target needs and this machine has not: as
# root, or through sudo where it asks for no password; otherwise it names them and stops.
# Groups: build, cross, image, kernel, ipxe, demo, check, full, lint, html, bench, fuzz, ci. It must not need anything itself
# beyond what a minimal Debian has.
set -eu

packages() {
	case $1 in
	build) # compiler, the libraries of README's table, and what the static programs are linked from
		echo gcc libc6-dev make pkg-config libfcgi-dev libsqlite3-dev nettle-dev \
			libzstd-dev zlib1g-dev libarchive-dev libcurl4-openssl-dev libipmiconsole-dev libfreeipmi-dev libjansson-dev libdw-dev libcrypt-dev libssl-dev libpq-dev musl-tools linux-libc-dev \
			dpkg-dev m4 xz-utils bzip2 ca-certificates ;;
	cross) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;; # make arm64
	image) # unpacking kernels, making initramfs archives; the kernel's objtool needs libelf1
		packages build
		echo cpio gzip kmod zstd xz-utils libelf1 ;;
	kernel) # building the small capture kernel
		packages build
		echo flex bison bc libelf-dev libssl-dev xz-utils lz4 cpio util-linux ;;
	ipxe) # building iPXE (its zbin needs liblzma, its elf2efi libbfd)
		packages build
		echo perl liblzma-dev binutils-dev zlib1g-dev util-linux openssl ;;
	demo)
		packages image
		echo lighttpd qemu-system-x86 ipxe-qemu curl ;;
	check) # pxelinux: `lastwords check` of the example configuration looks for it; systemd: systemd-analyze
		packages demo
		echo lighttpd-mod-openssl perl mmdebstrap dnsmasq-base iproute2 nftables ipxe squashfs-tools sqlite3 procps zstd \
			netcat-openbsd socat ovmf rsyslog libfaketime jq libxml2-utils pxelinux syslinux-common ipmitool openipmi openssl \
			freeipmi-tools systemd mandoc chromium postgresql-15
		# npm comes with some packages of nodejs, and is one of its own in Debian
		command -v npm >/dev/null 2>&1 || echo nodejs npm ;;
	full) # other architectures, and compilers for them; lintian and e2fsprogs: the Debian packages
		packages check
		echo lintian e2fsprogs lz4 qemu-system-arm qemu-efi-aarch64 qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
			gcc-i686-linux-gnu libc6-dev-i386-cross isc-dhcp-server tmux wrk \
			grub-common grub-pc-bin grub-efi-amd64-bin mtools sbsigntool ;;
	lint) echo clang-format shellcheck mandoc ;;
	html) echo mandoc ;;
	bench) packages check; echo crash valgrind time wrk kexec-tools busybox-static makedumpfile strace \
		rsyslog socat e2fsprogs conman ;;
	fuzz) echo clang ;;
	ci) echo mmdebstrap ;;
	*) echo "need.sh: unknown group: $1" >&2; exit 2 ;;
	esac
}

# MB that the files made for a group take next to this file: too little is reported before the work begins.
room() {
	case $1 in
	build) echo 200 ;;
	image | demo) echo 1500 ;;
	check | bench | full) echo 5000 ;;
	*) echo 0 ;;
	esac
}
for group in "$@"; do
	free=$(($(df -Pk "$(dirname "$0")" | awk 'NR == 2 { print $4 }') / 1024))
	if [ "$free" -lt "$(room "$group")" ]; then
		echo "lastwords: $free MB free here, $(room "$group") needed; make room first" >&2
		exit 1
	fi
done

missing=
for p in $(for group in "$@"; do packages "$group"; done | tr ' ' '\n' | sort -u); do
	case $(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null) in
	installed) ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
		as_root=sudo
	else
		echo "lastwords: missing packages; as root: apt-get install --no-install-recommends$missing" >&2
		exit 1
	fi
fi
echo "  APT    $missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The tests start servers of their own from postgresql-15: its package shall make none. What is installed already,
# and its clusters, stay as they are.
case " $missing " in
*" postgresql-15 "*)
	clusters=/etc/postgresql-common/createcluster.d
	trap 'rm -f "$log"; $as_root rm -f "$clusters/lastwords.conf"' EXIT
	$as_root mkdir -p "$clusters"
	echo "create_main_cluster = false" | $as_root tee "$clusters/lastwords.conf" >/dev/null
	;;
esac
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # package names are words
{
	$as_root apt-get -q update && $as_root apt-get -q -y --no-install-recommends install $missing
} </dev/null >"$log" 2>&1 || {
	why=$(grep -E '^(E|Err):' "$log" | head -n 1)
	echo "lastwords: apt-get failed (${why:-no reason given}); fix its sources or network, then run make again; needed:$missing" >&2
	exit 1
}
