#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh [--port PORT]: the way of one crash on this machine, in QEMU's software emulation and user-mode
# network, without root. A server on free ports (or PORT) boots one diskless machine, which crashes and
# boots again. Each stage is printed when the machine's console or the server's journal has shown it. Then the
# server's pages stay up for a minute; STAY=1: until Ctrl-C, STAY=0: not at all.
#
# Exit code 0 only if all stages happened, 2 for wrong arguments, 1 otherwise. What it started is ended by
# pid; what it wrote stays in var/demo-TIME. It is for people and must print no TAP.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
limit=240    # s, until all stages must have happened
space=64     # MB that must be free
begin=$(date +%s.%3N)
told='|'     # the stages that were printed
panic=''     # when the oops was seen, and when the dmesg was stored
stored=''
session=''   # of the first boot
ends=:

fail() {
	echo "lastwords: demo: $*" >&2
	exit 1
}

at_exit() {
	ends="$*; $ends"
}

wait_for() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

# shellcheck source=tests/lib/lab.sh
. "$root/tests/lib/lab.sh"

# What the console shows. A line counts once it is complete, so that the note is.
stages_on_console() {
	tr '\r' '\n' <"$work/demo.console" | sed '$d' | tr -cd '\n\033 -~' | awk -v now="$(date +%s.%3N)" '
		function look(stage, text) {
			if ((stage in seen) || !index($0, text))
				return
			seen[stage] = 1
			note = substr($0, index($0, text))
			sub(/\033.*/, "", note)
			print stage "\t" now "\t" substr(note, 1, 99)
		}
		{
			look("firmware", "iPXE 1")
			look("firmware", "iPXE 2")
			look("kernel", "Linux version ")
			look("armed", "lastwords: armed ")
			look("capture kernel up", "lastwords: capture kernel up")
		}'
}

# What the journal shows: TIME EVENT SESSION KEY=VALUE…, values with %XX.
stages_in_journal() {
	cat "$lab_state"/journal/*.log 2>/dev/null | awk '
		function value(key, i, text, out, at) {
			for (i = 4; i <= NF && index($i, key "=") != 1; i++)
				;
			text = substr($i, length(key) + 2)
			while ((at = index(text, "%"))) {
				out = out substr(text, 1, at - 1) sprintf("%c", 16 * digit(text, at + 1) + digit(text, at + 2))
				text = substr(text, at + 3)
			}
			return out text
		}
		function digit(text, at) {
			return index("0123456789ABCDEF", toupper(substr(text, at, 1))) - 1
		}
		function reach(stage, note) {
			if (stage in seen)
				return
			seen[stage] = 1
			gsub(/[^ -~]/, "", note)
			print stage "\t" $1 "\t" substr(note, 1, 99)
		}
		$2 == "requested" && !session { session = $3; reach("script served", $3) }
		$2 == "requested" && $3 != session && ("dmesg stored" in seen) {
			reach("rebooted", "it asks for its next script")
		}
		$3 != session { next }
		$2 == "running" {
			reach("running", value("address") " on " value("interface") ", netconsole " value("netconsole"))
		}
		$2 == "died" { reach("panic seen", "netconsole: " value("line")) }
		$2 == "uploaded" {
			reach("dmesg stored", value("bytes") " bytes by " value("channel") ", sha256 " \
				substr(value("sha256"), 1, 16))
		}'
}

# Prints each stage that is new.
print_stages() {
	{
		stages_on_console
		stages_in_journal
	} >"$work/stages"
	while IFS='	' read -r stage when note; do
		case $told in
		*"|$stage|"*) continue ;;
		esac
		told="$told$stage|"
		case $when in
		*Z) when=$(date -d "$when" +%s.%3N) ;;
		esac
		case $stage in
		'script served') session=$note ;;
		'panic seen') panic=$when ;;
		'dmesg stored') stored=$when ;;
		esac
		awk -v s="$when" -v b="$begin" 'BEGIN { printf "%6.1f s", s - b }'
		printf '  %-18s %s\n' "$stage" "$note"
	done <"$work/stages"
}

missing_stages() {
	for stage in firmware 'script served' kernel armed running 'panic seen' 'capture kernel up' \
		'dmesg stored' rebooted; do
		case $told in
		*"|$stage|"*) ;;
		*) echo "$stage" ;;
		esac
	done
}

# A failure after the machine was started: what did not happen, where to look, why.
give_up() {
	trap '' HUP INT TERM
	missing_stages | sed 's/^/lastwords: demo: did not happen: /' >&2
	echo "lastwords: demo: the machine's console is in $work/demo.console, the server's messages in $work/serve.log" >&2
	fail "$*"
}

# The index is the collector's and comes a moment after the files.
in_index() {
	lw show --json "$session" >"$work/show.json" && grep -q '"title":"[^"]' "$work/show.json" &&
		grep -q '"channels":"http+netconsole' "$work/show.json"
}

case $#:${1:-} in
0:) ;;
2:--port)
	port=$2
	[ "$port" -ge 1 ] 2>/dev/null && [ "$port" -le 65535 ] || {
		echo "lastwords: demo: --port $port: no port; give a number from 1 to 65535" >&2
		exit 2
	}
	lab_ports() { echo "$port $port"; }
	;;
*)
	echo "usage: demo.sh [--port PORT]" >&2
	exit 2
	;;
esac
command -v qemu-system-x86_64 >/dev/null ||
	fail "qemu-system-x86_64 is missing: apt-get install qemu-system-x86 ipxe-qemu"
[ -r /usr/lib/ipxe/qemu/pxe-e1000.rom ] ||
	fail "the network card's iPXE ROM is missing: apt-get install ipxe-qemu"
[ -r "$root/build/images/lab/image.conf" ] ||
	fail "the lab image is missing: run make demo, which builds it"
[ "$(df -Pk "$root" | awk 'NR == 2 { print $4 }')" -ge $((space << 10)) ] ||
	fail "$root: less than $space MB free; make room first"

# One directory a run: nothing of an older one can be taken for this one's.
work=$root/var/demo-${begin%.*}
mkdir -p "$root/var" && mkdir -m 755 "$work" || fail "cannot make $work"
trap 'eval "$ends"' EXIT
trap 'give_up interrupted' HUP INT TERM
web=$("$root/build/tests/lib/free-ports" 1)
lab_serve "web = \"127.0.0.1:$web\"
$(lab_profile lab 'lab.die=null lab.after=3' 'panic = 5')
rule { product = \"Diskless*\" profile = \"lab\" }" || {
	why=$(tail -n 1 "$work/serve.log" | sed 's/^lastwords: //')
	rm -rf "$work"
	fail "${why:-the server does not answer; see whether lighttpd works}"
}

lab_mac=52:54:00:1a:57:02
echo "A diskless machine ($lab_mac, \"Diskless 9000\") in QEMU's software emulation, 1 GB."
lab_machine demo -smbios 'type=1,manufacturer=Acme & Co,product=Diskless 9000,serial=LW-0001'
until [ -z "$(missing_stages)" ]; do
	lab_runs "$lab_server_pid" || give_up "the server ended by itself; see $work/serve.log"
	lab_runs "$lab_pid_demo" || give_up "QEMU ended by itself; see $work/demo.qemu"
	[ "$(date +%s)" -lt $((${begin%.*} + limit)) ] || give_up "not all of it happened within $limit s"
	sleep 0.1
	print_stages
done
lab_stop demo
page_answers() { curl -fsS -m 5 -o /dev/null "http://127.0.0.1:$web/crash/$session"; }
wait_for 60 in_index || give_up "the crash did not get into the index within 60 s; see $work/serve.log"
echo
lw show -n 12 "$session" || give_up "the session cannot be shown"
awk -v p="$panic" -v s="$stored" 'BEGIN {
	printf "\nFrom the first oops line (seen by netconsole) to the stored dmesg: %.1f s.\n", s - p }'
cat <<END2

To look further:
  build/bin/lastwords -c $work/lastwords.conf show $session
  build/bin/lastwords -c $work/lastwords.conf crashes
  less $work/demo.console      # the machine's console
  rm -r $work      # when you have seen enough: it stays until then
END2

[ "${STAY:-}" != 0 ] || exit 0
wait_for 60 page_answers || give_up "the crash's page does not answer; see $work/serve.log"
trap 'echo; exit 0' HUP INT TERM
echo
echo "The crash's page: http://127.0.0.1:$web/crash/$session"
if [ "${STAY:-}" = 1 ]; then
	echo "It stays up until Ctrl-C."
	while lab_runs "$lab_server_pid"; do sleep 1; done
	give_up "the server ended by itself; see $work/serve.log"
fi
echo "It stays up for a minute (make demo STAY=1: until Ctrl-C)."
n=0
while [ "$n" -lt 60 ]; do
	sleep 1
	n=$((n + 1))
done
