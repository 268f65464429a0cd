#!/bin/sh
# SPDX-License-Identifier: MIT
# after = "shell": once the dmesg is stored, the crashed machine has a shell on its console, and
# exit from it reboots. (halt and reboot: lab-channels.t, demo.t.)
# Evidence: the upload in the journal, the shell's own answer on the serial console, the next request.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

lab_serve_all lab.panic=2 'after = "shell"' 'deadline = 120'
# A serial console to type on: its output goes into the console's file as well.
lab_serial="-chardev socket,id=tty,path=$work/tty,server=on,wait=off,logfile=$work/m.console -serial chardev:tty"
lab_machine m
lab_event ' uploaded ' 120 "the dmesg is stored" || { done_testing; }
lab_console m 'starting a shell; the dead kernel' 30 "the capture kernel starts a shell" || true
type_until() {
	printf '%s\n' "$1" | socat -t 1 - "UNIX-CONNECT:$work/tty" >/dev/null 2>&1
	grep -aEq -e "$2" "$work/m.console"
}
# shellcheck disable=SC2016 # the machine's shell expands it
succeeds "the shell answers and has the dead kernel's memory" \
	wait_for 30 type_until '[ -s /proc/vmcore ] && echo vmcore is $((6 * 7))' '^vmcore is 42'
is "$(lab_count ' requested ')" 1 "the machine does not reboot while the shell runs"
exit_until_request() { type_until exit . && lab_has_events 2 ' requested '; }
succeeds "exit from the shell reboots the machine" wait_for 60 exit_until_request
lab_stop m
done_testing
