#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords repro: campaigns against machines that only speak HTTP (tests/lib/fake-machine.sh), with the real
# server. Path: override, power cycle by the driver `command`, the journal, uploads, records. Evidence: k of n is what
# the machines did; each kind of verdict; a stuck target does not stop the others and is set aside; Ctrl-C leaves
# machines off and no override; a killed campaign goes on; the exit codes fit git bisect.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/fake-targets.sh"

serve_config
fake_targets a b c d
serve_start

# (a machine that boots, or crashes, never needs that long; one that does not costs it)
timeout=2 boot_timeout=30
repro() { exits "repro --profile debian --timeout $timeout --boot-timeout $boot_timeout" "$@"; }
bug=$(report_of arm64-bug-6.6 | lw title | sed -n 's/^signature:* *//p')
like "$bug" '^[0-9a-f]{16}$' "the signature of the crash is known"

# --- k of n, on three targets at once, by chance 0.3 (of a fixed seed)
for name in a b c; do
	awk -v seed="$name" 'BEGIN { srand(index("abc", seed) + 3)
		for (i = 0; i < 20; i++) print rand() < 0.3 ? "die bug" : "live" }' >"$work/$name/plan"
done
repro 1 "a campaign of 12 runs on three targets in which it strikes exits with 1" --runs 12 --target a --target b,c
struck=0
for name in a b c; do
	boots=$(cat "$work/$name/boots")
	struck=$((struck + $(head -n "$boots" "$work/$name/plan" | grep -c '^die' || :)))
done
ok "$([ "$struck" -gt 0 ] && [ "$struck" -lt 12 ] && echo 0 || echo 1)" "it struck sometimes: $struck times"
like "$(out)" "^rate        struck in $struck of 12 runs: " "the rate is what the machines did"
like "$(out)" "survivals in a row make 95 % that a kernel is good" "how many survivals are needed is shown"
like "$(out)" "^crashes     $struck  $bug  " "the crashes have one signature"
like "$(out)" "^captured    of $struck crash(es)?: http $struck, netconsole 0" "and came by HTTP"
is "$(journal | grep -c ' run - campaign=')" 12 "the journal has the runs"
is "$(grep -c '^lastwords: run ' "$work/progress")" 12 "each run is a line of progress"
like "$(cat "$work/progress")" 'run 12: .*; 12 struck|of 12 struck .*; 0 s left' "with rate and time left"
is "$(cat "$work/a/power" "$work/b/power" "$work/c/power" | sort -u)" off "the machines are left off"
is "$(overrides)" 0 "no override is left"

# --- verdicts
plan a "die bug" "die null" again live
repro 1 "with a signature that is expected" --target a --runs 4 --expect "$bug" --json
is "$(perl -MJSON::PP -0777 -ne 'my $r = decode_json $_; print join " ", $r->{struck}, $r->{runs}, $r->{other_crashes},
	$r->{survived}, $r->{no_verdict}, map { $_->{verdict} } @{$r->{results}}' "$work/out")" \
	"1 4 2 1 0 same other other survived" "same signature, other crash, booted again, survived"
plan a "wait null"
repro 1 "an NMI" --target a --runs 1 --trigger nmi --after 1
like "$(out)" 'struck in 1 of 1 run:' "is sent, and its crash counts"
plan a "unarmed bug"
repro 1 "a machine that is not armed" --target a --runs 1
plan a "netconsole bug"
repro 1 "a crash that only netconsole has seen" --target a --runs 1 --expect "$bug"
like "$(out)" "^captured    of 1 crash: http 0, netconsole 1" "has its signature too"
plan a live
repro 0 "where nothing strikes the exit code is 0" --target a --runs 2
like "$(out)" 'struck in 0 of 2 runs: 0 % \(95 % interval: 0.0 % to 84.2 %\)' "the interval is exact"
plan a "die bug"
repro 1 "--stop-after" --target a --runs 9 --stop-after 2
like "$(out)" 'struck often enough.*' "ends it"
like "$(out)" 'struck in 2 of 2 runs' "after two strikes"
plan a live
repro 0 "--rate: expected of 19 of 20" --target a --runs 9 --rate 19/20
like "$(out)" 'does not strike as expected' "a few survivals are enough"

# --- a script inside the machine
printf '#!/bin/sh\necho reproducer\n' >"$work/reproducer"
plan a "script 0" "script 1" "script 127" "script 0"
begun=$(date +%s)
(cd "$work" && lw repro --profile debian --target a --runs 3 --script reproducer --timeout 600 >out 2>progress) || :
like "$(out)" 'struck in 0 of 3 runs' "a script that ends without a crash is survived, whatever its status"
ok "$([ $(($(date +%s) - begun)) -lt 600 ] && echo 0 || echo 1)" "before the time limit"
is "$(cat "$work/a/script")" "$(cat "$work/reproducer")" "the machine has fetched it"
like "$(out)" 'the last, on a: the script ended with status 127' "one that cannot be run gives no verdict"
plan a "script 0"
repro 0 "a crash point of lkdtm" --target a --runs 1 --trigger PANIC --after 3
like "$(cat "$work/a/script")" '^echo PANIC >"\$at"' "is such a script"
is "$(sh -n "$work/a/script" 2>&1; grep -c '^sleep 3$' "$work/a/script")" 1 "which waits as it was asked to"

# --- no verdict
boot_timeout=5
plan a mute live stuck live
repro 0 "runs without a verdict are not counted" --target a --runs 2
like "$(out)" 'struck in 0 of 2 runs' "two others are"
like "$(out)" '^no verdict  2 runs, not counted' "and they are listed"
like "$(out)" 'the last, on a: script served, but not running within 5 s' "with the reason"
plan a controls live
repro 0 "a reason with terminal controls" --target a --runs 1
like "$(out)" 'not running within 5 s: \?\[2J$' "is printed without them"
unlike "$(cat "$work/progress")" "$(printf '\033')" "on standard error too"
plan a mute
plan b live
repro 0 "a target that never boots does not stop the other" --target a --target b --runs 6
like "$(journal)" 'event - what=target-aside target=a .*after%203%20runs%20without%20a%20verdict' "it is set aside, with an event"
like "$(journal)" 'run - campaign=.* target=a verdict=none why=no%20boot%20request%20within%205%20s' "the reason is in the journal"
touch "$work/a/broken"
repro 125 "a campaign without any verdict exits with 125" --target a --runs 2
like "$(out)" '^rate        no run had a verdict' "and shows no rate"
like "$(out)" 'the last, on a: .*status: exit code 1' "a BMC's error is the reason"
rm "$work/a/broken"
boot_timeout=10

# --- the end before its time
# begin ARG…: in the background, $pid
begin() {
	"$bin/lastwords" -c "$conf" repro --profile debian "$@" >"$work/out" 2>"$work/progress" &
	pid=$!
	at_exit "kill -9 $pid 2>/dev/null || :"
}
plan a live
begin --target a --runs 5 --timeout 300
runs_now() { journal | tail -n 3 | grep -q ' running 525400000001-'; }
wait_for 10 runs_now || :
is "$(overrides)" 0 "the override of a machine that runs is used up"
kill -INT "$pid"
code=0
begun=$(date +%s)
wait "$pid" || code=$?
ok "$([ $(($(date +%s) - begun)) -lt 100 ] && echo 0 || echo 1)" "Ctrl-C does not wait for the run"
is "$code" 130 "Ctrl-C ends it with 130"
like "$(out)" 'interrupted' "with a result"
is "$(cat "$work/a/power")" off "the machine is switched off"
plan a mute
begin --target a --runs 5 --boot-timeout 300
is_set() { [ "$(overrides)" = 1 ] && [ "$(cat "$work/a/power")" = on ]; }
wait_for 10 is_set || :
kill -INT "$pid"
wait "$pid" || :
is "$(overrides)" 0 "an override that was not used goes"

# --- killed, and resumed
children() { ! pgrep -f "$conf repro --profile debian --target" >/dev/null; }
plan a live
begin --target a --runs 2 --timeout 300
wait_for 10 runs_now || :
kill -9 "$pid"
wait "$pid" 2>/dev/null || :
soon "a killed campaign's runs end with it" children
plan a "die bug" live
plan b live
begin --target a,b --runs 8 --timeout 2 --boot-timeout 10
some_runs() { [ "$(grep -c '^lastwords: run' "$work/progress")" -ge 3 ]; }
wait_for 30 some_runs || :
kill -9 "$pid"
wait "$pid" 2>/dev/null || :
id=$(sed -n 's/.*campaign \([^:]*\):.*/\1/p' "$work/progress")
before=$(journal | grep -c " run - campaign=$id ")
wait_for 5 children || :
repro 1 "it goes on with --resume" --resume "$id"
is "$(journal | grep -c " run - campaign=$id .*verdict=[so]")" 8 "$before runs were made before, 8 in all"
like "$(out)" "struck in 1 of 8 runs" "the result is of all"
is "$(overrides)" 0 "no override is left"
repro 1 "a campaign that has ended can be made longer" --resume "$id" --runs 9
like "$(out)" "struck in 1 of 9 runs" "by one run"

# --- refused
repro 128 "an unknown campaign fails" --resume 20200101T000000000-1
like "$(cat "$work/progress")" 'the journal has no campaign' "and says so"
repro 128 "an unknown target fails" --target x
like "$(cat "$work/progress")" 'no target "x" in the configuration' "and says so"
lw machine 52-54-00-00-00-01 --profile plain >/dev/null
repro 128 "a machine with an override of a person's is left alone" --target a
like "$(cat "$work/progress")" 'an override is set for its machine; lastwords machine .* --clear' "with the fix"
lw machine 52-54-00-00-00-01 --clear >/dev/null
repro 129 "wrong usage exits with 129, at which git bisect stops" --runs
repro 128 "an invalid value fails" --target a --runs many
repro 128 "a profile without an image too" --target a --profile nothing
repro 128 "a script and a trigger" --target a --script "$work/reproducer" --trigger sysrq
repro 128 "an unknown trigger" --target a --trigger panic
repro 128 "an invalid signature" --target a --expect BUG
done_testing
