#!/bin/sh
# SPDX-License-Identifier: MIT
# The hook program, once per new crash, with the record as JSON: an upload, a death that netconsole
# alone has, a signature that is muted, a hook that fails, one that hangs with a child of its own, a collector killed while the
# hook runs. Evidence: what the hook itself wrote down, hook.meta, the events, and that packets are
# taken while it runs.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3

seen=$work/seen
mkdir "$seen"
cat >"$work/hook" <<HOOK
#!/bin/sh
echo "\$1" >>"$seen/runs"
cat >"$seen/\$1.json"
[ ! -e "$seen/fail" ] || { rm "$seen/fail"; exit 3; }
[ ! -e "$seen/hang" ] || { rm "$seen/hang"; sleep 300 & echo \$! >"$seen/child"; wait; }
[ ! -e "$seen/slow" ] || { rm "$seen/slow"; sleep 3; }
echo "\$1" >>"$seen/ends"
HOOK
chmod +x "$work/hook"
cat >>"$work/lastwords.conf" <<CONF
hook = "$work/hook"
hook_timeout = 4
hook_wait = 1
CONF
runs() { grep -cFe "$1" "$seen/runs" 2>/dev/null || true; }
ended() { grep -qFe "$1" "$seen/ends"; }
event() { journal | grep -Fe "$1" | grep -q "$2"; }
meta() { cat "$(dirname "$(log_of "$1")")/hook.meta"; }
result() { meta "$1" | grep -qxFe "result=$2"; }
crash() { # MAC: a session whose dmesg came; sets $id
	id=$(mint "$1" lab)
	mkdir -p "$(dirname "$(log_of "$id")")"
	printf '%s\n' '[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000' \
		'[    9.000001] CPU: 1 PID: 77 Comm: "odd\name Not tainted 6.1.0-test' \
		'[    9.000002] RIP: 0010:lab_oops+0x5/0x10 [lab]' >"$(dirname "$(log_of "$id")")/dmesg.txt"
	tell uploaded "$id" 'file=dmesg.txt channel=http'
}

mkdir -p "$state/journal"
: >"$state/journal/$(date -u +%Y-%m).log"
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$state/key"
crash 525400000001
old=$id
collector_start
crash 525400000002
soon "the hook runs for an upload" ended "$id"
soon "a successful run is recorded" result "$id" "done"
json=$(cat "$seen/$id.json")
succeeds "the hook gets its record as JSON" perl -MJSON::PP -e 'decode_json($ARGV[0])' "$json"
like "$json" "\"session\":\"$id\",\"mac\":\"52:54:00:00:00:02\"" "the record has the session and the machine"
like "$json" '"title":"NULL pointer dereference in lab_oops"' "the record has the title of the crash"
like "$json" '"rip":"lab_oops.0x5/0x10 .lab."' "the record has the instruction pointer"
like "$json" "\"dmesg\":\"$(dirname "$(log_of "$id")")/dmesg.txt\"" "the record has the path of the dmesg"
is "$(runs "$old")" 0 "the hook does not run for crashes before it was configured"

# a signature that is muted; the same crash of a kernel that was said to have the fix
triage() { # WHAT VALUE
	tell triage - "signature=$signature what=$1 value=$2 by=ann"
	soon "the index has that it is $1" said "$1" "$2"
}
said() { [ "$(query "SELECT value FROM triage WHERE what = '$1' ORDER BY n DESC LIMIT 1")" = "$2" ]; }
signature=$(printf '%s' "$json" | sed 's/.*"signature":"\([0-9a-f]*\)".*/\1/')
triage mute 2999-01-01T00:00:00.000Z
crash 525400000010
soon "a muted crash is recorded as done" result "$id" "done"
like "$(meta "$id")" 'how=muted' "… and muted"
is "$(runs "$id")" 0 "the hook does not run for it"
triage fixed 6.1.0-aaaa
crash 525400000011
soon "the hook runs for a muted crash of a kernel that has the fix" ended "$id"
triage fixed ''
triage mute ''

# The dump's ring has the panic alone; what it followed from had come by netconsole.
both=$(mint 52540000000a lab)
mkdir -p "$(dirname "$(log_of "$both")")"
printf '%s\n' '[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000' \
	'[    9.000001] CPU: 1 PID: 77 Comm: odd Not tainted 6.1.0-test' \
	'[    9.000002] RIP: 0010:lab_oops+0x5/0x10 [lab]' '[    9.000003] Call Trace:' \
	'[    9.000004]  lab_caller+0x5/0x10 [lab]' '[    9.000005] ---[ end trace 0000000000000000 ]---' \
	'[    9.500000] Kernel panic - not syncing: Fatal exception' >"$(log_of "$both")"
printf '%s\n' '[    9.500000] Kernel panic - not syncing: Fatal exception' >"$(dirname "$(log_of "$both")")/dmesg.txt"
printf '%s\n' "session=$both" channel=http build-id=00112233445566778899aabbccddeeff00112233 \
	>"$(dirname "$(log_of "$both")")/dmesg.meta"
tell uploaded "$both" 'file=dmesg.txt channel=http'
soon "the hook runs for a crash that two channels have in part" ended "$both"
like "$(cat "$seen/$both.json")" '"title":"NULL pointer dereference in lab_oops"' "the title is that of the merged record"
like "$(cat "$seen/$both.json")" '"build_id":"00112233445566778899aabbccddeeff00112233"' "the record has the build id of the dump"
known() { lastwords show "$both" 2>/dev/null | grep -q '^build id'; }
wait_for 10 known || true
like "$(lastwords show "$both")" '^build id +00112233445566778899aabbccddeeff00112233$' "lastwords show has the same build id"
like "$(lastwords show "$both")" '^rip +lab_oops[+]0x5/0x10 \[lab\]$' "the record has the instruction pointer"
like "$(lastwords show --json "$both")" '"rip":"lab_oops' "lastwords show --json has the instruction pointer"

# A log that an autopsy follows: the hook runs when that is there, or after 25 s without it (not waited for here).
id=$(mint 52540000000b lab)
dir=$(dirname "$(log_of "$id")")
mkdir -p "$dir"
printf '%s\n' '[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000' \
	'[    9.000002] RIP: 0010:lab_oops+0x5/0x10 [lab]' >"$dir/dmesg.txt"
tell uploaded "$id" 'file=dmesg.txt channel=http more=autopsy'
known() { lastwords show "$id" 2>/dev/null | grep -q '^title .*lab_oops'; }
soon "the log is in the index" known
sleep 2 # longer than hook_wait: what must not happen is waited for
is "$(runs "$id")" 0 "the hook waits for an autopsy that follows the log"
printf '%s\n' 'lastwords autopsy of 6.1.0 x86_64' '' summary '  a sentence' >"$dir/autopsy.txt"
tell uploaded "$id" 'file=autopsy.txt channel=autopsy'
soon "it runs when the autopsy is there" ended "$id"
like "$(cat "$seen/$id.json")" "\"autopsy\":\"$dir/autopsy.txt\"" "its JSON has the autopsy's path"
like "$(cat "$seen/$id.json")" '"title":"NULL pointer dereference in lab_oops"' "and the log's title"
is "$(runs "$id")" 1 "it runs once"
unlike "$(cat "$seen/$both.json")" '"autopsy":"/' "JSON of a session without an autopsy names none"

deadly=$(mint 525400000003 lab)
{
	p "6,1,0,-;Command line: lastwords.session=$deadly\\n"
	p '1,2,9000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n'
} | send 0
soon "the hook runs for a crash without an upload after hook_wait" ended "$deadly"
like "$(cat "$seen/$deadly.json")" '"netconsole":"/.*netconsole.log"' "the record has the log of the stream"

: >"$seen/fail"
crash 525400000004
soon "a failed hook is an event" event "$id" 'hook%20failed%20%28exit%20code%203%29'
soon "a failed run is tried again" ended "$id"
is "$(runs "$id")" 2 "a successful run is not repeated"

: >"$seen/hang"
crash 525400000005
hanging=$id
wait_for 10 test -s "$seen/child"
child=$(cat "$seen/child")
live=$(mint 525400000006 lab)
p "6,1,0,-;Command line: lastwords.session=$live\\n" | send 0
soon "packets are received while the hook runs" has "lastwords.session=$live" "$(log_of "$live")"
# (a second run comes after the event)
again=$(runs "$hanging")
if event "$hanging" 'time%20limit'; then
	skip "the packet took longer than hook_timeout" "the hook still runs when the packet is in its log"
else
	is "$again" 1 "the hook still runs when the packet is in its log"
fi
soon "a hook is killed at the time limit" event "$hanging" 'time%20limit'
gone() { ! kill -0 "$child" 2>/dev/null || grep -q '^State:.Z' "/proc/$child/status"; }
soon "the children of a killed hook are killed too" gone
soon "a hook that was killed is tried again" ended "$hanging"

: >"$seen/slow"
crash 525400000007
wait_for 10 test -s "$seen/$id.json" || true
collector_stop KILL
next=$id
crash 525400000008
collector_start
soon "the hook runs for a crash that came while no collector ran" ended "$id"
soon "a hook that ran at kill -9 came to its end" ended "$next"
wait_for 5 result "$next" "done" || true
is "$(runs "$next")" 1 "a crash is not reported twice after a restart"
collector_stop TERM
collector_start
crash 525400000009
soon "the hook runs for the next crash after a restart" ended "$id"
is "$(sort "$seen/ends" | uniq -d)" "" "no successful run is repeated"
done_testing
