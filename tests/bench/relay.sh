#!/bin/sh
# SPDX-License-Identifier: MIT
# relay.sh: how fast relays bring events into PostgreSQL: SERVERS (200) boot servers of MACHINES (100,000) machines in all,
# a day of one boot a machine and one crash per 1,000 machine-days (mkstore), sent as fast as it goes by one relay each.
# Beside it, in the same run: COPY of the same rows, and pgbench with single inserts. Then the latency of events that are
# written at 100 a second, from the line's time to the row. Prints a table, with the load of the machine.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/postgres.sh"
. "$root/tests/relay/relay.sh"
tap_finished=1 # this is no test

servers=${SERVERS:-200} machines=${MACHINES:-100000}
each=$((machines / servers))
mkstore=${LASTWORDS_TOOLS:-$root/build/tests}/lib/mkstore
needs "make check builds it" "$mkstore" "$postgres_bin/pgbench"
relay_need
postgres_make centre "shared_buffers = 1GB" "max_connections = $((servers + 40))" "max_wal_size = 8GB"
postgres_start centre
printf 'state = "%s"\n' "$work/admin" >"$work/admin.conf"
relay_setup centre
sql() { postgres_sql centre "$1" lastwords; }
now() { date +%s%N; }
row() { printf '%-44s %14s\n' "$@"; }
per_second() { echo $(($1 * 1000000000 / ($2 + 1))); }

echo "bench: making $servers servers" >&2
n=0 crashes=0
while [ "$n" -lt "$servers" ]; do
	n=$((n + 1))
	more=$((n * machines / servers / 1000 - crashes))
	crashes=$((crashes + more))
	relay_server "s$n" "$(postgres_at centre) dbname=lastwords user=server$n"
	rm -r "$work/s$n"
	"$mkstore" "$work/s$n" "sessions=$each" "machines=$each" "crashes=$more" days=1 "seed=$n" index=0 >/dev/null
	echo "CREATE ROLE server$n LOGIN IN ROLE lastwords_server;"
done >"$work/roles.sql"
postgres_ask centre lastwords -f "$work/roles.sql"

# --- relays
begin=$(now)
n=0
while [ "$n" -lt "$servers" ]; do
	n=$((n + 1))
	relay_start "s$n"
done
sent() { [ "$(sql "SELECT count(*) FROM lastwords.server WHERE cursor > 0 AND cursor = last AND history_done")" = "$servers" ]; }
wait_for "${SECONDS_MAX:-3600}" sent || echo "bench: not all was sent" >&2
took=$(($(now) - begin))
ticks=0 n=0
while [ "$n" -lt "$servers" ]; do
	n=$((n + 1))
	ticks=$((ticks + $(awk '{ print $14 + $15 }' "/proc/$(cat "$work/s$n.pid")/stat")))
	[ "$n" = 1 ] || relay_kill "s$n"
done
events=$(sql "SELECT count(*) FROM lastwords.event")
sql "CHECKPOINT" >/dev/null
bytes=$(sql "SELECT pg_database_size('lastwords')")
row "servers, machines" "$servers, $machines"
row "events" "$events"
row "relays: events/s" "$(per_second "$events" "$took")"
row "relays: CPU of a relay per event, us" "$((ticks * 1000000 / $(getconf CLK_TCK) / events))"

# --- the same rows by COPY, and single inserts
sql "CREATE TABLE copied (LIKE lastwords.event INCLUDING ALL); CREATE TABLE single (LIKE lastwords.event INCLUDING ALL)" >/dev/null
postgres_ask centre lastwords -c "COPY (SELECT * FROM lastwords.event) TO STDOUT" >"$work/rows"
begin=$(now)
postgres_ask centre lastwords -c "COPY copied FROM STDIN" <"$work/rows"
copy=$(($(now) - begin))
row "COPY of the same rows: rows/s" "$(per_second "$events" "$copy")"
row "relays / COPY" "$(awk -v a="$copy" -v b="$took" 'BEGIN { printf "%.2f", a / b }')"
# shellcheck disable=SC2016 # pgbench's
echo "INSERT INTO single VALUES (1, :client_id * 100000000 + :n, now(), 'running', 'x' || :n, 'address=10.0.0.1 release=6.1');
\\set n :n + 1" >"$work/insert"
"$postgres_bin/pgbench" -n -h "$postgres/sockets" -p "$(postgres_port centre)" -U postgres -f "$work/insert" -D n=1 -c 4 \
	-T "${PGBENCH_S:-10}" lastwords >"$work/pgbench" 2>&1 || cat "$work/pgbench" >&2
row "pgbench, single inserts of 4 clients: rows/s" "$(sed -n 's/^tps = \([0-9]*\).*/\1/p' "$work/pgbench")"

# --- size
row "database, bytes per event (with sessions, files)" "$((bytes / events))"
row "database, GB a year" "$(awk -v b="$bytes" 'BEGIN { printf "%.1f", b * 365 / 1e9 }')"
row "the same for 1,000,000 machines, on paper" "$(awk -v b="$bytes" -v m="$machines" 'BEGIN { printf "%.1f", b * 365 / 1e9 * 1e6 / m }')"

# --- latency
sql "CREATE TABLE late (ms double precision); GRANT INSERT ON late TO PUBLIC;
	CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \$\$ BEGIN
		INSERT INTO public.late VALUES (extract(epoch FROM clock_timestamp() - NEW.time) * 1000); RETURN NULL; END \$\$;
	CREATE TRIGGER late AFTER INSERT ON lastwords.event FOR EACH ROW WHEN (NEW.event = 'tick') EXECUTE FUNCTION late()" >/dev/null
perl -MTime::HiRes=time,sleep -MFcntl=:flock -MPOSIX=strftime -e '
	my ($state, $count) = @ARGV;
	for (1 .. $count) {
		open my $lock, "+<", "$state/journal.lock" or die;
		flock $lock, LOCK_EX;
		read $lock, my $last, 16;
		my $t = time;
		my $name = (sort glob "$state/journal/*.log")[-1];
		open my $out, ">>", $name or die;
		printf $out "%s.%03dZ tick - text=x n=%016d\n", strftime("%Y-%m-%dT%H:%M:%S", gmtime $t), int(($t - int $t) * 1000), $last + 1;
		close $out;
		seek $lock, 0, 0;
		printf $lock "%016d", $last + 1;
		close $lock;
		sleep 0.01;
	}' "$work/s1" "${TICKS:-1000}"
arrived() { [ "$(sql "SELECT count(*) FROM late")" = "${TICKS:-1000}" ]; }
wait_for 60 arrived || echo "bench: not all events arrived" >&2
row "latency at 100 events/s, ms: p50, p99" "$(sql "SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ms))::numeric) || ', ' ||
	round((percentile_cont(0.99) WITHIN GROUP (ORDER BY ms))::numeric) FROM late")"
row "load of the machine" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
