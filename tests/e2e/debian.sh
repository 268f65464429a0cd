# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # variables of tap.sh, lab.sh and room.sh
# debian.sh: one real Debian 12 from firmware to stored crash; the two tests next to it set
# initrd (image, arguments) and crash. Real dnsmasq, TFTP-less iPXE ROM, lighttpd and collector in a
# namespace; root is a squashfs over HTTP; systemd renames the card, networkd's configuration names it.
#
# Evidence: the OS prints that it is up, its renamed interface and its default route; the journal has
# requested, armed, running (netconsole on the renamed interface), died, uploaded; the stored dmesg has
# every line from the first to the last 20 before the crash and the crash itself; netconsole.log has the
# same lines; the machine rebooted by itself.

debian_run() {
	image=$1 args=$2 kind=$3 title=$4
	needs "make check builds it as root" "$root/build/images/$image/image.conf"
	room_open
	lab_memory=1536
	lab_serve_all "$args lab.die=$kind lab.after=4" "image = \"$image\""
	room_dnsmasq "dhcp-boot=tag:ipxe,http://10.77.0.1:$lab_http/boot.ipxe" \
		"dhcp-userclass=set:ipxe,iPXE"
	lab_machine m

	lab_event ' requested ' 60 || return 0
	session=$(lab_session ' requested ')
	lab_console m 'lastwords: armed' 150
	lab_console m 'lab: debian up, init is systemd' 240 || return 0
	lab_console m 'default route default via 10.77.0.1 dev ens' 10 "the OS has the default route of DHCP" || true
	lab_console m ' ens[0-9]+ +inet 10\.77\.0\.[0-9]+/24' 10 "the renamed interface has the address of DHCP" || true
	lab_event " armed $session " 60 "Debian is armed"
	lab_event " running $session .*interface=ens" 60 "the keeper runs on the renamed interface"
	lab_event " running $session .*netconsole=on" 60 "netconsole runs on the renamed interface"
	lab_event " died $session " 120 "the crash is seen by netconsole"
	lab_event " uploaded $session " 120 "the dmesg of Debian is stored"
	lab_event "requested ${session%%-*}-.* " 60
	succeeds "the machine reboots and requests its script again" wait_for 120 lab_has_events 2 ' requested '

	dmesg=$(lab_dir "$session")/dmesg.txt
	like "$(head -n 2 "$dmesg")" 'Linux version' "the dmesg begins with the first line"
	is "$(grep -c 'lab: line [0-9]* before death' "$dmesg")" 20 "the dmesg has the last 20 lines before the crash"
	like "$(cat "$dmesg")" 'Kernel panic|Oops|BUG:' "the dmesg has the crash"
	is "$(grep -c 'lastwords: .*lost' "$dmesg" || true)" 0 "the dmesg has no mark of lost lines"
	netconsole=$(lab_dir "$session")/netconsole.log
	wait_for 60 debian_sent || true
	is "$(grep -c 'lab: line [0-9]* before death' "$netconsole")" 20 "netconsole.log has the last 20 lines before the crash"
	like "$(head -n 3 "$netconsole")" 'Linux version|Command line' "netconsole.log begins with the replayed first lines"
	lab_shows "$session" "^title +$title" "the title of the crash is: $title"
	lab_shows "$session" '^record +[0-9]+ lines [(]([0-9]+ by http; )?[0-9]+ by http,netconsole[)], 0 holes, 0 differing$' "dmesg and netconsole have the same lines"
	lab_stop m
}

debian_sent() {
	[ "$(grep -c 'lab: line [0-9]* before death' "$netconsole")" -ge 20 ]
}
