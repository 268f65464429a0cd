#!/bin/sh
# SPDX-License-Identifier: MIT
# The keys log_buf_len, timestamps, backtraces, bmc and stay_armed of a profile, on a machine of two CPUs.
# Evidence: the record of the crash has the larger buffer and the other CPU's backtrace; the running OS
# finds the sysctls set, and cannot load another capture kernel.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

mkdir "$work/images"
ln -s "$root/build/images/lab" "$work/images/lab"
cat >"$work/images/look" <<'EOT'
for f in kexec_load_disabled kexec_load_limit_panic oops_all_cpu_backtrace; do
	[ ! -e /proc/sys/kernel/$f ] || echo "<6>look: $f=$(cat /proc/sys/kernel/$f)" >/dev/kmsg
done
EOT
lab_images=$work/images
lab_serve_all 'lab.run=http://10.0.2.2:@PORT@/images/look lab.die=null lab.after=2' \
	'log_buf_len = "1M"' 'timestamps = "on"' 'backtraces = "on"' 'bmc = "on"'
sed -i "s/@PORT@/$lab_http/" "$work/lastwords.conf"
lab_machine m -smp 2 -no-reboot
lab_event ' armed ' 90 "a machine of two CPUs is armed" || { done_testing; }
session=$(lab_session ' armed ')
lab_event " uploaded $session " 90 "a machine of two CPUs is captured" || { done_testing; }
dmesg=$(cat "$(lab_dir "$session")/dmesg.txt")
like "$dmesg" 'log_buf_len: 1048576 bytes' "log_buf_len sets the size of the log buffer"
like "$dmesg" 'Command line: .*log_buf_len=1M printk.time=1 .*ipmi_msghandler.panic_op=string' "the command line has timestamps and the panic string for the BMC"
like "$dmesg" 'look: oops_all_cpu_backtrace=1' "backtraces sets oops_all_cpu_backtrace"
like "$dmesg" 'look: kexec_load_(disabled=1|limit_panic=0)' "stay_armed forbids another capture kernel"
like "$dmesg" 'NMI backtrace for cpu' "the record has the backtrace of the other CPU"
like "$dmesg" 'BUG: kernel NULL pointer dereference' "the record has the line of the crash"
lab_stop m
done_testing
