#!/bin/sh
# SPDX-License-Identifier: MIT
# fake-machine.sh DIR on|off|status|nmi: a machine that a target of driver `command` switches, without hardware
# and without QEMU: switched on it asks the real server for its script, reports armed and running, and then
# does what the next line of DIR/plan says; after the last line it does that again. A line:
#
#	live              runs until it is switched off
#	die CLASS         uploads the log of a crash, DIR/CLASS.txt, and is gone
#	netconsole CLASS  only netconsole has the crash; then it boots again
#	again             boots again without a report, and lives
#	mute              never asks for a script
#	stuck             asks, and does nothing more
#	controls          asks, and reports terminal controls as the reason why it is not armed
#	unarmed CLASS     as die, but reports that it is not armed
#	wait CLASS        lives until an NMI, then dies
#	script STATUS     fetches its script (DIR/script), reports that it ended with STATUS, and lives
#
# DIR has url, mac, udp (the port of netconsole) and packets.pl. DIR/facts, if there, is what an upload reports of
# the capture kernel. DIR/boots counts how often it was switched on; DIR/images has the image of each boot.
# DIR/rule, if there, decides instead of the plan: a program that is given the image's name and prints a line.
set -eu
dir=$1
url=$(cat "$dir/url") mac=$(cat "$dir/mac")

call() {
	curl -fsS -m 10 -o /dev/null -d "$1" -H "Lastwords-Token: $token" "$url/callback/$id"
}

# Sets id, token, image.
ask() {
	script=$(curl -fsS -m 10 "$url/boot?mac=$mac&product=KVM&ip=10.9.0.5&netmask=255.255.255.0")
	archive=$(printf '%s\n' "$script" | sed -n 's|.*\(http:[^ ]*/session/[^ ]*\).*|\1|p' | head -n 1)
	image=$(printf '%s\n' "$script" | sed -n 's|^kernel .*/images/\([^/]*\)/vmlinuz.*|\1|p' | head -n 1)
	id=${archive##*/session/} token=${archive##*token=}
	id=${id%%.cpio*} token=${token%%&*}
	echo "$image" >>"$dir/images"
}

run() {
	call 'event=running&armed=yes&crashkernel=201326592&capture=stock&ms=120&interface=eth0&address=10.9.0.5&netconsole=off&uptime=3'
}

die() {
	facts=$(cat "$dir/facts" 2>/dev/null) || facts=
	curl -fsS -m 10 -o /dev/null -H "Authorization: Bearer $token" -H 'Expect:' -H "Lastwords-Capture: $facts" -T "$dir/$1.txt" "$url/crash/$id"
}

live() {
	boots=$(($(cat "$dir/boots" 2>/dev/null || echo 0) + 1))
	echo "$boots" >"$dir/boots"
	line=$(sed -n "${boots}p" "$dir/plan" 2>/dev/null)
	[ -n "$line" ] || line=$(tail -n 1 "$dir/plan" 2>/dev/null)
	[ "${line%% *}" != mute ] || return 0
	ask
	[ ! -e "$dir/rule" ] || line=$(sh "$dir/rule" "$image")
	case $line in
	live) run ;;
	"die "*)
		run
		die "${line#* }"
		;;
	"unarmed "*)
		call 'event=running&armed=no&why=no%20reservation&uptime=3'
		die "${line#* }"
		;;
	"netconsole "*)
		run
		{
			echo "6,1,1000000,-;Command line: x lastwords.session=$id\n"
			awk '{ gsub(/\\/, "\\\\"); sub(/^\[[^]]*\] /, "")
				printf "3,%d,%d,-;%s\\n\n", NR + 1, 900000000 + NR, $0 }' "$dir/${line#* }.txt"
		} | perl "$dir/packets.pl" "$(cat "$dir/udp")" 0
		sleep 1
		ask
		;;
	controls) call 'event=not-armed&why=%1b%5b2J' ;;
	again)
		run
		ask
		run
		;;
	"wait "*)
		rm -f "$dir/nmi"
		run
		until [ -e "$dir/nmi" ]; do sleep 0.05; done
		die "${line#* }"
		;;
	"script "*)
		run
		curl -fsS -m 10 -H "Authorization: Bearer $token" -o "$dir/script" "$url/session/$id.script"
		echo "it ran" | curl -fsS -m 10 -o /dev/null -H "Authorization: Bearer $token" -H 'Expect:' \
			-H 'Lastwords-Channel: script' -H "Lastwords-Status: ${line#* }" -T - "$url/crash/$id"
		;;
	*) ;; # stuck
	esac
}

case $2 in
on)
	echo on >"$dir/power"
	setsid "$0" "$dir" live >"$dir/log" 2>&1 </dev/null &
	echo "$!" >"$dir/pid"
	;;
off)
	[ ! -e "$dir/pid" ] || kill "$(cat "$dir/pid")" 2>/dev/null || :
	rm -f "$dir/pid"
	echo off >"$dir/power"
	;;
status)
	[ ! -e "$dir/broken" ] || exit 1
	cat "$dir/power"
	;;
nmi) : >"$dir/nmi" ;;
live) live ;;
esac
