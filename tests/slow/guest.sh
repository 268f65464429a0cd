# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # root, work: tap.sh's; guest_why is the caller's
# guest.sh: machines with one of Debian's kernels and a few megabytes of busybox, which fill their
# log, show it and crash; sourced after tap.sh. On QEMU's software emulation, without a network.
#
#	guest_prepare SUITE FLAVOUR     fetches the kernel: $guest_tree, $guest_release, $guest_arch;
#	                                1, and the reason in $guest_why, when it cannot be fetched
#	guest_initrd OUT MODULE…        makes the initramfs
#	guest_run NAME INITRD ARG… [-- QEMU-ARG…]  starts it; ARGs are for its kernel; $guest_pid,
#	                                the console is $work/NAME.console, the monitor $work/NAME.monitor
#	guest_wait NAME PATTERN SECONDS the console has such a line
#	guest_text NAME WHAT            prints the text that it showed; 1: not complete
#	guest_monitor NAME COMMAND…     one line of the monitor an argument; waits for the end of the last one

guest_kernels=$root/build/kernel

guest_prepare() {
	case $2 in
	*arm64*) guest_arch=arm64 guest_qemu=qemu-system-aarch64 ;;
	686*) guest_arch=i386 guest_qemu=qemu-system-i386 ;;
	*) guest_arch=amd64 guest_qemu=qemu-system-x86_64 ;;
	esac
	for guest_want in "$guest_qemu" socat cpio modinfo base64 dpkg-deb; do
		command -v "$guest_want" >/dev/null 2>&1 && continue
		guest_why="no $guest_want; make check-full installs it"
		return 1
	done
	guest_tree=$(sh "$root/images/kernel.sh" "$guest_kernels" "$1" "$2" 2>"$work/fetch") ||
		{ guest_why=$(tail -n 1 "$work/fetch"); return 1; }
	guest_release=${guest_tree##*/}
	guest_busybox=$guest_kernels/busybox-$guest_arch
	[ -x "$guest_busybox/bin/busybox" ] || (
		fail() {
			echo "$*" >&2
			exit 1
		}
		# shellcheck source=initramfs/recipes/apt.sh
		. "$root/initramfs/recipes/apt.sh"
		apt_open "$guest_kernels/apt" bookworm "$guest_arch"
		rm -rf "$work/deb"
		apt_binary busybox-static "$work/deb" >&2
		mkdir -p "$guest_busybox"
		dpkg-deb -x "$work"/deb/*.deb "$guest_busybox"
	) 2>"$work/fetch" || { guest_why=$(tail -n 1 "$work/fetch"); return 1; }
}

guest_pack() {
	(cd "$1" && find . -mindepth 1 | cpio --quiet -R 0:0 -o -H newc) | gzip -1 >"$2"
}

# The capture kernel's initramfs is the same with lastwords-dmesg; the other one has kexec, the kernel and it.
guest_initrd() {
	guest_out=$1
	shift
	scratch=$work/scratch
	guest_root=$scratch/root
	rm -rf "$scratch"
	mkdir -p "$guest_root/bin" "$guest_root/modules"
	install -m 755 "$root/tests/slow/guest-init" "$guest_root/init"
	install -m 755 "$guest_busybox/bin/busybox" "$guest_root/bin/busybox"
	(
		fail() {
			echo "$*" >&2
			exit 1
		}
		PATH=$PATH:/usr/sbin:/sbin
		# shellcheck source=images/modules.sh
		. "$root/images/modules.sh"
		modules_open "$guest_tree/lib/modules/$guest_release"
		modules_order "$@" >"$scratch/order"
		modules_copy "$guest_root/modules" <"$scratch/order"
		sed 's,.*/,,; s,\.ko.*,.ko,' "$scratch/order" >"$guest_root/modules/order"
	) || return 1
	if [ "$guest_arch" = amd64 ]; then
		install -m 755 "$root/build/bin/lastwords-dmesg" "$guest_root/bin/"
		guest_pack "$guest_root" "$scratch/capture.img" || return 1
		mv "$scratch/capture.img" "$guest_root/"
		install -m 755 "$root/build/third-party/bin/kexec" "$guest_root/bin/"
		cp "$guest_tree/boot/vmlinuz-$guest_release" "$guest_root/vmlinuz"
	fi
	guest_pack "$guest_root" "$guest_out"
}

guest_run() {
	guest_name=$1 guest_img=$2 guest_args=loglevel=1
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		guest_args="$guest_args $1"
		shift
	done
	[ $# -eq 0 ] || shift
	case $guest_arch in
	arm64) set -- -M virt -cpu cortex-a57 "$@" ;;
	*)
		set -- -M pc "$@"
		guest_args="console=ttyS0 $guest_args"
		;;
	esac
	: >"$work/$guest_name.console"
	"$guest_qemu" -accel tcg -display none -nodefaults -no-reboot \
		-kernel "$guest_tree/boot/vmlinuz-$guest_release" -initrd "$guest_img" \
		-append "$guest_args" -serial "file:$work/$guest_name.console" \
		-monitor "unix:$work/$guest_name.monitor,server=on,wait=off" "$@" \
		>"$work/$guest_name.qemu" 2>&1 &
	guest_pid=$!
	at_exit "kill $guest_pid 2>/dev/null || true"
}

guest_wait() {
	wait_for "$3" guest_shows "$1" "$2"
}

guest_shows() {
	tr -d '\r' <"$work/$1.console" | grep -aEqe "$2"
}

guest_text() {
	tr -d '\r' <"$work/$1.console" >"$work/lines"
	awk -v what="$2" '$0 ~ "^guest: " what " ends " { exit } on; $0 == "guest: " what " begins" { on = 1 }' \
		"$work/lines" | base64 -di >"$work/text"
	[ "$(sed -n "s/^guest: $2 ends //p" "$work/lines")" = "$(sha256sum <"$work/text" | cut -d ' ' -f 1)" ] ||
		return 1
	cat "$work/text"
}

# The monitor does one thing after another: when it has quit, all is done.
guest_monitor() {
	guest_name=$1
	shift
	printf '%s\n' "$@" quit | socat -t 300 - "unix:$work/$guest_name.monitor" >"$work/$guest_name.answers" 2>&1 || true
	wait "$guest_pid" 2>/dev/null || true
}
