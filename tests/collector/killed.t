#!/bin/sh
# SPDX-License-Identifier: MIT
# kill -9 of the collector and of an upload at work, at moments that differ from round to round, then fsck.
# Evidence: every acknowledged upload is there with its bytes; the kills left something for fsck to find in
# at least one round; fsck --repair repairs it, a second run finds nothing, and an index made again is equal.
# shellcheck disable=SC2154,SC2094,SC2013
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" sqlite3

umask 027
rounds=${ROUNDS:-10}
upload() { # ID FILE: the answer
	env REQUEST_METHOD=PUT REQUEST_URI="/crash/$1" CONTENT_LENGTH="$(stat -c %s "$2")" \
		HTTP_AUTHORIZATION="Bearer $("$packets" token "$state/key" "$1")" "$bin/lastwords-ingest" -c "$work/lastwords.conf" <"$2"
}
# Uploads of one session after the other, until it is killed; acknowledged ones are noted.
uploads() {
	uploads_n=0
	while :; do
		uploads_n=$((uploads_n + 1))
		uploads_id=$(mint "5254000$(printf %05x $((round * 256 + uploads_n)))" lab)
		{
			printf '[    0.000000] Linux version 6.1.0\n[    5.000000] sysrq: Trigger a crash\n'
			printf '[    5.000001] Kernel panic - not syncing: round %d.%d\n' "$round" $uploads_n
			head -c 1000000 /dev/zero | tr '\0' 'x'
			echo
		} >"$work/dump.$uploads_n"
		if upload "$uploads_id" "$work/dump.$uploads_n" >"$work/answer" && grep -q '^Status: 20' "$work/answer"; then
			echo "$uploads_id $(tail -n 1 "$work/answer")" | tee -a "$work/acknowledged" >>"$work/acknowledged.$round"
		fi
	done
}
stream() { # packets of a machine that dies
	p "6,1,0,-;Command line: lastwords.session=$id\\n"
	i=2
	while [ $i -lt 300 ]; do
		p "6,$i,${i}0000,-;line $i of round $round\\n"
		i=$((i + 1))
	done
	p '4,300,9000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000000\n'
}
# Kills an upload while its temporary file is there, and the file stays.
kill_upload() {
	perl -MTime::HiRes=usleep,time -e '
		my ($state) = @ARGV;
		for (my $end = time + 30; time < $end; usleep 200) {
			my ($temp) = glob "$state/sessions/*/*/.upload-*" or next;
			$temp =~ /[.]upload-(\d+)-/ and kill "KILL", $1;
			usleep 20000;
			exit 0 if -e $temp;
		}
		exit 1' "$state"
}
all_gone() {
	while read -r pid; do
		kill -0 "$pid" 2>/dev/null && return 1
	done <"$work/killed"
	return 0
}
all() {
	query "SELECT id, title, captured > 0, died > 0, by_http, by_netconsole FROM session ORDER BY id"
}

: >"$work/acknowledged"
found=0 unclean=0 unrepaired=0 wrong=0 missing=0
round=0
while [ $round -lt "$rounds" ]; do
	round=$((round + 1))
	collector_start
	id=$(mint 525400a1b2c3 lab)
	stream >"$work/packets"
	(trap - EXIT; uploads) &
	uploader=$!
	send "$("$packets" port)" <"$work/packets" &
	sender=$!
	# Killed at a moment of the second upload of the round, or a later one.
	wait_for 60 test -s "$work/acknowledged.$round" || diag "round $round: no upload was acknowledged"
	kill_upload || diag "round $round: no upload was killed"
	sleep "0.$((round * 37 % 90 + 10))"
	collector_stop KILL
	# The upload at work, and the loop that starts the next.
	kill -STOP $uploader
	for pid in $(cat "/proc/$uploader/task/$uploader/children" 2>/dev/null); do
		kill -9 "$pid" 2>/dev/null || :
		echo "$pid"
	done >"$work/killed"
	kill -9 $uploader
	wait $uploader $sender 2>/dev/null || :
	wait_for 10 all_gone || diag "a killed upload does not end"
	lastwords fsck >"$work/found" 2>&1 || found=$((found + $(wc -l <"$work/found") - 1))
	lastwords fsck --repair >"$work/repaired" 2>&1 || {
		unrepaired=$((unrepaired + 1))
		diag "$(cat "$work/repaired")"
	}
	lastwords fsck >"$work/clean" 2>&1 || {
		unclean=$((unclean + 1))
		diag "$(cat "$work/repaired" "$work/clean")"
	}
	before=$(all)
	lastwords reindex >/dev/null 2>&1
	[ "$(all)" = "$before" ] || wrong=$((wrong + 1))
done
while read -r id sum; do
	file=$state/sessions/${id%%-*}/$id/dmesg.txt
	[ "$(sha256sum <"$file" | cut -c1-64)" = "$sum" ] || missing=$((missing + 1))
	journal | grep -q " uploaded $id " || missing=$((missing + 1))
done <"$work/acknowledged"
diag "$rounds rounds, $(wc -l <"$work/acknowledged") uploads acknowledged, $found findings"
succeeds "every round had an acknowledged upload" test "$(find "$work" -name 'acknowledged.*' | wc -l)" -eq "$rounds"
succeeds "the kills left something that fsck finds" test "$found" -gt 0
is "$missing" 0 "every acknowledged upload is there with its bytes and its event"
is "$unrepaired" 0 "fsck --repair repairs everything it finds"
is "$unclean" 0 "a second run of fsck finds nothing"
is "$wrong" 0 "an index made again equals the repaired one"
done_testing
