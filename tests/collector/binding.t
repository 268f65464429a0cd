#!/bin/sh
# SPDX-License-Identifier: MIT
# Whose lines are whose: two machines behind one address (NAT, QEMU's user network), a port that a
# machine's next boot or another machine uses again, a session that the address suggests until its id is seen, IPv6.
# Evidence: each session's log has its own lines from the first on and no other's; "bound" events.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

collector_start
a=$(mint 525400000001 lab)
b=$(mint 525400000002 lab)
port_a=$("$packets" port)
port_b=$("$packets" port)
stream() { # ID TEXT
	p '6,0,0,-;Linux version 6.1.0-test\n'
	p "6,1,0,-;Command line: lastwords.session=$1\\n"
	i=2
	while [ $i -lt 30 ]; do
		p "6,$i,${i}00000,-;line of $2\\n"
		i=$((i + 1))
	done
}
stream "$a" A | send "$port_a" &
stream "$b" B | send "$port_b"
wait $!
soon "the first machine behind an address has its log" has '2.900000] line of A' "$(log_of "$a")"
soon "the second machine behind an address has its log" has '2.900000] line of B' "$(log_of "$b")"
is "$(count 'of B' "$(log_of "$a")")-$(count 'of A' "$(log_of "$b")")" 0-0 "neither log has lines of the other machine"
is "$(sed 1q "$(log_of "$a")")" '[    0.000000] Linux version 6.1.0-test' "a log begins with the kernel's first line"

# a user of the first machine runs a program that is named as the second one's session, and lets it die
{
	p "6,30,20000000,-;x[77]: segfault at 0 ip 0 sp 0 error 4 in lastwords.session=$b [55d0+1]\\n"
	p '6,31,21000000,-;the panic of A\n'
} | send "$port_a"
soon "a name in the kernel's text moves no stream to another machine's log" has 'the panic of A' "$(log_of "$a")"
is "$(count 'the panic of A' "$(log_of "$b")")" 0 "which has nothing of it"

c=$(mint 525400000001 lab)
{ p "@sleep 0.6"; stream "$c" C; } | send "$port_a"
soon "the next boot on the same port has its own log" has '2.900000] line of C' "$(log_of "$c")"
is "$(count 'of C' "$(log_of "$a")")" 0 "the last boot's log has no line of the next"
is "$(sed 1q "$(log_of "$c")")" '[    0.000000] Linux version 6.1.0-test' "the next boot's log begins with its first line"
soon "the journal has three bindings" journal_has ' bound ' 3

# a lease that another machine got: its netconsole has the first one's address and port, and its lines
# begin before its id is seen
d=$(mint 525400000002 lab)
{ p "@sleep 0.6"; stream "$d" D; } | send "$port_a"
soon "another machine with the same address and port has its log" has '2.900000] line of D' "$(log_of "$d")"
is "$(count 'of D' "$(log_of "$c")")" 0 "the first machine's log has no line of another"
is "$(sed 1q "$(log_of "$d")")" '[    0.000000] Linux version 6.1.0-test' "another machine's log begins with its first line"
soon "the journal has the address's new session" journal_has " bound $d stream=127.0.0.1-$port_a"
# the same, but netconsole does not send its log again: the id in one line has to do
e=$(mint 525400000005 lab)
{
	p '6,3,900000,-;of E, before its id\n'
	p "6,4,950000,-;lastwords: armed lastwords.session=$e\n"
	p '6,5,960000,-;of E, behind it\n'
} | send "$port_a"
soon "a machine that is heard in the middle of its boot has its log" has 'of E, behind it' "$(log_of "$e")"
is "$(count 'of E' "$(log_of "$d")")-$(count 'of E' "$(log_of "$e")")" 0-2 "lines before the id are in the id's log, too"

# a guess: requested from this address, netconsole without a replay; then the id of another session
guess=$(mint 525400000003 lab)
right=$(mint 525400000004 lab)
tell requested "$guess" 'address=127.0.0.1 product=X'
known() { [ "$(query "SELECT address FROM session WHERE id = '$guess'")" = 127.0.0.1 ]; }
wait_for 10 known || true
port_g=$("$packets" port)
p '6,500,7000000,-;without an id\n' | send "$port_g"
soon "without an id the address decides" has 'without an id' "$(log_of "$guess")"
p "6,501,7100000,-;lastwords: armed lastwords.session=$right\\n" | send "$port_g"
soon "an id that is seen later moves the stream to its log" has 'lastwords: armed' "$(log_of "$right")"
moved() { [ "$(count 'without an id' "$(log_of "$right")")-$(count 'without an id' "$(log_of "$guess")")" = 1-0 ]; }
soon "the lines before the id are moved too" moved

if grep -q ' lo$' /proc/net/if_inet6 2>/dev/null; then
	collector_stop TERM
	collector_start -l "[::]:$port"
	six=$(mint 525400000006 lab)
	stream "$six" six | send 0 ::1
	soon "a stream over IPv6 has its log" has 'line of six' "$(log_of "$six")"
	four=$(mint 525400000007 lab)
	stream "$four" four | send 0 127.0.0.1
	soon "a stream over IPv4 on the same socket has its log" has 'line of four' "$(log_of "$four")"
	soon "an IPv4 sender is named by its IPv4 address" journal_has " bound $four stream=127.0.0.1-" 1
else
	skip "no IPv6 on loopback" "a stream over IPv6 has its log"
fi
done_testing
