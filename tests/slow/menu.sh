# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # work: tap.sh's; lab_mac: lab.sh's
# menu.sh: the boot menu on a terminal, for those who see it on a serial line (boot-menu.t) and over a
# BMC's serial-over-LAN (boot-bmc.t); after lab.sh and terminal.sh.
#
#	menu_profiles FIRST SECOND ARGS SECONDS   the configuration: profile FIRST, whose menu waits SECONDS
#	                             (0: for ever), and SECOND, the same with the kernel arguments ARGS
#	menu_entries WHAT NAME…      what is on $work/screen is this machine's menu, with these profiles
#	menu_edit WHAT NAME ARGS     goes to the second entry, NAME, and has its ARGS there to be edited; 1 if
#	                             they do not come. What is typed then is the test's
#
# WHAT begins the results' names.

menu_profiles() {
	cat <<-CONF
		profile $1 {
			image = "lab"
			args = "lab=idle"
			console = "ttyS0,115200n8"
			crashkernel = "192M"
			after = "halt"
			menu = true
			menu_timeout = $4
		}
		profile $2 { from = "$1" args = "$3" }
	CONF
}

menu_entries() {
	menu_what=$1
	shift
	like "$(cat "$work/screen")" "lastwords: $lab_mac" "$menu_what: it shows: lastwords: $lab_mac"
	for menu_name; do
		like "$(cat "$work/screen")" "^ *$menu_name, image lab" "$menu_what: it shows: $menu_name"
	done
	like "$(cat "$work/screen")" 'Edit the kernel arguments of this boot' "$menu_what: it shows: Edit …"
}

menu_edit() {
	term_keys e
	term_shows 'whose arguments to edit' 20 "$1: whose arguments" || return 1
	term_keys Down
	term_keys Enter
	term_shows "$3" 20 "$1: those of $2, to edit"
}
