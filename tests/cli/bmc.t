#!/bin/sh
# SPDX-License-Identifier: MIT
# The test BMC (tests/lib/bmc) against real clients, ipmitool and ipmiconsole: other tests rely on what is
# proven here. Path: sessions of both cipher suites, refusals, chassis commands, consoles under a terminal, then
# each fault that it can be given. Evidence: what the clients print, their exit codes, the BMC's own status.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/bmc.sh"
needs "make check installs it" ipmi-chassis ipmiconsole script

# run COMMAND…: $code and $out
run() {
	code=0
	out=$("$@" 2>&1) || code=$?
}
power_is() { bmc_status | grep -q "power=$1 "; }

bmc_start

# --- sessions ---

for suite in 3 17; do
	run bmc_tool -C "$suite" mc info
	is "$code" 0 "suite $suite: mc info"
	like "$out" '^Firmware Revision +: 1.00$' "suite $suite: the reply is deciphered"
done
like "$(cat "$bmc_log")" 'admin: active, suite 17' "suite 17 was not replaced by another"
run bmc_tool -C 2 mc info
like "$out" 'no matching cipher suite' "a suite that is not offered is refused with its reason"
run bmc_tool -U admin -P wrong mc info
is "$code" 1 "wrong password: exit code 1"
run ipmi-chassis -D LAN_2_0 -h "127.0.0.1:$bmc_port" -u admin -p wrong -l ADMIN --get-chassis-status
like "$out" 'password invalid' "another client names it"
run bmc_tool -U nobody mc info
is "$code" 1 "unknown user: exit code 1"
like "$(cat "$bmc_log")" 'RAKP 1 of "\?", privilege 4: status 0d' "unknown user: status 0d"
run bmc_tool -U user mc info
like "$(cat "$bmc_log")" 'RAKP 1 of "user", privilege 4: status 0a' "more privilege than the user has: status 0a"
run bmc_tool -U user -L USER chassis power status
is "$out" "Chassis Power is on" "a user's own level reads the power"
run bmc_tool -U user -L USER chassis power off
like "$out" 'Insufficient privilege level' "and does not switch it"
like "$(bmc_status)" 'power=on .* sessions=0 ' "no session is left behind by any of these"
run bmc_tool session info active
like "$out" '^console ip +: 127.0.0.1$' "a session's client address is reported"

# --- the machine ---

run bmc_tool chassis power off
is "$out" "Chassis Power Control: Down/Off" "power off is acknowledged"
wait_for 5 power_is off && rc=0 || rc=$?
ok $rc "and done"
run bmc_tool chassis power diag
like "$out" 'not supported in present state' "no NMI for a machine that is off"
run bmc_tool chassis bootdev pxe options=efiboot
is "$out" "Set Boot Device to pxe" "boot device: PXE, EFI"
run bmc_tool chassis bootparam get 5
like "$out" 'Boot parameter data: a004000000' "the boot flags are read back"
run bmc_tool chassis power on
wait_for 5 power_is on
like "$(bmc_status)" 'starts=1 boot=none flags=0000000000' "one start uses them up"
run bmc_tool chassis bootdev pxe options=persistent
run bmc_tool chassis power cycle
is "$out" "Chassis Power Control: Cycle" "cycle is acknowledged"
wait_for 5 sh -c "grep -c 'power is on' '$bmc_log' | grep -qx 2"
like "$(bmc_status)" 'starts=2 boot=pxe flags=c004000000' "flags that persist outlive a start"
run bmc_tool chassis power diag
is "$code $out" "0 Chassis Power Control: Diag" "NMI"
run bmc_tool sel list
like "$out" 'SEL has no entries' "an empty event log"
run bmc_tool sol info 1
like "$out" 'Volatile Bit Rate \(kbps\) +: 115.2' "console parameters"

# --- consoles ---

# try NAME COMMAND ESCAPE: a console over COMMAND, whose escape character is ESCAPE
try() {
	bmc_attach "$work/out" "$2"
	wait_for 10 bmc_is_held && rc=0 || rc=$?
	ok $rc "$1: holds the console"
	bmc_waits 'SOL (Session operational|established)' "$work/out"
	bmc_type 'what is echoed\r'
	bmc_waits 'what is echoed' "$work/out" && rc=0 || rc=$?
	ok $rc "$1: typed characters come back"
	bmc_type "$3B"
	bmc_waits '<BREAK>' "$work/out" && rc=0 || rc=$?
	ok $rc "$1: a break arrives"
	bmc_type "\r$3."
	bmc_detach || true
	like "$(bmc_status)" 'sessions=0 holder=-' "$1: its session and the console are free again"
}
try "ipmitool, suite 3" "$bmc_console -C 3" '~'
try "ipmitool, suite 17" "$bmc_console -C 17" '~'
try "ipmiconsole, suite 3" "$bmc_console2 -I 3" '&'
try "ipmiconsole, suite 17" "$bmc_console2 -I 17" '&'

bmc_attach "$work/out" "$bmc_console2"
bmc_waits 'SOL established' "$work/out"
run bmc_tool session info all
is "$(printf "%s\n" "$out" | grep -c "^session handle .*: [12]$")" 2 "both sessions are listed"
run timeout 20 script -qfec "$bmc_console" /dev/null
like "$out" 'SOL payload already active on another session' "a console that is held is not given out"
bmc_order print the machine still talks to its holder >/dev/null
bmc_waits 'still talks' "$work/out" && rc=0 || rc=$?
ok $rc "its holder goes on"
run bmc_tool sol deactivate
wait_for 5 bmc_is_free && rc=0 || rc=$?
ok $rc "another session ends it"
bmc_detach || true
like "$(cat "$work/out")" 'SOL session stolen' "and its holder reports it"
bmc_stop && rc=0 || rc=$?
ok $rc "the BMC ends cleanly"

bmc_start --session-timeout 2
exec 8<>"$work/bmc.keys"
# shellcheck disable=SC2086 # words
$bmc_console <"$work/bmc.keys" >"$work/out" 2>&1 &
client=$!
wait_for 10 bmc_is_held && rc=0 || rc=$?
ok $rc "a client that will be killed"
kill -9 $client
wait $client || true
wait_for 10 bmc_is_free && rc=0 || rc=$?
ok $rc "its session times out, and the console is free"
like "$(cat "$bmc_log")" 'session [0-9a-f]+ of admin: timed out' "without its help"
exec 8>&-
bmc_stop && rc=0 || rc=$?
ok $rc "the BMC ends cleanly"
done_testing
