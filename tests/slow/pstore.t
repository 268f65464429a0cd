#!/bin/sh
# SPDX-License-Identifier: MIT
# pstore other than ERST (tests/e2e/lab-pstore.t): a machine that crashes unarmed keeps its log in a
# region of memory (ramoops) or in EFI variables (OVMF with its own flash), whose backends are modules:
# the keeper loads them from the overlay, or waits for the OS to do it (late).
# Evidence: the next boot uploads the record, which is stored with the session that crashed, with
# channel=pstore and the whole panic; the boot after that uploads nothing.
# LAB_SCENES names the rows to run.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
modules=$work/modules
mkdir "$modules"
gzip -dc "$root/build/images/lab/overlay.cpio.gz" | (cd "$modules" && cpio -id --quiet 'lastwords/pstore/*')
modules=$modules/lastwords/pstore

# 8 GB cannot be reserved: the first boot is not armed, and panics.
# shellcheck disable=SC2016 # no expansion: the kernel's own $
region='memmap=1M$512M ramoops.mem_address=0x20000000 ramoops.mem_size=0x100000 ramoops.record_size=0x10000'
profile() {
	lab_profile "$1-dies" "$2 lab.die=panic lab.after=4" 'crashkernel = "8G"' 'panic = 1'
	lab_profile "$1-next" "$3"
}
mkdir "$work/images"
ln -s "$root/build/images/lab" "$work/images/lab"
lab_images=$work/images
lab_server "$(profile ramoops "$region" "$region lab=idle")
$(profile efi '' lab=idle)
$(profile late "$region" "$region modprobe.blacklist=ramoops lab=idle lab.run=http://10.0.2.2:@PORT@/images/late")
rule { product = \"*\" profile = \"efi-dies\" }"
sed -i "s/@PORT@/$lab_http/" "$work/lastwords.conf"
cp "$modules"/*.ko "$work/images/"
cat >"$work/images/late" <<EOT
sleep 6
cd /tmp
for m in $(tr '\n' ' ' <"$modules/order"); do
	case \$m in
	efi*) continue ;;
	esac
	wget -q http://10.0.2.2:$lab_http/images/\$m
	insmod \$m \$(grep -o 'ramoops[.][^ ]*' /proc/cmdline | sed 's/^ramoops[.]//')
	echo "<6>look: insmod \$m says \$?" >/dev/kmsg
done
EOT

# boot NAME: with the same flash, which only EFI machines have; they get kernel and initrd directly
boot() {
	if [ "$scene" != efi ]; then
		lab_machine "$1"
		return 0
	fi
	lab_direct
	lab_machine "$1" -M q35 -no-reboot -drive "if=pflash,format=raw,unit=0,readonly=on,file=$code" \
		-drive "if=pflash,format=raw,unit=1,file=$work/vars" \
		-kernel "$work/vmlinuz" -initrd "$work/initrd" -append "$lab_append"
}
code=/usr/share/OVMF/OVMF_CODE_4M.fd

play() {
	lw machine "$lab_mac" --profile "$scene-dies" >/dev/null
	boot "$scene"
	lab_event " not-armed .*$(echo "$lab_mac" | tr -d :)-.*reserv" 180 "$scene: the first boot is not armed" || return 0
	session=$(lab_session " not-armed .*$(echo "$lab_mac" | tr -d :)-")
	lw machine "$lab_mac" --profile "$scene-next" >/dev/null
	lab_console "$scene" 'Kernel panic - not syncing: lab_die' 60 "$scene: the unarmed boot panics" || return 0
	next=$scene
	if [ "$scene" = efi ]; then
		wait_for 60 lab_has_stopped "$scene" || lab_stop "$scene"
		next=${scene}_next
		boot "$next"
	fi
	lab_event " uploaded $session .*channel=pstore" 180 "$scene: the next boot uploads the record, for the session that crashed" || return 0
	dir=$(lab_dir "$session")
	like "$(cat "$dir/pstore-1.txt")" 'Kernel panic - not syncing: lab_die: asked for' "$scene: the record has the panic"
	like "$(head -n 1 "$dir/pstore-1.txt")" '^\[lastwords: kept by the firmware \(pstore\), Panic#' "$scene: the record begins with where it was kept"
	unlike "$(cat "$dir/pstore-1.txt")" '^\[lastwords: .*missing' "$scene: the record has no hole"
	like "$(tail -n 3 "$dir/pstore-1.txt")" 'end Kernel panic|Rebooting in|Kernel Offset|lab_die' "$scene: the record goes to the end of the panic"
	diag "$scene: $(wc -c <"$dir/pstore-1.txt") bytes; $(grep -a 'pstore: ' "$work/$next.console" | tr -d '\r' | tail -n 3)"
	lab_console "$next" 'pstore: 1 of the boot before, sent and removed' 60 "$scene: the record is removed from pstore" || return 0
	[ "$scene" != late ] || lab_console "$next" 'look: insmod ramoops.ko says 0' 5 "late: the OS loads the backend" || true
	mac=$(echo "$lab_mac" | tr -d :)
	count=$(lab_count " running $mac-")
	third=$next
	if [ "$scene" = efi ]; then
		lab_stop "$next"
		third=${scene}_third
		boot "$third"
	else
		echo system_reset | socat - "unix:$work/$next.monitor" >/dev/null
	fi
	succeeds "$scene: a third boot runs" wait_for 180 lab_has_events $((count + 1)) " running $mac-"
	[ "$scene" != late ] || wait_for 60 insmod_again || true
	is "$(lab_count " uploaded $mac-")" 1 "$scene: the third boot uploads nothing"
	lab_stop "$third"
}
insmod_again() { [ "$(grep -ac 'look: insmod ramoops.ko' "$work/late.console")" -ge 2 ]; }

n=0
for scene in ramoops efi late; do
	n=$((n + 1))
	case " ${LAB_SCENES:-ramoops efi late} " in
	*" $scene "*) ;;
	*) continue ;;
	esac
	lab_mac=52:54:00:aa:0f:0$n
	if [ "$scene" = efi ]; then
		[ -e "$code" ] || { skip "no $code; make check-full installs it" efi; continue; }
		[ -e "$modules/efi-pstore.ko" ] || { skip "this kernel has no module efi_pstore" efi; continue; }
		cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/vars"
	else
		[ -e "$modules/ramoops.ko" ] || { skip "this kernel has no module ramoops" "$scene"; continue; }
		command -v socat >/dev/null || { skip "needs socat for QEMU's monitor" "$scene"; continue; }
	fi
	play
done
done_testing
