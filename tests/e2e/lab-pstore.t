#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine that crashes unarmed, so that no capture kernel runs, with an ERST that keeps its log.
# Evidence: the next boot uploads the record, which is stored with the session that crashed, with
# channel=pstore and complete from the crash on; the boot after that uploads nothing.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

# 8 GB cannot be reserved: the first boot is not armed, and panics.
lab_server "$(lab_profile early 'lab.die=panic lab.after=4' 'crashkernel = "8G"' 'panic = 1')
$(lab_profile lab lab=idle)
rule { serial = \"early\" profile = \"early\" }
rule { product = \"*\" profile = \"lab\" }"
truncate -s 65536 "$work/erst"
boot() {
	name=$1
	shift
	lab_machine "$name" -no-reboot \
		-object "memory-backend-file,id=erst,size=64K,mem-path=$work/erst,share=on" \
		-device acpi-erst,memdev=erst "$@"
}
boot early -smbios type=1,product=PC,serial=early
lab_event ' not-armed .*reserv' 90 "a boot without a reservation is not armed" || { done_testing; }
session=$(lab_session ' not-armed ')
lab_console early 'Kernel panic - not syncing: lab_die' 60 "the unarmed boot panics" || true
wait_for 30 lab_has_stopped early || lab_stop early
boot next -smbios type=1,product=PC,serial=next
lab_event " uploaded $session .*channel=pstore" 120 "the next boot uploads the record, for the session that crashed" || { done_testing; }
dir=$(lab_dir "$session")
like "$(cat "$dir/pstore-1.txt")" 'Kernel panic - not syncing: lab_die: asked for' "the record from pstore has the panic"
like "$(head -n 1 "$dir/pstore-1.txt")" '^\[lastwords: kept by the firmware' "the record from pstore begins with where it was kept"
like "$(tail -n 3 "$dir/pstore-1.txt")" 'end Kernel panic|Rebooting in|Kernel Offset|lab_die' "the record from pstore goes to the end of the panic"
like "$(cat "$dir/pstore-1.meta")" '^channel=pstore' "the metadata of the record have the channel pstore"
wait_for 20 lab_has_event ' running ' || true
lab_console next 'pstore: 1 of the boot before, sent and removed' 20 "the record is removed from pstore" || true
lab_stop next
boot third -smbios type=1,product=PC,serial=next
succeeds "a third boot runs" wait_for 120 lab_has_events 2 ' running '
is "$(lab_count ' uploaded ')" 1 "the third boot uploads nothing"
done_testing
