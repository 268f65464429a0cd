#!/bin/sh
# SPDX-License-Identifier: MIT
# Beside a boot server that is not ours: it gives the kernel our overlay as one more initrd, and our
# words on the command line; QEMU's -kernel, -initrd and -append stand for it. Nobody has asked for a
# script. One machine runs and dies; another dies before it has any network; a third, too, while the
# server is away for longer than the session's deadline then turns out to be.
# Evidence: the keeper opens a session, which is of the profile that the rule says, armed, running and
# uploaded, and the whole stream is in its log; the early deaths are stored too, in sessions that their
# capture kernels opened.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check installs it" socat

lab_server 'profile lab {
	image = "lab"
	crashkernel = "192M"
	after = "halt"
}
profile short {
	image = "lab"
	crashkernel = "192M"
	deadline = 10
}
rule { product = "Beside" profile = "lab" }
rule { product = "Late" profile = "short" }'
image=$root/build/images/lab
cat "$image/initrd.img" "$image/overlay.cpio.gz" >"$work/initrd"
port=$lab_http
product=Beside
# other NAME WORD…: what the other boot server does
other() {
	name=$1
	shift
	lab_machine "$name" -no-reboot -smbios "type=1,product=$product" -kernel "$image/vmlinuz" \
		-initrd "$work/initrd" -append "rdinit=/lastwords/arm \
lastwords.url=http://10.0.2.2:$port/ crashkernel=192M console=ttyS0,115200n8 $*"
}

lab_mac=52:54:00:aa:0e:01
other runs BOOTIF=01-52-54-00-aa-0e-01 lab.die=null lab.after=3
lab_mac=52:54:00:aa:0e:02
other early lab.net=off lab.die=sysrq

lab_event ' requested 525400aa0e01-.* profile=lab .*loader=other .*product=Beside' 120 \
	"the keeper opens a session" || { done_testing; }
session=$(lab_session ' requested 525400aa0e01-')
lab_event " armed $session " 30 "armed" || true
lab_event " running $session .*netconsole=on" 30 "running" || true
lab_event " uploaded $session .*channel=http" 90 "its last words are stored, in the same session" || true
like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'BUG: kernel NULL pointer dereference' "with the death"
like "$(cat "$(lab_dir "$session")/netconsole.log")" 'Linux version' "netconsole: from the first line"
like "$(cat "$(lab_dir "$session")/netconsole.log")" 'BUG: kernel NULL pointer' "to the death"
lab_console runs 'lastwords: done, halting' 30 'the machine ends as the profile says' || true
is "$(grep -ahc ' requested 525400aa0e01-' "$lab_state"/journal/*.log)" 1 "one boot, one session"

lab_event ' requested 525400aa0e02-.*product=Beside' 120 "the early death's capture kernel opens one" || { done_testing; }
session=$(lab_session ' requested 525400aa0e02-')
lab_event " uploaded $session .*channel=http" 60 "its last words are stored" || true
like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'sysrq: Trigger a crash' "with the death"
lab_stop runs
lab_stop early

lab_mac=52:54:00:aa:0e:03
port=$("$root/build/tests/lib/free-ports" 1)
product=Late
other late lab.net=off lab.die=sysrq
lab_console late 'lastwords: .* has 10[.0-9/]* by DHCP' 120 "another early death has a network, and no server" || true
sleep 11 # its deadline passes
socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "TCP:127.0.0.1:$lab_http" &
at_exit "lab_end $!"
lab_event ' requested 525400aa0e03-.*product=Late' 60 "the server comes: a session" || { done_testing; }
session=$(lab_session ' requested 525400aa0e03-')
lab_event " uploaded $session .*channel=http" 60 "its last words are stored all the same" || true
lab_console late 'lastwords: done, rebooting' 30 "and it ends as ever" || true
done_testing
