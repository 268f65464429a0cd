#!/bin/sh
# SPDX-License-Identifier: MIT
# Machines boot and crash at a server whose centre is down, or hangs after it was connected; an upload reaches another
# server than the one that booted the machine; a file that the database refuses. Path: the CGI programs, the relay,
# PostgreSQL. Evidence: scripts and uploads are answered as ever, and once the centre is back it has each event and crash
# once; a token of another server is good once its key came through the centre; what fails is tried later, after others.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/web.sh"
. "$(dirname "$0")/relay.sh"

relay_need
needs "make check installs and builds it" "$bin/lastwords-boot" "$bin/lastwords-ingest"
relay_centre
sql() { postgres_sql centre "$1" lastwords; }
echo secret >"$work/password"
at_server() { # NAME: what follows is asked of that server
	conf=$work/$1.conf state=$work/$1
}
for name in one two; do
	at_server $name
	cgi_config "central = \"$(postgres_tcp centre) dbname=lastwords user=room$([ $name = one ] && echo 1 || echo 2)\"" \
		"central_password_file = \"$work/password\""
	mkdir -p "$state/keys" "$state/run"
	(umask 077 && head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$state/keys/own"; echo >>"$state/keys/own")
done

# crash NAME MAC: a machine boots and crashes there
crash() {
	at_server "$1"
	web_boot "$2"
	like "${archive:-none}" /session/ "$3: a machine gets its script"
	web_crash "$root/tests/relay/oops.txt"
	is "$(sed -n '1s/^Status: *\([0-9]*\).*/\1/p' "$work/answer")" 201 "and its log is stored"
	web_index
}

# --- down, and hanging
postgres_stop centre
relay_start one
succeeds "the centre is down" wait_for 30 relay_state one waiting
crash one 52-54-00-00-00-01 "while it is down"
postgres_start centre
relay_sent one "once it is there everything is sent"
postgres_pause centre
crash one 52-54-00-00-00-02 "while it hangs"
crash one 52-54-00-00-00-03 "and again"
postgres_resume centre
relay_sent one "once it answers everything is sent"
crashes() { [ "$(sql "SELECT count(*), count(server), count(DISTINCT mac) FROM lastwords.crash")" = "$1" ]; }
succeeds "each crash once, with its record" wait_for 60 crashes "3|3|3"
is "$(sql "SELECT count, machines FROM lastwords.crash_group WHERE signature <> ''")" "3|3" "and the group counts them once"

# --- keys travel
at_server one
web_boot 52-54-00-00-00-04
at_server two
web_crash "$root/tests/relay/oops.txt"
unlike "$(sed -n '1p' "$work/answer")" ' 20[01]' "another server does not know the session"
relay_start two
known() { [ -s "$work/two/keys/$(cat "$work/one/server.id").pub" ]; }
succeeds "until it has the first one's key from the centre" wait_for 60 known
uploaded() {
	web_crash "$root/tests/relay/oops.txt"
	sed -n 1p "$work/answer" | grep -q ' 20[01]'
}
succeeds "then it takes its upload" wait_for 10 uploaded
web_index
succeeds "the crash is in the centre" wait_for 60 crashes "4|4|4"
is "$(sql "SELECT v.role || ' ' || w.role FROM lastwords.session s JOIN lastwords.server v ON v.n = s.server
	JOIN lastwords.crash c ON c.session = s.id JOIN lastwords.server w ON w.n = c.server WHERE s.id = '$id'")" "room1 room2" \
	"as a session of the first, with the record of the second"
former=$(cat "$work/two/server.id")
own=$(cat "$work/two/keys/own")
relay_kill two
"$bin/lastwords" -c "$work/two.conf" central new-id >/dev/null
succeeds "new-id keeps the public key of the former" test -s "$work/two/keys/$former.pub"
fails "and makes another own key" test "$own" = "$(cat "$work/two/keys/own")"

# --- a file that the database refuses
sql "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE EXCEPTION 'not this' USING ERRCODE = '22000'; END \$\$" >/dev/null
sql "CREATE TRIGGER refuse BEFORE INSERT ON lastwords.file FOR EACH ROW EXECUTE FUNCTION refuse()" >/dev/null
crash one 52-54-00-00-00-05 "a file that is refused"
tried() { [ "$(sql "SELECT tries FROM lastwords.wanted WHERE session = '$id'")" = 1 ]; }
succeeds "it stays wanted, as tried once" wait_for 60 tried
like "$(cat "$work/one.log")" "session $id: .*not this" "the relay says why"
relay_sent one "events go on"
sql "DROP TRIGGER refuse ON lastwords.file" >/dev/null
refused=$id
crash one 52-54-00-00-00-06 "the next one"
done_one() { [ "$(sql "SELECT count(*) FROM lastwords.wanted WHERE session = '$1'")" = 0 ]; }
succeeds "is sent at once" wait_for 60 done_one "$id"
fails "before the one that failed, which waits" done_one "$refused"
sql "UPDATE lastwords.wanted SET since = since - interval '10 minutes'" >/dev/null
succeeds "and is tried again later" wait_for 60 done_one "$refused"
is "$(sql "SELECT count(*) FROM lastwords.file WHERE session = '$refused' AND name = 'dmesg.txt'")" 1 "its log is there"
done_testing
