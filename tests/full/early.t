#!/bin/sh
# SPDX-License-Identifier: MIT
# netconsole_early: a real diskless Debian 12 (initramfs-tools) whose kernel is heard before its init:
# the script has netconsole= to the server's own MAC, the session's log begins at the kernel's first
# line and has "netcon0 enabled" before systemd's first, and the stream was bound before the keeper
# could say that the OS runs. Then systemd runs, armed, and a death is seen on it.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
room_need
[ -e "$root/build/images/debian/image.conf" ] || skip_all "missing: build/images/debian; make check builds it as root"
room_open
lab_memory=1536
lab_server "profile debian {
	image = \"debian\"
	args = \"boot=live ip=dhcp fetch=http://10.77.0.1:8080/images/debian/root.squashfs lab.die=sysrq lab.after=4\"
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
unlike "$(cat "$lab_state"/journal/*.log)" " running $session " "before the OS runs"
log=$(lab_dir "$session")/netconsole.log
init() { grep -aq 'systemd\[1\]' "$log"; }
wait_for 240 init && rc=0 || rc=1
ok $rc "systemd is heard"
like "$(sed -n 1,3p "$log")" 'Linux version|Command line' "the log begins at the kernel's first line"
like "$(cat "$log")" 'Command line: .*netconsole=\+6665@10\.77\.0\.[0-9]+/eth0,[0-9]+@10\.77\.0\.1/[0-9a-f:]{17} loglevel=8 net\.ifnames=0' \
	"what the server put on the command line"
on=$(grep -an 'netcon0\] enabled\|network logging started' "$log" | head -n 1 | cut -d : -f 1)
first=$(grep -an 'systemd\[1\]' "$log" | head -n 1 | cut -d : -f 1)
ok "$([ "${on:-9999}" -lt "${first:-0}" ] && echo 0 || echo 1)" "netconsole began before systemd (lines $on and $first)"
lab_event " armed $session \| running $session " 240 "the keeper's word comes as well"
lab_event " died $session " 240 "its death is seen"
lab_event " uploaded $session " 240 "and its dmesg stored"
lab_stop m
done_testing
