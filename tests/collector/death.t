#!/bin/sh
# SPDX-License-Identifier: MIT
# A kernel dies on the wire: an oops, then the upload of its dmesg. Evidence: the oops line is on disk and
# "died" in the journal at once, once; the crash is titled from netconsole, then from the upload, and
# both channels are known. A warning is no death; a death of an unassigned stream is kept.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3

collector_start
id=$(mint 525400a1b2c3 lab)
log=$(log_of "$id")
from=$("$packets" port)
{
	p "6,1,0,-;Command line: lastwords.session=$id\\n"
	p '4,2,5000000,-;WARNING: CPU: 0 PID: 1 at kernel/foo.c:1 foo+0x1/0x2\n'
} | send "$from"
soon "a warning is in the log" has WARNING "$log"
is "$(journal | grep -c ' died ' || true)" 0 "a warning makes no died event"
{
	p '1,3,9000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n'
	p '4,4,9000001,-;RIP: 0010:lab_oops+0x5/0x10 [lab]\n'
} | send "$from"
died() { journal | grep -q " died $id line="; }
soon "an oops makes a died event" died
is "$(count 'BUG: kernel' "$log")" 1 "the oops line is on disk when the event is there"
p '0,5,9000002,-;Kernel panic - not syncing: Fatal exception\n' | send "$from"
soon "the panic after an oops is in the log" has 'Kernel panic' "$log"
is "$(journal | grep -c ' died ')" 1 "the panic after an oops makes no second died event"
row() { query "SELECT title, by_http, by_netconsole FROM session WHERE id = '$id'"; }
row_is() { [ "$(row)" = "$1" ]; }
soon "a crash that only netconsole has gets its title" row_is 'NULL pointer dereference in lab_oops|0|1'

cp "$log" "$(dirname "$log")/dmesg.txt"
tell uploaded "$id" 'file=dmesg.txt channel=http'
soon "a crash that two channels have is known by both" row_is 'NULL pointer dereference in lab_oops|1|1'
like "$(lastwords crashes)" 'NULL pointer dereference in lab_oops' "lastwords crashes lists the crash once"

alone=$("$packets" port)
p '1,3,9000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n' | send "$alone"
soon "a crash of an unassigned stream is not held back" has 'BUG: kernel' "$state/streams/127.0.0.1-$alone.log"
is "$(journal | grep -c ' died ')" 1 "a crash of an unassigned stream makes no event"
done_testing
