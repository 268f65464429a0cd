#!/bin/sh
# SPDX-License-Identifier: MIT
# Kernel lines to a real rsyslog, over UDP and TCP. Evidence: the fields as rsyslog parsed them; over
# TCP a server that is away at first and goes away later gets what came meanwhile; a server that takes
# nothing costs the log no line, and what the queue could not hold is counted.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" rsyslogd nc

got=$work/got
log_port=$("$packets" port)
cat >"$work/rsyslog.conf" <<CONF
global(workDirectory="$work" maxMessageSize="16k")
module(load="imudp")
module(load="imtcp")
input(type="imudp" address="127.0.0.1" port="$log_port" ruleset="all")
input(type="imtcp" address="127.0.0.1" port="$log_port" ruleset="all")
template(name="fields" type="string" string="%hostname%|%app-name%|%syslogfacility-text%|%syslogseverity-text%|%procid%|%msgid%|%msg%\\n")
ruleset(name="all") { action(type="omfile" file="$got" template="fields") }
CONF
rsyslog_pid=
rsyslog_start() {
	rm -f "$work/rsyslog.pid"
	rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" >"$work/rsyslog.out" 2>&1 &
	rsyslog_pid=$!
	wait_for 10 test -s "$work/rsyslog.pid" || diag "$(cat "$work/rsyslog.out")"
	wait_for 10 nc -z 127.0.0.1 "$log_port" || diag "rsyslogd does not listen"
}
rsyslog_stop() {
	[ -n "$rsyslog_pid" ] || return 0
	kill "$rsyslog_pid" 2>/dev/null || :
	wait "$rsyslog_pid" 2>/dev/null || :
	rsyslog_pid=
}
at_exit rsyslog_stop
line() { # N TEXT: an extended packet of level N of the stream of $id
	seq=$((seq + 1))
	p "$1,$seq,${seq}00000,-;$2\\n"
}
fact() { sed -n "s/^$1=//p" "$state/run/collector.meta"; }

for way in udp tcp; do
	collector_config "forward = \"$way://127.0.0.1:$log_port\""
	rm -f "$got"
	rsyslog_start
	collector_start
	id=$(mint 525400000001 lab)
	from=$("$packets" port)
	seq=0
	{
		line 6 "Command line: lastwords.session=$id"
		line 2 "critical, $way"
		line 12 "of a user"
		line 3 "an error|with a bar"
	} | send "$from"
	head="52:54:00:00:00:01\\|kernel"
	soon "$way: the syslog server receives lines" has 'an error' "$got"
	text=$(cat "$got")
	like "$text" "^$head\\|kern\\|crit\\|$id\\|netconsole\\| ?\\[    0.200000\\] critical, $way\$" "$way: a message has machine, level, session, text"
	like "$text" "^$head\\|user\\|warning\\|$id\\|" "$way: a message has the facility of its line"
	like "$text" "^$head\\|kern\\|err\\|" "$way: an error has its level"
	is "$(grep -c . "$got")" 4 "$way: each line is sent once, held lines too"
	basic=$("$packets" port)
	p 'a line of the basic format\n' | send "$basic"
	soon "$way: a basic line is sent" has 'a line of the basic format' "$got"
	like "$(cat "$got")" '^127.0.0.1\|kernel\|kern\|info\|-\|' "$way: a line of an unassigned stream has its address"
	[ "$way" = tcp ] || {
		collector_stop TERM
		rsyslog_stop
	}
done

rsyslog_stop
seq=4 # those before were counted in a pipe
line 4 'while it is away' | send "$from"
soon "the log goes on without a syslog server" has 'while it is away' "$(log_of "$id")"
seq=5
line 4 'a second one' | send "$from"
soon "a second line is forwarded after the first" has 'a second one' "$(log_of "$id")"
rsyslog_start
arrived() { has 'a second one' "$got"; }
if wait_for 40 arrived; then
	ok 0 "a syslog server that is back gets what came meanwhile"
else
	ok 1 "a syslog server that is back gets what came meanwhile"
	diag "$(cat "$work/collector.err" "$got")"
fi
is "$(count 'a second one' "$got")" 1 "a line is forwarded once"
rsyslog_stop
collector_stop TERM
is "$collector_rc" 0 "the collector ends although the syslog server is away"

# a server that takes the connection and reads nothing
nc -lk 127.0.0.1 "$log_port" </dev/null >/dev/null 2>&1 &
nc_pid=$!
at_exit "kill -CONT $nc_pid 2>/dev/null; kill $nc_pid 2>/dev/null || :"
wait_for 10 nc -z 127.0.0.1 "$log_port" || :
kill -STOP "$nc_pid"
collector_start
big=$(head -c 900 /dev/zero | tr '\0' x)
# 20,000 lines of 900 bytes: more than the sockets and the queue hold
perl -e '
	use IO::Socket::INET;
	my ($port, $id, $big) = @ARGV;
	my $to = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1:$port") or die;
	$to->send("6,1,0,-;Command line: lastwords.session=$id\n");
	for my $n (2 .. 20000) {
		$to->send("6,$n,${n}00,-;$big\n");
		select(undef, undef, undef, 0.005) if $n % 50 == 0;
	}
' "$port" "$id" "$big"
seq=10
last() { # again, should the flood have cost it
	seq=$((seq + 1))
	p "6,$seq,${seq}00000,-;the last of all\\n" | send "$from"
	has 'the last of all' "$(log_of "$id")"
}
soon "a server that reads nothing does not hold up receiving" last
dropped() { [ "$(fact forward-dropped)" -gt 0 ]; }
soon "what the queue cannot hold is counted" dropped
collector_stop TERM
done_testing
