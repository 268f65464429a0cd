#!/bin/sh
# SPDX-License-Identifier: MIT
# The centre is there, but hard to reach or to write to: a link of 1 KB a second, a full disk; and a server whose clock is
# an hour ahead. Path: a proxy that is slow, a file system of the database's own in a private mount namespace,
# libfaketime. Evidence: all lines arrive, each once; relay.meta and `lastwords central status` say what is wrong.
set -eu
if [ -z "${STRAIN_MOUNTS:-}" ] && [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	STRAIN_MOUNTS=1 exec unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/postgres.sh"
. "$(dirname "$0")/relay.sh"

relay_need
needs "make check installs it" perl
mounted=
if [ -n "${STRAIN_MOUNTS:-}" ] && mkdir -p "$postgres/centre" && mount -t tmpfs -o size=160m tmpfs "$postgres/centre"; then
	mounted=1
	at_exit "umount -l '$postgres/centre'"
	chown nobody "$postgres/centre"
	chmod 700 "$postgres/centre"
fi
relay_centre
sql() { postgres_sql centre "$1" lastwords; }

# --- 1 KB a second
port=$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)
perl -MIO::Socket::INET -MIO::Select -e '
	my $listen = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$ARGV[0]", Listen => 4, ReuseAddr => 1) or die;
	while (my $in = $listen->accept) {
		my $out = IO::Socket::INET->new("127.0.0.1:$ARGV[1]") or next;
		my %to = ($in => $out, $out => $in);
		my $both = IO::Select->new($in, $out);
		PIPE: while (1) {
			for my $from ($both->can_read) {
				sysread($from, my $bytes, 256) or last PIPE;
				syswrite($to{$from}, $bytes);
				select(undef, undef, undef, length($bytes) / 1024);
			}
		}
	}' "$port" "$(postgres_port centre)" &
proxy=$!
at_exit "kill -KILL $proxy 2>/dev/null || :"
relay_server one "host=127.0.0.1 port=$port dbname=lastwords user=room1"
relay_lines one 20
relay_start one
succeeds "a slow link is a connection" wait_for 60 relay_state one connected
relay_lines one 20
is_there() { wait_for 120 relay_is_sent one; }
succeeds "of 1 KB a second: all lines arrive, each once" is_there
relay_kill one
kill -KILL "$proxy"

# --- a full disk
if [ -n "$mounted" ]; then
	# (the write-ahead log is elsewhere: without it PostgreSQL ends, as in outage.t)
	postgres_stop centre
	mv "$postgres/centre/pg_wal" "$postgres/wal"
	ln -s "$postgres/wal" "$postgres/centre/pg_wal"
	postgres_start centre
	relay_server one "$(postgres_tcp centre) dbname=lastwords user=room1"
	relay_start one
	succeeds "the disk of the centre is not full yet" wait_for 60 relay_state one connected
	dd if=/dev/zero of="$postgres/centre/full" bs=64k status=none 2>/dev/null || :
	relay_lines one 4000
	# (a database that cannot write a file at its start refuses connections too)
	full() { grep -Eq '^why=.*(No%20space%20left|could%20not%20write)' "$work/one/run/relay.meta"; }
	if wait_for 60 full; then rc=0; else rc=1; fi
	ok $rc "a full disk of the centre: relay.meta says so"
	[ $rc = 0 ] || diag "$(cat "$work/one/run/relay.meta" "$work/one.log"; tail -n 5 "$postgres/centre.log")"
	succeeds "the relay waits" relay_state one waiting
	rm "$postgres/centre/full"
	relay_sent one "once there is room all lines arrive, each once"
	relay_kill one
else
	skip "not root, or no mount namespace" "a full disk of the centre"
fi

# --- a clock that is an hour ahead
faketime=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
case $bin in */san/*) faketime= ;; esac # (it and ASan do not go together)
if [ -n "$faketime" ]; then
	relay_server two "$(postgres_tcp centre) dbname=lastwords user=room2"
	relay_lines two 5
	FAKETIME=+1h FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 LD_PRELOAD=$faketime \
		"$bin/lastwords-relay" -c "$work/two.conf" 2>"$work/two.log" &
	echo $! >"$work/two.pid"
	at_exit "relay_kill two"
	relay_sent two "a server whose clock is an hour ahead: its lines are there"
	like "$("$bin/lastwords" -c "$work/two.conf" central status)" 'clock (359[0-9]|36[0-9][0-9]) s off' "central status shows by how much"
	is "$(sql "SELECT count(*) FROM lastwords.session WHERE booted < now() + interval '5 min' AND server =
		(SELECT n FROM lastwords.server WHERE role = 'room2')")" 5 "its events keep their times"
else
	skip "libfaketime is not installed, or ASan is in" "a clock that is an hour ahead"
fi
done_testing
