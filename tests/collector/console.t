#!/bin/sh
# SPDX-License-Identifier: MIT
# What a serial console has: files as lastwords-console writes them, put in place, and its line in the journal.
# Path: console.log and "died" of the journal, collector, record, index, show, JSON, export. Evidence: a death
# that only the console saw gets state, title and record; it is titled again when the rest of the report comes;
# the record joins it with netconsole and the dump, line by line, each with its channels; the capture kernel's
# own lines are not in it, the ring that it prints is; the damage that a power cut leaves is found and repaired.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3 perl tar

# console ID: appends standard input to its console, as it comes over a serial line, indexed by lines
console() {
	console_dir=$state/sessions/${1%%-*}/$1
	mkdir -p "$console_dir"
	perl -e 'my ($log, $index) = @ARGV; umask 027; local $/; my $bytes = <STDIN>; my $at = -s $log || 0;
		open(my $l, ">>:raw", $log); open(my $i, ">>:raw", $index); print $l $bytes;
		while ($bytes =~ /[^\n]*\n?/g) { print $i pack("Q<Q<", $at, 1e15 + $at) if $& ne ""; $at += length $& }' \
		"$console_dir/console.log" "$console_dir/console.idx"
}
crlf() { sed 's/$/\r/'; }
record() { cat "$state/sessions/${1%%-*}/$1/record.txt"; }
meta() { sed -n "s/^$2=//p" "$state/sessions/${1%%-*}/$1/record.meta"; }
row() { query "SELECT title, by_http, by_netconsole, by_console, died > 0 FROM session WHERE id = '$1'"; }
row_is() { [ "$(row "$1")" = "$2" ]; }

collector_start
id=$(mint 525400a1b2c3 lab)
boot() {
	printf 'SeaBIOS\r\n\033[2J\033[1;1HiPXE\r\n'
	crlf <<LINES
[    0.000000] Linux version 6.1.0-18-amd64 (gcc)
[    0.000000] Command line: console=ttyS0 lastwords.session=$1
[    1.000000] first

debian login: [    2.000000] second
[  OK  ] Started Login.
LINES
}
oops() {
	crlf <<'LINES'
[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000
LINES
}
rest() {
	crlf <<'LINES'
[    9.000001] CPU: 0 PID: 7 Comm: cat Not tainted 6.1.0-18-amd64 #1
[    9.000002] RIP: 0010:lab_oops+0x5/0x10 [lab]
[    9.000003] Call Trace:
[    9.000004]  lab_write+0x20/0x30 [lab]
LINES
}
boot "$id" | console "$id"
oops | console "$id"
tell died "$id" 'channel=console line=BUG:%20kernel%20NULL%20pointer%20dereference'
soon "a death that only the console saw is a crash" row_is "$id" 'NULL pointer dereference|0|0|1|1'
rest | console "$id"
soon "the rest of the report comes later: the title is made again" \
	row_is "$id" 'NULL pointer dereference in lab_oops|0|0|1|1'
is "$(record "$id")" "[    0.000000] Linux version 6.1.0-18-amd64 (gcc)
[    0.000000] Command line: console=ttyS0 lastwords.session=$id
[    1.000000] first
[    2.000000] second
$(oops | tr -d '\r')
$(rest | tr -d '\r')" "the record has the kernel's lines, and none of firmware or programs"
like "$(lastwords crashes)" '[[:space:]]console[[:space:]]NULL pointer dereference in lab_oops' "lastwords crashes names the channel"
like "$(lastwords crashes --json)" '"channels":"console".*"console":"[^"]*console\.log"' "its JSON has channel and file"
like "$(lastwords show "$id")" 'state +died' "the session has died"

# The capture kernel boots; neither HTTP nor UDP works, so it prints the ring.
crlf <<LINES | console "$id"
[    0.300000] capture: quiet
lastwords: capture kernel up, 1.2 s (session $id)
[    9.500000] capture: loud
lastwords: dmesg of $id begins
[    0.000000] Linux version 6.1.0-18-amd64 (gcc)
[    0.000000] Command line: console=ttyS0 lastwords.session=$id
[    1.500000] debug
$(oops | tr -d '\r')
$(rest | tr -d '\r')
[    9.100000] Kernel panic - not syncing: Fatal exception
lastwords: dmesg of $id ends
LINES
printed() { record "$id" | grep -q 'Fatal exception'; }
soon "the ring that the capture kernel prints there is in the record" printed
is "$(record "$id" | grep -c capture)" 0 "the capture kernel's own lines are not"
like "$(record "$id" | tr '\n' '|')" 'first\|\[ +1.500000\] debug\|\[ +2.000000\] second' \
	"what only one of the two has is at its time"

# With netconsole and a dump; the console has dropped characters, and was away for a while.
all=$(mint 525400a1b2c4 lab)
from=$("$packets" port)
{
	p "6,1,0,-;Command line: console=ttyS0 lastwords.session=$all\\n"
	p '6,2,1000000,-;first\n'
	p '6,3,2000000,-;second line of the kernel\n'
} | send "$from"
{
	boot "$all" | grep -v 'second'
	printf '[    2.000000] secnd line of te kernel\r\n[lastwords: console lost 3 s: BMC closed the session]\n'
	oops
	rest
	printf '[    9.500000] only here\r\n'
} | console "$all"
directory=$state/sessions/${all%%-*}/$all
{
	printf '[    0.000000] Linux version 6.1.0-18-amd64 (gcc)\n'
	printf '[    0.000000] Command line: console=ttyS0 lastwords.session=%s\n' "$all"
	printf '[    1.000000] first\n[    2.000000] second line of the kernel\n[    3.000000] not on the console\n'
	{ oops; rest; } | tr -d '\r'
} >"$directory/dmesg.txt"
soon "netconsole's log is there" has 'second line' "$(log_of "$all")"
tell died "$all" 'channel=console line=BUG:'
tell uploaded "$all" 'file=dmesg.txt channel=http'
soon "a crash that the console has too" row_is "$all" 'NULL pointer dereference in lab_oops|1|0|1|1'
is "$(record "$all" | sed -n '4,5p; $p')" "[    2.000000] second line of the kernel
[    3.000000] not on the console
[    9.500000] only here" "the record joins the channels; dropped characters are the other's"
is "$(cat "$directory/record.channels")" "1 1 http,console
2 4 http,netconsole,console
5 5 http
6 10 http,console
11 11 console" "each line has its witnesses"
is "$(meta "$all" holes) $(meta "$all" differing)" '0 0' "the console's gap is no hole: the dump covers it"
show=$(lastwords show "$all")
like "$show" 'console +11 lines, [0-9]+ bytes: console.log' "show has the console's row"
like "$show" 'record +11 lines .*; 1 by console' "show has its lines in the record"
like "$(lastwords crashes)" '[[:space:]]http\+console[[:space:]]' "lastwords crashes joins the channels"
lastwords export "$all" | tar -tf - >"$work/tar"
is "$(grep -c '/console\.\(log\|idx\)$' "$work/tar")" 2 "export has log and index"

# Without time stamps.
bare=$(mint 525400a1b2c5 lab)
crlf <<'LINES' | console "$bare"
firmware
Linux version 6.1.0-18-amd64 (gcc)
Command line: printk.time=0
debian login:
Kernel panic - not syncing: no init
LINES
tell died "$bare" 'channel=console line=Kernel%20panic'
soon "a kernel without time stamps has its crash too" row_is "$bare" 'panic: no init|0|0|1|1'

# A console alone is no crash.
well=$(mint 525400a1b2c6 lab)
boot "$well" | console "$well"
tell running "$well" address=10.0.2.15
soon "a session that runs" indexed "$well" running
unlike "$(lastwords crashes)" "525400a1b2c6" "a console without a death is no crash"
like "$(lastwords show "$well")" 'console +4 lines' "its console is shown"
collector_stop TERM
is "$collector_rc" 0 "the collector ends with exit status 0"

before=$(whole_index)
lastwords reindex >"$work/out" 2>&1
is "$(whole_index)" "$before" "reindex gives the same index"

# What a power cut leaves.
is "$(lastwords fsck 2>&1 | grep console || true)" '' "fsck finds nothing wrong with consoles"
directory=$state/sessions/${well%%-*}/$well
size=$(stat -c %s "$directory/console.log") entries=$(stat -c %s "$directory/console.idx")
head -c 4096 /dev/zero >>"$directory/console.log"
perl -e 'print pack("Q<Q<", 1e9, 2e15), "torn"' >>"$directory/console.idx"
(umask 027 && mkdir -p "$state/consoles/rack1")
(umask 027 && printf 'SeaBIOS\0\0' >"$state/consoles/rack1/console.log")
found=$(lastwords fsck 2>&1 || true)
like "$found" 'consoles/rack1/console.log: zeros at its end' "also outside of sessions"
like "$found" 'console.log: zeros at its end' "zeros at a log's end are found"
like "$found" 'console.idx: does not match its console.log' "an index that does not match is found"
lastwords fsck --repair >"$work/out" 2>&1 || true
is "$(stat -c %s "$directory/console.log") $(stat -c %s "$directory/console.idx")" "$size $entries" \
	"what is right stays when it is repaired"
is "$(lastwords fsck 2>&1 | grep console || true)" '' "then nothing is wrong"
done_testing
