#!/bin/sh
# SPDX-License-Identifier: MIT
# HTTP is gone when machines die: the lines go as netconsole packets, then to the console, and each
# machine ends as its profile says, within its deadline. Nobody listens at the moment of death, so
# that no death can be in a record but by the second channel; then a collector alone comes back.
# Evidence: the record has the death, the channel it came by is told in journal and log, no line stands
# twice; the console has the same dmesg between its marker lines; "System halted", and a new boot.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check installs it" socat

deadline=24
profile() {
	echo "profile $1 {
	image = \"lab\"
	args = \"lab=idle unknown_nmi_panic\"
	console = \"ttyS0,115200n8\"
	crashkernel = \"192M\"
	after = \"$1\"
	deadline = $deadline
}
rule { serial = \"$1\" profile = \"$1\" }"
}
lab_server "$(profile halt)
$(profile reboot)"
lab_mac=52:54:00:aa:02:01
lab_machine halt -smbios type=1,product=PC,serial=halt
lab_mac=52:54:00:aa:02:02
lab_machine reboot -smbios type=1,product=PC,serial=reboot
for m in halt reboot; do
	lab_console $m 'lab: idle' 120 || { done_testing; }
	session=$(lab_session " requested .*serial=$m")
	lab_event " running $session .*netconsole=on" 30 "$m: it runs, netconsole is on" || { done_testing; }
	eval "session_$m=$session"
done
wait_for 10 grep -aq 'netconsole runs on' "$(lab_dir "$session_halt")/netconsole.log" || true
wait_for 10 grep -aq 'netconsole runs on' "$(lab_dir "$session_reboot")/netconsole.log" || true

lab_end "$lab_server_pid"
# A panic in an NMI does not even get to the console: the dump alone has it.
for m in halt reboot; do
	echo nmi | socat - "unix:$work/$m.monitor" >/dev/null
done
for m in halt reboot; do lab_console $m 'lastwords: capture kernel up' 60 || { done_testing; }; done
began=$(date +%s)
"$root/build/bin/lastwords-collector" -c "$work/lastwords.conf" 2>"$work/collector.err" &
at_exit "lab_end $!"

# The log of the session on a console, between its marker lines; the console itself writes there too.
dumped() {
	tr -d '\r' <"$work/$1.console" | sed "1,/^lastwords: dmesg of $2 begins/d; /^lastwords: dmesg of $2 ends/,\$d"
}
numbered() { grep -ae '^\[ *[0-9]'; }
# lacking A B: lines of A that B has not
lacking() {
	numbered <"$1" | sort -u >"$work/a"
	numbered <"$2" | sort -u >"$work/b"
	comm -23 "$work/a" "$work/b" | head -n 5
}
twice() { numbered | sort | uniq -d; }

for m in halt reboot; do
	eval "session=\$session_$m"
	lab_console $m "lastwords: dmesg of $session ends" 60 "the log is on the console" || true
	log=$(lab_dir "$session")/netconsole.log
	lab_event " resent $session channel=udp" 10 "$m: the channel is told" || true
	lab_event " died $session .*NMI" 20 "$m: the death came by the second channel" || true
	like "$(cat "$log")" 'Kernel panic - not syncing: NMI' "$m: and its line is in the session's record"
	like "$(cat "$log")" '^\[lastwords: sent by the capture kernel over UDP' "$m: the record says where the second channel begins"
	dumped $m "$session" >"$work/$m.dmesg"
	is "$(head -n 1 "$work/$m.dmesg" | grep -c 'Linux version')" 1 "$m: the log on the console begins at the beginning"
	like "$(cat "$work/$m.dmesg")" 'Kernel panic - not syncing: NMI' "$m: and has the death"
	is "$(twice <"$log")" "$(twice <"$work/$m.dmesg")" "$m: no line of the record stands twice that does not in the dump"
	is "$(lacking "$work/$m.dmesg" "$log")" '' "$m: the record has every line that the console has"
done

lab_console halt 'System halted' 30 || true
again() { [ "$(grep -ac 'iPXE 1' "$work/reboot.console")" -ge 2 ]; }
wait_for 30 again && rc=0 || rc=1
ok "$rc" "the other machine has rebooted"
took=$(($(date +%s) - began))
[ "$took" -le $((deadline + 15)) ] && rc=0 || rc=1
ok "$rc" "both within the deadline of $deadline s and the wait for the last words ($took s)"
done_testing
