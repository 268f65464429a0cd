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
status() { bmc_order status | head -n 1; }
power_is() { status | grep -q "power=$1 "; }

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
like "$(status)" 'power=on .* sessions=0 ' "no session is left behind by any of these"
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
like "$(status)" 'starts=1 boot=none flags=0000000000' "one start uses them up"
run bmc_tool chassis bootdev pxe options=persistent
run bmc_tool chassis power cycle
is "$out" "Chassis Power Control: Cycle" "cycle is acknowledged"
wait_for 5 sh -c "grep -c 'power is on' '$bmc_log' | grep -qx 2"
like "$(status)" 'starts=2 boot=pxe flags=c004000000' "flags that persist outlive a start"
run bmc_tool chassis power diag
is "$code $out" "0 Chassis Power Control: Diag" "NMI"
run bmc_tool sel list
like "$out" 'SEL has no entries' "an empty event log"
run bmc_tool sol info 1
like "$out" 'Volatile Bit Rate \(kbps\) +: 115.2' "console parameters"

# --- consoles ---

# console FILE SECONDS [OPTION…]: `sol activate` under a terminal; types what stands in $work/keys, a line each
# half second, then leaves.
console() {
	console_out=$1 console_seconds=$2
	shift 2
	{
		sleep 1
		while read -r line; do
			printf '%s\r' "$line"
			sleep 0.5
		done <"$work/keys"
		sleep "$console_seconds"
		printf '\r~.'
		sleep 0.5
	} | timeout 60 script -qfec "ipmitool -I lanplus -H 127.0.0.1 -p $bmc_port -U admin -P secret $* sol activate" \
		/dev/null >"$console_out" 2>&1
}
is_held() { status | grep -q 'holder=admin@127.0.0.1:'; }
is_free() { status | grep -q 'holder=- '; }

printf 'what is echoed\n~B\n' >"$work/keys"
console "$work/out" 0 -C 17 && rc=0 || rc=$?
is $rc 0 "ipmitool's console ends cleanly"
like "$(cat "$work/out")" 'what is echoed' "typed characters come back"
like "$(cat "$work/out")" '<BREAK>' "a break arrives"
like "$(status)" 'sessions=0 holder=-' "its session and the console are free again"

: >"$work/keys"
console "$work/out" 8 -C 3 &
held=$!
wait_for 10 is_held
run bmc_tool session info all
like "$out" '^privilege level +: ADMINISTRATOR$' "who is connected is listed"
run timeout 20 script -qfec "ipmitool -I lanplus -H 127.0.0.1 -p $bmc_port -U admin -P secret sol activate" /dev/null
like "$out" 'SOL payload already active on another session' "a console that is held is not given out"
bmc_order print the machine still talks to its holder >"$work/order"
wait_for 10 grep -q 'still talks' "$work/out" && rc=0 || rc=$?
ok $rc "the holder goes on"
run bmc_tool sol deactivate
wait_for 5 is_free && rc=0 || rc=$?
ok $rc "another session ends it"
wait $held || true

bmc_stop && rc=0 || rc=$?
ok $rc "the BMC ends cleanly"
bmc_start
for suite in 3 17; do
	{
		sleep 1
		printf 'echo of suite %s\r' "$suite"
		sleep 1
		printf '&.'
		sleep 1
	} | timeout 30 script -qfec "ipmiconsole -h 127.0.0.1:$bmc_port -u admin -p secret -I $suite" /dev/null >"$work/out" 2>&1
	like "$(cat "$work/out")" "echo of suite $suite" "ipmiconsole, suite $suite: typed characters come back"
done
sleep 10 | timeout 30 script -qfec "ipmiconsole -h 127.0.0.1:$bmc_port -u admin -p secret" /dev/null >"$work/out" 2>&1 &
held=$!
wait_for 10 sh -c "grep -c 'console: held' '$bmc_log' | grep -qx 3"
run ipmiconsole -h "127.0.0.1:$bmc_port" -u admin -p secret --deactivate
wait $held || true
like "$(cat "$work/out")" 'SOL session stolen' "its holder is told that another took the console"
bmc_stop
done_testing
