#!/bin/sh
# SPDX-License-Identifier: MIT
# The autopsy of machines with few and with very many tasks, in the small capture kernel with 24 MB reserved, or, where
# `make lab-small` was not run, in the stock one. Path: a script inside the lab OS starts processes that wait, then
# crashes the machine. Evidence: the log is stored, then an autopsy that counts all of them; of 300 tasks at most 64 KB
# are sent. A table for people has the times from the log's being stored to the autopsy's: by the clock, and the
# emulator's CPU time, which a busy host does not change.
# AUTOPSY_TASKS: the machines, by the number of processes that they start.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
if [ -e "$root/build/images/lab-small/image.conf" ]; then
	set -- 'image = "lab-small"' 'capture = "small"' 'crashkernel = "24M"'
else
	diag "no small capture kernel: the stock one, in 192 MB"
	set --
fi
lab_server "$(lab_profile lab lab=idle 'after = "halt"' "$@")
rule { product = \"*\" profile = \"lab\" }"

# said PATTERN: of the last line of the console that matches, what \( \) holds
said() {
	sed -n "s/.*$1.*/\\1/p" "$work/stamped" | tail -n 1
}

# between FIELD FIRST LAST: the difference of this field (1 time, 2 CPU time) between two lines of the console
between() {
	awk -v field="$1" -v first="$2" -v last="$3" '$0 ~ first { a = $field } $0 ~ last { b = $field }
		END { if (a && b) printf "%.2f", b - a }' "$work/stamped"
}

row() { printf '%9s %7s %9s %9s %11s %8s %12s %7s\n' "$@" >>"$work/table"; }
row started tasks time,s 'CPU,s' 'bytes' 'sent' 'read,bytes' 'reads'

# tasks NUMBER N: machine NUMBER starts N processes more than it has
tasks() {
	what="$2 processes more"
	# (they wait for a writer that never comes: forks alone, since 10,000 programs take minutes to load)
	printf '%s\n' 'mknod /run/never p' 'n=0' "while [ \$n -lt $2 ]; do read -r x </run/never & n=\$((n + 1)); done" \
		'sleep 2' 'echo c >/proc/sysrq-trigger' 'sleep 60' >"$work/script"
	lab_mac=$(printf '52:54:00:aa:09:%02x' "$1")
	lab_memory=$((1024 + $2 * 2 / 5))
	lw machine "$lab_mac" --script "$work/script" >/dev/null
	lab_machine m
	perl "$root/tests/bench/stamp.pl" "$work/m.console" "$lab_pid_m" >"$work/stamped" &
	stamp=$!
	at_exit "lab_end $stamp"
	lab_event " uploaded $(echo "$lab_mac" | tr -d :)-.*channel=http" $((600 + $2 / 5)) "$what: the log is stored" || return 0
	session=$(lab_session " uploaded $(echo "$lab_mac" | tr -d :)-.*channel=http")
	lab_event " uploaded $session .*channel=autopsy" 60 "$what: the autopsy is stored" || return 0
	wait_for 10 grep -q 'lastwords-autopsy: stored on' "$work/stamped" || true
	lab_stop m
	lab_end "$stamp"
	text=$(lab_dir "$session")/autopsy.txt
	total=$(sed -n 's/^  total=\([0-9]*\) .*/\1/p' "$text")
	succeeds "$what: all are counted (${total:-none})" test "${total:-0}" -ge "$2"
	like "$(cat "$text")" '^  CPU [0-9]+ died while' "$what: the autopsy has the death"
	sent=$(said 'bytes of autopsy, \([0-9]*\) sent')
	[ "$2" -gt 300 ] || succeeds "$what: at most 64 KB are sent (${sent:-?})" test "${sent:-65537}" -le 65536
	row "$2" "$total" "$(between 1 'lastwords-dmesg: stored on' 'lastwords-autopsy: stored on')" \
		"$(between 2 'lastwords-dmesg: stored on' 'lastwords-autopsy: stored on')" \
		"$(said ' \([0-9]*\) bytes of autopsy')" "$sent" "$(said 'sent, from \([0-9]*\) bytes')" "$(said 'bytes in \([0-9]*\) reads')"
}

number=0
for n in ${AUTOPSY_TASKS:-50 250 1000 10000}; do
	number=$((number + 1))
	tasks "$number" "$n"
done
diag "after the log is stored:
$(cat "$work/table")"
done_testing
