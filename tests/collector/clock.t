#!/bin/sh
# SPDX-License-Identifier: MIT
# The wall clock goes back an hour: the server's, while the collector runs and once more over a restart with
# kill -9; and the machine's own kernel time, within its slack and by far. Evidence: every line is in its
# log, in the order in which it came, the order of the journal is that in which things happened, a crash
# keeps its title, nothing is late that is not, what is late is reported once, and the sessions stand
# in the list with those that booted last, by the clock that minted them, on top.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3
fake=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
[ -n "$fake" ] || missing "missing: libfaketime; $by_make"
case $bin in */san/*) skip_all "libfaketime and ASan do not go together" ;; esac

# Only the wall clock, and as $work/clock says: "+0", "-3600".
echo '+0' >"$work/clock"
# shellcheck disable=SC2034 # for collector_start
collector_by="env LD_PRELOAD=$fake FAKETIME_TIMESTAMP_FILE=$work/clock FAKETIME_NO_CACHE=1
	FAKETIME_DONT_FAKE_MONOTONIC=1"
hour=3600000
now=$(date +%s)000
collector_start
wait_for 10 test -s "$state/key"
before=$(mint 525400a1b2c3 lab "$now")
log=$(log_of "$before")
from=$("$packets" port)
numbers() { sed -n 's/.*\] line \([0-9]*\)$/\1/p' "$log" | tr '\n' ' '; }
event() { # NAME SESSION PAIRS: by the server's clock of now
	p "$(date -u -d "@$(($(date +%s) + $(cat "$work/clock")))" +%Y-%m-%dT%H:%M:%S.000Z) $1 $2 $3" \
		>>"$(find "$state/journal" -name '*.log' | sort | tail -n 1)"
}
journal_of() { journal | awk -v id="$1" '$3 == id { print $2 }' | tr '\n' ' '; }
{
	p '6,0,0,-;Linux version 6.1.0-test\n'
	p "6,1,1000,-;Command line: lastwords.session=$before\\n"
	lines 2 20
} | send "$from"
soon "a stream has its log before the step" has 'line 20' "$log"
event requested "$before" 'product=Box address=10.0.0.1'
event running "$before" 'address=127.0.0.1 netconsole=on'
soon "the session runs before the step" indexed "$before" running

# An hour back, in mid-stream.
echo '-3600' >"$work/clock"
lines 21 40 | send "$from"
soon "a stream goes on after the clock falls back by an hour" has 'line 40' "$log"
is "$(numbers)" "$(seq -s ' ' 2 40) " "the log has every line in order after the step"
is "$(grep -c 'records lost' "$log" || true)" 0 "no record is marked as lost"
after=$(mint 525400a1b2c4 lab $((now - hour)))
event requested "$after" 'product=Box address=10.0.0.2'
event running "$after" 'address=10.0.0.2'
soon "another machine boots by the earlier clock" indexed "$after" running
{
	p '1,41,41000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n'
	p '1,42,41000001,-;RIP: 0010:lab_oops+0x5/0x10 [lab]\n'
} | send "$from"
soon "a crash that is older than its request has its title" titled "$before" \
	"NULL pointer dereference in lab_oops"
is "$(journal_of "$before" | sed 's/bound //g')" "requested running died " "the journal has the order in which things happened"
when() { journal | awk -v id="$1" -v event="$2" '$3 == id && $2 == event { print $1 }'; }
succeeds "the session's times are by the earlier clock" test "$(date -d "$(when "$before" died)" +%s)" \
	-lt $(($(date -d "$(when "$before" running)" +%s) - 3000))

# Over kill -9.
killed=$collector_pid
collector_stop KILL
# (what libfaketime removes when its program ends)
rm -f "/dev/shm/faketime_shm_$killed" "/dev/shm/sem.faketime_sem_$killed"
cp "$log" "$work/before"
collector_start
lines 43 50 | send "$from"
soon "a collector that is started by the earlier clock goes on" has 'line 50' "$log"
succeeds "written lines are not changed" cmp -n "$(wc -c <"$work/before")" "$log" "$work/before"
is "$(numbers)" "$(seq -s ' ' 2 40) $(seq -s ' ' 43 50) " "no line is missing or doubled after the step back"

# Nothing is late: no time has passed.
is "$(journal | grep -cE " stalled ($before|$after)" || true)" 0 "no session stalls because the clock fell back"
states=$(lastwords sessions | sed -n "s/.*\(died\|running\|stalled\).*/\1/p" | sort | tr '\n' ' ')
is "$states" "died running " "the sessions have the same states after the step back"
order() { lastwords sessions | grep -o '525400a1b2c[0-9]-[0-9T]*' | cut -d - -f 1 | tr '\n' ' '; }
is "$(order)" "525400a1b2c3 525400a1b2c4 " "the list begins with the session that booted last by its own time"

# The clock is right again: the session of the earlier clock has not stalled either.
echo '+0' >"$work/clock"
again=$(mint 525400a1b2c4 lab $((now + 1000)))
event requested "$again" 'product=Box address=10.0.0.2'
event running "$again" 'address=10.0.0.2'
soon "the next boot has its log after the clock is right again" indexed "$again" running
ended() { [ "$(query "SELECT count(*) FROM session WHERE id = '$after' AND ended > 0")" = 1 ]; }
soon "the next boot ends the one before" ended
is "$(journal | grep -c ' stalled ' || true)" 0 "no session has stalled at the end"

# The machine's clock: within a second its lines are a matter of CPUs; more is another kernel, of which
# nothing is thrown away.
{
	p '6,51,50500000,-;line 51\n'
	p '6,52,50100000,-;line 52\n'
	p '6,53,3000000,-;line 53\n'
	p '6,54,3100000,-;line 54\n'
} | send "$from"
soon "a machine whose own time falls back has its line" has 'line 54' "$log"
is "$(numbers)" "$(seq -s ' ' 2 40) $(seq -s ' ' 43 54) " "the log has every line in the order of arrival"
collector_stop TERM
is "$collector_rc" 0 "the collector exits with 0"
lastwords reindex >/dev/null
is "$(query "SELECT count(*) FROM session")" 3 "an index made again has the three sessions"
is "$(query "SELECT title FROM session WHERE id = '$before'")" "NULL pointer dereference in lab_oops" "the title stays after a reindex"
done_testing
