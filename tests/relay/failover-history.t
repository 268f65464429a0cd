#!/bin/sh
# SPDX-License-Identifier: MIT
# Failover while a relay sends a long history. Path: two journal files of lines without a number, from before the centre
# was there, an asynchronous standby that stands still while pieces of them are confirmed, one of the files as whole;
# kill -9, promotion. Evidence: the new primary had lost the end of one file and that it was done; afterwards it has each
# line of the journal once, and each session once.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$(dirname "$0")/relay.sh"

relay_need
relay_centre
postgres_standby two centre
postgres_start two
relay_server one "host=127.0.0.1,127.0.0.1 port=$(postgres_port centre),$(postgres_port two) dbname=lastwords user=room1 target_session_attrs=read-write"
# history MONTH SESSIONS: three lines of each, a second apart, and that each third is pruned
history() {
	awk -v month="$1" -v count="$2" 'BEGIN {
		for (n = 0; n < count; n++) {
			at = sprintf("%02d:%02d", n / 60 % 24, n % 60)
			id = sprintf("525400%06x-%s%02dT%02d%02d00000-lab-%08x", n, substr(month, 1, 4) substr(month, 6, 2), 1 + n / 1440,
				n / 60 % 24, n % 60, n)
			day = sprintf("%s-%02dT%s", month, 1 + n / 1440, at)
			printf "%s:01.000Z requested %s product=Old serial=S%d\n", day, id, n
			printf "%s:20.000Z armed %s release=6.1.0-9\n", day, id
			printf "%s:30.000Z running %s address=10.0.0.10/24\n", day, id
			if (n % 3 == 0)
				printf "%s-27T00:00:%02d.%03dZ pruned %s why=days bytes=1 crash=0\n", month, n / 1000 % 60, n % 1000, id
		}
	}' >"$work/one/journal/$1.log"
}
history 2026-02 2000
history 2026-03 1000
relay_lines one 10
# The database takes as many pieces of history as it is allowed to, and lets the next one wait.
postgres_sql centre "CREATE TABLE gate AS SELECT 2 AS allowed; CREATE SEQUENCE pieces;
	GRANT SELECT ON gate TO PUBLIC; GRANT USAGE ON SEQUENCE pieces TO PUBLIC;
	CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \$\$ DECLARE piece bigint; BEGIN
		IF EXISTS (SELECT FROM came WHERE number < 0) THEN
			piece := nextval('public.pieces');
			WHILE (SELECT allowed FROM public.gate) < piece LOOP PERFORM pg_sleep(0.02); END LOOP;
		END IF;
		RETURN NULL; END \$\$;
	CREATE TRIGGER gate AFTER INSERT ON lastwords.event REFERENCING NEW TABLE AS came
		FOR EACH STATEMENT EXECUTE FUNCTION gate()" lastwords
allow() { postgres_sql "$1" "UPDATE gate SET allowed = $2" lastwords; }
waits_at() { [ "$(postgres_sql centre "SELECT last_value FROM pieces" lastwords)" = "$1" ]; }
events() { postgres_sql "$1" "SELECT count(*) FROM lastwords.event WHERE number < 0" lastwords; }
older() { postgres_sql "$1" "SELECT history FROM lastwords.server" lastwords | grep '^2026-0[23]' || :; }

relay_start one
succeeds "two pieces of the history are there" wait_for 60 waits_at 3
succeeds "on the standby too" wait_for 60 postgres_received two centre
like "$(events two)" '^[1-9][0-9][0-9]*$' "with their lines"
is "$(older centre)" "" "no old file of it is done"
postgres_pause two
allow centre 6
succeeds "more pieces are on the primary alone" wait_for 60 waits_at 7
is "$(older centre)" 2026-03.log "a file is done there, and the next one is begun"
before=$(events centre)
postgres_stop centre KILL
relay_lines one 10
postgres_resume two
succeeds "a standby alone takes nothing" wait_for 90 relay_state one read-only
is "$([ "$(events two)" -lt "$before" ] && older two)" "" "the standby has lost the end, and that a file was done"
postgres_promote two
allow two 1000000
relay_sent one "promoted, it gets it again, and the rest" two
is "$(postgres_sql two "SELECT count(*) FROM lastwords.session" lastwords)" 3020 "each session once"
is "$(postgres_sql two "SELECT count(*) FROM lastwords.session WHERE pruned IS NOT NULL" lastwords)" 1001 "with those that were pruned"
finished() { [ "$(postgres_sql two "SELECT history_done FROM lastwords.server" lastwords)" = t ]; }
succeeds "the history is done" wait_for 60 finished
done_testing
