# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # root, work, guest_*: of tap.sh and guest.sh; scene_why: the caller's
# scene.sh: machines that stand in a known scene, and dumps of them; sourced after tap.sh and
# tests/slow/guest.sh.
#
#	scene_make SUITE FLAVOUR        fetches the kernel and makes the initramfs: 1, and the reason in
#	                                $scene_why, when that cannot be
#	scene_run OUT HOW WORD…         runs it, WORDs are for its kernel (see init): OUT/truth.log,
#	                                OUT/release, and by HOW
#	                                  dump     OUT/live.elf of the running machine, OUT/panic.elf of the
#	                                           crashed one, by QEMU
#	                                  vmcore   OUT/vmcore.elf, /proc/vmcore of its capture kernel
#	                                1, and the reason in $scene_why, when it did not get there
#
# LASTWORDS_SCENE_MODULE names a lab_die.ko for this kernel, scene_cpu is QEMU's -cpu (default for arm64: max),
# scene_memory the megabytes (512; for vmcore 256 more).

scene_here=$root/tests/autopsy
scene_modules="qemu_fw_cfg virtio_pci virtio_blk e1000 virtio_net nfsv3"

scene_make() {
	guest_prepare "$1" "$2" || {
		scene_why=$guest_why
		return 1
	}
	case $guest_arch in
	arm64) scene_cc=aarch64-linux-gnu-gcc ;;
	*) scene_cc=gcc ;;
	esac
	command -v "$scene_cc" >/dev/null || {
		scene_why="no $scene_cc; make check-full installs it"
		return 1
	}
	scene_tree=$work/scene-$guest_release
	scene_initrd=$scene_tree.img
	mkdir -p "$scene_tree/bin" "$scene_tree/modules"
	for scene_program in scene truth; do
		$scene_cc -O2 -std=gnu11 -Wall -Wextra -static -pthread -o "$scene_tree/bin/$scene_program" \
			"$scene_here/$scene_program.c" || {
			scene_why="$scene_program.c does not compile"
			return 1
		}
	done
	install -m 755 "$scene_here/init" "$scene_tree/init"
	install -m 755 "$guest_busybox/bin/busybox" "$scene_tree/bin/busybox"
	[ -z "${LASTWORDS_SCENE_MODULE-}" ] || cp "$LASTWORDS_SCENE_MODULE" "$scene_tree/lab_die.ko"
	(
		fail() {
			echo "$*" >&2
			exit 1
		}
		scratch=$work/scene-scratch
		mkdir -p "$scratch"
		# shellcheck source=images/modules.sh
		. "$root/images/modules.sh"
		modules_open "$guest_tree/lib/modules/$guest_release"
		# shellcheck disable=SC2086 # names are words
		modules_order $scene_modules >"$scratch/order"
		modules_copy "$scene_tree/modules" <"$scratch/order"
		sed 's,.*/,,; s,\.ko.*,.ko,' "$scratch/order" >"$scene_tree/modules/order"
	) || {
		scene_why="the modules of $guest_release cannot be copied"
		return 1
	}
	guest_pack "$scene_tree" "$scene_initrd"
}

# Adds what kexec needs to the initramfs: the kernel, kexec, and the initramfs without them.
scene_add_kexec() {
	[ -e "$scene_tree/capture.img" ] && return 0
	[ "$guest_arch" = amd64 ] || {
		scene_why="kexec is built for amd64 only"
		return 1
	}
	[ -x "$root/build/third-party/bin/kexec" ] || {
		scene_why="no kexec; make check builds it"
		return 1
	}
	cp "$scene_initrd" "$scene_tree/capture.img"
	install -m 755 "$root/build/third-party/bin/kexec" "$scene_tree/bin/"
	cp "$guest_tree/boot/vmlinuz-$guest_release" "$scene_tree/vmlinuz"
	guest_pack "$scene_tree" "$scene_initrd"
}

scene_fails() {
	scene_why="$1: $(tail -n 3 "$work/scene.console" | tr -d '\r' | tr '\n' ' ') $(cat "$work/scene.qemu")"
	kill "$guest_pid" 2>/dev/null || true
	return 1
}

scene_monitor() {
	perl "$scene_here/monitor.pl" "$work/scene.monitor" "$@"
}

scene_run() {
	scene_out=$1 scene_how=$2
	shift 2
	mkdir -p "$scene_out"
	scene_mb=${scene_memory:-512}
	scene_disk=$work/scene.disk
	rm -f "$scene_disk" "$scene_disk.slow"
	truncate -s 1G "$scene_disk"
	truncate -s 1M "$scene_disk.slow"
	if [ "$scene_how" = vmcore ]; then
		scene_add_kexec || return 1
		scene_mb=$((scene_mb + 256))
		set -- rig.kdump crashkernel=256M "$@"
	fi
	# each connection has a process of the server, which keeps no state
	scene_nfs="guestfwd=tcp:10.0.2.100:2049-cmd:perl $scene_here/nfs-dies.pl"
	set -- log_buf_len=4M "$@" -- -smp 2 -m "$scene_mb" -device vmcoreinfo \
		-netdev "user,id=n0,$scene_nfs" -device e1000,netdev=n0,mac=52:54:00:aa:00:01,romfile= \
		-netdev user,id=n1,net=10.0.3.0/24 -device virtio-net-pci,netdev=n1,mac=52:54:00:aa:00:02,romfile= \
		-drive "file=$scene_disk,format=raw,if=virtio,cache=unsafe" \
		-drive "file=$scene_disk.slow,format=raw,if=virtio,id=slow"
	scene_model=${scene_cpu-}
	[ "$guest_arch" != arm64 ] || scene_model=${scene_model:-max}
	[ -z "$scene_model" ] || set -- "$@" -cpu "$scene_model"
	guest_run scene "$scene_initrd" "$@"
	guest_wait scene '^rig: (disk|failed)' 200 && scene_monitor 'block_set_io_throttle slow 1 0 0 0 0 0'
	guest_wait scene '^rig: (ready|failed)' "${LASTWORDS_SCENE_SECONDS:-400}" || {
		scene_fails "it did not print its truth"
		return 1
	}
	if [ "$scene_how" = dump ]; then
		sleep 2 # its shell starts to sleep
		scene_monitor stop "dump-guest-memory $scene_out/live.elf" 'info registers -a' cont |
			sed -n '/^CPU#/p; /CPL=\|PSTATE=/p' >"$work/scene.registers"
	fi
	guest_wait scene '^rig: dies|Kernel panic' 200 || {
		scene_fails "it did not get to its death"
		return 1
	}
	case " $* " in
	*" rig.die=nmi "*)
		sleep 2
		scene_monitor nmi
		;;
	esac
	if [ "$scene_how" = dump ]; then
		guest_wait scene 'end Kernel panic|Attempting to kill' 120 || {
			scene_fails "it did not panic"
			return 1
		}
		sleep 2 # the other CPU stops
		scene_monitor "dump-guest-memory $scene_out/panic.elf" quit || true
	else
		# the capture kernel reads this disk too, when the dead one has long crashed
		sleep 25
		scene_monitor 'block_set_io_throttle slow 0 0 0 0 0 0'
		guest_wait scene '^rig: vmcore' 300 || {
			scene_fails "no dump by the capture kernel"
			return 1
		}
		guest_wait scene '^rig: vmcore' 1 && wait "$guest_pid" || true
		scene_size=$(tr -d '\r' <"$work/scene.console" | sed -n 's/^rig: vmcore //p')
		truncate -s "$scene_size" "$scene_disk"
		mv "$scene_disk" "$scene_out/vmcore.elf"
	fi
	wait "$guest_pid" 2>/dev/null || true
	rm -f "$scene_disk" "$scene_disk.slow"
	tr -d '\r' <"$work/scene.console" >"$scene_out/truth.log"
	if [ "$scene_how" = dump ]; then
		echo 'rig: registers'
		echo '@@registers'
		cat "$work/scene.registers"
	fi >>"$scene_out/truth.log"
	# a crash may not get to the console
	if [ "$scene_how" = vmcore ]; then
		"$root/build/bin/lastwords-dmesg" "$scene_out/vmcore.elf" >>"$scene_out/truth.log" 2>/dev/null || true
	fi
	echo "$guest_release" >"$scene_out/release"
}
