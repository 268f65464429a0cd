#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords power with driver command: a machine that is a file, one whose BMC acknowledges and does
# nothing, one that hangs, one that prints megabytes; two callers at once. Path: the configuration's
# commands -> command.c -> target.c (lock, pause, confirmation, journal) -> output and exit code. Evidence:
# what is printed, in which order the commands ran and when, the journal.
# shellcheck disable=SC2016 # the commands of the configuration are for its own shell
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/power.sh"
events() { cat "$work"/state/journal/*.log; }

cat >"$work/lastwords.conf" <<END
listen = "127.0.0.1:1"
state = "$work/state"
target box {
	mac = "52:54:00:aa:00:11"
	driver = "command"
	on = "echo on >$work/box; echo \$LASTWORDS_TARGET \$LASTWORDS_MAC >$work/env"
	off = "echo off >$work/box"
	nmi = "echo nmi >>$work/nmi"
	status = "cat $work/box"
	pause = "0"
}
target reset { mac = "52:54:00:aa:00:12" driver = "command" status = "echo ON; echo more" reset = "echo >$work/reset" pause = "0" }
target liar { mac = "52:54:00:aa:00:13" driver = "command" on = "true" off = "true" status = "echo off" wait = "1" pause = "0" }
target hanging { mac = "52:54:00:aa:00:14" driver = "command" on = "sleep 100" status = "echo off" wait = "1" pause = "0" }
target deaf { mac = "52:54:00:aa:00:15" driver = "command" status = "sleep 100" wait = "1" pause = "0" }
target loud { mac = "52:54:00:aa:00:16" driver = "command" status = "yes off | head -c 4000000" pause = "0" }
target endless { mac = "52:54:00:aa:00:17" driver = "command" status = "yes" wait = "1" pause = "0" }
target odd { mac = "52:54:00:aa:00:18" driver = "command" status = "printf 'perhaps\\033[2J\\n'" pause = "0" }
target broken { mac = "52:54:00:aa:00:19" driver = "command" status = "echo the cable is out >&2; exit 4" pause = "0" }
target late { mac = "52:54:00:aa:00:1a" driver = "command" on = "(sleep 1; echo on >$work/late) >/dev/null 2>&1 &" status = "cat $work/late" pause = "0" }
target shy { mac = "52:54:00:aa:00:1b" driver = "command" on = "echo on >$work/shy; exit 1" status = "cat $work/shy" pause = "0" }
target armed { mac = "52:54:00:aa:00:1d" driver = "command" status = "echo on" nmi = "sh $work/tell" pause = "0" }
target stuck { mac = "52:54:00:aa:00:1e" driver = "command" status = "echo off" on = "echo >$work/stuck; exec sleep 60" pause = "0" }
target slow {
	mac = "52:54:00:aa:00:1c"
	driver = "command"
	status = "date +%s%N >>$work/calls; echo begin >>$work/order; sleep 0.3; echo end >>$work/order; echo on"
	pause = "1"
}
END
echo off >"$work/box"
echo off >"$work/late"
echo off >"$work/shy"

run "status" 0 lw power box status
is "$out" "box: off" "status prints the power"
run "on" 0 lw power box on
is "$out" "box: on" "on prints the power that was seen"
is "$(cat "$work/env")" "box 52:54:00:aa:00:11" "a command has the target's name and MAC in its environment"
: >"$work/env"
run "on again, by its MAC" 0 lw power 52-54-00-AA-00-11 on
is "$(cat "$work/env")" "" "what is on already is not switched on again"
run "cycle" 0 lw power box cycle
is "$out $(cat "$work/box" "$work/env")" "box: on on
box 52:54:00:aa:00:11" "cycle is off, then on"
run "reset without a command for it" 0 lw power box reset
is "$out" "box: reset" "it is switched off and on"
run "off" 0 lw power box off
is "$out" "box: off" "off"
run "cycle from off" 0 lw power box cycle
is "$(cat "$work/box")" "on" "is on"
lw power box off >/dev/null
run "reset when it is off" 1 lw power box reset
is "$err" "lastwords: box: it is off; switch it on first" "it is refused"
run "nmi when it is off" 1 lw power box nmi
ok "$([ ! -e "$work/nmi" ] && echo 0 || echo 1)" "and the command did not run"
lw power box on >/dev/null
run "nmi" 1 lw power box nmi --timeout 1
like "$out" '^box: NMI sent, no kernel log in 1 s; no session of it is known$' "an NMI without an upload says what is known"
like "$err" 'unknown_nmi_panic' "and what it needs"
is "$(cat "$work/nmi")" nmi "the command has run once"
run "pxe without a command for it" 1 lw power box pxe
like "$err" 'box: it has no command for pxe; add pxe = "' "it is refused, with the fix"
run "reset with a command for it" 0 lw power reset reset
ok "$([ -e "$work/reset" ] && echo 0 || echo 1)" "runs it"

# What an NMI leads to, as the journal would have it.
id=525400aa001d-20261121T093612123-lab-5f3a9c01
tell() { printf 'echo "%s" >>"$(ls -d %s/state/journal/*.log | tail -n 1)"\n' "$1" "$work" >>"$work/tell"; }
when=2026-11-21T09:36:40.000Z
tell "$when uploaded 525400aa0011-20261121T093612123-lab-5f3a9c01 file=dmesg.txt bytes=1 channel=http"
tell "$when uploaded $id file=autopsy.txt bytes=2 channel=http"
tell "$when uploaded $id file=dmesg.txt bytes=27648 channel=http"
run "an NMI with an upload" 0 lw power armed nmi
like "$out" "^armed: answered the NMI, 27 KB stored in [01] s: $id$" "its kernel log counts, and no other's"
run "the same as JSON" 0 lw power armed nmi --json
like "$out" "\"outcome\":\"stored\",\"session\":\"$id\",\"bytes\":27648,\"outcome_ms\":[0-9]+" "has session and bytes"
: >"$work/tell"
tell "$when resent $id channel=udp"
run "an NMI whose log came by UDP" 0 lw power armed nmi
like "$out" "^armed: answered the NMI, its kernel log came by UDP after [01] s: $id$" "says so"
: >"$work/tell"
tell "$when requested $id product=KVM"
run "an NMI after which the machine boots again" 1 lw power armed nmi
like "$out" '^armed: booted again [01] s after the NMI, without an upload$' "says so"

run "a BMC that acknowledges and does nothing" 1 lw power liar on
like "$err" '^lastwords: liar: on was acknowledged, but not seen on in 1 s: its status is off; look at the machine' "is no success"
run "a command that hangs" 1 lw power hanging on
like "$err" 'hanging: the command for on: time limit of 1 s' "is ended at the time limit"
run "a status that hangs" 1 lw power deaf status
like "$err" 'deaf: the command for status: time limit of 1 s' "is ended too"
run "a status of megabytes" 0 lw power loud status
is "$out" "loud: off" "its first line counts"
run "an endless one" 1 lw power endless status
like "$err" 'time limit of 1 s' "is ended"
run "a status that is neither" 1 lw power odd status
like "$err" 'printed "perhaps\?\[2J" first; it must print on or off' "is an error, without its control characters"
run "a status that fails" 1 lw power broken status
like "$err" 'exit code 4: the cable is out' "has its exit code and last line"
run "a machine that needs a second" 0 lw power late on
is "$out" "late: on" "is waited for"
run "a command that fails but has done it" 0 lw power shy on
is "$out" "shy: on" "the status decides"

# Two callers, pause 1: their calls neither overlap nor follow each other within a second.
: >"$work/order"
lw power slow status >"$work/one" 2>&1 &
one=$!
lw power slow status >"$work/two" 2>&1 &
two=$!
wait "$one"
wait "$two"
is "$(cat "$work/one" "$work/two")" "slow: on
slow: on" "two callers at once both get their status"
is "$(tr '\n' ' ' <"$work/order")" "begin end begin end " "one after the other"
ok "$(awk 'NR == 2 { exit $1 - last >= 1000000000 ? 1 : 0 } { last = $1 }' "$work/calls" && echo 1 || echo 0)" "with the pause between them"

# A look does not wait for a change that takes long.
"$bin/lastwords" -c "$work/lastwords.conf" power stuck on >"$work/one" 2>&1 &
one=$!
wait_for 10 test -e "$work/stuck"
run "a status during a long change" 1 lw power stuck status
like "$err" 'stuck: another call to this target has not ended in 10 s; try again later' "does not wait for its end"
kill "$one"
wait "$one" 2>/dev/null || :

run "the list" 1 lw power
like "$out" '^box[[:space:]]52:54:00:aa:00:11[[:space:]]command[[:space:]]on[[:space:]]-$' "a line for each target"
like "$out" '^broken[[:space:]].*unknown[[:space:]]the command for status: exit code 4: the cable is out$' "with the reason where there is no answer"
run "the list as JSON" 1 lw power --json
like "$out" '^\{"target":"box","mac":"52:54:00:aa:00:11","driver":"command","power":"on"\}$' "the same"
run "one as JSON" 1 lw power liar on --json
like "$out" '^\{"target":"liar","mac":"52:54:00:aa:00:13","action":"on","result":"failed","why":"on was acknowledged.*","power":"off","confirmed":false,"ms":[0-9]+\}$' "a failure as JSON"
run "a good one" 0 lw power box status --json
like "$out" '"action":"status","result":"done","power":"on","confirmed":true,' "a success as JSON"

like "$(events)" ' power - target=box mac=52:54:00:aa:00:11 action=cycle result=done power=on ms=[0-9]+ by=' "the journal has what was done"
like "$(events)" ' power - target=liar .*action=on result=failed why=on%20was%20ack' "and what failed"
unlike "$(events)" 'action=status' "but not each look"

run "an unknown target" 1 lw power nobody on
like "$err" 'unknown target "nobody"; `lastwords power` lists' "is named"
run "an unknown action" 2 lw power box explode
like "$err" 'unknown action "explode"; it must be on, off' "is named"
run "a target without an action" 2 lw power box
run "check" 0 lw check
like "$out" '14 targets, no fault found' "check counts the targets"
cat >>"$work/lastwords.conf" <<END
target vm { mac = "52:54:00:aa:00:21" driver = "qemu" program = "$work/no-qemu" }
END
run "check of a missing QEMU" 1 lw check
like "$err" 'target vm: .*/no-qemu is missing' "names it"
sed -i "s|^state = .*|state = \"/$(printf 'd%.0s' $(seq 90))\"|" "$work/lastwords.conf"
run "check of a state whose sockets have too long a path" 1 lw check
like "$err" 'target vm: /d+/run/targets/vm\.qmp: a socket.s path has at most 107 bytes; choose a shorter state or name' \
	"names the socket and the limit"
done_testing
