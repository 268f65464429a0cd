#!/bin/sh
# SPDX-License-Identifier: MIT
# The test BMC with a machine behind it. Path: QEMU (firmware only) that its power program starts and ends, its
# serial line over ipmitool's console; then a telnet line. Evidence: the firmware's words in one console over
# several starts, the calls of the program, the bytes on the line.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/bmc.sh"
needs "make check installs it" qemu-system-x86_64 script

cat >"$work/power" <<E
#!/bin/sh
echo "\$1 boot=\$BMC_BOOT efi=\$BMC_EFI" >>"$work/calls"
case \$1 in
on) qemu-system-x86_64 -accel tcg -M pc,graphics=off -m 32 -net none -display none -daemonize \\
	-pidfile "$work/qemu.pid" -chardev "socket,id=sol,path=$work/serial,server=on,wait=on" \\
	-serial chardev:sol -monitor "unix:$work/monitor,server=on,wait=off" ;;
off) kill "\$(cat "$work/qemu.pid")" && while [ -e "$work/qemu.pid" ]; do sleep 0.1; done ;;
reset) echo system_reset | socat -t 5 - "UNIX:$work/monitor" >/dev/null ;;
soft) exit 1 ;;
esac
E
chmod 755 "$work/power"
at_exit 'kill $(cat "$work/qemu.pid" 2>/dev/null) 2>/dev/null || true'
firmware_times() { [ "$(grep -ac 'SeaBIOS (version' "$work/out")" = "$1" ]; }
power_is() { bmc_status | grep -q "power=$1 "; }

bmc_start --off --power "$work/power" --serial "unix:$work/serial"
bmc_attach "$work/out" "$bmc_console"
bmc_waits operational "$work/out"
bmc_tool chassis bootdev pxe options=efiboot >/dev/null
bmc_tool chassis power on >/dev/null
wait_for 20 firmware_times 1 && rc=0 || rc=$?
ok $rc "power on: the firmware's words are on the console"
bmc_tool chassis power reset >/dev/null
wait_for 20 firmware_times 2 && rc=0 || rc=$?
ok $rc "reset: once more"
bmc_tool chassis power cycle >/dev/null
wait_for 20 firmware_times 3 && rc=0 || rc=$?
ok $rc "cycle: once more, in the same session over a new line"
bmc_tool chassis power soft >/dev/null
wait_for 10 grep -q '^soft' "$work/calls"
bmc_tool chassis power diag >/dev/null
wait_for 10 grep -q '^nmi' "$work/calls"
like "$(bmc_status)" 'power=on .* serial=connected' "a program that fails changes nothing"
bmc_tool chassis power off >/dev/null
wait_for 10 power_is off && rc=0 || rc=$?
ok $rc "power off"
is "$(tr '\n' ' ' <"$work/calls")" "pxe boot=pxe efi=1 on boot=pxe efi=1 reset boot=none efi=0 off boot=none efi=0 on boot=none efi=0 soft boot=none efi=0 nmi boot=none efi=0 off boot=none efi=0 " \
	"the program's calls: one-shot flags are seen by the first start only"
like "$(bmc_status)" 'holder=admin' "the console outlived the machine"
bmc_stop && rc=0 || rc=$?
ok $rc "the BMC ends cleanly"
bmc_type '\r~.'
bmc_detach || true

# --- a telnet line: bytes typed: 0xff is doubled, a break is IAC BREAK; what it says: its options are removed ---

serial_port=$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)
printf '\377\373\001\377\375\003login: \377\377' >"$work/says"
socat "TCP-LISTEN:$serial_port,bind=127.0.0.1,reuseaddr" \
	"SYSTEM:until [ -e $work/attached ]; do sleep 0.1; done; cat $work/says; cat >$work/typed" &
at_exit "kill $! 2>/dev/null || true"
bmc_start --serial "tcp:127.0.0.1:$serial_port" --telnet
bmc_attach "$work/out" "$bmc_console"
bmc_waits operational "$work/out"
: >"$work/attached"
bmc_waits 'login: ' "$work/out"
bmc_type 'root\377\r'
typed() { [ "$(od -An -tx1 "$work/typed" | tr -d ' \n')" = "$1" ]; }
wait_for 10 typed 726f6f74ffff0d && rc=0 || rc=$?
ok $rc "typed bytes"
bmc_type '~B'
wait_for 10 typed 726f6f74ffff0dfff3 && rc=0 || rc=$?
ok $rc "a break"
bmc_type '\r~.'
bmc_detach || true
is "$(grep -a 'login' "$work/out" | od -An -tx1 | tr -d ' \n' | cut -c 1-16)" "6c6f67696e3a20ff" "its commands are removed, a doubled byte is one"
bmc_stop && rc=0 || rc=$?
ok $rc "the BMC ends cleanly"
done_testing
