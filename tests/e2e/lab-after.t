#!/bin/sh
# SPDX-License-Identifier: MIT
# after = "shell": when the dmesg is away, the crashed machine gives a shell on its console, and
# exit from it reboots. (halt and reboot: lab-channels.t, demo.t.)
# Evidence: the upload in the journal, the shell's own answer on the serial console, the next request.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

lab_server 'profile lab {
	image = "lab"
	args = "lab.panic=2"
	console = "ttyS0,115200n8"
	crashkernel = "192M"
	after = "shell"
	deadline = 120
}
rule { product = "*" profile = "lab" }'
# A serial console to type on: its output goes into the console's file as well.
lab_serial="-chardev socket,id=tty,path=$work/tty,server=on,wait=off,logfile=$work/m.console -serial chardev:tty"
lab_machine m
lab_event ' uploaded ' 120 "the dmesg is stored" || { done_testing; }
lab_console m 'a shell, as the profile says' 30 || true
type_until() {
	printf '%s\n' "$1" | socat -t 1 - "UNIX-CONNECT:$work/tty" >/dev/null 2>&1
	grep -aEq -e "$2" "$work/m.console"
}
# shellcheck disable=SC2016 # the machine's shell expands it
wait_for 30 type_until '[ -s /proc/vmcore ] && echo vmcore is $((6 * 7))' '^vmcore is 42' && rc=0 || rc=1
ok "$rc" "the shell answers, and the dead kernel's memory is there"
is "$(grep -ahc ' requested ' "$lab_state"/journal/*.log)" 1 "the machine waits for a person"
second() { [ "$(grep -ahc ' requested ' "$lab_state"/journal/*.log)" -ge 2 ]; }
again() { type_until exit . && second; }
wait_for 60 again && rc=0 || rc=1
ok "$rc" "exit reboots"
lab_stop m
done_testing
