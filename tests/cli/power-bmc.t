#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords power with driver ipmi against the test BMC (tests/lib/bmc), for what ipmi_sim cannot do: cipher
# suite 17, boot flags that are kept, an NMI that arrives, and faults on demand. Path: ipmi.c -> ipmitool ->
# RMCP+ on loopback. Evidence: what is printed, the BMC's own state and its log of requests.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/bmc.sh"
. "$(dirname "$0")/../lib/power.sh"
order() { bmc_order "$@" >/dev/null; }
# The BMC's own word: "on", and its boot flags.
state() { bmc_order status | sed -n 's/^0: power=\([a-z]*\) .*/\1/p'; }
flags() { bmc_order status | sed -n 's/.* \(boot=[a-z]* flags=[0-9a-f]*\).*/\1/p'; }
# Requests of this network function and command since the log was read last.
requests() { tail -n "+$((seen + 1))" "$bmc_log" | grep -c ": $1 " || :; }
sessions() { tail -n "+$((seen + 1))" "$bmc_log" | grep -c ': Open Session, ' || :; }
mark() { seen=$(wc -l <"$bmc_log"); }

bmc_start
(
	umask 077
	echo secret >"$work/good"
	echo wrong >"$work/bad"
)
target() {
	printf 'target %s { mac = "52:54:00:aa:00:%s" host = "127.0.0.1:%s" wait = "4" pause = "0" user = "%s" %s }\n' \
		"$1" "$2" "$bmc_port" "$3" "$4"
}
{
	printf 'listen = "127.0.0.1:1"\nstate = "%s/state"\n' "$work"
	target bmc 11 admin 'password_file = "good"'
	target password 12 admin 'password_file = "bad"'
	target nobody 13 nobody 'password_file = "good"'
	target operator 14 operator 'password_file = "good" privilege = "operator"'
	target too-high 15 operator 'password_file = "good"'
	target watcher 16 user 'password_file = "good" privilege = "user"'
	target three 17 admin 'password_file = "good" cipher = "3"'
} >"$work/lastwords.conf"

run "status" 0 lw power bmc status
is "$out $(cat "$work/state/run/targets/bmc.cipher")" "bmc: on 17" "by suite 17"
run "off" 0 lw power operator off
is "$(state)" off "an operator switches it off"
run "cycle from off" 0 lw power bmc cycle
is "$(state)" on "and it is on"
run "a user who may only look" 0 lw power watcher status
run "cannot switch" 1 lw power watcher off
like "$err" 'watcher: the BMC refused it: Insufficient privilege level' "and the reason is printed"
run "a privilege above the user's" 1 lw power too-high status
like "$err" 'too-high: the BMC has no such user for this privilege' "is named"
run "an unknown user" 1 lw power nobody status
like "$err" 'nobody: the BMC has no such user for this privilege' "is named"
run "a wrong password by suite 17" 1 lw power password status
like "$err" 'password: the BMC refused the password' "is named"

run "pxe by EFI" 0 lw power bmc pxe --efi
is "$out, $(flags)" "bmc: the next boot is from the network, by EFI, boot=pxe flags=a004000000" "is in the BMC's flags"
run "pxe by BIOS" 0 lw power bmc pxe --bios --json
is "$(flags)" "boot=pxe flags=8004000000" "and the other"
like "$out" '"confirmed":true' "read back"
run "reset" 0 lw power bmc reset
is "$(flags)" "boot=none flags=0000000000" "uses it up"
mark
run "nmi" 1 lw power bmc nmi --timeout 1
is "$(requests '00 02')" 1 "one chassis control request" # status is 00 01

# --- faults --------------------------------------------------------------------------------------------

order suites 3
mark
run "a BMC that has only suite 3 now" 0 lw power bmc status
is "$(sessions) $(cat "$work/state/run/targets/bmc.cipher")" "2 3" "is used with it, after one try of the other"
mark
run "and again" 0 lw power bmc status
is "$(sessions)" 1 "without trying the other"
order suites 17
run "one that has only 17" 0 lw power bmc status
run "which suite 3 does not reach" 1 lw power three status
like "$err" 'three: the BMC refused the cipher suite; set cipher' "if that is given"
order normal
order power-lie
run "one that acknowledges and does nothing" 1 lw power bmc off
like "$err" 'bmc: off was acknowledged, but not seen off in 4 s: its status is on' "is no success"
order normal
order power-late 2000
run "one that is two seconds late" 0 lw power bmc off
is "$out $(state)" "bmc: off off" "is waited for"
order normal
run "on" 0 lw power bmc on
order fail 00 08 cc
run "boot options that are refused" 1 lw power bmc pxe
like "$err" 'bmc: the BMC refused it: Invalid data field in request' "are no success, whatever ipmitool's exit code is"
order normal
order fail 00 02 c0
mark
run "a busy BMC" 1 lw power bmc off
like "$err" 'bmc: the BMC is busy: Node busy; try again later' "is tried again"
is "$(requests '00 02')" 3 "three times in all"
order normal
order fail 00 02 d5
run "one that cannot in its state" 1 lw power bmc off
like "$err" 'bmc: the BMC cannot do that in its present state' "is an error when the status does not follow"
order normal
order drop
order mute 3000
run "a BMC that is mute for 3 s" 0 lw power bmc status
order normal
order drop
order lose 5
run "lost packets" 0 lw power bmc off
order normal
order drop
order duplicate 2
run "duplicate packets" 0 lw power bmc on
order normal
order crash 60000
run "a BMC that has crashed" 1 lw power bmc status
like "$err" 'bmc: (no reply from|the BMC is busy|the BMC stopped|no acknowledgement)' "is an error"
order normal
run "and works again" 0 lw power bmc status
bmc_stop && rc=0 || rc=$?
ok "$rc" "the BMC has no fault of its own"
done_testing
