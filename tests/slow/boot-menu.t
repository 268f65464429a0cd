#!/bin/sh
# SPDX-License-Identifier: MIT
# The boot menu as a person sees and uses it on the serial console, with the iPXE of Debian 12 (2019)
# and a newer one (2025), BIOS and UEFI: an entry is chosen, its kernel arguments are edited by iPXE's
# `read`, and the machine crashes by what was typed. MENU_SCENES names some of the ways.
# Evidence: the screen shows every entry at once, on UEFI on a terminal of 80 by 24, on BIOS within 80 by
# 24 of a larger one (UEFI leaves longer lines of its own there); the session has the chosen
# profile and the edited arguments (`lastwords show`), the kernel was started with them, and the stored
# dmesg has the crash that only they cause. And a menu without an answer takes its default.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/lib/terminal.sh"
. "$root/tests/e2e/boot.sh"
. "$root/tests/slow/menu.sh"
lab_need
room_need
term_need

# menu_open WAY: the machine of that way, at its menu
menu_open() {
	lab_serial="-chardev socket,id=line,path=$work/line,server=on,wait=off,logfile=$work/$1.console -serial chardev:line"
	rm -f "$work/line"
	boot_start "$1" || return 1
	size='132 40'
	[ "$platform" != efi ] || size='80 24'
	# shellcheck disable=SC2086 # two numbers
	wait_for 10 test -S "$work/line" && term_open $size "socat -,raw,echo=0 UNIX-CONNECT:$work/line"
	term_shows 'On to the next boot device' 150 "$what: the menu is shown"
}

menu_scene() {
	what=$scene agent=$2
	menu_open "$1" || { boot_stop; return 0; }
	menu_entries "$what" first second lab
	[ "$platform" = efi ] || term_fits "$what: the menu fits on 80 by 24"
	if menu_type; then
		boot_watch
		session=$(lab_session " requested $mac-")
		lab_shows "$session" '^profile +second$' "$what: show has the chosen profile"
		lab_shows "$session" 'requested .*rule=menu .*args="lab=idle lab.after=3 lab.die=null"' \
			"$what: show has the edited arguments"
		like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'Command line: .*lab.after=3 lab.die=null ' \
			"$what: the kernel has the edited arguments"
		lab_shows "$session" "requested .*agent=($agent)" "$what: the request came from that iPXE"
	fi
	term_close
	boot_stop
}

menu_type() {
	menu_edit "$what" second 'lab=idle lab.after=3' || return 1
	[ "$platform" = efi ] || term_fits "$what: the edited line fits on 80 by 24"
	# (nulx, corrected)
	term_keys -l ' lab.die=nulx'
	term_keys C-h
	term_keys -l l
	term_shows 'lab=idle lab.after=3 lab.die=null *$' 20 "$what: the arguments are edited on the screen" || return 1
	term_keys Enter
}

# Without an answer the menu takes its default after its time.
menu_alone() {
	what="rom, alone"
	menu_open rom || { boot_stop; return 0; }
	lab_event " requested $mac-.*profile=first rule=menu" 90 "$what: the menu takes its default after its time" || true
	session=$(lab_session " requested $mac-")
	unlike "$(lw show "$session")" 'requested .* args=' "$what: the default entry has its own arguments"
	term_close
	boot_stop
}

boot_newer
boot_open "firmware = \"$work/firmware\"" "$(menu_profiles first second 'lab=idle lab.after=3' 15)" \
	'rule { mac = "52:54:00:aa:*" profile = "first" }'
for scene in ${MENU_SCENES:-rom uefi undionly_2025 uefi_2025 alone}; do
	ln -sfn /usr/lib/ipxe "$work/firmware"
	case $scene in
	alone) menu_alone ;;
	*_2025)
		[ -n "$boot_newer" ] || { skip "$boot_why" "$scene"; continue; }
		ln -sfn "$boot_newer" "$work/firmware"
		menu_scene "${scene%_2025}" 'iPXE/1\.2[1-9]|iPXE/[2-9]' ;;
	*) menu_scene "$scene" 'iPXE/1\.0\.0' ;;
	esac
done
done_testing
