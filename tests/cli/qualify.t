#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords qualify: fire drills on machines that only speak HTTP (tests/lib/fake-machine.sh), with the real server.
# Evidence: the table and the JSON say what each round did, a failed one with its reason, and of which capture
# kernel; the exit code says whether all logs were stored; wrong usage is refused.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/fake-targets.sh"

serve_config
fake_targets a b
serve_start

# (a machine that boots never needs that long; one that does not costs it)
boot_timeout=10
qualify() { exits "qualify --after 1 --boot-timeout $boot_timeout" "$@"; }
row() { like "$(out)" "^  $1 +$2\$" "$3"; }

plan a "die bug"
echo 'nic=eth0 driver=e1000 up=0.80 link=2.14 free=5120 total=19000' >"$work/a/facts"
qualify 0 "a machine that stores each log qualifies" a --profile debian --rounds 2
like "$(out)" '^profile debian: capture stock, crashkernel 192M, 2 rounds$' "the table says of which profile"
row armed '2 of 2' "armed"
row 'log stored' '2 of 2 [(]95 % interval: 16 % to 100 %[)]' "stored, with its interval"
row link "median 1[.]3 s, worst 1[.]3 s after the capture kernel's first program [(]e1000[)]" "the link, and the card's driver"
row 'memory left' '5120 of 19000 kB at least' "memory"
row channels 'http 2, netconsole 0, console 0, pstore 0' "channels"
is "$(overrides)" 0 "no override is left"
is "$(cat "$work/a/power")" off "the machine is left off"

boot_timeout=5
plan b "die bug" "unarmed bug" mute
qualify 1 "one that misses a log does not" b --profile debian --rounds 3 --json
is "$(perl -MJSON::PP -0777 -ne 'my $r = decode_json $_; print join " ", $r->{profile}, $r->{rounds}, map {
	"$_->{armed}$_->{stored}" } @{$r->{results}}' "$work/out")" 'debian 3 11 01 00' "each round is in the JSON"
like "$(perl -MJSON::PP -0777 -ne 'print decode_json($_)->{results}[2]{why}' "$work/out")" 'boot request' "with the reason of one that failed"
unlike "$(out)" 'free_kb' "what is not known is left out"

# hostile facts
echo 'link=1e9 free=-5 total=x driver=;rm%20-rf up=nan' >"$work/a/facts"
plan a "die bug"
qualify 0 "without --profile it takes that of the newest session" a --rounds 1
row link unknown "facts that are not numbers are unknown"
row 'memory left' unknown "memory too"

qualify 2 "wrong usage" a b
qualify 1 "an unknown target" nobody
like "$(cat "$work/progress")" '^lastwords: no target nobody; add target' "is named"
qualify 1 "an unknown profile" a --profile nope
like "$(cat "$work/progress")" '^lastwords: profile nope: unknown' "is named"
done_testing
