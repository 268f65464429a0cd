#!/bin/sh
# SPDX-License-Identifier: MIT
# Another boot server starts the machines: it gives the kernel our overlay as one more initrd, and our
# arguments on the command line; QEMU's -kernel, -initrd and -append stand for it. No script is requested.
# One machine runs and crashes; a second crashes before it has a network; a third as well, while our server
# is down for longer than the deadline of its profile.
# Evidence: the keeper opens a session with the profile of the rule, which is armed, running and uploaded,
# and has the whole stream in its log; the early crashes are stored in sessions that their capture kernels
# opened.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check installs it" socat

lab_server "$(lab_profile lab '' 'after = "halt"')
$(lab_profile short '' 'deadline = 10')
rule { product = \"Beside\" profile = \"lab\" }
rule { product = \"Late\" profile = \"short\" }"
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
lastwords.url=http://10.0.2.2:$port/ crashkernel=192M console=ttyS0,115200n8 no_timer_check $*"
}

lab_mac=52:54:00:aa:0e:01
other runs BOOTIF=01-52-54-00-aa-0e-01 lab.die=null lab.after=3
lab_mac=52:54:00:aa:0e:02
other early lab.net=off lab.die=sysrq

lab_event ' requested 525400aa0e01-.* profile=lab .*loader=other .*product=Beside' 120 \
	"the keeper opens a session without a request for a script" || { done_testing; }
session=$(lab_session ' requested 525400aa0e01-')
lab_event " armed $session " 30 "the keeper's session is armed" || true
lab_event " running $session .*netconsole=on" 30 "the keeper's session runs with netconsole" || true
lab_event " uploaded $session .*channel=http" 90 "the dmesg is stored in the session that the keeper opened" || true
like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'BUG: kernel NULL pointer dereference' "the stored dmesg has the crash"
soon "netconsole.log begins with the first line" has_line "$(lab_dir "$session")/netconsole.log" 'Linux version'
soon "netconsole.log has the crash" has_line "$(lab_dir "$session")/netconsole.log" 'BUG: kernel NULL pointer'
lab_console runs 'lastwords: done, halting' 30 'the machine halts, as its profile sets' || true
is "$(lab_count ' requested 525400aa0e01-')" 1 "one boot has one session"

lab_event ' requested 525400aa0e02-.*product=Beside' 120 "the capture kernel of an early crash opens a session" || { done_testing; }
session=$(lab_session ' requested 525400aa0e02-')
lab_event " uploaded $session .*channel=http" 60 "the dmesg of an early crash is stored" || true
like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'sysrq: Trigger a crash' "the dmesg of an early crash has it"
lab_stop runs
lab_stop early

lab_mac=52:54:00:aa:0e:03
port=$("$root/build/tests/lib/free-ports" 1)
product=Late
other late lab.net=off lab.die=sysrq
lab_console late 'lastwords: .* has 10[.0-9/]* by DHCP' 120 "a capture kernel has a network, while the server is down" || true
sleep 11 # its deadline passes
socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "TCP:127.0.0.1:$lab_http" &
at_exit "lab_end $!"
lab_event ' requested 525400aa0e03-.*product=Late' 60 "the capture kernel opens a session once the server is up" || { done_testing; }
session=$(lab_session ' requested 525400aa0e03-')
lab_event " uploaded $session .*channel=http" 60 "the dmesg is stored after the deadline of the profile" || true
lab_console late 'lastwords: done, rebooting' 30 "the machine reboots after a late upload" || true
done_testing
