# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # work: tap.sh's; lab_mac: lab.sh's
# menu.sh: the boot menu on a terminal, on a serial line (boot-menu.t) and by a BMC's serial-over-LAN
# (boot-bmc.t); after lab.sh and terminal.sh.
#
#	menu_profiles FIRST SECOND ARGS SECONDS   the configuration: profile FIRST, whose menu waits SECONDS
#	                             (0: for ever), and SECOND, the same with the kernel arguments ARGS
#	menu_entries WHAT NAME…      $work/screen shows this machine's menu, with these profiles
#	menu_edit WHAT NAME ARGS     goes to the second entry, NAME, and opens its ARGS for editing; 1 if they are
#	                             not shown. The test types the rest
#
# The names of the results begin with WHAT.

menu_profiles() {
	lab_profile "$1" lab=idle 'after = "halt"' 'menu = true' "menu_timeout = $4"
	echo "profile $2 { from = \"$1\" args = \"$3\" }"
}

menu_entries() {
	menu_what=$1
	shift
	like "$(cat "$work/screen")" "lastwords: $lab_mac" "$menu_what: the menu shows the MAC $lab_mac"
	for menu_name; do
		like "$(cat "$work/screen")" "^ *$menu_name, image lab" "$menu_what: the menu shows the profile $menu_name"
	done
	like "$(cat "$work/screen")" 'Edit the kernel arguments of this boot' "$menu_what: the menu has an entry to edit arguments"
}

menu_edit() {
	term_keys e
	term_shows 'whose arguments to edit' 20 "$1: the menu asks whose arguments to edit" || return 1
	term_keys Down
	term_keys Enter
	term_shows "$3" 20 "$1: the arguments of $2 can be edited"
}
