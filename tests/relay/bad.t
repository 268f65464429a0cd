#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad days that somebody made: a row that the database refuses, a wrong password, a second relay, a copied and a restored
# server, a server that writes in another's name, a clock that is an hour off, a newer schema. Evidence: what is refused
# and why, and that the others' lines are there all the same.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$(dirname "$0")/relay.sh"

relay_need
relay_centre
sql() { postgres_sql centre "$1" lastwords; }
why() { grep ^why= "$work/$1/run/relay.meta"; }
relay_server one "$(postgres_tcp centre) dbname=lastwords user=room1"
relay_lines one 100

# --- rows that the database refuses although they are valid
sql "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = '22000'; END \$\$" >/dev/null
sql "CREATE TRIGGER refuse BEFORE INSERT ON lastwords.event FOR EACH ROW WHEN (NEW.pairs LIKE '%poison%') EXECUTE FUNCTION refuse()" >/dev/null
long=$(printf '%04000d' 7)
relay_write one <<END
2026-11-01T10:00:00.000Z event - text=poison n=@
2026-11-01T10:00:01.000Z event - text=%00%ff%fe%e2%28%a1 n=@
2026-11-01T10:00:02.000Z requested 525400cc0001-20261101T100000000-lab-0a0a0a0a product=$long%00%ff%c3 n=@
2026-11-01T10:00:03.000Z event - text=poison2 n=@
END
relay_lines one 20
relay_start one
# (the report of a refused row has the word too)
poisoned() { grep -q ^poison=4 "$work/one/run/relay.meta"; }
succeeds "two rows are refused, and the reports of it" wait_for 60 poisoned
behind() { [ "$(sql "SELECT count(*) FROM lastwords.event WHERE pairs !~ 'what=central'")" = 362 ]; }
succeeds "all others are there" wait_for 60 behind
is "$(grep -c 'event - what=central.*refuses%20event' "$work/one/journal/"*.log)" 2 "each is an event with the reason, its report is not"
is "$(sql "SELECT length(product) FROM lastwords.session WHERE mac = '52:54:00:cc:00:01'")" 127 "a long name is cut"
relay_kill one

# --- a wrong password
cp "$work/password" "$work/right"
echo wrong >"$work/password"
relay_lines one 1
relay_start one
succeeds "a wrong password is refused" wait_for 60 relay_state one refused
like "$(why one)" 'password%20authentication%20failed' "relay.meta says so"
unlike "$(cat "$work/one.log" "$work/one/run/relay.meta")" 'wrong' "without the password"
relay_kill one
cp "$work/right" "$work/password"

# --- two relays of one STATE
relay_start one
succeeds "with the right one it is connected" wait_for 60 relay_state one connected
"$bin/lastwords-relay" -c "$work/one.conf" 2>"$work/second.log" &
second=$!
at_exit "kill -KILL $second 2>/dev/null || :"
succeeds "a second relay waits" wait_for 30 grep -q 'another relay runs' "$work/second.log"
relay_kill one
succeeds "and takes over when the first ends" wait_for 60 grep -q "^pid=$second\$" "$work/one/run/relay.meta"

# --- a copy that runs too, and one that was restored
mkdir "$work/copy"
cp -R "$work/one/." "$work/copy/"
rm -f "$work/copy/run/relay.meta" "$work/copy/pid"
sed "s|$work/one|$work/copy|" "$work/one.conf" >"$work/copy.conf"
relay_start copy
succeeds "a copy waits while the other is connected" wait_for 60 relay_state copy waiting
like "$(why copy)" 'another%20connection' "and says why"
relay_kill copy
relay_lines one 5
ahead() { [ "$(sql "SELECT cursor FROM lastwords.server WHERE id = decode('$(cat "$work/one/server.id")', 'hex')")" = "$(sed -n 's/.*n=0*\([0-9]*\)$/\1/p' "$work"/one/journal/*.log | sort -n | tail -n 1)" ]; }
succeeds "the first goes on" wait_for 60 ahead
kill -KILL "$second"
wait "$second" 2>/dev/null || :
relay_start copy
succeeds "its copy, which has less, is refused" wait_for 90 relay_state copy refused
like "$(why copy)" 'adopt.*new-id' "with what to do"
relay_kill copy
"$bin/lastwords" -c "$work/copy.conf" central new-id >"$work/new"
like "$(cat "$work/new")" 'this server is' "it becomes another one"
relay_start copy
# (the refused ones: "poison"; text is cut and made valid on the way: counted, not compared)
has_all() { relay_is_sent copy || :; [ "$(grep -vc poison "$work/copy.lines")" = "$(wc -l <"$work/copy.events")" ]; }
succeeds "and sends all that it has, but for what is refused" wait_for 60 has_all
both() { [ "$(sql "SELECT count(*) FROM lastwords.server WHERE cursor > 0")" = 2 ]; }
succeeds "the centre has two servers" wait_for 60 both
relay_kill copy

# --- in another's name
as_two() { PGPASSWORD=secret "$postgres_bin/psql" -X -A -t -w -d "$(postgres_tcp centre) user=room2 dbname=lastwords" -c "$1" 2>&1; }
like "$(as_two "INSERT INTO lastwords.event VALUES (1, 1, now(), 'died', NULL, '')" || :)" 'permission denied' "a server cannot write into tables"
like "$(as_two "SELECT lastwords.put_history(1, '', true)" || :)" 'is not of role room2' "nor as another server"
like "$(as_two "SELECT lastwords.hello(decode('$(cat "$work/one/server.id")', 'hex'), 'x', '', NULL, '', now(), 1)" || :)" \
	'belongs to role room1' "nor take its id"
like "$(as_two "UPDATE lastwords.server SET revoked = NULL" || :)" 'permission denied' "nor change servers"
postgres_sql centre "GRANT INSERT ON lastwords.event TO lastwords_server" lastwords >/dev/null
like "$(as_two "INSERT INTO lastwords.event VALUES (1, 999999, now(), 'died', NULL, '')" || :)" 'row-level security' \
	"even if it may write into a table it cannot in another's name"
like "$(as_two "SELECT lastwords.put_blob(1, '\\x00', 'x')" || :)" 'is not of role' "nor put files there"
as_one() { PGPASSWORD=$(cat "$work/password") "$postgres_bin/psql" -X -A -t -w -d "$(postgres_tcp centre) user=room1 dbname=lastwords" -c "$1" 2>&1; }
like "$(as_one "SELECT lastwords.hello(decode('$(cat "$work/one/server.id")', 'hex'), 'x', '', NULL, '', now(), 1);
	SELECT lastwords.put_blob(n, '\\x00', 'x') FROM lastwords.server WHERE id = decode('$(cat "$work/one/server.id")', 'hex')" || :)" 'another hash' \
	"nor store a part under a hash that it has not"

# --- revoked, and a schema that is newer
relay_start one
wait_for 60 relay_state one connected || :
"$bin/lastwords" -c "$work/one.conf" central revoke "$(cut -c 1-8 "$work/one/server.id")" --as "$(postgres_at centre) dbname=lastwords user=postgres" >/dev/null
relay_lines one 1
succeeds "a server that was revoked is refused" wait_for 90 relay_state one refused
like "$(PGPASSWORD=secret "$postgres_bin/psql" -X -A -t -w -d "$(postgres_tcp centre) user=room1 dbname=lastwords" \
	-c "SELECT lastwords.hello(decode(repeat('ab', 16), 'hex'), 'x', '', NULL, '', now(), 1)" 2>&1 || :)" \
	'has a server that was revoked' "so is another id of its role"
relay_kill one
sql "UPDATE lastwords.server SET revoked = NULL; UPDATE lastwords.centre SET version = version + 1" >/dev/null
relay_start one
succeeds "a database of a newer version takes what older relays send" wait_for 60 ahead
like "$("$bin/lastwords" -c "$work/one.conf" central status)" 'connected since' "central status says that it is connected"
relay_kill one
sql "UPDATE lastwords.centre SET version = 0" >/dev/null
relay_start one
succeeds "one of an older version is refused" wait_for 60 relay_state one refused
done_testing
