#!/bin/sh
# SPDX-License-Identifier: MIT
# More machines boot at once than the workers can answer in time, because the journal's disk is slow (a
# pipe that is read slowly): iPXE is sent away with 503 and Retry-After, comes again by itself, and each
# machine has its script and one session in the end. Who would not come again waits, and is served.
# shellcheck disable=SC2317 # called by wait_for
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

cgi_config 'shed_after = 1'
lighttpd_start fastcgi "$conf"
curl -s "$url/boot?mac=52-54-00-00-01-01&product=KVM" >"$work/first"
like "$(cat "$work/first")" '^kernel .*rdinit' "one machine"

# storm AGENT BYTE COUNT: so many machines at once, each as often as it is told to; their scripts in
# $work/s*. What they say of themselves is long: some kilobyte in the journal.
long=$(printf '%0128d' 0 | tr 0 '!')
storm() {
	rm -f "$work"/s[0-9]*
	n=0
	while [ $n -lt "$3" ]; do
		printf 'url = "%s/boot?mac=52-54-00-00-%02x-%02x&product=KVM&serial=%s&asset=%s&uuid=%s&manufacturer=%s"\noutput = "%s/s%d"\n' \
			"$url" "$2" $n "$long" "$long" "$long" "$long" "$work" $n
		n=$((n + 1))
	done >"$work/curlrc"
	curl -s --parallel --parallel-max 60 -A "$1" --retry 20 --max-time 60 -K "$work/curlrc" 2>/dev/null || :
}

slow=$(ls "$state"/journal/*.log)
cp "$slow" "$work/lines"
rm "$slow"
mkfifo "$slow"
# Some ten lines in a second.
while :; do
	dd bs=2048 count=1 status=none
	sleep 0.2
done <>"$slow" >>"$work/lines" &
reader=$!
at_exit "kill $reader 2>/dev/null"
awk 'BEGIN { while (n++ < 66000) print "" }' | dd of="$slow" bs=4096 oflag=nonblock status=none 2>/dev/null || :

storm "iPXE/1.0.0+git" 2 60
is "$(cat "$work"/s[0-9]* | grep -c '^kernel .*rdinit')" 60 "60 machines have their script"
sent=$(grep -c ' 503 ' "$run/access.log" || :)
ok "$([ "$sent" -gt 0 ] && echo 0 || echo 1)" "some of them were sent away before"
diag "$sent were"
drained() {
	[ "$(grep -c ' requested 52540000' "$work/lines")" -ge "$1" ]
}
wait_for 30 drained 61 || :
is "$(grep ' requested 5254000002' "$work/lines" | cut -d ' ' -f 3 | sort -u | wc -l)" 60 \
	"60 sessions on record: of who was sent away none but the one it got"
like "$(grep -v requested "$work/lines")" ' event - what=overload text=overloaded' "and an event"

storm "curl/7" 3 30
is "$(cat "$work"/s[0-9]* | grep -c '^kernel .*rdinit')" 30 "30 machines that would not come again have theirs"
is "$(grep -c ' 503 ' "$run/access.log" || :)" "$sent" "none of them was sent away"
kill $reader
rm "$slow"
lighttpd_stop

done_testing
