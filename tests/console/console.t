#!/bin/sh
# SPDX-License-Identifier: MIT
# Serial consoles as a channel. Path: lines of the test's own (Unix sockets) to lastwords-console, sessions by
# journal lines as a CGI writes them, the collector and the command line. Evidence: what each console.log has,
# byte for byte; gaps, deaths and a silent console where they must be; what a person at a terminal sees.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/collector/collector.sh"
. "$root/tests/console/console.sh"

mac=525400aa0001
collector_config "target a { mac = \"$mac\" driver = command status = \"echo on\" console = \"unix:$work/a.line\" }" \
	"target b { mac = \"525400aa0002\" driver = command status = \"echo on\" console = \"unix:$work/b.line\" }" \
	"target off { mac = \"525400aa0003\" driver = command status = \"echo off\" }"
line_start a
collector_start
console_start

# --- one log for each session, and one before there is any ---
soon "a console comes up" status a state=up
soon "one without a listener is lost, with the reason" status b 'state=lost why=nothing%20listens'
fails "a target without sol or console has no console" status off state
say a 'SeaBIOS\r\niPXE 1.21\r\n'
soon "before a session it is the target's log" grep -q iPXE "$state/consoles/a/console.log"
one=$(mint "$mac" lab)
tell requested "$one" "profile=lab"
soon "a request begins the session's log" test -f "$(console_dir "$one")/console.log"
say a '[    0.000000] Linux version 6.1.0\r\nlogin: \033[1m[   10.000001] eth0: up\033[0m\r\n'
soon "which has what the kernel prints" grep -q 'eth0: up' "$(console_dir "$one")/console.log"
printf 'SeaBIOS\r\niPXE 1.21\r\n[    0.000000] Linux version 6.1.0\r\nlogin: \033[1m[   10.000001] eth0: up\033[0m\r\n' \
	>"$work/want"
four_lines() { [ "$(wc -c <"$(console_dir "$one")/console.idx")" -eq 64 ]; }
soon "its index has 16 bytes for each of 4 lines" four_lines
is "$(cksum <"$(console_dir "$one")/console.log")" "$(cksum <"$work/want")" \
	"byte for byte, the firmware's and iPXE's screens first"
tell requested "$(mint 525400aa0009 lab)" "profile=lab"
say a 'still here\r\n'
soon "another machine's request changes nothing" grep -q 'still here' "$(console_dir "$one")/console.log"

# --- gaps ---
line_stop a
soon "a console that is gone is lost" status a 'state=lost'
sleep 1
line_start a
soon "it is connected again" status a 'state=up'
soon "the gap is marked in the log" has_line "$(console_dir "$one")/console.log" \
	'^\[lastwords: console lost [1-9][0-9]* s: the other side closed the connection\].?$'

# --- people ---
# client ARG…: one that goes on, $client; types TEXT: one that types it, and ends
at_exit 'kill ${client:-} 2>/dev/null || true'
client() {
	"$bin/lastwords" -c "$work/lastwords.conf" console a --seconds 200 "$@" </dev/null >"$work/seen" 2>"$work/said" &
	client=$!
}
client_end() {
	kill "$client"
	wait "$client" || true
	client=
}
types() {
	printf '%s' "$1" | lastwords console a --seconds 1 >"$work/seen2" 2>"$work/said2" || true
}
client --read -n 2
wait_for 60 has_line "$work/said" 'a: up' || true
typed() { types reboot && grep -q reboot "$work/a.typed"; }
soon "what a person types reaches the machine" typed
like "$(cat "$work/said2")" 'you are the writer' "who comes first writes"
say a 'rebooting\r\n'
soon "a reader sees what comes" has_line "$work/seen" rebooting
like "$(cat "$work/seen")" 'console lost' "it has seen the last lines"
unlike "$(cat "$work/seen")" 'Linux version' "no more of them than asked for"
client_end
lastwords console a --read --seconds 1 </dev/null >"$work/out" 2>&1 && rc=0 || rc=$?
is "$rc" 0 "a reader ends at its time"
unlike "$(cat "$work/out")" writer "with --read the client does not ask to write"
: >"$work/a.typed"
client
wait_for 60 has_line "$work/said" 'the writer' || true
refused() { types second && cat "$work/seen2" "$work/said2" | grep -q 'another client writes'; }
soon "a second client reads that another writes" refused
is "$(cat "$work/a.typed")" '' "what the second types does not reach the machine"
client_end
lastwords console nobody </dev/null >"$work/out" 2>&1 && rc=0 || rc=$?
is "$rc $(cat "$work/out")" '1 lastwords: no console of that name; set sol or console in its target' "an unknown console"
like "$(lastwords console)" '^a[[:space:]]up[[:space:]]20[0-9-]+ [0-9:]+Z[[:space:]]525400aa0001-' "all consoles are listed, with time and session"

# --- from T1 to T2 ---
sleep 3 # a time between two lines
t1=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
say a 'between\r\n'
from_is() { [ "$(lastwords console a --from "$t1" | tr -d '\r')" = "$1" ]; }
soon "the lines from a time on" from_is between
unlike "$(lastwords console a --to "$t1")" between "the lines up to a time"
like "$(lastwords console "$one" --log)" 'Linux version' "the log of a session by its id"
is "$(lastwords console "$one" --replay | cksum)" "$(cksum <"$(console_dir "$one")/console.log")" \
	"a replay prints the bytes themselves"

# --- a death that only the console saw ---
say a '[   99.000000] Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP\r\n'
say a '[   99.000001] RIP: 0010:lab_oops+0x5/0x10\r\n[   99.000002] Kernel panic - not syncing: Fatal exception\r\n'
died() {
	journal | grep -q "died $one channel=console line=Oops:"
}
soon "it is in the journal, once its report is whole" died
soon "it is in the index" indexed "$one" died
is "$(journal | grep -c "died $one")" 1 "once"
like "$(lastwords console b --log 2>&1)" '^lastwords: .*: the console has printed nothing yet$' \
	"a console that has printed nothing"

# --- a new session; a killed program; another one ---
two=$(mint "$mac" lab "$(($(date +%s%3N) + 1000))")
say a '\033[2JPhoenix BIOS\r\n'
tell requested "$two" "profile=lab"
soon "the next request begins the next log" test -f "$(console_dir "$two")/console.log"
soon "with the screens of its boot" has_line "$(console_dir "$two")/console.log" 'Phoenix BIOS.?$'
unlike "$(cat "$(console_dir "$two")/console.log")" 'panic' "and nothing of the kernel before"
# a stranger's request for this machine, whose kernel goes on
tell running "$two" "interface=eth0"
sleep 1
tell requested "$(mint "$mac" lab "$(($(date +%s%3N) + 2000))")" "profile=lab"
sleep 1
say a '[ 7200.000000] still the same kernel\r\n'
soon "a made-up request does not take a running machine's console" grep -q 'still the same' "$(console_dir "$two")/console.log"
"$bin/lastwords-console" -c "$work/lastwords.conf" 2>"$work/out" && rc=0 || rc=$?
is "$rc" 1 "a second program ends"
like "$(cat "$work/out")" 'another lastwords-console runs' "and says why"
console_stop KILL
line_stop a
line_start a
console_start
say a '[    1.000000] after the kill\r\n'
soon "after a kill the session's log goes on" grep -q 'after the kill' "$(console_dir "$two")/console.log"
like "$(tr -d '\r' <"$(console_dir "$two")/console.log")" '^\[lastwords: console lost [0-9]+ s: lastwords-console did not run\]$' \
	"the time without the program is a marked gap"
like "$(cat "$(console_dir "$two")/console.log")" 'Phoenix BIOS' "behind what it had"
rm -r "$(console_dir "$two")"
begun_again() { say a 'pruned\r\n' && has_line "$(console_dir "$two")/console.log" pruned; }
soon "a log that was removed is begun again" begun_again
console_stop TERM
is "$console_rc" 0 "SIGTERM ends it"
fails "its socket is gone" test -e "$state/run/console.sock"
lastwords console a </dev/null >"$work/out" 2>&1 && rc=0 || rc=$?
like "$rc $(cat "$work/out")" '^1 lastwords: no lastwords-console runs; ' "a client reports that it does not run"
done_testing
