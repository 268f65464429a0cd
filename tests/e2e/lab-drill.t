#!/bin/sh
# SPDX-License-Identifier: MIT
# The drill: `lastwords drill MAC` makes the next boot panic, once.
# Evidence: the first boot after it crashes by sysrq and is stored; the boot after that runs on.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

lab_serve_all lab=idle
like "$(lw drill "$lab_mac" --after 2)" 'the next boot panics after it has been running for 2 s' "lastwords drill reports when the machine will panic"
lab_machine m
lab_event ' requested ' 60 || { done_testing; }
session=$(lab_session ' requested ')
lab_event " running $session " 90 "the machine of the drill runs"
lab_event " died $session " 60 "the machine of the drill panics"
lab_event " uploaded $session " 90 "the drill's dmesg is stored"
like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'lastwords: drill: panic by request' "the dmesg has the line of the drill"
wait_for 60 lab_has_event "requested ${session%%-*}-.*" || true
second() {
	grep -ah ' running ' "$lab_state"/journal/*.log | grep -v " $session " | cut -d ' ' -f 3 | grep .
}
succeeds "the boot after the drill runs" wait_for 90 second
sleep 4
unlike "$(cat "$lab_state"/journal/*.log | grep -av " died $session ")" ' died ' "the boot after the drill does not panic"
lab_shows "$session" '^title +sysrq' "the title of a drill is that of a sysrq crash"
lab_stop m
done_testing
