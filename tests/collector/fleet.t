#!/bin/sh
# SPDX-License-Identifier: MIT
# Two collectors of a fleet, and netconsole that reaches the other one (url2, an address that moved): a session of the
# server whose public key is here is known, by the command line or by the record's userdata; any other is not.
# Evidence: the log of the session, on the server that received the packets; "bound" events.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

# What verifies ids of a public key (session/keys.h): a.check of server A, c.check of a server that nobody knows.
id_a=00112233445566778899aabbccddeeff
key_a=$(printf 'a%.0s' $(seq 64))
check() {
	perl -MDigest::SHA=sha256_hex -e 'print sha256_hex("lastwords id" . pack("H*", $ARGV[0])), "\n"' "$1"
}
check "$key_a" >"$work/a.check"
check "$(printf 'c%.0s' $(seq 64))" >"$work/c.check"
of() { # SERVER MAC: an id
	"$packets" mint "$work/$1.check" "$2" lab
}

collector_start # this is server B
a=$(of a 525400000001)
b=$(mint 525400000002 lab)
stream() { # ID TEXT [USERDATA]
	p '6,0,0,-;Linux version 6.1.0-test\n'
	p "6,1,0,-;Command line: ${3:-lastwords.session=$1}\\n"
	i=2
	while [ $i -lt 30 ]; do
		p "6,$i,${i}00000,-;line of $2\\n${3:+ lastwords.session=$1\\n}"
		i=$((i + 1))
	done
}
port_a=$("$packets" port)
stream "$a" A | send "$port_a"
stream "$b" B | send "$("$packets" port)"
soon "a session of this server has its log" has '2.900000] line of B' "$(log_of "$b")"
stays() { ls "$state"/streams/127.0.0.1-"$port_a".log; }
succeeds "without the other server's public key its machine's lines are of no session" wait_for 40 stays
[ ! -e "$(log_of "$a")" ] && rc=0 || rc=1
ok $rc "and its session has no log"

mkdir "$state/keys"
echo "$key_a" >"$state/keys/$id_a.pub"
sleep_a() { # the ring is read again within a second
	stream "$a" A | send "$("$packets" port)"
	[ -e "$(log_of "$a")" ]
}
succeeds "with the public key it has, without a restart" wait_for 40 sleep_a
soon "all of its lines" has '2.900000] line of A' "$(log_of "$a")"
soon "as the journal says" journal_has " bound $a stream=127.0.0.1-"
a2=$(of a 525400000003)
stream "$a2" A2 "quiet" | send "$("$packets" port)"
soon "a session that only the record's userdata names has its log" has '2.900000] line of A2' "$(log_of "$a2")"
c=$(of c 525400000004)
port_c=$("$packets" port)
stream "$c" C | send "$port_c"
unknown() { ls "$state"/streams/127.0.0.1-"$port_c".log; }
succeeds "a session of a server that is unknown here has none" wait_for 40 unknown
collector_stop TERM

collector_start
stream "$a" again | send "$port_a"
soon "after a restart its sessions are known" has '2.900000] line of again' "$(log_of "$a")"
collector_stop TERM
done_testing
