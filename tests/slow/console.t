#!/bin/sh
# SPDX-License-Identifier: MIT
# The console of a profile, chosen by a rule on the product: ttyS1 at 57600 baud for one model. No root.
# Evidence: on the second serial port the kernel's messages, arm's line, the crash, and the capture
# kernel's last message; on the first one, which the firmware uses, none of them; the kernel's command
# line has the port; the crash is stored. iPXE's own port is set when it is built (tests/cli/ipxe.t).
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
lab_server "$(lab_profile lab 'lab.die=null lab.after=3' 'after = "halt"')
profile second-port { from = \"lab\" console = \"ttyS1,57600n8\" }
rule { product = \"Rack 2*\" profile = \"second-port\" }
rule { product = \"*\" profile = \"lab\" }"
: >"$work/two.second"
lab_serial="-serial file:$work/two.console -serial file:$work/two.second"
lab_machine two -no-reboot -smbios type=1,product='Rack 2 U'
second() {
	if wait_for "$2" has_line "$work/two.second" "$1"; then
		ok 0 "ttyS1 shows: ${3:-$1}"
	else
		ok 1 "ttyS1 shows: ${3:-$1}"
		tail -n 10 "$work/two.second" | sed 's/^/# /'
	fi
}
lab_console two "lastwords: $lab_mac .*: profile second-port" 90 "the firmware's port shows our script and the profile" || true
lab_event ' armed ' 150 || true
second 'Linux version' 10 "the kernel's messages"
second 'lastwords: armed' 10
lab_event ' uploaded .*channel=http' 150 || true
second 'BUG: kernel NULL pointer dereference' 10 "the crash"
second 'the last words are on the server' 30 "the capture kernel's last message"
unlike "$(tr -d '\r' <"$work/two.console")" 'Linux version|BUG: |last words' "ttyS0 shows no message of a kernel"
session=$(lab_session ' uploaded ')
like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'Command line: .* console=ttyS1,57600n8 ' "the kernel's command line has the second port"
done_testing
