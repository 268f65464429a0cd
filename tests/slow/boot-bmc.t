#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine behind a BMC: OpenIPMI's ipmi_sim starts it, ipmitool talks IPMI 2.0 (lanplus) to it, in a
# terminal of 80 by 24. No root. Evidence: off before, on after `chassis power on`; serial-over-LAN
# shows iPXE and the boot menu, readable; an entry is chosen there and its arguments are edited, and the
# session has both; "armed"; the crash that was typed is stored; the capture kernel's last message is on
# SOL too; `chassis power off` ends it.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/ipmi-sim.sh"
. "$root/tests/lib/terminal.sh"
. "$root/tests/slow/menu.sh"
lab_need
term_need

lab_server "$(menu_profiles lab doomed 'lab=idle lab.after=2' 0)
rule { product = \"*\" profile = \"lab\" }"
# shellcheck disable=SC2046 # words
set -- $("$root/build/tests/lib/free-ports" 3)
ipmi=$1 sol=$2 vm=$3
cat >"$work/start" <<END
#!/bin/sh
exec qemu-system-x86_64 -accel tcg -M pc,graphics=off -m 1024 -display none -vga none -monitor none \\
	-no-reboot -chardev socket,id=sol,host=127.0.0.1,port=$sol,server=on,wait=on,telnet=on \\
	-serial chardev:sol -netdev user,id=net,bootfile=http://10.0.2.2:$lab_http/boot.ipxe \\
	-device e1000,netdev=net,mac=$lab_mac,bootindex=1 \\
	-chardev socket,id=bmc,host=127.0.0.1,port=$vm,reconnect=10 \\
	-device ipmi-bmc-extern,chardev=bmc,id=ipmi -device isa-ipmi-kcs,bmc=ipmi >"$work/qemu.log" 2>&1
END
chmod +x "$work/start"
sim_configure "$ipmi" <<END
serial 15 127.0.0.1 $vm codec VM
startcmd "$work/start"
startnow false
sol "telnet:127.0.0.1:$sol" 115200
$(sim_user 2 lastwords test admin)
END
sim_start
bmc_tool="ipmitool -I lanplus -C 3 -H 127.0.0.1 -p $ipmi -U lastwords -P test"
power() { $bmc_tool chassis power "$1" 2>&1; }
answers() { power status | grep -q 'Power is'; }
wait_for 30 answers || diag "$(cat "$work/bmc.log")"
at_exit "power off >/dev/null || :"
like "$(power status)" 'Power is off' "the BMC reports that the power is off"
like "$(power on)" 'Up/On' "chassis power on is accepted"
is_on() { power status | grep -q 'Power is on'; }
succeeds "the BMC reports that the power is on" wait_for 20 is_on
# The output of SOL is on a terminal and in a file, which has what scrolled by. The machine waits for SOL.
: >"$work/sol.console"
term_open 80 24 "$bmc_tool sol activate"
term_tmux pipe-pane "cat >>$work/sol.console"
: >"$work/sol.qemu"
lab_console sol 'iPXE' 60 "iPXE is on serial-over-LAN" || true
term_shows 'On to the next boot device' 90 "the menu is on serial-over-LAN" || true
menu_entries "on 80 by 24" lab doomed
menu_edit SOL doomed 'lab=idle lab.after=2' || true
term_keys -l ' lab.die=null'
term_shows 'lab=idle lab.after=2 lab.die=null' 20 "SOL: the arguments are edited on the screen" || true
term_keys Enter
lab_console sol 'lastwords: armed' 90 || true
lab_event ' running ' 60 || true
lab_console sol 'BUG: kernel NULL pointer dereference' 60 "the crash is on serial-over-LAN" || true
lab_event ' uploaded ' 90 || true
session=$(lab_session ' uploaded ')
lab_shows "$session" '^profile +doomed$' "the session has the profile that was chosen over SOL"
lab_shows "$session" 'requested .*rule=menu .*args="lab=idle lab.after=2 lab.die=null"' "the session has the arguments that were typed over SOL"
lab_console sol 'the last words are on the server' 60 "the capture kernel is on serial-over-LAN" || true
like "$(power off)" 'Down/Off' "chassis power off is accepted"
is_off() { power status | grep -q 'Power is off'; }
succeeds "the BMC reports that the power is off again" wait_for 30 is_off
[ "$tap_failed" = 0 ] || diag "$(tail -n 5 "$work/bmc.log" "$work/qemu.log" 2>&1)"
done_testing
