#!/bin/sh
# SPDX-License-Identifier: MIT
# netconsole_early: a real diskless Debian 12 (initramfs-tools) whose kernel sends its log before the OS
# runs: the script has netconsole= to the server's own MAC, the session's stream is bound before the
# keeper reports a network, and its log begins with the kernel's first line; the keeper takes over (the
# module is unloaded and loaded again) without doubled lines, systemd finishes its boot with the network
# as configured, and after a crash both channels have the same lines.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
room_need
needs "make check builds it as root" "$root/build/images/debian/image.conf"
room_open
lab_memory=1536
lab_serve_all 'boot=live ip=dhcp fetch=http://10.77.0.1:8080/images/debian/root.squashfs lab.die=panic lab.after=8' \
	'image = "debian"' 'netconsole_early = true'
room_dnsmasq "dhcp-boot=tag:ipxe,http://10.77.0.1:$lab_http/boot.ipxe" "dhcp-userclass=set:ipxe,iPXE"
lab_machine m
lab_event ' requested ' 120 || { done_testing; exit 1; }
# shellcheck disable=SC2154 # lab_state: lab.sh's
session=$(lab_session ' requested ')
lab_event " bound $session " 240 "the stream of early netconsole is bound"
unlike "$(cat "$lab_state"/journal/*.log)" " running $session " "the stream is bound before the keeper reports a network"
log=$(lab_dir "$session")/netconsole.log
lab_event " running $session " 240 "the keeper reports a network"
soon "the keeper takes netconsole over" has_line "$log" 'lastwords: netconsole runs'
like "$(sed -n 1,3p "$log")" 'Linux version|Command line' "the log begins with the kernel's first line"
like "$(cat "$log")" 'Command line: .*netconsole=\+6665@10\.77\.0\.[0-9]+/eth0,[0-9]+@10\.77\.0\.1/[0-9a-f:]{17} loglevel=8 net\.ifnames=0' \
	"the command line has the netconsole= of the server"
is "$(grep -ac 'Command line: ' "$log")" 1 "the command line is in the log once"
on=$(grep -an 'netcon0\] enabled' "$log" | head -n 1 | cut -d : -f 1)
runs=$(grep -an 'lastwords: netconsole runs' "$log" | head -n 1 | cut -d : -f 1)
succeeds "netconsole ran before the keeper took over (lines $on and $runs)" test "${on:-9999}" -lt "${runs:-0}"
lab_console m 'lab: debian up, init is systemd' 240 "systemd finishes its boot" || { done_testing; exit 1; }
lab_console m 'default route default via 10.77.0.1 dev eth0' 10 "the network is on the card's early name" || true
lab_event " died $session " 120 "the panic is seen by netconsole"
lab_event " uploaded $session " 180 "the dmesg of the panic is stored"
dmesg=$(lab_dir "$session")/dmesg.txt
for file in "$dmesg" "$log"; do
	is "$(grep -ac 'lab: line [0-9]* before death' "$file")" 20 "${file##*/}: the last 20 lines are there, each once"
	like "$(cat "$file")" 'Kernel panic' "${file##*/}: the panic is there"
done
agrees() { lw show "$session" | grep -Eq '^record +[0-9]+ lines [(]([0-9]+ by http; )?[0-9]+ by http,netconsole[)], 0 holes, 0 differing$'; }
succeeds "dmesg and netconsole have the same lines" wait_for 30 agrees
# One line of the initrd, and one for each load by the keeper.
grep -a 'netconsole: network logging started\|lastwords: netconsole' "$dmesg" | sed 's/^/# /'
loads=$(grep -ac 'netconsole: network logging started' "$dmesg" || :)
succeeds "the module is unloaded and loaded again ($loads loads)" test "$loads" -ge 2
is "$(grep -ac 'lastwords: .*lost' "$log" || true)" 0 "the stream has no hole"
lab_stop m
done_testing
