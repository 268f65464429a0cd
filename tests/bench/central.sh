#!/bin/sh
# SPDX-License-Identifier: MIT
# central.sh: how long the central database takes to answer: CRASHES (1,000,000) crashes of MACHINES (100,000) machines
# in a year, put into the real tables (central.sql); each query RUNS (20) times, by lastwords-relay ask, and by
# the command. Prints a table: least, median and 99th percentile, in ms.
# The goal of groups and searches is 200 ms. CENTRAL="host=… dbname=…": a database that such a run has kept.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/postgres.sh"
tap_finished=1 # this is no test

bin=${LASTWORDS_BIN:-$root/build/bin}
runs=${RUNS:-20}
conf=$work/lastwords.conf
conf() {
	printf 'state = "%s"\ncentral = "%s"\nprofile debian { image = "img" }\nrule { product = "*" profile = "debian" }\n' \
		"$work/state" "$1" >"$conf"
}
if [ -n "${CENTRAL:-}" ]; then
	conf "$CENTRAL"
else
	postgres_need
	postgres_make centre "shared_buffers = 1GB" "work_mem = 16MB" "max_wal_size = 8GB"
	postgres_start centre
	postgres_sql centre "CREATE DATABASE lastwords"
	conf "$(postgres_at centre) dbname=lastwords user=postgres"
	"$bin/lastwords-relay" -c "$conf" init >/dev/null
	echo "bench: filling the database, a quarter of an hour on 2 cores" >&2
	postgres_ask centre lastwords -v "crashes=${CRASHES:-1000000}" -v "machines=${MACHINES:-100000}" \
		-f "$root/tests/bench/central.sql" >/dev/null
	postgres_ask centre lastwords -c "VACUUM ANALYZE"
	echo "the database has $(postgres_sql centre "SELECT pg_size_pretty(pg_database_size('lastwords'))")," \
		"and $(awk '/^HugePages_Total/ { print $2 }' /proc/meminfo) huge pages (600 are enough; without them each query maps the memory that it reads)"
fi

# timed INPUT COMMAND…: runs it, and prints least, median and 99th percentile
timed() {
	perl -MTime::HiRes=time -e '
		my $runs = shift; my @ms; my $in = shift;
		for (1 .. $runs + 1) {
			my $from = time; my $pid = fork // die;
			if (!$pid) { open STDIN, "<", $in; open STDOUT, ">", "/dev/null"; exec @ARGV or exit 127 }
			waitpid $pid, 0; die "bench: @ARGV: exit code " . ($? >> 8) . "\n" if $?;
			push @ms, 1000 * (time - $from);
		}
		shift @ms; @ms = sort { $a <=> $b } @ms;
		printf "%8.0f %8.0f %8.0f", $ms[0], $ms[int(@ms / 2)], $ms[int(0.99 * @ms)];' "$runs" "$@"
}
ask() { # NAME REQUEST
	printf '%s\n' "$2" >"$work/request"
	printf '%-52s %s\n' "$1" "$(timed "$work/request" "$bin/lastwords-relay" -c "$conf" ask)"
}
cli() { # NAME ARG…
	name=$1
	shift
	printf '%-52s %s\n' "$name" "$(timed /dev/null "$bin/lastwords" -c "$conf" "$@")"
}

"$bin/lastwords-relay" -c "$conf" ask >"$work/groups" <<END
{"query":"groups"}
END
signature=$(jq -r '.groups[5].signature' "$work/groups") function=$(jq -r '.groups[5].function' "$work/groups")
session=$(jq -r '.groups[5].newest' "$work/groups")
printf '%-52s %8s %8s %8s\n' "ms" least median p99
ask "ask: groups" '{"query":"groups"}'
ask "ask: groups of the last 2 days" "{\"query\":\"groups\",\"filter\":{\"since_ms\":$(($(date +%s) - 172800))000}}"
ask "ask: search, a function of one signature" "{\"query\":\"crashes\",\"filter\":{\"search\":\"$function\"}}"
ask "ask: search, a register's value" "{\"query\":\"crashes\",\"filter\":{\"search\":\"$(printf '1 1' | md5sum | cut -c 1-16)\"}}"
ask "ask: search, a word of all crashes" '{"query":"crashes","filter":{"search":"pointer"}}'
ask "ask: search, two words, one a beginning" '{"query":"crashes","filter":{"search":"dereference call_19*"}}'
ask "ask: search by group, a function" "{\"query\":\"groups\",\"filter\":{\"search\":\"$function\"}}"
ask "ask: newest crashes" '{"query":"crashes"}'
ask "ask: crashes of a signature" "{\"query\":\"crashes\",\"filter\":{\"signature\":\"$signature\"}}"
ask "ask: one session" "{\"query\":\"session\",\"session\":\"$session\"}"
ask "ask: the fleet" '{"query":"fleet"}'
ask "ask: overview" '{"query":"overview"}'
ask "ask: rates" '{"query":"rates","by":"release"}'
ask "ask: rates of the last 30 days" "{\"query\":\"rates\",\"by\":\"release\",\"filter\":{\"since_ms\":$(($(date +%s) - 2592000))000}}"
ask "ask: one group" "{\"query\":\"group\",\"signature\":\"$signature\"}"
cli "lastwords crashes --group" crashes --central --group
cli "lastwords crashes --search, a function" crashes --central --search "$function"
cli "lastwords crashes --search --group, a function" crashes --central --group --search "$function"
