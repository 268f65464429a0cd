# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # variables of tap.sh, lab.sh and room.sh
# debian.sh: one real Debian 12 from firmware to stored crash; the two tests beside it say with which
# initrd (image, arguments) and death. Real dnsmasq, TFTP-less iPXE ROM, lighttpd and collector in a
# namespace; root is a squashfs over HTTP; systemd renames the card, networkd's configuration names it.
#
# Evidence: the OS itself says that it is up with the renamed interface and its default route; the
# journal has requested, armed, running (netconsole on the renamed interface), died, uploaded; the
# stored dmesg has every line from the first to the last 20 before death and the death itself;
# netconsole brought the same lines; the machine rebooted by itself.

debian_run() {
	image=$1 args=$2 kind=$3 title=$4
	needs "make check builds it as root" "$root/build/images/$image/image.conf"
	room_open
	lab_memory=1536
	lab_server "profile debian {
		image = \"$image\"
		args = \"$args lab.die=$kind lab.after=4\"
		console = \"ttyS0,115200n8\"
		crashkernel = \"192M\"
	}
	rule { product = \"*\" profile = \"debian\" }"
	room_dnsmasq "dhcp-boot=tag:ipxe,http://10.77.0.1:$lab_http/boot.ipxe" \
		"dhcp-userclass=set:ipxe,iPXE"
	lab_machine m

	lab_event ' requested ' 60 || return 0
	session=$(lab_session ' requested ')
	lab_console m 'lastwords: armed' 60
	lab_console m 'lab: debian up, init is systemd' 240 || return 0
	lab_console m 'default route default via 10.77.0.1 dev ens' 10 "the network is as configured: its route" || true
	lab_console m ' ens[0-9]+ +inet 10\.77\.0\.[0-9]+/24' 10 "and its address" || true
	lab_event " armed $session " 60 "armed"
	lab_event " running $session .*interface=ens" 60 "running, on the renamed interface"
	like "$(grep -ah " running $session " "$lab_state"/journal/*.log)" 'netconsole=on' "netconsole runs"
	lab_event " died $session " 120 "death seen by netconsole"
	lab_event " uploaded $session " 120 "dmesg stored"
	lab_event "requested ${session%%-*}-.* " 60
	wait_for 120 debian_again && rc=0 || rc=1
	ok $rc "the machine rebooted and asks again"

	dmesg=$(lab_dir "$session")/dmesg.txt
	like "$(head -n 2 "$dmesg")" 'Linux version' "the dmesg begins at the beginning"
	is "$(grep -c 'lab: line [0-9]* before death' "$dmesg")" 20 "its last 20 lines before death are there"
	like "$(cat "$dmesg")" 'Kernel panic|Oops|BUG:' "and the death"
	is "$(grep -c 'lastwords: .*lost' "$dmesg" || true)" 0 "no hole is marked"
	netconsole=$(lab_dir "$session")/netconsole.log
	is "$(grep -c 'lab: line [0-9]* before death' "$netconsole")" 20 "netconsole brought these lines as well"
	like "$(head -n 3 "$netconsole")" 'Linux version|Command line' "netconsole replayed the beginning"
	wait_for 20 debian_titled && rc=0 || rc=1
	ok $rc "its title is: $title"
	like "$(lw show "$session")" 'they agree' "both channels agree"
	lab_stop m
}

debian_again() {
	[ "$(grep -ahc ' requested ' "$lab_state"/journal/*.log)" -ge 2 ]
}

debian_titled() {
	lw show "$session" | grep -Eq "^title +$title"
}
