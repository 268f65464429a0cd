#!/bin/sh
# SPDX-License-Identifier: MIT
# Failover: the primary dies, and the standby that is promoted has not got the last second. Path: a relay with both hosts,
# an asynchronous standby that stands still while lines are confirmed, kill -9, promotion. Evidence: before the promotion
# the relay says that only a standby answers; afterwards the new primary has each line of the journal once, also those
# that only the old one had confirmed.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$(dirname "$0")/relay.sh"

relay_need
relay_centre
postgres_standby two centre
postgres_start two
relay_server one "host=127.0.0.1,127.0.0.1 port=$(postgres_port centre),$(postgres_port two) dbname=lastwords user=room1 target_session_attrs=read-write"
relay_lines one 100
relay_start one
relay_sent one "lines are on the primary"
succeeds "and on the standby" wait_for 60 postgres_received two centre
postgres_pause two
relay_lines one 200
relay_sent one "more of them on the primary alone"
postgres_stop centre KILL
relay_lines one 50
postgres_resume two
succeeds "a standby alone takes nothing" wait_for 90 relay_state one read-only
is "$(postgres_sql two "SELECT count(*) < 900 FROM lastwords.event" lastwords)" t "the standby has not got the last lines"
postgres_promote two
relay_sent one "promoted, it gets them again, and the rest" two
is "$(postgres_sql two "SELECT count(*) FROM lastwords.session" lastwords)" 350 "each session once"
done_testing
