#!/bin/sh
# SPDX-License-Identifier: MIT
# Serial-over-LAN. Path: ten BMCs of the test's own (tests/lib/bmc), most of which misbehave in one way, to
# lastwords-console. Evidence: each console's state with its reason, the bytes that come through, the marks in
# its log, and that no password is in a command line, an environment, a log or the journal.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/collector/collector.sh"
. "$root/tests/console/console.sh"
. "$root/tests/lib/bmc.sh"
bmc_start --count 10 --chatter 600
# fault [NUMBER] COMMAND…: the BMC must take it
fault() {
	bmc_order "$@" >"$work/bmc.answer" || ok 1 "the BMC takes $*: $(cat "$work/bmc.answer")"
}
(umask 077 && echo secret >"$work/password" && echo wrong >"$work/wrong")
# target NUMBER NAME [KEY…]
target() {
	printf 'target %s { mac = "525400aa000%s" host = "127.0.0.1:%s" user = "admin" sol = true\n' "$2" "$1" "$((bmc_port + $1))"
	case " $3" in *password_file*) ;; *) printf '	password_file = "%s"\n' "$work/password" ;; esac
	printf '	%s\n}\n' "$3"
}
fault 3 suites 3
fault 4 sol-busy
fault 6 sol-lose 7
fault 6 duplicate 5
fault 7 sol-sizes 1 65535
fault 8 fail 06 48 81
collector_config "$(
	target 0 good ''
	target 1 wrong "password_file = \"$work/wrong\""
	target 2 stranger '' | sed 's/"admin"/"nobody"/'
	target 3 old ''
	target 4 busy ''
	target 5 dies ''
	target 6 lossy ''
	target 7 sizes 'workarounds = "solpayloadsize"'
	target 8 disabled ''
	target 9 panics ''
)" "target none { mac = \"525400aa00ff\" host = \"127.0.0.1:26999\" user = \"admin\" password_file = \"$work/password\" sol = true }"
collector_start
console_start
log_has() {
	grep -aqE "$2" "$state/consoles/$1/console.log"
}

soon "a console comes up with suite 17" status good state=up
soon "what the machine prints is stored" log_has good 'chatter: machine 0, line [0-9]+'
like "$(cat "$bmc_log")" '0: .*active, suite 17' "the BMC agrees"
soon "a BMC without suite 17 gets suite 3" status old state=up
soon "a wrong password" status wrong 'state=refused why=wrong%20password'
soon "an unknown user" status stranger 'state=refused why=unknown%20user'
soon "nonsense payload sizes, with the workaround for them" status sizes state=up
soon "payload that cannot be activated" status disabled 'state=refused why=serial-over-LAN%20is%20disabled'
soon "a console that another session holds" status busy 'state=held why=another%20session%20holds'
soon "it says who" status busy 'another%20session%20holds%20the%20console:%20user%202%20at%20192\.0\.2\.7'
held_by() { journal | grep -q 'target=busy state=held why=.*192\.0\.2\.7'; }
soon "also in the journal" held_by
like "$(bmc_order status | sed -n 5p)" '192\.0\.2\.7' "keeps its holder"
fault 3 sol-deactivate
fault 3 sol-busy
soon "who holds the console of a BMC without suite 17 is known too" status old 'user%202%20at%20192\.0\.2\.7'
fault 3 normal

# --- typing, break, SysRq ---
comes_back() {
	printf 'date\r' | lastwords console good --seconds 1 >"$work/out" 2>&1 || true
	log_has good '^date'
}
soon "what a person types comes back" comes_back
soon "a lossy network" log_has lossy 'line 60'
sed -n 's/.*chatter: machine 6, line \([0-9]*\).*/\1/p' "$state/consoles/lossy/console.log" | head -n 30 >"$work/numbers"
is "$(cat "$work/numbers")" "$(seq "$(head -n 1 "$work/numbers")" "$(($(head -n 1 "$work/numbers") + 29))")" \
	"loses and doubles nothing"

# --- secrets ---
is "$(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -c '^secret$')" 0 "no password in any command line"
is "$(tr '\0' '\n' <"/proc/$console_pid/environ" | grep -c secret)" 0 "nor in the environment"
is "$(grep -rl secret "$state" "$work/console.err" | head -n 1)" '' "nor in a log, the journal or the status"

# --- held, freed, stolen ---
taken() {
	lastwords console busy --steal --seconds 5 </dev/null >"$work/out" 2>"$work/said" || true
	grep -q '\[busy: up\]' "$work/said"
}
soon "a person may take it" taken
soon "then it is ours" status busy state=up
fault 0 sol-deactivate
soon "a console that somebody takes is held" status good 'state=held why=another%20session%20took'
wait_for 20 status good state=up || true
succeeds "and ours again when it is free" status good state=up
soon "the gap is marked" log_has good '^\[lastwords: console lost [0-9]+ s: another session took the console\]'

# --- a machine that panics while its console is lost for a while ---
session=$(mint 525400aa0009 lab)
log=$(console_dir "$session")/console.log
session_log_has() {
	grep -aq "$1" "$log"
}
soon "this one is up" status panics state=up
tell requested "$session" "profile=lab"
soon "a request begins the session's log" test -f "$log"
fault 9 print '[99999.000001] BUG: kernel NULL pointer dereference, address: 0000000000000000'
soon "its panic begins" session_log_has 'BUG: kernel NULL'
fault 9 sol-deactivate
soon "its console is taken" status panics state=held
fault 9 print '[99999.000002] RIP: 0010:printed_meanwhile+0x5/0x10'
wait_for 20 status panics state=up || true
fault 9 print '[99999.000003] Kernel panic - not syncing: Fatal exception'
soon "its panic ends" session_log_has 'Kernel panic - not syncing'
like "$(grep -av chatter: "$log" | tr '\r\n' '  ')" \
	'BUG: kernel NULL pointer dereference, address: 0+ +\[lastwords: console lost [0-9]+ s: another session took the console\] +\[99999.000003\] Kernel panic - not' \
	"the log has what came before, the gap's mark, and what came after"
died() {
	journal | grep -q "died $session channel=console line=BUG:"
}
soon "the death is in the journal" died
is "$(journal | grep -c "died $session")" 1 "once"

# --- a BMC that dies in the middle ---
soon "this one is up" status dies state=up
fault 5 crash 1000
wait_for 60 status dies state=lost || true
wait_for 10 status dies state=up || true
succeeds "after a restart of its BMC it is up again" status dies state=up
soon "and its gap is marked" log_has dies '^\[lastwords: console lost [0-9]+ s: .*\]'
wait_for 60 status none 'state=lost why=the%20BMC%20does%20not%20answer' || true
succeeds "a BMC that is not there" status none 'state=lost why=the%20BMC%20does%20not%20answer'
none_lost() { journal | grep -q ' console - target=none state=lost why=the%20BMC'; }
soon "is in the journal" none_lost
is "$(journal | grep -c ' console - target=wrong ')" 1 "a wrong password is tried, and reported, once"
console_stop TERM
is "$console_rc" 0 "SIGTERM ends it"
wait_for 5 grep -q '0: console: free' "$bmc_log" || true
like "$(grep '^0: ' "$bmc_log" | tail -n 4)" 'Close Session|Deactivate Payload|console: free' "it gives its consoles back"
done_testing
