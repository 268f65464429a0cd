#!/bin/sh
# SPDX-License-Identifier: MIT
# stay_armed = "off", and an OS whose own kdump replaces our capture kernel: once it loads another one
# (the same stock kernel with another initramfs, the hardest to notice), once it only unloads ours.
# Evidence: a line in the kernel's log, not-armed with the reason after armed in the journal, and
# `lastwords sessions` shows the machine as not armed.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

mkdir "$work/images"
ln -s "$root/build/images/lab" "$work/images/lab"
cp "$root/build/third-party/bin/kexec" "$work/images/"
lab_images=$work/images
lab_server "$(lab_profile replaced lab.run=http://10.0.2.2:@PORT@/images/replaced 'stay_armed = "off"')
profile unloaded {
	from = \"replaced\"
	args = \"no_timer_check lab.run=http://10.0.2.2:@PORT@/images/unloaded\"
}
rule { product = \"*\" profile = \"replaced\" }"
sed -i "s/@PORT@/$lab_http/" "$work/lastwords.conf"
base=http://10.0.2.2:$lab_http/images
# After the server has recorded "armed": the kdump service of an OS starts late, too.
cat >"$work/images/replaced" <<EOT
sleep 3
cd /tmp
wget -q $base/lab/vmlinuz
wget -q $base/lab/initrd.img
cp /bin/busybox kexec # for its mode
wget -q -O - $base/kexec >kexec
./kexec -p -c -i --initrd=initrd.img --command-line=1 vmlinuz
echo "<6>look: kexec says \$?, loaded \$(cat /sys/kernel/kexec_crash_loaded)" >/dev/kmsg
EOT
cat >"$work/images/unloaded" <<EOT
sleep 3
cd /tmp
cp /bin/busybox kexec
wget -q -O - $base/kexec >kexec
./kexec -p -u
echo "<6>look: kexec says \$?, loaded \$(cat /sys/kernel/kexec_crash_loaded)" >/dev/kmsg
EOT

lists_as() {
	lw sessions | grep -q "not armed.*$1"
}

# scene NAME LOADED: NAME is the image and the reason, LOADED what the kernel then has in kexec_crash_loaded
scene() {
	: >"$work/m.console"
	lab_machine m
	wait_for 90 lab_has_event " armed .*" || true
	lab_console m "look: kexec says 0, loaded $2" 90 "$1: the OS changed what is loaded" || return 0
	lab_event " not-armed .*why=the%20capture%20kernel%20was%20$1" 40 "$1: the journal has not-armed and the reason" || return 0
	session=$(lab_session " not-armed .*$1")
	succeeds "$1: the session of not-armed was armed before" lab_has_event " armed $session"
	lab_console m "not armed any more: the capture kernel was $1" 5 "$1: the kernel's log has the reason" || true
	soon "$1: lastwords sessions shows the machine as not armed" lists_as "$1"
	lab_stop m
}
scene replaced 1
lw machine $lab_mac --profile unloaded >/dev/null
scene unloaded 0
done_testing
