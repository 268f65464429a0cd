#!/bin/sh
# SPDX-License-Identifier: MIT
# What does not happen in time becomes an event of the collector's, once: a script that was served and
# nothing heard, a death without a dump, a boot that simply ends. Evidence: the journal's lines, the states
# in `lastwords sessions`, the counts of `lastwords fleet`; none for the machines that are well, and
# none a second time after a restart; what is heard later takes a stall back.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

# at SECONDS-AGO
at() { date -u -d "@$(($(date +%s) - $1))" +%Y-%m-%dT%H:%M:%S.000Z; }
# id NUMBER SECONDS-AGO
id() { echo "525400bb000$1-$(date -u -d "@$(($(date +%s) - $2))" +%Y%m%dT%H%M%S000)-lab-0000000$1"; }
stalled=$(id 1 900) fresh=$(id 2 60) died=$(id 3 7200) captured=$(id 4 7200)
over=$(id 5 7200) after=$(id 5 3600) unarmed=$(id 6 900) recovered=$(id 7 900)
mkdir -p "$state/journal"
cat >"$state/journal/$(date -u +%Y-%m).log" <<END
$(at 900) requested $stalled product=A
$(at 60) requested $fresh product=A
$(at 7200) requested $died product=A
$(at 7190) armed $died capture=stock
$(at 7189) running $died netconsole=on
$(at 3600) died $died line=panic
$(at 7200) requested $captured product=A
$(at 7190) armed $captured capture=stock
$(at 3600) died $captured line=panic
$(at 3500) uploaded $captured file=dmesg.txt
$(at 7200) requested $over product=A
$(at 7190) armed $over capture=stock
$(at 3600) requested $after product=A
$(at 3590) armed $after capture=stock
$(at 3589) running $after netconsole=on
$(at 900) requested $unarmed product=A
$(at 890) not-armed $unarmed why=no%20crashkernel%20reservation
$(at 900) requested $recovered product=A
END
collector_start
has_event() { journal | grep -q " $1 $2 "; }
soon "a boot without news after its script becomes stalled" has_event stalled "$stalled"
soon "a crash without an upload becomes no-capture" has_event no-capture "$died"
soon "a boot that is followed by another becomes ended" has_event ended "$over"
state_is() { lastwords sessions "$1" | cut -f 3 | grep -qxF "$2"; }
soon "a stalled session has its state" state_is "$stalled" stalled
soon "a crash without upload has its state" state_is "$died" 'died, no capture'
soon "a session that ended unseen has its state" state_is "$over" 'ended, cause unknown'
soon "a crash with an upload is captured" state_is "$captured" captured
soon "a session that has time left is unchanged" state_is "$fresh" requested
soon "a session without news has stalled" state_is "$recovered" stalled
printf '%s armed %s capture=stock\n' "$(at 1)" "$recovered" >>"$state/journal/$(date -u +%Y-%m).log"
soon "a stalled session that is heard is armed" state_is "$recovered" armed
is "$(journal | grep -cE ' (stalled|no-capture|ended) ')" 4 "no session has another event of lateness"
lastwords fleet | tr '\t' '|' >"$work/fleet"
like "$(cat "$work/fleet")" '^2 of 7 machines armed \(28.6 %\)' "fleet counts the armed machines"
like "$(cat "$work/fleet")" '^1\|not armed: no crashkernel reservation\|52:54:00:bb:00:06$' "fleet has the reason why one is not armed"
like "$(cat "$work/fleet")" '^1\|stalled: [^|]*\|52:54:00:bb:00:01$' "fleet counts the stalled machine"
like "$(lastwords fleet --json)" '^\{"machines":7,"armed":2,"not_armed":\[\{"why":"[^"]*","machines":1,"newest":\["52:' "fleet prints the same as JSON"
collector_stop TERM
collector_start
soon "a session becomes late after a restart, too" state_is "$stalled" stalled
sleep 7 # the next look comes within five seconds; what must not happen is waited for
is "$(journal | grep -cE ' (stalled|no-capture|ended) ')" 4 "no lateness is reported twice"
rm -f "$state"/index.db*
lastwords reindex >"$work/out"
is "$(lastwords sessions "$died" | grep -cF 'died, no capture')" 1 "an index made again has the state from the journal"
collector_stop TERM
done_testing
