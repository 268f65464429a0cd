#!/bin/sh
# SPDX-License-Identifier: MIT
# The misbehaviour that the test BMC has on demand, as real clients see it. Path: each command of its control
# socket, then ipmitool or ipmiconsole. Evidence: what the client prints, its exit code, how long it takes.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/bmc.sh"
needs "make check installs it" ipmi-chassis ipmiconsole script

# run COMMAND…: $code, $out and $seconds
run() {
	code=0 run_start=$(date +%s)
	out=$("$@" 2>&1) || code=$?
	seconds=$(($(date +%s) - run_start))
}
# fault COMMAND…: this one and no other
fault() {
	bmc_order normal >/dev/null
	bmc_order "$@" >/dev/null || diag "refused: $*"
}
quick() { ipmitool -I lanplus -N 1 -R "$1" -H 127.0.0.1 -p "$bmc_port" -U admin -P secret chassis power status </dev/null; }
power_is() { bmc_status | grep -q "power=$1 "; }

bmc_start

# --- the control socket itself ---

run bmc_order frobnicate
like "$code $out" '^1 error: frobnicate: unknown command' "an unknown command is refused"
run bmc_order mute
like "$code $out" '^1 error: mute: a number is missing' "a missing number is refused"
run bmc_order lose 1 2
like "$code $out" '^1 error: lose: too many words' "one too many is refused"
run bmc_order 1 mute 5
like "$code $out" '^1 error: BMC: 1 is not between 0 and 0' "a BMC that is not there is refused"

# --- commands ---

fault fail 00 08 cc
run bmc_tool chassis bootdev pxe options=efiboot
is "$code $out" "0 Set Chassis Boot Parameter 4 failed: Invalid data field in request
Set Chassis Boot Parameter 5 failed: Invalid data field in request" "a refused boot device, which ipmitool ends with 0"
fault fail 00 02 c0
run bmc_tool chassis power off
is "$code $out" "1 Set Chassis Power Control to Down/Off failed: Node busy" "a completion code of choice"
fault power-lie
run bmc_tool chassis power off
is "$code $out" "0 Chassis Power Control: Down/Off" "a power command is acknowledged"
ok "$(power_is on && echo 0 || echo 1)" "and nothing is done"
fault power-late 1500
run bmc_tool chassis power off
ok "$(power_is on && echo 0 || echo 1)" "a power change that is late: not yet"
wait_for 5 power_is off && rc=0 || rc=$?
ok $rc "then done"
bmc_order state on >/dev/null
ok "$(power_is on && echo 0 || echo 1)" "a machine that was switched by other means"

# --- packets and sessions ---

fault mute 4000
run quick 1
is "$code $out" "1 Error: Unable to establish IPMI v2 / RMCP+ session" "a mute BMC has no answer"
wait_for 10 quick 1 && rc=0 || rc=$?
ok $rc "until its time is over"
fault burst 10 4000
run quick 1
is "$code" 1 "a burst freezes it"
wait_for 10 quick 1 || true
fault answer-late 150
run quick 3
like "$code $seconds" '^0 [1-9]' "late answers"
fault lose 7
run quick 4
is "$code" 0 "lost packets are sent again"
fault duplicate 1
run quick 2
like "$code $out" '^0 .*Unexpected' "each packet twice"
fault suites 3
run bmc_tool mc guid
is "$code" 0 "another list of suites: the client follows it"
like "$(tail -n 20 "$bmc_log")" 'active, suite 3' "and takes what is left"
run bmc_tool -C 17 mc guid
like "$code $out" '^1 .*no matching cipher suite' "the others are refused"
fault refuse 17
run bmc_tool mc guid
like "$code $out" '^1 .*no matching cipher suite' "a suite that is offered and refused"
fault sessions 1
bmc_order sol-busy >/dev/null
run bmc_tool mc guid
like "$code $out" '^1 .*insufficient resources' "no session is free"
bmc_order drop >/dev/null

# --- the console ---

fault sol-busy
like "$(bmc_status)" 'holder=admin@192.0.2.7:623' "a console that is held from elsewhere"
run timeout 20 ipmiconsole -h "127.0.0.1:$bmc_port" -u admin -p secret --dont-steal
like "$out" 'SOL in use' "the client says so"
run bmc_tool sol deactivate
ok "$(bmc_is_free && echo 0 || echo 1)" "and can be taken"
bmc_order drop >/dev/null
fault sol-sizes 0 65535
run timeout 20 ipmiconsole -h "127.0.0.1:$bmc_port" -u admin -p secret
like "$out" 'BMC Implementation' "nonsense payload sizes"
long=$(seq -s - 1 100)
# types FAULT…: a long line comes back whole in spite of it
types() {
	bmc_order normal >/dev/null
	bmc_attach "$work/out" "$bmc_console2"
	bmc_waits 'SOL established' "$work/out"
	bmc_order "$@" >/dev/null
	bmc_type "$long\r"
	bmc_waits "^$long" "$work/out" && rc=0 || rc=$?
	ok $rc "a long line comes back whole: $*"
	bmc_order normal >/dev/null
	bmc_type '&.'
	bmc_detach || true
}
types sol-accept 1
types sol-accept 50
types sol-lose 3
types duplicate 1

bmc_attach "$work/out" "$bmc_console2 --session-timeout 21000"
bmc_waits 'SOL established' "$work/out"
bmc_order serial-drop 3 >/dev/null
bmc_type '123123123\r'
bmc_waits '^121212' "$work/out" && rc=0 || rc=$?
ok $rc "each third character is lost"
fault sol-stall
bmc_type 'silence'
bmc_waits 'console: 7 characters typed' "$bmc_log"
bmc_order normal >/dev/null
bmc_type 'speech'
bmc_waits 'speech' "$work/out"
unlike "$(cat "$work/out")" 'silence' "a stalled console passes nothing, and stays up"
bmc_order sol-deactivate >/dev/null
bmc_detach || true
like "$(cat "$work/out")" 'SOL session stolen' "a console that is taken away: its holder reports it"

bmc_attach "$work/out" "$bmc_console2 --session-timeout 21000"
bmc_waits 'SOL established' "$work/out"
bmc_order crash 500 >/dev/null
bmc_type 'into the void\r'
like "$(bmc_status)" 'sessions=0 holder=-' "a BMC that restarts has forgotten the session"
dropped=$(date +%s)
sleep 1
run quick 2
is "$code $out" "0 Chassis Power is on" "and serves the next one"
wait_for 40 bmc_client_ended || true
bmc_detach || true
like "$(cat "$work/out")" 'session timeout' "its client finds out by itself ($(($(date +%s) - dropped)) s)"
bmc_stop && rc=0 || rc=$?
ok $rc "the BMC ends cleanly"

# --- many ---

bmc_start --count 20
run bmc_order 7 power-lie
last=$((bmc_port + 19))
run ipmitool -I lanplus -H 127.0.0.1 -p $last -U admin -P secret chassis power off
wait_for 5 sh -c "echo status | socat - 'UNIX:$work/bmc.control' | grep -q '^19: power=off '" && rc=0 || rc=$?
ok $rc "twenty BMCs: the last one is switched"
is "$(bmc_order status | grep -c 'power=on')" 19 "and no other"
bmc_stop && rc=0 || rc=$?
ok $rc "they end cleanly"
done_testing
