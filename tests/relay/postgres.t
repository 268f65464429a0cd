#!/bin/sh
# SPDX-License-Identifier: MIT
# The harness of these tests itself: a primary and a standby start on loopback, survive kill -9, ask strangers
# for a password, and change their places. Evidence: rows, on which server.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"

postgres_need
postgres_make one "fsync = on"
postgres_start one
postgres_sql one "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1); CREATE ROLE room LOGIN PASSWORD 'secret'"
is "$(postgres_sql one "SELECT n FROM kept")" 1 "a server runs, and keeps rows"

by_tcp() {
	PGPASSWORD=$1 "$postgres_bin/psql" -X -A -t -w -d "$(postgres_tcp one) user=room dbname=postgres" -c "SELECT 2"
}
is "$(by_tcp secret 2>&1)" 2 "a role logs in over TCP by its password"
like "$(by_tcp wrong 2>&1)" "password authentication failed" "a wrong password is refused"

postgres_standby two one
postgres_start two
is "$(postgres_sql two "SELECT pg_is_in_recovery()")" t "a standby follows it"
postgres_sql one "INSERT INTO kept VALUES (2)"
succeeds "the standby receives all that was written" wait_for 60 postgres_received two one
is "$(postgres_sql two "SELECT count(*) FROM kept")" 2 "the row is on the standby"

postgres_pause one
fails "a paused server does not answer" timeout 2 "$postgres_bin/psql" -X -h "$postgres/sockets" \
	-p "$(postgres_port one)" -U postgres -c "SELECT 1"
postgres_resume one
is "$(postgres_sql one "SELECT 1")" 1 "a resumed server answers"

postgres_stop one KILL
postgres_promote two
postgres_sql two "INSERT INTO kept VALUES (3)"
is "$(postgres_sql two "SELECT count(*) FROM kept")" 3 "the standby takes over when the primary was killed"
postgres_start one
is "$(postgres_sql one "SELECT count(*) FROM kept")" 2 "the killed server recovers its rows"
postgres_stop one
fails "a stopped server is gone" "$postgres_bin/pg_isready" -q -h "$postgres/sockets" -p "$(postgres_port one)"
done_testing
