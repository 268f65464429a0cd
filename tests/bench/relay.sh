#!/bin/sh
# SPDX-License-Identifier: MIT
# relay.sh: how fast relays bring events into PostgreSQL: SERVERS (200) boot servers of MACHINES (100,000) machines in all,
# DAYS (1) of one boot a machine and one crash per 1,000 machine-days (mkstore), sent as fast as it goes by one relay each.
# The relays are connected before, as those of running servers are: the table of events is locked until each waits with
# its first batch. It ends when the events and sessions are all there; files of crashes come after them.
#
# In the same run, one after the other: COPY of the same rows into tables with the same indexes (events, sessions and
# crashes), by one connection, and by as many as there are relays, each with its share, connected before and held by a lock
# as those are: the first statements of a connection fill its caches, which a relay and its peer both pay for. COPY of the
# events into a table without any index; pgbench with single inserts. All of them by CPU time too, which other programs on
# the machine disturb less. Then the latency of events that are written at 100 a second, from the line's
# time to the row. Prints a table, with the load of the machine.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/postgres.sh"
. "$root/tests/relay/relay.sh"
tap_finished=1 # this is no test

servers=${SERVERS:-200} machines=${MACHINES:-100000} days=${DAYS:-1}
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
	more=$((n * days * machines / servers / 1000 - crashes))
	crashes=$((crashes + more))
	relay_server "s$n" "$(postgres_at centre) dbname=lastwords user=server$n"
	rm -r "$work/s$n"
	"$mkstore" "$work/s$n" "sessions=$((days * each))" "machines=$each" "crashes=$more" "days=$days" "seed=$n" \
		"first=$(((n - 1) * each))" index=0 >/dev/null
	echo "CREATE ROLE server$n LOGIN IN ROLE lastwords_server;"
done >"$work/roles.sql"
postgres_ask centre lastwords -f "$work/roles.sql"

# --- relays
hz=$(getconf CLK_TCK)
# us of CPU of the database, with what has ended, and of the relays
centre_cpu() {
	{
		cut -d ' ' -f 14-17 "/proc/$(cat "$postgres/centre.pid")/stat"
		for pid in $(ps -o pid= --ppid "$(cat "$postgres/centre.pid")"); do
			cut -d ' ' -f 14-15 "/proc/$pid/stat" 2>/dev/null || :
		done
	} | awk -v hz="$hz" '{ n += $1 + $2 + $3 + $4 } END { printf "%.0f", n * 1000000 / hz }'
}
relay_cpu() {
	for pid in "$work"/s*.pid; do
		cut -d ' ' -f 14-15 "/proc/$(cat "$pid")/stat"
	done | awk -v hz="$hz" '{ n += $1 + $2 } END { printf "%.0f", n * 1000000 / hz }'
}
held() { [ "$(sql "SELECT count(*) FROM pg_locks WHERE relation = '$1'::regclass AND granted")" = 1 ]; }
hold() { # TABLE
	postgres_ask centre lastwords -c "BEGIN; LOCK TABLE $1; SELECT pg_sleep(3600)" >/dev/null 2>&1 &
	wait_for 60 held "$1"
}
release() { # TABLE
	sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = '$1'::regclass AND granted" >/dev/null
}
hold lastwords.event
n=0
while [ "$n" -lt "$servers" ]; do
	n=$((n + 1))
	relay_start "s$n"
done
waiting() { [ "$(sql "SELECT count(*) FROM pg_locks WHERE NOT granted")" -ge "$servers" ]; }
wait_for 600 waiting || echo "bench: not all relays are connected" >&2
begin=$(now) relay_cpu=$(relay_cpu) centre_cpu=$(centre_cpu)
release lastwords.event
all() { [ "$(sql "SELECT count(*) FROM lastwords.server WHERE cursor > 0 AND cursor = last")" = "$servers" ]; }
files() { [ "$(sql "SELECT count(*) FROM lastwords.wanted")" = 0 ]; }
wait_for "${SECONDS_MAX:-3600}" all || echo "bench: not all was sent" >&2
took=$(($(now) - begin)) relay_cpu=$(($(relay_cpu) - relay_cpu)) centre_cpu=$(($(centre_cpu) - centre_cpu))
wait_for 600 files || echo "bench: not all files were sent" >&2
with_files=$(($(now) - begin))
# Each line of the journals by its server and number, as each event: what only one of them has.
n=0
while [ "$n" -lt "$servers" ]; do
	n=$((n + 1))
	relay_kill "s$n"
	sed -n "s/.* n=0*\([0-9]*\)\$/$(cat "$work/s$n/server.id") \1/p" "$work/s$n/journal/"*.log
done | LC_ALL=C sort >"$work/lines"
sql "SELECT encode(s.id, 'hex'), number FROM lastwords.event e JOIN lastwords.server s ON s.n = e.server" | tr '|' ' ' |
	LC_ALL=C sort >"$work/events"
LC_ALL=C comm -3 "$work/lines" "$work/events" >"$work/differ"
events=$(sql "SELECT count(*) FROM lastwords.event")
sql "CHECKPOINT" >/dev/null
bytes=$(sql "SELECT pg_database_size('lastwords')")
row "servers, machines, days" "$servers, $machines, $days"
row "events, sessions, crashes" "$events, $(sql "SELECT count(*) FROM lastwords.session"), $(sql "SELECT count(*) FROM lastwords.crash")"
row "lines of the journals, not one event each" "$(wc -l <"$work/lines"), $(wc -l <"$work/differ")"
row "relays: events/s, with their sessions" "$(per_second "$events" "$took")"
row "relays: the last file was there after, s" "$((with_files / 1000000000))"
row "relays: CPU of a relay per event, us" "$((relay_cpu / events))"
row "relays: CPU of the database per event, us" "$((centre_cpu / events))"

# --- the same rows by COPY, and single inserts
copy() { # TABLE INTO: ns in $copied
	postgres_ask centre lastwords -c "COPY (SELECT * FROM lastwords.$1) TO STDOUT" >"$work/rows"
	begin=$(now)
	postgres_ask centre lastwords -c "COPY $2 FROM STDIN" <"$work/rows"
	copied=$(($(now) - begin))
}
sql "CREATE TABLE bare (LIKE lastwords.event);
	CREATE TABLE event (LIKE lastwords.event INCLUDING ALL); CREATE TABLE single (LIKE lastwords.event INCLUDING ALL);
	CREATE TABLE session (LIKE lastwords.session INCLUDING ALL); CREATE TABLE crash (LIKE lastwords.crash INCLUDING ALL)" >/dev/null
copy event bare
bare=$copied copy_cpu=$(centre_cpu) same=0
for table in event session crash; do
	copy "$table" "$table"
	same=$((same + copied))
done
copy_cpu=$(($(centre_cpu) - copy_cpu))
row "COPY of events, sessions, crashes: events/s" "$(per_second "$events" "$same")"
row "COPY: CPU of the database per event, us" "$((copy_cpu / events))"
row "relays / COPY by one connection" "$(awk -v a="$same" -v b="$took" 'BEGIN { printf "%.2f", a / b }')"

# --- by as many connections
mkdir "$work/share"
n=0
while [ "$n" -lt "$servers" ]; do
	n=$((n + 1))
	for table in event session crash; do
		printf '%s\n' "\\copy (SELECT * FROM lastwords.$table WHERE server = $n) TO '$work/share/$n.$table'"
	done
	{
		echo "SELECT count(*) FROM lastwords.server;"
		echo "BEGIN;"
		for table in event session crash; do
			printf '%s\n' "\\copy $table FROM '$work/share/$n.$table'"
		done
		echo "COMMIT;"
	} >"$work/share/$n.in"
done >"$work/share/out"
postgres_ask centre lastwords -f "$work/share/out"
sql "TRUNCATE event, session, crash" >/dev/null
hold event
n=0 peers=
while [ "$n" -lt "$servers" ]; do
	n=$((n + 1))
	postgres_ask centre lastwords -f "$work/share/$n.in" >/dev/null &
	peers="$peers $!"
done
wait_for 600 waiting || echo "bench: not all peers are connected" >&2
begin=$(now) copy_cpu=$(centre_cpu)
release event
for peer in $peers; do
	wait "$peer" || echo "bench: a peer failed" >&2
done
copied=$(($(now) - begin)) copy_cpu=$(($(centre_cpu) - copy_cpu))
row "COPY by $servers connections: events/s" "$(per_second "$events" "$copied")"
row "its CPU of the database per event, us" "$((copy_cpu / events))"
row "relays / COPY by $servers connections" "$(awk -v a="$copied" -v b="$took" 'BEGIN { printf "%.2f", a / b }')"
row "COPY of events only, no index: events/s" "$(per_second "$events" "$bare")"
row "relays / that" "$(awk -v a="$bare" -v b="$took" 'BEGIN { printf "%.2f", a / b }')"
# shellcheck disable=SC2016 # pgbench's
echo "INSERT INTO single VALUES (1, :client_id * 100000000 + :n, now(), 'running', 'x' || :n, 'address=10.0.0.1 release=6.1');
\\set n :n + 1" >"$work/insert"
"$postgres_bin/pgbench" -n -h "$postgres/sockets" -p "$(postgres_port centre)" -U postgres -f "$work/insert" -D n=1 -c 4 \
	-T "${PGBENCH_S:-10}" lastwords >"$work/pgbench" 2>&1 || cat "$work/pgbench" >&2
row "pgbench, single inserts of 4 clients: rows/s" "$(sed -n 's/^tps = \([0-9]*\).*/\1/p' "$work/pgbench")"

# --- size
row "database, bytes per event (with sessions, files)" "$((bytes / events))"
row "database, GB a year" "$(awk -v b="$bytes" -v days="$days" 'BEGIN { printf "%.1f", b * 365 / days / 1e9 }')"
row "the same for 1,000,000 machines, on paper" "$(awk -v b="$bytes" -v m="$machines" -v days="$days" 'BEGIN { printf "%.1f", b * 365 / days / 1e9 * 1e6 / m }')"

# --- latency
relay_start s1
wait_for 60 relay_state s1 connected || echo "bench: a relay does not connect" >&2
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
