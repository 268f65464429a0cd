#!/bin/sh
# SPDX-License-Identifier: MIT
# HTTP is down when machines crash: the lines go as netconsole packets, then to the console, and each
# machine ends as its profile sets, once its deadline is over. No server runs at the moment of the crash, so
# the record can have the crash only by the second channel; then a collector alone is started.
# Evidence: the record has the crash, journal and log have its channel, no line is doubled; the console
# has the same dmesg between its marker lines; "System halted", and a new boot.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check installs it" socat

deadline=24
profile() {
	lab_profile "$1" 'lab=idle unknown_nmi_panic' "after = \"$1\"" "deadline = $deadline"
	echo "rule { serial = \"$1\" profile = \"$1\" }"
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
	lab_event " running $session .*netconsole=on" 30 "$m: the machine runs, netconsole is on" || { done_testing; }
	eval "session_$m=$session"
done
wait_for 10 grep -aq 'netconsole runs on' "$(lab_dir "$session_halt")/netconsole.log" || true
wait_for 10 grep -aq 'netconsole runs on' "$(lab_dir "$session_reboot")/netconsole.log" || true

lab_end "$lab_server_pid"
# A panic in an NMI does not reach the console: only the dump has it.
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
# missing_lines A B: lines of A that B does not have
missing_lines() {
	numbered <"$1" | sort -u >"$work/a"
	numbered <"$2" | sort -u >"$work/b"
	comm -23 "$work/a" "$work/b" | head -n 5
}
sent_all() { [ -z "$(missing_lines "$work/$1.dmesg" "$log")" ]; }
twice() { numbered | sort | uniq -d; }

for m in halt reboot; do
	eval "session=\$session_$m"
	lab_console $m "lastwords: dmesg of $session ends" 60 "the whole dmesg is on the console" || true
	log=$(lab_dir "$session")/netconsole.log
	lab_event " resent $session channel=udp" 10 "$m: the journal has the channel of the lines" || true
	lab_event " died $session .*NMI" 20 "$m: the crash came by the second channel" || true
	soon "$m: netconsole.log has the line of the panic" has_line "$log" 'Kernel panic - not syncing: NMI'
	soon "$m: netconsole.log marks where the second channel begins" has_line "$log" '^\[lastwords: sent by the capture kernel over UDP'
	dumped $m "$session" >"$work/$m.dmesg"
	is "$(head -n 1 "$work/$m.dmesg" | grep -c 'Linux version')" 1 "$m: the dmesg on the console begins with the first line"
	like "$(cat "$work/$m.dmesg")" 'Kernel panic - not syncing: NMI' "$m: the dmesg on the console has the panic"
	wait_for 60 sent_all "$m" || true
	is "$(twice <"$log")" "$(twice <"$work/$m.dmesg")" "$m: no line of netconsole.log is doubled that is not in the dump"
	is "$(missing_lines "$work/$m.dmesg" "$log")" '' "$m: netconsole.log has every line of the console"
done

lab_console halt 'System halted' 30 "the machine with after = halt halts" || true
again() { [ "$(grep -ac 'iPXE 1' "$work/reboot.console")" -ge 2 ]; }
# (without a deadline it would ask the server for ever)
soon "the machine with after = reboot boots again" again
diag "both have ended after $(($(date +%s) - began)) s; the deadline is $deadline s"
done_testing
