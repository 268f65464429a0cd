#!/bin/sh
# SPDX-License-Identifier: MIT
# By which channel the server gets to know of a panic: Debian's kernels 6.1, 6.12 and the newest, armed and not armed,
# kernel.panic 10 and 0, eight kinds of death; with a hardware watchdog (QEMU's i6300esb) where nothing else would end
# the panic. Path: iPXE, arm, keeper, netconsole; a death; the capture kernel, or a warm reset and the next boot's
# pstore. Evidence: in each the session's files have the death by at least one channel, by one that `lastwords
# show` had named before, and by none that it had denied. One table at the end. (nokaslr: otherwise the kernel now
# and then lies where the memory for pstore was.)
# CHANNELS_ROWS names the rows to try, IMAGE:HOW:PANIC:KIND; HOW is armed, notified (pstore_armed), bare (not armed),
# watched (not armed, a watchdog) or lives (oops = "report").
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/deaths.sh"
lab_need
needs "make check installs it" socat

kernels=${LASTWORDS_KERNELS:-$root/build/kernel} modules=${LASTWORDS_MODULES:-$root/build/lab-modules}
images='' rows=''
# image NAME SUITE: the lab with the kernel of SUITE
image() {
	images="$images $1"
	[ ! -e "$root/build/images/$1/lab_die.ko" ] || return 0
	LAB_MODULE=$(sh "$root/tests/lab/module-suite.sh" "$modules" "$kernels" "$2" 2>"$work/why") &&
		LAB_MODULE=$LAB_MODULE sh "$root/tests/lab/lab.sh" "$kernels" "$root/build/images/$1" "$2" 2>"$work/why" || {
		skip "no image of $2's kernel: $(tail -n 1 "$work/why")" "$1"
		images=${images% "$1"}
	}
}
case " ${CHANNELS_ROWS:-lab-trixie} " in *' lab-trixie'*) image lab-trixie trixie ;; esac
case " ${CHANNELS_ROWS:-lab-sid} " in *' lab-sid'*) image lab-sid sid ;; esac
images="lab$images"
kinds='sysrq null hardirq softlock hung oom init bug'
for i in $images; do
	for how in armed:10 armed:0 bare:10 bare:0; do
		for kind in $kinds; do rows="$rows $i:$how:$kind"; done
	done
done
case $images in *lab-sid*) rows="$rows lab-sid:watched:10:sysrq lab-sid:notified:10:sysrq lab-sid:lives:10:null" ;; esac
rows=${CHANNELS_ROWS:-$rows}

config() {
	for row in $rows; do echo "${row%:*}"; done | sort -u | while IFS=: read -r i how panic; do
		set -- "image = \"$i\"" "panic = $panic" 'deadline = 90'
		case $how in
		armed) ;;
		notified) set -- "$@" 'pstore_armed = "true"' ;;
		lives) set -- "$@" 'oops = "report"' 'crashkernel = ""' ;;
		*) set -- "$@" 'crashkernel = ""' ;;
		esac
		lab_profile "$i-$how-$panic" 'nokaslr lab.lines=20' "$@" | grep -v 'crashkernel = ""'
		echo "rule { serial = \"$i-$how-$panic\" profile = \"$i-$how-$panic\" }"
	done
}
lab_server "$(config)"
table=$work/table
printf '%-11s %-8s %5s %-8s  %-5s %-10s %-6s  %s\n' image how panic death http netconsole pstore 'as shown before' >"$table"

# has FILE: yes, if a file of the session has the death
has() {
	if grep -aEq -e "$(deaths_field "$kind" 5)" "$dir/$1" 2>/dev/null; then echo yes; else echo -; fi
}
known() { [ "$(has dmesg.txt)$(has netconsole.log)$(has pstore-1.txt)" != --- ]; }
# said CHANNEL: yes, partly or no, as `lastwords show` has it
said() {
	case $ways in
	*"netconsole (an oops"*) [ "$1" != netconsole ] || { echo partly; return 0; } ;;
	esac
	case $ways in
	*"not $1: "*) echo no ;;
	*"$1"*) echo yes ;;
	*) echo ? ;;
	esac
}
agrees() {
	case $1:$2 in yes:no) echo "$3 brought it, which was denied" ;; -:yes) echo "$3 did not bring it, which was promised" ;; esac
}
running() { lab_has_event " running $mac-"; }
running_again() { [ "$(grep -ah " running $mac-" "$lab_state"/journal/*.log | cut -d ' ' -f 3 | sort -u | wc -l)" -gt 1 ]; }
watched() { lab_has_event " running $session .*watchdog="; }

number=0
for row in $rows; do
	number=$((number + 1))
	IFS=: read -r i how panic kind <<-END
		$row
	END
	lab_mac=$(printf '52:54:00:aa:17:%02x' "$number") mac=$(printf '525400aa17%02x' "$number") lab_memory=900
	began=$(date +%s) after=6
	set --
	[ "$how" != watched ] || { set -- -device i6300esb -action watchdog=reset; after=60; }
	lw machine "$lab_mac" --once --args "lab.die=$(deaths_field "$kind" 2) lab.after=$after" >/dev/null
	name=m$number
	lab_machine "$name" -smp 2 -smbios "type=1,product=PC,serial=$i-$how-$panic" "$@"
	if ! wait_for 300 running; then
		ok 1 "$row: it runs"
		tail -n 5 "$work/$name.console" | tr -d '\r' | sed 's/^/# /'
		lab_stop "$name"
		continue
	fi
	session=$(lab_session " running $mac-") dir=$(lab_dir "$session")
	[ "$how" != watched ] || wait_for 120 watched || true
	ways=$(lw show "$session" | sed -n 's/^panic by *//p')
	wait_for 200 has_line "$work/$name.console" "lab: dying of" || true
	# what does not restart by itself is reset (warm) from outside
	if [ "$panic" = 0 ] && [ "$how" = bare ]; then
		sleep 30
		echo system_reset | socat - "unix:$work/$name.monitor" >/dev/null
	fi
	# The next boot brings what pstore has.
	wait_for 400 running_again || true
	case $how:$(said pstore) in *:yes) wait_for 60 lab_has_event " uploaded $session .*channel=pstore" || true ;; esac
	succeeds "$row: the server knows of the death ($(($(date +%s) - began)) s): $(has dmesg.txt) $(has netconsole.log) $(has pstore-1.txt)" known
	wrong="$(agrees "$(has dmesg.txt)" "$(said http)" http)$(agrees "$(has netconsole.log)" "$(said netconsole)" netconsole)$(agrees "$(has pstore-1.txt)" "$(said pstore)" pstore)"
	is "$wrong" '' "$row: by the channels that show had named: $ways"
	[ -n "$(has dmesg.txt)$wrong" ] || tail -n 12 "$work/$name.console" | tr -d '\r' | sed 's/^/# /'
	printf '%-11s %-8s %5s %-8s  %-5s %-10s %-6s  %s\n' "$i" "$how" "$panic" "$kind" "$(has dmesg.txt)" \
		"$(has netconsole.log)" "$(has pstore-1.txt)" "$ways" >>"$table"
	lab_stop "$name"
done
sed 's/^/# /' "$table"
done_testing
