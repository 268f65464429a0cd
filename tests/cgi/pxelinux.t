#!/bin/sh
# SPDX-License-Identifier: MIT
# loader = "pxelinux": the script that starts it, the configuration that it gets, and what `lastwords
# explain` and `check` say of both; from the CGI, by what it answers and what it leaves in STATE.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

mkdir -p "$work/images"
lab_image "$work/images" img
config() {
	cat >"$conf" <<-END
		state = "state"
		images = "images"
		url = "http://10.77.0.1:8080"
		loop_boots = 3
		fallback = "rescue"
		$1
		profile older {
			image = "img"
			loader = "pxelinux"
			args = "ro	root=/dev/nfs -- single"
			console = "ttyS1,57600n8"
			crashkernel = "192M"
			menu = $2
			menu_timeout = 7
		}
		profile rescue { image = "img" loader = "pxelinux" capture = "small" crashkernel = "64M" }
		profile gone { image = "gone" }
		rule { mac = "52:54:00:*" profile = "older" }
		rule { product = "Old*" profile = "older" }
	END
}
cfg() { cgi_ask "/pxelinux/pxelinux.cfg/$1"; }

config '' false
cgi_ask /boot 'mac=52-54-00-00-00-01&product=KVM&platform=pcbios'
echo "$text" >"$work/script"
"$lint" <"$work/script" >"$work/lint.out" && rc=0 || rc=1
ok $rc "iPXE: a sound script"
like "$text" '^set 209:string pxelinux.cfg/older/01-52-54-00-00-00-01$' "which names the configuration"
like "$text" '^set 210:string http://10.77.0.1:8080/pxelinux/$' "and its directory"
like "$text" '^chain .* http://10.77.0.1:8080/pxelinux/pxelinux.0 \|\| goto retry$' "and starts pxelinux"
unlike "$text" '^kernel' "instead of a kernel"
[ ! -e "$work/state/journal" ] && rc=0 || rc=1
ok $rc "that is no session yet"
cgi_ask /boot 'mac=52-54-00-00-00-01&product=KVM&platform=efi'
like "$text" 'pxelinux is for BIOS, iPXE loads the kernel' "EFI: says so"
like "$text" '^kernel .*lastwords.session=' "and boots by iPXE"

cfg 01-52-54-00-00-00-01
is "$(echo "$text" | head -n 1)" 'SERIAL 1 57600' "the serial console comes first"
like "$text" '^DEFAULT older$' "one entry, at once"
unlike "$text" 'menu.c32' "without a menu"
like "$text" '^	KERNEL http://10.77.0.1:8080/images/img/vmlinuz$' "kernel"
like "$text" '^	INITRD http://10.77.0.1:8080/images/img/initrd.img,http://10.77.0.1:8080/images/img/overlay.cpio.gz$' "initrd and overlay"
like "$text" '^	APPEND lastwords.url=http://10.77.0.1:8080 lastwords.profile=older rdinit=/lastwords/arm ro root=/dev/nfs console=ttyS1,57600n8 crashkernel=192M oops=panic panic=10 -- single$' "our arguments and its own"
like "$text" '^	IPAPPEND 2$' "and the NIC"

mv "$work/images/img/initrd.img" "$work/"
cfg 01-52-54-00-00-00-01
like "$text" 'MENU LABEL older, image img \(unarmed\)' "without the OS's initrd: unarmed"
like "$(cat "$work/err")" 'profile older: pxelinux boots it unarmed: image without initrd' "and the log says why"
mv "$work/initrd.img" "$work/images/img/"
mv "$work/images/img" "$work/images/away"
cfg 01-52-54-00-00-00-01
like "$text" 'profile older: image .*/img: No such file or directory; waiting' "without the image: says so"
unlike "$text" 'KERNEL' "instead of a kernel that is not there, after which nothing would ask again"
like "$text" '^	CONFIG pxelinux.cfg/01-52-54-00-00-00-01$' "and asks again"
like "$(cat "$work/err")" 'profile older: image .*/img: No such file' "and the log says why"
like "$(cat "$work/state/journal/"*.log)" ' refused .*why=profile%20older' "and the journal"
mv "$work/images/away" "$work/images/img"

config '' true
lw machine 52:54:00:00:00:01 --args 'debug' >/dev/null
cfg 01-52-54-00-00-00-01
like "$text" '^UI menu.c32$' "a menu"
like "$text" '^TIMEOUT 70$' "its timeout, in tenths"
like "$text" '^ONTIMEOUT older$' "and default"
is "$(echo "$text" | grep -c '^LABEL ')" 4 "an entry for each profile, and the next boot device"
like "$text" 'lastwords.profile=older .*/dev/nfs debug ' "a person's arguments for this machine"
like "$text" 'lastwords.profile=rescue lastwords.capture=small rdinit=.*crashkernel=64M' "the small capture kernel"
like "$text" 'MENU LABEL gone, image gone \(unarmed\)' "an image without overlay: unarmed"
like "$(cat "$work/err")" 'profile gone: pxelinux boots it unarmed: image' "and the log says why"
is "$(echo "$text" | awk 'length > 1023' | wc -l)" 0 "no line is longer than pxelinux takes"
lw machine 52:54:00:00:00:01 --clear >/dev/null
cfg rescue/01-52-54-00-00-00-01
like "$text" '^DEFAULT rescue$' "the script's choice of a profile counts"

lw machine 52:54:00:00:00:02 --profile rescue >/dev/null
cfg older/01-52-54-00-00-00-02
like "$text" '^DEFAULT rescue$' "what a person has set wins"
unlike "$text" 'menu.c32' "and asks nobody"
n=0
while [ $n -lt 4 ]; do
	cfg 01-52-54-00-00-00-03
	n=$((n + 1))
done
like "$text" '^DEFAULT rescue$' "a machine in a boot loop gets the fallback"
cfg older/01-52-54-00-00-00-03
like "$text" '^DEFAULT rescue$' "whatever the script says"

cfg 01-99-00-00-00-00-01
is "$status" 404 "multicast is no machine"
cfg 01-98-00-00-00-00-01
like "$text" 'no rule of the server matches 98:00:00:00:00:01; waiting' "nobody's machine: says so"
like "$text" '^	CONFIG pxelinux.cfg/01-98-00-00-00-00-01$' "and asks again"
config 'unknown = "exit"' false
cfg 01-98-00-00-00-00-01
like "$text" '^	LOCALBOOT -1$' "or goes on to the next boot device"
for bad in default 0A4D0032 b8945908-d6a6-41a9-611d-74a6ab80b83d '' 01- '../01-52-54-00-00-00-01' \
	'x/y/01-52-54-00-00-00-01' 'older/' "01-52-54-00-00-00-01%0aKERNEL" \
	'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/01-52-54-00-00-00-01'; do
	cfg "$bad"
	is "$status" 404 "pxelinux.cfg/$bad: not here"
done

config '' true
lw explain 52:54:00:00:00:09 product=Old platform=pcbios >"$work/said" 2>&1 || true
like "$(cat "$work/said")" '^set 209:string ' "explain shows the script"
like "$(cat "$work/said")" '^/pxelinux/pxelinux.cfg/older/01-52-54-00-00-00-09:$' "and the configuration"
like "$(cat "$work/said")" '^UI menu.c32$' "as it would be"
sed -i 's/loader = "pxelinux"/loader = "lilo"/' "$conf"
lw check >"$work/said" 2>&1 && rc=0 || rc=$?
is "$rc" 1 "an unknown loader: exit 1"
like "$(cat "$work/said")" ':[0-9]+: loader: "lilo" is unknown; it must be ipxe or pxelinux' "and why"
done_testing
