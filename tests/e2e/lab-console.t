#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole way with serial consoles. Two machines boot the lab's image and crash: one is switched by QEMU's own
# driver, with its console on a socket; the other by IPMI, through a BMC (tests/lib/bmc) that starts QEMU and has
# its serial line as serial-over-LAN.
# Evidence: firmware's and iPXE's screens in the session's console log, which has every byte that QEMU wrote; every
# kernel line of the console in the record, with its witnesses; all that the dump has before the death is on the
# console.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
. "$root/tests/lib/bmc.sh"
needs "make check builds it" "$root/build/bin/lastwords-console"

serial=$(lab_ports | head -n 1)
# (TCP: a Unix socket of QEMU's, written byte by byte, is full after 277 bytes, and loses the next)
bmc_start --off --power "$work/machine" --serial "tcp:127.0.0.1:$serial"

(umask 077 && echo secret >"$work/password")
# loglevel=8: the console has what the dump has, KERN_DEBUG too
lab_server "$(lab_profile lab 'lab.die=null loglevel=8' 'after = "halt"')
rule { mac = \"52:54:00:aa:03:*\" profile = \"lab\" }
target vm { mac = \"52:54:00:aa:03:01\" driver = qemu sol = true args = \"-accel tcg\" }
target box { mac = \"52:54:00:aa:03:02\" host = \"127.0.0.1:$bmc_port\" user = admin password_file = \"$work/password\" sol = true }"

# The BMC's machine: QEMU, with its serial line where the BMC connects.
cat >"$work/machine" <<EOT
#!/bin/sh
# machine on|off|reset|nmi|pxe
monitor() { echo "\$1" | socat - "unix:$work/m.monitor" >/dev/null 2>&1; }
case \$1 in
on)
	qemu-system-x86_64 -accel tcg -M pc,graphics=off -m 1024 -display none -vga none -daemonize \\
		-pidfile "$work/m.pid" -monitor "unix:$work/m.monitor,server=on,wait=off" \\
		-chardev "socket,id=sol,host=127.0.0.1,port=$serial,server=on,wait=on,logfile=$work/m.truth,logappend=off" -serial chardev:sol \\
		-netdev "user,id=net,bootfile=http://10.0.2.2:$lab_http/boot.ipxe" \\
		-device e1000,netdev=net,mac=52:54:00:aa:03:02,bootindex=1 >"$work/m.qemu" 2>&1
	;;
off)
	# QEMU removes its pid file when it ends
	monitor quit
	for n in 1 2 3 4 5; do [ ! -e "$work/m.pid" ] || sleep 0.2; done
	;;
reset) monitor system_reset ;;
nmi) monitor nmi ;;
esac
EOT
chmod +x "$work/machine"
at_exit "$work/machine off"
at_exit "lw power vm off >/dev/null 2>&1"
console_up() { lw console 2>/dev/null | cut -f 1,2 | grep -qx "$1$(printf '\t')up"; }
succeeds "serial-over-LAN comes up while the machine is off" wait_for 20 console_up box

succeeds "QEMU's driver switches its machine on" lw power vm on
succeeds "IPMI switches the other on" lw power box on
like "$(lw power)" '^vm[[:space:]].*[[:space:]]on[[:space:]]' "both are on: vm"
like "$(lw power)" '^box[[:space:]].*[[:space:]]on[[:space:]]' "both are on: box"

# QEMU's logfile has a byte twice where its socket was busy: how many bytes of the first file are missing in the
# second, with none that the first does not have; -1: they differ otherwise.
surplus() {
	perl -e 'local $/; my ($t, $c) = map { open my $f, "<", $_ or die; <$f> } @ARGV; my ($i, $n) = (0, 0);
		for my $j (0 .. length($c) - 1) {
			while ($i < length $t && substr($t, $i, 1) ne substr($c, $j, 1)) { $i++; $n++ }
			if ($i++ >= length $t) { print -1; exit }
		}
		print $n' "$1" "$2"
}

# The dead kernel's lines of a console: up to the capture kernel's, whose time begins again.
kernel_lines() {
	tr -d '\r' <"$1" | perl -ne 'next if !/(\[ *(\d+\.\d{6})\] .*)/; last if $2 + 1 < $now; $now = $2; print "$1\n"' |
		sed 's/[ \t]*$//' | sort -u
}

# The record is made again while the console goes on.
all_recorded() {
	kernel_lines "$dir/console.log" >"$work/lines"
	sort -u "$dir/record.txt" >"$work/record"
	[ -z "$(comm -23 "$work/lines" "$work/record")" ]
}

# machine NAME MAC TRUTH: what its crash has left
machine() {
	lab_event " uploaded $2-.*channel=http" 240 "$1: its log is stored" || return 0
	session=$(lab_session " uploaded $2-")
	dir=$(lab_dir "$session")
	wait_for 60 grep -q 'System halted' "$dir/console.log" || true
	wait_for 60 grep -q 'console' "$dir/record.channels" || true
	lost=$(surplus "$3" "$dir/console.log")
	size=$(wc -c <"$dir/console.log")
	ok "$((lost < 0 || lost * 200 > size))" "$1: the console's log has what QEMU wrote: $size bytes ($lost doubled by QEMU's logfile)"
	like "$(cat "$dir/console.log")" 'SeaBIOS' "$1: beginning with the firmware's screen"
	like "$(cat "$dir/console.log")" 'iPXE initialising' "$1: and iPXE's"
	wait_for 60 all_recorded || true
	is "$(comm -23 "$work/lines" "$work/record" | head -n 3)" '' "$1: all $(wc -l <"$work/lines") kernel lines of the console are in the record"
	# A crashing kernel may be gone before its console has printed its report, and the last lines before it: it
	# dies 0.2 s, 7 lines, after netconsole begins to print the whole log, for which the console waits.
	sed -E '/\] (BUG:|Oops|Kernel panic)/,$d; s/[ \t]*$//' "$dir/dmesg.txt" | sort -u >"$work/dmesg"
	comm -13 "$work/lines" "$work/dmesg" >"$work/missing"
	whole=$(wc -l <"$work/dmesg") part=$(wc -l <"$work/missing")
	ok "$((whole < 300 || part * 50 > whole))" "$1: of the $whole lines that the dump has before the death $part are missing on the console"
	[ "$part" -eq 0 ] || diag "$(head -n 3 "$work/missing")"
	like "$(cat "$dir/record.channels")" '[0-9] http,netconsole,console' "$1: the record has lines with three witnesses"
	lab_shows "$session" '^record .*console' "$1: show names the channel"
}
machine vm 525400aa0301 "$work/state/run/targets/vm.log"
machine box 525400aa0302 "$work/m.truth"
done_testing
