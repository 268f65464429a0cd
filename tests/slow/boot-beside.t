#!/bin/sh
# SPDX-License-Identifier: MIT
# Another boot server starts the machines: a hand-written iPXE script, PXELINUX, and GRUB (BIOS and EFI),
# each with the lines of lastwords-boot(8) pasted into its configuration, from firmware to a stored
# crash, in a namespace with real dnsmasq (DHCP, TFTP). And our own loader = "pxelinux", started by
# our iPXE script (chain) and by a PXE ROM alone (older, `lastwords dhcp-config pxelinux`): its menu is
# read and answered on the serial console.
# Evidence for each: the journal has requested with loader=other, armed, running with netconsole, uploaded
# in the session that the keeper opened; the dmesg has the crash. BESIDE_SCENES names some of them.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
room_need
needs "make check-full installs it" /usr/lib/PXELINUX/pxelinux.0 /usr/lib/syslinux/modules/bios/ldlinux.c32 \
	/usr/lib/grub/i386-pc/pxe.mod /usr/lib/grub/x86_64-efi/efinet.mod /usr/bin/grub-mkimage \
	/usr/share/OVMF/OVMF_CODE_4M.fd
room_open
lab_server "$(lab_profile lab '' 'after = "halt"')
$(lab_profile idle lab=idle 'loader = "pxelinux"' 'menu = true' 'menu_timeout = 0')
profile mortal {
	from = \"idle\"
	args = \"lab.die=null lab.after=3\"
	after = \"halt\"
}
rule { mac = \"52:54:00:aa:0d:5*\" profile = \"idle\" }
rule { mac = \"52:54:00:aa:*\" profile = \"lab\" }"
image=$root/build/images/lab
os="console=ttyS0,115200n8 lab.die=null lab.after=3"

# the other server's files
tftp=$work/tftp
mkdir -p "$tftp/pxelinux.cfg" "$tftp/grub"
cat "$image/initrd.img" "$image/overlay.cpio.gz" >"$work/initrd"
for f in vmlinuz initrd.img; do ln "$image/$f" "$tftp/$f" 2>/dev/null || cp "$image/$f" "$tftp/$f"; done
# pasted: the arguments of the manual, with this server's address
words="rdinit=/lastwords/arm lastwords.url=http://10.77.0.1:8080 crashkernel=192M"
overlay=http://10.77.0.1:8080/images/lab/overlay.cpio.gz

# dies NAME BOOTFILE QEMU-ARG…
dies() {
	name=$1
	room_dnsmasq enable-tftp "tftp-root=$tftp" "dhcp-boot=$2"
	shift 2
	began=$(date +%s)
	lab_machine "$name" -no-reboot "$@"
	watch other
	lab_stop "$name"
	lab_end "$room_dnsmasq_pid"
}

# $name: loaded by $1, until its crash is stored
watch() {
	mac=$(echo "$lab_mac" | tr -d :)
	if lab_event " requested $mac-.*loader=$1" 240 "$name: the keeper opens a session"; then
		session=$(lab_session " requested $mac-")
		lab_event " armed $session " 30 "$name: the machine is armed" || true
		lab_event " running $session .*netconsole=on" 30 "$name: the machine runs" || true
		lab_event " uploaded $session .*channel=http" 120 "$name: the dmesg is stored" || true
		like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'BUG: kernel NULL pointer dereference' \
			"$name: the dmesg has the crash"
		like "$(tr -d '\r' <"$work/$name.console")" "NIC, " "$name: the capture kernel finds the NIC that booted"
		unlike "$(tr -d '\r' <"$work/$name.console")" 'no network by the NIC' "$name: the capture kernel has a network by that NIC"
	else
		tail -n 20 "$work/dnsmasq.log" | sed 's/^/# /'
	fi
	diag "$name: $(($(date +%s) - began)) s"
}

# The profile "mortal" chosen in pxelinux's menu, on the serial line: the firmware has no other console.
menu() {
	name=$1
	shift
	lab_serial="-chardev socket,id=line,path=$work/line,server=on,wait=off,logfile=$work/$name.console \
		-serial chardev:line"
	began=$(date +%s)
	lab_machine "$name" -no-reboot -M pc,graphics=on "$@"
	if lab_console "$name" 'idle, image lab' 200; then
		wait_for 20 grep -aq 'On to the next boot device' "$work/$name.console" || true
		printf '\033[B\r' | socat -t 2 - "unix-connect:$work/line" >/dev/null
		watch pxelinux
		like "$(grep -ah " requested $mac-" "$lab_state"/journal/*.log)" ' profile=mortal rule=asked' \
			"$name: the profile is the one chosen in the menu"
	else
		tail -n 20 "$work"/dhcp*.log | sed 's/^/# /'
		tail -n 5 "$lab_state/run/access.log" | sed 's/^/# /'
	fi
	lab_stop "$name"
	room_dhcp_end
	lab_serial=
}

scene() {
	number=$((${number:-0} + 1))
	lab_mac=$(printf '52:54:00:aa:0d:%02x' $number)
	lab_nic=e1000
	case $1 in
	ipxe)
		cat >"$tftp/script.ipxe" <<-END
			#!ipxe
			kernel tftp://10.77.0.1/vmlinuz initrd=os initrd=overlay $words BOOTIF=01-\${netX/mac:hexhyp} $os
			initrd --name os tftp://10.77.0.1/initrd.img
			initrd --name overlay $overlay
			boot
		END
		dies ipxe script.ipxe ;;
	pxelinux)
		cp /usr/lib/PXELINUX/pxelinux.0 /usr/lib/syslinux/modules/bios/ldlinux.c32 "$tftp/"
		curl -fsS -o "$tftp/overlay.cpio.gz" "file://$image/overlay.cpio.gz"
		cat >"$tftp/pxelinux.cfg/default" <<-END
			DEFAULT debian
			LABEL debian
				KERNEL vmlinuz
				INITRD initrd.img,overlay.cpio.gz
				APPEND $words $os
				IPAPPEND 2
		END
		dies pxelinux pxelinux.0 ;;
	grub | grub_efi)
		cat >"$tftp/grub/grub.cfg" <<-END
			serial --unit=0 --speed=115200
			linux /vmlinuz $words BOOTIF=01-\$net_default_mac $os
			initrd /initrd.img (http,10.77.0.1:8080)/images/lab/overlay.cpio.gz
			boot
		END
		if [ "$1" = grub ]; then
			# (-p: GRUB finds its directory on the server that it came from)
			grub-mkimage -O i386-pc-pxe -p '(pxe)/grub' -o "$tftp/grub.0" \
				pxe tftp http net linux normal serial boot
			dies grub grub.0
		else
			grub-mkimage -O x86_64-efi -p '(tftp)/grub' -o "$tftp/grub.efi" \
				efinet tftp http net linux normal serial boot
			lab_nic=virtio-net-pci,romfile=
			cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/vars"
			dies grub_efi grub.efi -M q35 -drive "if=pflash,format=raw,file=$work/vars,index=1" \
				-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd,index=0 \
				-fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n
		fi ;;
	down) # our server does not answer: the OS boots, and netconsole needs no session; later it answers
		room_dnsmasq
		lab_machine down -no-reboot -kernel "$image/vmlinuz" -initrd "$work/initrd" -append \
			"$(echo "$words" | sed s/8080/8081/) lastwords.netconsole=10.77.0.1:6666 lab=idle console=ttyS0,115200n8"
		lab_console down 'lab: idle' 200 "the OS runs while the server is down" || true
		lab_console down 'no session: http://10.77.0.1:8081: .*; trying again' 20 "the keeper tries to open a session again" || true
		lab_console down 'netconsole runs on eth0' 20 "netconsole runs without a session" || true
		apart() { cat "$lab_state"/streams/10.77.0.*.log 2>/dev/null | grep -aq 'Linux version'; }
		succeeds "down: netconsole brings the log of a machine without a session" wait_for 20 apart
		$lab_in socat TCP-LISTEN:8081,fork,reuseaddr TCP:10.77.0.1:8080 &
		at_exit "lab_end $!"
		mac=$(echo "$lab_mac" | tr -d :)
		if lab_event " requested $mac-.*loader=other" 200 "down: the keeper opens a session once the server answers"; then
			session=$(lab_session " requested $mac-")
			lab_event " running $session .*netconsole=on" 30 "down: the session runs with netconsole" || true
			log=$(lab_dir "$session")/netconsole.log
			wait_for 20 grep -aq 'opened lastwords.session=' "$log" || true
			like "$(cat "$log")" 'Linux version' "down: the session has the log from the first line"
		fi
		lab_stop down
		lab_end "$room_dnsmasq_pid" ;;
	chain)
		lab_mac=52:54:00:aa:0d:51
		room_dhcp dnsmasq
		menu chain ;;
	older)
		# (QEMU's PXE ROM is iPXE, to the snippet a ROM as any other)
		lab_mac=52:54:00:aa:0d:52
		room_dhcp pxelinux
		menu older ;;
	*) ok 1 "unknown scene: $1" ;;
	esac
}

for s in ${BESIDE_SCENES:-ipxe pxelinux grub grub_efi chain older down}; do
	scene "$s"
done
done_testing
