#!/bin/sh
# SPDX-License-Identifier: MIT
# arm64 machines: UEFI (AAVMF) boots the arm64 iPXE of a newer Debian by PXE (one row: by HTTP), which requests its
# script; a rule on arch gives it an image of Debian's arm64 kernel (6.1, 6.12, the newest) that was made on this machine
# with the cross-built programs of make arm64, and a few megabytes of busybox as its OS. It is armed, runs, and dies.
# Evidence for each: the request (arch=arm64), armed, running with netconsole, the stored dmesg from the kernel's
# first line to its death under the title of the kind, and an autopsy that names who died, where the kernel has symbols.
# ARM64_ROWS names the rows to try: SUITE:KIND[:http], KIND as tests/lib/deaths.sh has them; ARM64_CRASHKERNEL a size.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
. "$root/tests/slow/guest.sh"
. "$root/tests/lib/deaths.sh"
lab_need
room_need
code=/usr/share/AAVMF/AAVMF_CODE.fd
needs "make check-full installs it" "$code"
needs "make arm64 builds it" "$root/build/arm64/bin/lastwords-arm" "$root/build/arm64/third-party/bin/busybox"
boot_newer
[ -e "$boot_newer/ipxe-arm64.efi" ] || skip_all "${boot_newer:+it has no ipxe-arm64.efi; }$boot_why"

# (the lab module can be built for 6.1 alone)
rows=${ARM64_ROWS:-bookworm:sysrq bookworm:sysrq:http bookworm:oom bookworm:init bookworm:null bookworm:hardirq bookworm:bug
	bookworm:stack bookworm:softlock bookworm:hung bookworm:othercpu trixie:sysrq trixie:oom trixie:init sid:sysrq sid:oom sid:init}
mkdir -p "$work/images" "$work/more"
ln -s "$root/build/images/lab" "$work/images/lab"
cat >"$work/more/init" <<'END'
#!/bin/busybox sh
export PATH=/bin
busybox mkdir -p /proc /sys /dev /tmp
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
busybox --install -s /bin
exec </dev/console >/dev/console 2>&1
while read -r module; do insmod "/modules/$module"; done </modules/order
set -- $(cat /proc/cmdline)
for word; do case $word in lab.address=*) address=${word#*=} ;; lab.die=*) die=${word#*=} ;; esac; done
ip link set lo up
ip link set eth0 up
ip address add "$address/24" dev eth0
echo 1 >/proc/sys/kernel/sysrq
# (time for the keeper, and for a person who looks)
sleep 20
echo "lab: dying of $die"
case $die in
sysrq) echo c >/proc/sysrq-trigger ;;
init) exit 1 ;;
oom)
	echo 1 >/proc/sys/vm/panic_on_oom
	mount -t tmpfs -o size=100% tmpfs /tmp
	cat /dev/zero >/tmp/full ;;
*)
	cd /proc/sys/kernel
	case $die in
	hung) echo 1 >hung_task_panic; echo 5 >hung_task_timeout_secs ;;
	softlockup) echo 1 >softlockup_panic; echo 5 >watchdog_thresh ;;
	esac
	insmod /lab_die.ko "kind=$die" ;;
esac
sleep 60
END
chmod +x "$work/more/init"

# image SUITE: the image of its kernel, as "arm-SUITE"
image() {
	guest_prepare "$1" arm64 || { skip "no arm64 kernel: $guest_why" "$1"; return 1; }
	guest_initrd "$work/plain.img" virtio_pci virtio_net || { ok 1 "$1: the OS's initramfs"; return 1; }
	rm -f "$work/more/lab_die.ko"
	case $1 in
	bookworm)
		module=$(sh "$root/tests/lab/module-suite.sh" "$root/build/lab-modules" "$guest_kernels" "$1" arm64 2>"$work/why") ||
			bail_out "no lab module for $guest_release: $(tail -n 1 "$work/why")"
		cp "$module" "$work/more/" ;;
	esac
	(cd "$work/more" && find . -type f | cpio --quiet -R 0:0 -o -H newc) | gzip >"$work/more.img"
	cat "$work/plain.img" "$work/more.img" >"$work/os.img"
	succeeds "$1: an image is made of $guest_release, here" sh "$root/images/image.sh" --kernel "$guest_tree" \
		--release "$guest_release" --initrd "$work/os.img" --out "$work/images/arm-$1"
	like "$(cat "$work/images/arm-$1/image.conf")" '^arch=arm64' "$1: image.conf has the architecture"
}
made=''
for suite in $(printf '%s\n' $rows | sed 's/:.*//' | uniq); do
	! image "$suite" || made="$made $suite"
done
config=$(for row in $rows; do echo "$row" | cut -d : -f 1,2; done | sort -u | while IFS=: read -r suite kind; do
	# shellcheck disable=SC2016 # iPXE expands it
	echo "profile $suite-$kind {
	image = \"arm-$suite\"
	args = 'lab.address=\${ip} lab.die=$(deaths_field "$kind" 2)'
	console = \"ttyAMA0\"
	crashkernel = \"${ARM64_CRASHKERNEL:-256M}\"
	after = \"halt\"
}
rule { arch = \"arm64\" serial = \"$suite-$kind\" profile = \"$suite-$kind\" }"
done)

lab_images=$work/images
boot_open "firmware = \"$boot_newer\"" "$config"
room_dhcp dnsmasq
truncate -s 64M "$work/code" "$work/vars"
dd if="$code" of="$work/code" conv=notrunc 2>/dev/null
lab_qemu="qemu-system-aarch64 -accel tcg -M virt -cpu cortex-a57"
lab_nic=virtio-net-pci,romfile=

# watch ROW: from its request to the stored dmesg
watch() {
	lab_event " requested $mac-.* arch=arm64 platform=efi" 300 "$1: the machine requests its script" || return 0
	session=$(lab_session " requested $mac-")
	lab_event " armed $session " 120 "$1: it is armed" || return 0
	lab_event " running $session .*netconsole=on" 120 "$1: it runs, with netconsole" || return 0
	lab_event " uploaded $session .*channel=http" 200 "$1: the dmesg is stored" || return 0
	kind=$(echo "$1" | cut -d : -f 2) dmesg=$(lab_dir "$session")/dmesg.txt
	like "$(head -n 1 "$dmesg")" 'Booting Linux on physical CPU' "$1: from the kernel's first line"
	wait_for 20 deaths_titled || true
	# (on x86-64 lab_init is not on the stack: it jumps to lab_die_of)
	like "$(deaths_title)" "$(deaths_field "$kind" 6 | sed 's/lockup in lab_die/lockup in lab_(die|init)/')" "$1: to its death"
	release=$(cat "$guest_kernels/${1%%:*}-arm64.release")
	tree=$guest_kernels/$release
	if ! grep -qxs 'CONFIG_KALLSYMS_ALL=y' "$tree/boot/config-$release" "$tree/lib/modules/$release/config"; then
		lab_console "$name" 'lastwords-autopsy: .*no CONFIG_KALLSYMS_ALL' 30
		return 0
	fi
	lab_event " uploaded $session .*channel=autopsy" 60 "$1: the autopsy is stored" || return 0
	like "$(cat "$(lab_dir "$session")/autopsy.txt")" "$(died_in "$kind")" "$1: the autopsy names who died"
}
# died_in KIND: the task that the autopsy names
died_in() {
	case $1 in
	oom) echo 'cat' ;;
	init) echo 'init' ;;
	hung) echo 'khungtaskd' ;;
	*) echo 'insmod|sh|swapper|kworker' ;;
	esac
}
deaths_titled() { death_session=$session; deaths_has_title; }
number=0 by_http='' by_pxe=''
for row in $rows; do
	case " $made " in *" ${row%%:*} "*) ;; *) continue ;; esac
	number=$((number + 1)) began=$(date +%s)
	name=arm$number lab_mac=$(printf '52:54:00:ab:0d:%02x' $number)
	mac=$(echo "$lab_mac" | tr -d :)
	cp "$work/vars" "$work/vars$number"
	case $row in
	*:http) by_http=1; set -- -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n ;;
	*) by_pxe=1; set -- ;;
	esac
	lab_machine "$name" -no-reboot -smp 2 -smbios "type=1,serial=$(echo "$row" | cut -d : -f 1,2 | tr : -)" "$@" \
		-drive "if=pflash,format=raw,readonly=on,file=$work/code" -drive "if=pflash,format=raw,file=$work/vars$number"
	watch "$row"
	diag "$row: $(($(date +%s) - began)) s; $(tr -d '\r' <"$work/$name.console" | grep -a 'memory free' | tail -n 1)"
	lab_stop "$name"
done
[ -z "$by_http" ] || like "$(cat "$lab_state/run/access.log")" 'GET /firmware/ipxe-arm64.efi 200' "the first stage is ipxe-arm64.efi by HTTP"
[ -z "$by_pxe" ] || like "$(cat "$work/dhcp.log")" 'sent .*ipxe-arm64.efi' "the first stage is ipxe-arm64.efi by TFTP"
room_dhcp_end
done_testing
