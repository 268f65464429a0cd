#!/bin/sh
# SPDX-License-Identifier: MIT
# The centre is away. Path: a relay whose database is not there, is killed in the middle of batches, or is paused, and
# a relay that is killed at any point. Evidence: once all are there again the centre has each line of the journal once;
# relay.meta and the journal say what is going on, in few words.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$(dirname "$0")/relay.sh"

relay_need
printf 'state = "%s"\n' "$work/admin" >"$work/admin.conf"
postgres_make centre "fsync = on" "full_page_writes = on"
relay_server one "$(postgres_tcp centre) dbname=lastwords user=room1"

# --- never there
relay_lines one 200
relay_start one
succeeds "without a centre the relay waits" wait_for 30 relay_state one waiting
like "$(cat "$work/one/run/relay.meta")" '^why=.*refused' "relay.meta says why"
like "$(cat "$work/one/run/relay.meta")" '^last=[0-9]{3}' "and how much waits"
is "$(grep -c 'event - what=central' "$work/one/journal/"*.log)" 1 "an event says so, once"

# --- there, but not set up; then set up
postgres_start centre
postgres_sql centre "CREATE ROLE room1 LOGIN PASSWORD 'secret'"
postgres_sql centre "CREATE DATABASE lastwords"
succeeds "a database without tables is refused" wait_for 60 relay_state one refused
succeeds "with what to do" wait_for 90 grep -q '^why=.*central%20init' "$work/one/run/relay.meta"
postgres_sql centre "DROP DATABASE lastwords WITH (FORCE)"
postgres_sql centre "DROP ROLE room1"
relay_setup centre
relay_sent one "once it is set up everything is sent"
succeeds "the relay is connected" wait_for 30 relay_state one connected

# --- the centre is killed while lines come, twice; the relay is killed at any point
for kill in 1 2 3 4 5 6; do
	relay_lines one 700
	case $kill in
	1 | 4)
		sleep 0.$kill
		postgres_stop centre KILL
		relay_lines one 50
		postgres_start centre
		;;
	*)
		sleep 0.$kill
		relay_kill one
		relay_start one
		;;
	esac
done
relay_sent one "nothing is lost or doubled by kill -9 of the database and of the relay"
is "$(postgres_sql centre "SELECT count(*), count(up) FROM lastwords.session" lastwords)" \
	"$(($(cat "$work/one/n") / 3))|$(($(cat "$work/one/n") / 3))" "each session has its row"

# --- it does not answer
postgres_pause centre
relay_lines one 10
sleep 1
postgres_resume centre
relay_sent one "a database that stood still gets all"
unlike "$(cat "$work/one.log" "$work/one/run/relay.meta" "$work/one/journal/"*.log)" secret "the password is nowhere"
done_testing
