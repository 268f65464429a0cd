#!/bin/sh
# SPDX-License-Identifier: MIT
# stay_armed = "off", and an OS whose own kdump takes the place of our capture kernel: once it loads
# another (the same stock kernel, another initramfs: the case hardest to tell), once it only unloads.
# Evidence: the kernel's log says so, the journal has not-armed with the reason after armed, and
# `lastwords sessions` shows the machine as not armed.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

mkdir "$work/images"
ln -s "$root/build/images/lab" "$work/images/lab"
cp "$root/build/third-party/bin/kexec" "$work/images/"
lab_images=$work/images
lab_server 'profile replaced {
	image = "lab"
	args = "lab.run=http://10.0.2.2:@PORT@/images/replaced"
	console = "ttyS0,115200n8"
	crashkernel = "192M"
	stay_armed = "off"
}
profile unloaded {
	from = "replaced"
	args = "lab.run=http://10.0.2.2:@PORT@/images/unloaded"
}
rule { product = "*" profile = "replaced" }'
sed -i "s/@PORT@/$lab_http/" "$work/lastwords.conf"
base=http://10.0.2.2:$lab_http/images
# Once the server knows that it is armed, as an OS's service would come later as well.
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

scene() { # name, what is loaded then, why
	: >"$work/m.console"
	lab_machine m
	wait_for 90 lab_has_event " armed .*" || true
	lab_console m "look: kexec says 0, loaded $2" 90 "$1: the OS did it" || return 0
	lab_event " not-armed .*why=the%20capture%20kernel%20was%20$1" 40 "$1: noticed and told" || return 0
	session=$(lab_session " not-armed .*$1")
	lab_has_event " armed $session" && rc=0 || rc=1
	ok "$rc" "$1: by the session that was armed"
	lab_console m "not armed any more: the capture kernel was $1" 5 "$1: the kernel's log has it" || true
	like "$(lw sessions)" "not armed.*$1" "$1: shown to people" || lw sessions | sed 's/^/# /'
	lab_stop m
}
scene replaced 1
lw machine $lab_mac --profile unloaded >/dev/null
scene unloaded 0
done_testing
