#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine that dies unarmed, of a panic that no capture kernel sees, with an ERST to keep its last words.
# Evidence: the next boot brings the record, which is stored with the session that died, by channel=pstore,
# and whole from the death on; the boot after that brings nothing more.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

# No room for 8 GB: the first boot is not armed, and panics.
lab_server 'profile early {
	image = "lab"
	args = "lab.die=panic lab.after=4"
	console = "ttyS0,115200n8"
	crashkernel = "8G"
	panic = 1
}
profile lab { image = "lab" args = "lab=idle" console = "ttyS0,115200n8" crashkernel = "192M" }
rule { serial = "early" profile = "early" }
rule { product = "*" profile = "lab" }'
truncate -s 65536 "$work/erst"
boot() {
	name=$1
	shift
	lab_machine "$name" -no-reboot \
		-object "memory-backend-file,id=erst,size=64K,mem-path=$work/erst,share=on" \
		-device acpi-erst,memdev=erst "$@"
}
boot early -smbios type=1,product=PC,serial=early
wait_for 90 lab_has_event ' not-armed .*reserv' && rc=0 || rc=1
ok "$rc" "the first boot is not armed"
session=$(lab_session ' not-armed ')
lab_console early 'Kernel panic - not syncing: lab_die' 60 || true
eval "pid=\$lab_pid_early"
ended() { ! kill -0 "$pid" 2>/dev/null; }
wait_for 30 ended || lab_stop early
boot next -smbios type=1,product=PC,serial=next
lab_event " uploaded $session .*channel=pstore" 120 "the next boot brings it, for the session that died" || { done_testing; }
dir=$(lab_dir "$session")
like "$(cat "$dir/dmesg.txt")" 'Kernel panic - not syncing: lab_die: asked for' "the record has the death"
like "$(head -n 1 "$dir/dmesg.txt")" '^\[lastwords: kept by the firmware' "and says how it was kept"
like "$(tail -n 3 "$dir/dmesg.txt")" 'end Kernel panic|Rebooting in|Kernel Offset|lab_die' "up to its end"
like "$(cat "$dir/dmesg.meta")" '^channel=pstore' "its metadata name the channel"
wait_for 20 lab_has_event ' running ' || true
lab_console next 'pstore: 1 of the boot before, sent and removed' 20 || true
lab_stop next
boot third -smbios type=1,product=PC,serial=next
second() { [ "$(grep -ahc ' running ' "$lab_state"/journal/*.log)" -ge 2 ]; }
wait_for 120 second && rc=0 || rc=1
ok "$rc" "a third boot runs"
is "$(grep -ahc ' uploaded ' "$lab_state"/journal/*.log)" 1 "and brings nothing more"
done_testing
