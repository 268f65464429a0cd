# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034,SC2086 # root, work: tap.sh's; for the tests; words
# deaths.sh: the kinds of crash that the lab can cause, and whether a record of one is whole; after
# tap.sh and lab.sh. It prints no test results.
#
#	deaths_names                    every kind of the table
#	deaths_names_smp                those to try with four CPUs too, as KIND:4
#	deaths_config                   the server's configuration for them
#	deaths_die KIND NAME CPUS MB    boots machine NAME, which crashes by KIND; sets death_session and
#	                                death_fault: empty if the record is whole, else what is wrong
#
# Whole: it begins with the kernel's first line, has all death_lines numbered lines, the crash, and the
# title of the kind.

death_lines=40

# Where other CPUs hold a lock, get the NMI as well, or must be stopped.
death_smp='sysrq hardirq softlock hung nmi netlock conslock notifier othercpu'

# KIND | lab.die | further words for the kernel | CPUs at least | death, in the record | its title
deaths='
sysrq     | sysrq        |                          | 1 | sysrq: Trigger a crash | ^sysrq crash
null      | null         |                          | 1 | BUG: kernel NULL pointer dereference | ^NULL pointer dereference in lab_die_null
softirq   | null_softirq |                          | 1 | call_timer_fn[+] | ^NULL pointer dereference in lab_die_null
hardirq   | null_hardirq |                          | 1 | irq_work_(run|single)[+_] | ^NULL pointer dereference in lab_die_null
bug       | bug          |                          | 1 | kernel BUG at .*lab_die | ^BUG in lab_die_bug
stack     | stack        |                          | 1 | stack guard page was hit | ^stack overflow in lab_die_stack
oom       | oom          |                          | 1 | panic_on_oom is enabled | ^out of memory panic
init      | init         |                          | 1 | Attempted to kill init | ^init killed
softlock  | softlockup   |                          | 1 | softlockup: hung tasks | ^soft lockup in lab_die
hung      | hung         |                          | 1 | hung_task: blocked tasks | ^hung task in lab_die_hung
nmi       | idle         | unknown_nmi_panic        | 1 | NMI: Not continuing | ^NMI
netlock   | netlock      |                          | 1 | BUG: kernel NULL pointer dereference | ^NULL pointer dereference in lab_die_null
conslock  | consolelock  |                          | 1 | BUG: kernel NULL pointer dereference | ^NULL pointer dereference in lab_die_null
notifier  | notifier     | crash_kexec_post_notifiers | 1 | a panic whose notifier dies | lab_die
othercpu  | cpu          |                          | 2 | CPU: [1-9][0-9]* PID | ^NULL pointer dereference in lab_die_null
'

deaths_names() {
	printf '%s' "$deaths" | sed -n 's/^\([a-z]*\) .*/\1/p'
}

deaths_names_smp() {
	printf '%s:4\n' $death_smp
}

# deaths_field KIND NUMBER
deaths_field() {
	printf '%s' "$deaths" | sed -n "s/^$1 *| /$1 | /p" |
		awk -F ' +[|] ' -v n="$2" '{ sub(/^ +/, "", $n); sub(/ +$/, "", $n); print $n }'
}

deaths_config() {
	for death_kind in $(deaths_names); do
		death_how=$(deaths_field $death_kind 2)
		lab_profile $death_kind \
			"lab.lines=$death_lines $(deaths_cause $death_how) $(deaths_field $death_kind 3)" \
			"image = \"${death_image:-lab-small}\"" "capture = \"${death_capture:-small}\"" \
			"crashkernel = \"${death_crashkernel:-24M}\"" 'deadline = 60'
		echo "rule { serial = \"$death_kind\" profile = \"$death_kind\" }"
	done
}

# "idle" waits for an NMI from outside.
deaths_cause() {
	if [ "$1" = idle ]; then echo lab=idle; else echo "lab.die=$1 lab.after=1"; fi
}

deaths_fault() {
	death_fault=$1
}

# deaths_whole KIND FILE TITLE: sets death_fault
deaths_whole() {
	[ -s "$2" ] || { deaths_fault "no record"; return; }
	head -n 2 "$2" | grep -aq 'Linux version' || { deaths_fault "it begins late: $(head -n 1 "$2")"; return; }
	death_missing=$(awk -v n="$death_lines" '
		match($0, /lab: line [0-9]+ of/) { split(substr($0, RSTART), w, " "); seen[w[3]] = 1 }
		END { for (i = 1; i <= n; i++) if (!(i in seen)) printf "%d ", i }' "$2")
	[ -z "$death_missing" ] || { deaths_fault "its lines $death_missing are missing"; return; }
	grep -aEq -e "$(deaths_field $1 5)" "$2" || { deaths_fault "it does not have the crash"; return; }
	printf '%s\n' "$3" | grep -Eq -e "$(deaths_field $1 6)" || { deaths_fault "its title: $3"; return; }
}

deaths_title() {
	lw sessions -n 1000 "$death_session" 2>/dev/null | cut -f 5 | grep -vx -e - | head -n 1
}
deaths_has_title() {
	[ -n "$(deaths_title)" ]
}

deaths_requests() {
	lab_count " requested .*$lab_mac"
}
deaths_asked() {
	[ "$(deaths_requests)" -gt "$death_asked" ]
}
# Its log came, or the machine has stopped.
deaths_over() {
	lab_has_event " uploaded $death_session " || lab_has_stopped "$1"
}

deaths_once() {
	death_fault='' death_session='' death_asked=$(deaths_requests)
	lab_machine "$2" -no-reboot -smp "$death_cpus" -smbios "type=1,product=PC,serial=$1"
	wait_for 300 deaths_asked || { deaths_fault "it never asked for a boot"; return 0; }
	death_session=$(grep -ahe " requested .*$lab_mac" "$lab_state"/journal/*.log | tail -n 1 | cut -d ' ' -f 3)
	if [ "$(deaths_field $1 2)" = idle ]; then
		wait_for 300 grep -aq 'lab: idle' "$work/$2.console" || { deaths_fault "it did not come up"; return 0; }
		echo nmi | socat - "unix:$work/$2.monitor" >/dev/null
	fi
	wait_for 400 deaths_over "$2" || true
	if ! within 5 lab_has_event " uploaded $death_session "; then
		deaths_fault "nothing came: $(tail -n 2 "$work/$2.console" | tr -d '\r' | tr '\n' ';')"
		return 0
	fi
	wait_for 15 deaths_has_title || true
	deaths_whole $1 "$(lab_dir "$death_session")/dmesg.txt" "$(deaths_title)"
}

# A machine that was never armed has not crashed by KIND: on a busy host the emulator can fail to boot.
# Then it boots once more, with a note on stderr.
deaths_die() {
	death_cpus=$3
	[ "$death_cpus" -ge "$(deaths_field $1 4)" ] || death_cpus=$(deaths_field $1 4)
	lab_memory=$4
	deaths_once "$@"
	[ -n "$death_fault" ] && ! lab_has_event " armed ${death_session:--} " || return 0
	echo "# $2 did not boot, once more: $death_fault" >&2
	lab_stop "$2"
	deaths_once "$@"
}
