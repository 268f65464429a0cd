#!/bin/sh
# SPDX-License-Identifier: MIT
# The fire drill: `lastwords drill MAC` makes the next boot panic itself, once.
# Evidence: the first boot after it dies of sysrq and is stored; the boot after that runs and stays.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

lab_server 'profile lab {
	image = "lab"
	args = "lab=idle"
	console = "ttyS0,115200n8"
	crashkernel = "192M"
}
rule { product = "*" profile = "lab" }'
like "$(lw drill "$lab_mac" --after 2)" 'its next boot panics 2 s after it runs' "drill is set"
lab_machine m
lab_event ' requested ' 60 || { done_testing; }
session=$(lab_session ' requested ')
lab_event " running $session " 90 "the machine runs"
lab_event " died $session " 60 "it panics by itself"
lab_event " uploaded $session " 90 "the drill's dmesg is stored"
like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'lastwords: drill: panic by request' "the dmesg says it was a drill"
wait_for 60 lab_has_event "requested ${session%%-*}-.*" || true
second() {
	grep -ah ' running ' "$lab_state"/journal/*.log | grep -v " $session " | cut -d ' ' -f 3 | grep .
}
wait_for 90 second && rc=0 || rc=1
ok $rc "the next boot runs"
sleep 4
is "$(grep -ahc ' died ' "$lab_state"/journal/*.log)" 1 "and is no drill any more"
lw show "$session" >"$work/show" 2>&1 || true
like "$(cat "$work/show")" '^title +sysrq' "title of the drill"
lab_stop m
done_testing
