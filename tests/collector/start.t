#!/bin/sh
# SPDX-License-Identifier: MIT
# Starting and stopping: help, wrong options, a port in use, a second collector on one state, other
# privileges, a disk that is full for a while. Evidence: one line that says what is wrong, exit codes, files.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

like "$("$bin/lastwords-collector" --help)" '^usage: lastwords-collector' "--help prints the usage"
run() { "$bin/lastwords-collector" "$@" 2>"$work/err"; }
exits 2 "an unknown option exits with 2" run --nonsense
exits 1 "a missing configuration exits with 1" run -c "$work/missing.conf"
is "$(grep -c '' "$work/err")" 1 "a missing configuration is an error of one line"

collector_start
exits 1 "a port in use exits with 1" run -c "$work/lastwords.conf"
is "$(grep -c '' "$work/err")" 1 "a port in use is an error of one line"
like "$(cat "$work/err")" "127.0.0.1:$port: another program listens there" "the error names the address"
exits 1 "a second collector exits with 1" run -c "$work/lastwords.conf" -l "127.0.0.1:$("$packets" port)"
like "$(cat "$work/err")" 'another collector runs on' "a second collector on one state is refused"
collector_stop INT
is "$collector_rc" 0 "SIGINT makes the collector exit with 0"

if [ "$(id -u)" = 0 ] && id nobody >/dev/null 2>&1; then
	mkdir "$work/nobody"
	chown nobody "$work/nobody"
	chmod 644 "$work/lastwords.conf"
	sed "s|^state.*|state = \"$work/nobody/state\"|" "$work/lastwords.conf" >"$work/nobody.conf"
	# What the collector before has said must not pass for this one's.
	: >"$work/collector.err"
	"$bin/lastwords-collector" -c "$work/nobody.conf" -u nobody 2>"$work/collector.err" &
	collector_pid=$!
	soon "the collector listens with -u nobody" collector_listens
	is "$(ps -o user= -p "$collector_pid" | tr -d ' ')" nobody "-u runs it as that user"
	is "$(stat -c %U "$work/nobody/state/key")" nobody "the state belongs to that user"
	collector_stop TERM
else
	skip "only root can become another" "the collector as another user"
fi

if small_disk 400k; then
	collector_start
	id=$(mint 525400a1b2c3 lab)
	from=$("$packets" port)
	log=$(log_of "$id")
	p "6,1,0,-;Command line: lastwords.session=$id\\n" | send "$from"
	soon "a session on a small disk has its log" has "$id" "$log"
	dd if=/dev/zero of="$work/small/fill" bs=1k >/dev/null 2>&1 || true
	i=2
	while [ $i -lt 60 ]; do
		printf '6,%d,%d,-;line %d %0400d\\n\n' $i $((i * 1000)) $i 0
		i=$((i + 1))
	done | send "$from"
	# by the refused write, or by the look at the disk if that came first
	complains() { grep -qE 'No space left|too little of the disk' "$work/collector.err"; }
	soon "a full disk is reported" complains
	p '6,60,60000,-;sent while it was full\n' | send "$from"
	succeeds "a full disk does not end the collector" kill -0 "$collector_pid"
	rm "$work/small/fill"
	soon "lines that waited are written when there is room" has 'sent while it was full' "$log"
	is "$(grep -c '] line ' "$log")" 58 "all lines of the full disk are written later"
	is "$(grep '] line ' "$log" | grep -cvE ' 0{400}$' || true)" 0 "no line is cut by the full disk"
	collector_stop TERM
else
	skip "cannot mount a small file system here" "a full disk and what follows"
fi
done_testing
