#!/bin/sh
# SPDX-License-Identifier: MIT
# netconsole_early: a real diskless Debian 12 (initramfs-tools) whose kernel is heard before anything of
# its OS runs: the script has netconsole= to the server's own MAC, the session's stream is bound before
# the keeper says that there is a network, and its log begins at the kernel's first line; the keeper
# takes over (the module is unloaded and loaded again) without doubled lines, systemd comes to the end
# of its boot with the network as configured, and of a death both channels bring the same lines.
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
lab_server "profile debian {
	image = \"debian\"
	args = \"boot=live ip=dhcp fetch=http://10.77.0.1:8080/images/debian/root.squashfs lab.die=panic lab.after=8\"
	console = \"ttyS0,115200n8\"
	crashkernel = \"192M\"
	netconsole_early = true
}
rule { product = \"*\" profile = \"debian\" }"
room_dnsmasq "dhcp-boot=tag:ipxe,http://10.77.0.1:$lab_http/boot.ipxe" "dhcp-userclass=set:ipxe,iPXE"
lab_machine m
lab_event ' requested ' 120 || { done_testing; exit 1; }
# shellcheck disable=SC2154 # lab_state: lab.sh's
session=$(lab_session ' requested ')
lab_event " bound $session " 240 "its stream is bound"
unlike "$(cat "$lab_state"/journal/*.log)" " running $session " "before there is a network"
log=$(lab_dir "$session")/netconsole.log
lab_event " running $session " 240 "the keeper's word comes"
again() { grep -aq 'lastwords: netconsole runs' "$log"; }
wait_for 60 again && rc=0 || rc=1
ok $rc "and it has taken netconsole over"
like "$(sed -n 1,3p "$log")" 'Linux version|Command line' "the log begins at the kernel's first line"
like "$(cat "$log")" 'Command line: .*netconsole=\+6665@10\.77\.0\.[0-9]+/eth0,[0-9]+@10\.77\.0\.1/[0-9a-f:]{17} loglevel=8 net\.ifnames=0' \
	"what the server put on the command line"
is "$(grep -ac 'Command line: ' "$log")" 1 "no line comes twice"
on=$(grep -an 'netcon0\] enabled' "$log" | head -n 1 | cut -d : -f 1)
runs=$(grep -an 'lastwords: netconsole runs' "$log" | head -n 1 | cut -d : -f 1)
ok "$([ "${on:-9999}" -lt "${runs:-0}" ] && echo 0 || echo 1)" "it ran before (lines $on and $runs)"
lab_console m 'lab: debian up, init is systemd' 240 "systemd's end of boot" || { done_testing; exit 1; }
lab_console m 'default route default via 10.77.0.1 dev eth0' 10 "with the network on the card's early name" || true
lab_event " died $session " 120 "its death is seen by netconsole"
lab_event " uploaded $session " 180 "and its dmesg stored"
dmesg=$(lab_dir "$session")/dmesg.txt
for file in "$dmesg" "$log"; do
	is "$(grep -ac 'lab: line [0-9]* before death' "$file")" 20 "${file##*/}: the last lines, each once"
	like "$(cat "$file")" 'Kernel panic' "${file##*/}: and the death"
done
agrees() { lw show "$session" | grep -q 'they agree'; }
wait_for 30 agrees && rc=0 || rc=1
ok $rc "both channels agree"
# One of the initrd's own, and each of the keeper's.
grep -a 'netconsole: network logging started\|lastwords: netconsole' "$dmesg" | sed 's/^/# /'
loads=$(grep -ac 'netconsole: network logging started' "$dmesg" || :)
ok "$([ "$loads" -ge 2 ] && echo 0 || echo 1)" "the module was unloaded and loaded again ($loads loads)"
is "$(grep -ac 'lastwords: .*lost' "$log" || true)" 0 "the stream has no hole"
lab_stop m
done_testing
