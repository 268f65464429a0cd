#!/bin/sh
# SPDX-License-Identifier: MIT
# A profile's switches on a machine of two CPUs: log_buf_len, timestamps, backtraces, bmc and stay_armed.
# Evidence: the record of its death has the larger buffer and what the other CPU was doing; the running
# OS finds the sysctls set, and no other capture kernel may be loaded any more.
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
lab_server 'profile lab {
	image = "lab"
	args = "lab.run=http://10.0.2.2:@PORT@/images/look lab.die=null lab.after=2"
	console = "ttyS0,115200n8"
	crashkernel = "192M"
	log_buf_len = "1M"
	timestamps = "on"
	backtraces = "on"
	bmc = "on"
}
rule { product = "*" profile = "lab" }'
sed -i "s/@PORT@/$lab_http/" "$work/lastwords.conf"
lab_machine m -smp 2 -no-reboot
lab_event ' armed ' 90 "armed" || { done_testing; }
session=$(lab_session ' armed ')
lab_event " uploaded $session " 90 "it died and was captured" || { done_testing; }
dmesg=$(cat "$(lab_dir "$session")/dmesg.txt")
like "$dmesg" 'log_buf_len: 1048576 bytes' "the log's buffer is as large as asked for"
like "$dmesg" 'Command line: .*log_buf_len=1M printk.time=1 .*ipmi_msghandler.panic_op=string' "the command line has the switches"
like "$dmesg" 'look: oops_all_cpu_backtrace=1' "the sysctl is set"
like "$dmesg" 'look: kexec_load_(disabled=1|limit_panic=0)' "nobody else may load a capture kernel"
like "$dmesg" 'NMI backtrace for cpu' "the record says what the other CPU was doing"
like "$dmesg" 'BUG: kernel NULL pointer dereference' "and what it died of"
lab_stop m
done_testing
