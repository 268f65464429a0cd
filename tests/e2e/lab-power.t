#!/bin/sh
# SPDX-License-Identifier: MIT
# A QEMU target from off to a stored NMI panic, all by `lastwords power`. Path: power on -> QEMU of the
# server's own -> its card's iPXE -> boot script -> lab OS, armed -> power nmi -> unknown_nmi_panic -> capture
# kernel -> upload -> the outcome that power nmi prints. Then off. Evidence: what is printed, the journal, the
# crash's title, the console's log, no process left.
# shellcheck disable=SC2154 # lab_…: lab.sh's
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/lab.sh"
lab_need

lab_server "$(lab_profile lab "lab=idle unknown_nmi_panic lab.lines=40" 'after = "halt"')
rule { product = \"*\" profile = \"lab\" }
target vm { mac = \"$lab_mac\" driver = \"qemu\" args = \"-accel tcg -no-reboot\" }
target other { mac = \"52:54:00:aa:00:02\" driver = \"qemu\" args = \"-accel tcg -m 64 -net none\" }"
targets=$lab_state/run/targets
at_exit 'lw power vm off >/dev/null; lw power other off >/dev/null'

is "$(lw power vm status)" "vm: off" "the machine is off"
is "$(lw power vm on)" "vm: on" "it is switched on"
pid=$(cat "$targets/vm.pid")
is "$(lw power vm on; cat "$targets/vm.pid")" "vm: on
$pid" "a second on starts no second QEMU"
is "$(lw power other on)" "other: on" "another runs next to it"
is "$(lw power "$lab_mac" pxe)" "vm: the next boot is from the network" "it boots from the network"

lab_event ' running ' 120
ok "$(grep -aq 'iPXE' "$targets/vm.log" && grep -aq 'Linux version' "$targets/vm.log" && echo 0 || echo 1)" \
	"its console's log has the firmware and the kernel"
out=$(lw power vm nmi) && rc=0 || rc=$?
ok "$rc" "power nmi reports success"
like "$out" "^vm: answered the NMI, [0-9]+ KB stored in [0-9]+ s: $(lab_session ' running ')$" "with bytes, time and session"
lab_event " power - target=vm mac=$lab_mac action=nmi result=done" 1
lab_shows "$(lab_session ' running ')" '^title +.*NMI' "the crash is an NMI's"
unlike "$(cat "$targets/vm.log" | tr -d '\r')" 'NMI received' "which no console has shown"

lab_gone() { [ ! -d "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"; }
is "$(lw power vm off)" "vm: off" "it is switched off"
wait_for 20 lab_gone "$pid" && rc=0 || rc=$?
ok "$rc" "its QEMU has ended"
is "$(lw power other status)" "other: on" "the other runs on"
# A QEMU that hangs is on, and can be switched off.
pid=$(cat "$targets/other.pid")
kill -STOP "$pid"
is "$(lw power other status)" "other: on" "a QEMU that hangs is on"
is "$(lw power other off)" "other: off" "and is ended"
wait_for 20 lab_gone "$pid" && rc=0 || rc=$?
ok "$rc" "also its process"
lw power vm nmi >"$work/out" 2>&1 && rc=0 || rc=$?
is "$rc $(cat "$work/out")" "1 lastwords: vm: it is off; switch it on first" "an NMI needs a machine that is on"
done_testing
