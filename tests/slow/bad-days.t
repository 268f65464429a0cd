#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine crashes, and something else fails at that time: the server, the network, the capture kernel
# (own_: our small one, where lab-small is built), or the dead kernel's memory.
# One row for each scene, all in one run (some 25 minutes); LAB_SCENES names those to play.
# Evidence: each machine boots again within its deadline; the session's record (lastwords show) has the
# failure and the channel of its lines: http, udp, the console alone, or netconsole alone where the capture
# kernel failed.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
tools=$root/build/tests/lib
needs "make check installs and builds it" socat "$tools/wire"

# name | where (user: QEMU's own network; room: a namespace, needs root) | deadline | channel of the log:
# http, second (to the second server), udp, console, none | crash: nmi (netconsole does not see it), or
# the lab's kind | a further pattern of the record
rows='
down           | user | 120 | http    | nmi  | capture: .*stored on .* try [0-9]+, failures: Connection refused .[0-9]+ times
faults         | user | 150 | http    | nmi  | failures: HTTP 500, HTTP 502: busy, .*reset by peer, Operation too slow
refused        | user |  60 | udp     | nmi  |
gone_http      | user |  40 | udp     | nmi  |
gone           | user |  40 | console | nmi  |
other          | user |  60 | second  | nmi  | failures: 10.0.2.2:[0-9]+: Connection refused
other_refused  | user |  60 | second  | nmi  | failures: 10.0.2.2:[0-9]+: HTTP 401: no such token
link           | user | 150 | http    | nmi  | capture: .*the link of [a-z0-9]+ came at [4-9][0-9]\.[0-9]+ s
small          | user |  60 | none    | null |
die            | user | 300 | none    | null |
loop           | user | 300 | none    | null |
hang           | user | 300 | none    | null |
own_small      | user |  60 | none    | null |
own_die        | user | 300 | none    | null |
own_loop       | user | 300 | none    | null |
own_hang       | user | 300 | none    | null |
ring           | user |  60 | http    | ring | ^by http .*, with holes
info           | user |  60 | http    | info | capture: .*VMCOREINFO.s note is damaged: read by the kernel.s own page of it
loss           | room | 150 | http    | nmi  |
dhcp_gone      | room |  90 | http    | nmi  |uploaded .*channel=http address=10.77.0.50
taken          | room | 120 | http    | nmi  | capture: .*10.77.0.50 is in use by another machine.*10.77.0.[0-9]+ by DHCP
no_address     | room |  40 | console | nmi  |
vlan           | room | 120 | http    | nmi  |
second_nic     | room |  90 | http    | nmi  |
'

monitor() { echo "$1" | socat - "unix:$work/$scene.monitor" >/dev/null; }
console() { tr -d '\r' <"$work/$scene.console"; }

# iPXE's line shows a boot.
boots() { grep -ac 'iPXE 1' "$work/$scene.console"; }
again() { [ "$(boots)" -ge 2 ]; }
shown() {
	"$root/build/bin/lastwords" -c "$shown_conf" show -n 3 "$session" >"$work/show" 2>&1 && grep -Eqe "$1" "$work/show"
}
# record_has PATTERN NAME: waits until lastwords show has it
record_has() {
	soon "$scene: $2" shown "$1"
	shown "$1" || { diag "expected to match: $1"; sed 's/^/# /' "$work/show"; }
}
# file_has FILE PATTERN NAME: waits for it
file_has() {
	soon "$scene: $3" has_line "$1" "$2"
}

# The collector without the rest of the server.
collect_only() {
	"$root/build/bin/lastwords-collector" -c "$work/lastwords.conf" 2>>"$work/serve.log" &
	collector_pid=$!
	at_exit "lab_end $collector_pid"
}
# A second server with the same key.
serve_second() {
	mkdir -p "$work/second"
	cp -p "$lab_state/key" "$work/second/"
	sed -e "s#^state = .*#state = \"$work/second\"#; /^url2 /d" \
		-e "s#^listen = .*#listen = \"127.0.0.1:$second_http\"#" \
		-e "s#^netconsole = .*#netconsole = \"127.0.0.1:$second_udp\"#" \
		"$work/lastwords.conf" >"$work/second.conf"
	"$root/build/bin/lastwords" -c "$work/second.conf" serve >"$work/second.log" 2>&1 &
	second_pid=$!
	at_exit "lab_end $second_pid"
	wait_for 20 curl -fsS -o /dev/null "http://127.0.0.1:$second_http/boot.ipxe" || sed 's/^/# /' "$work/second.log"
}
faults() {
	mkdir -p "$work/asked"
	"$tools/http-faults" -p "$lab_http" "$work/asked" "$@" >/dev/null &
	faults_pid=$!
	at_exit "lab_end $faults_pid"
}
asked() { [ -e "$work/asked/$1.head" ]; }

# before: what must be down when the machine crashes
before() {
	case $scene in
	other*) serve_second ;;
	esac
	case $scene in
	down | faults | refused | gone* | other*) lab_end "$lab_server_pid" ;;
	link) monitor 'set_link net off' ;;
	dhcp_gone) lab_end "$room_dnsmasq_pid" ;;
	taken) room_neighbour 10.77.0.50/24 ;;
	no_address)
		room_neighbour 10.77.0.50/24
		lab_end "$room_dnsmasq_pid"
		;;
	loss) wire_set loss=50 ;;
	vlan) wire_set vlan=7 tagged ;;
	esac
	case $scene in
	faults) faults 500 502:busy reset stall ;;
	refused) faults '401:no such token' && collect_only ;;
	other_refused) faults '401:no such token' ;;
	gone_http) collect_only ;;
	esac
}

# after: what changes once the capture kernel is up
after() {
	case $kind in
	down)
		sleep 20
		lab_serve_again
		;;
	faults)
		succeeds "$scene: it asks again after 500, 502, a reset and silence" wait_for 60 asked 5
		lab_end "$faults_pid"
		lab_serve_again
		;;
	link)
		sleep 40
		monitor 'set_link net on'
		;;
	die | loop | hang)
		monitor 'set_link net off' # so that it does not finish
		lab_console "$scene" 'is the NIC' 30 || true
		[ "$kind" != hang ] || lab_console "$scene" 'hardware watchdog is on' 30 || true
		succeeds "$scene: the capture kernel is made to $kind" "$tools/gdb-poke" "$work/$scene.gdb" "$kind"
		;;
	esac
}

set_scene() {
	rm -rf "$work/asked" "$work/state" "$work/second"
	lab_in='' lab_host='' lab_netdev='' lab_nic=e1000 lab_mac=52:54:00:aa:0b:01
	more='' image=lab capture=stock crashkernel=192M vlan=0 url2='' shown_conf=$work/lastwords.conf
	faults_pid='' collector_pid='' second_pid=''
	rm -f "$work/show"
	wire_set
	kind=${scene#own_}
	[ "$kind" = "$scene" ] || image=lab-small capture=small crashkernel=24M
	case $scene in
	small) crashkernel=76M ;;
	own_small) crashkernel=20M ;;
	other*)
		# shellcheck disable=SC2046 # two words
		set -- $(lab_ports)
		second_http=$1 second_udp=$2
		url2="url2 = \"http://10.0.2.2:$second_http\""
		shown_conf=$work/second.conf
		;;
	die | loop | own_die | own_loop) more="-gdb unix:$work/$scene.gdb,server=on,wait=off" ;;
	hang | own_hang) more="-gdb unix:$work/$scene.gdb,server=on,wait=off -device i6300esb" ;;
	vlan) vlan=7 ;;
	second_nic) lab_nic=e1000,addr=6 more="-device virtio-net-pci,addr=4,mac=52:54:00:aa:0b:77,romfile=" ;;
	esac
	case $death in
	nmi) args='lab=idle unknown_nmi_panic' ;;
	*) args="lab.die=$death lab.after=5" ;;
	esac
}

# Whether the log came by the channel of the row.
came() {
	case $channel in
	http)
		lab_event " uploaded $session .*channel=http" 20 "$scene: the log came by HTTP" || return 0
		file_has "$(lab_dir "$session")/dmesg.txt" "$panic" "the log has the crash"
		record_has '^record .*http' "the record has the channel"
		;;
	second)
		lab_state=$work/second
		lab_event " uploaded $session .*channel=http" 20 "$scene: the log came to the second server" || return 0
		file_has "$(lab_dir "$session")/dmesg.txt" "$panic" "the log has the crash"
		;;
	udp)
		lab_event " resent $session channel=udp" 20 "$scene: the log came by the second channel" || return 0
		file_has "$(lab_dir "$session")/netconsole.log" "$panic" "the log has the crash"
		case $scene in
		refused) pattern='HTTP 401: no such token' ;;
		*) pattern='Connection refused' ;;
		esac
		file_has "$(lab_dir "$session")/netconsole.log" \
			"^\[lastwords: not stored after [0-9]+ tries in [0-9]+ s: $pattern" "the log has the reason why HTTP failed"
		record_has '^record .* by udp' "the record has the channel"
		;;
	console)
		console | sed "1,/^lastwords: dmesg of $session begins/d; /^lastwords: dmesg of $session ends/q" >"$work/dumped"
		file_has "$work/dumped" "^lastwords: dmesg of $session ends" "the log is on the console, to its end"
		file_has "$work/dumped" "$panic" "the log has the crash"
		file_has "$work/$scene.console" 'not stored after [0-9]+ tries in [0-9]+ s: ' "the log has the reason why HTTP failed"
		;;
	none)
		sleep 1
		is "$(lab_count " uploaded $session")" 0 "$scene: no log is uploaded"
		record_has '^state +died' "the record has the crash as seen by netconsole"
		record_has '^record .* \([0-9]+ by netconsole\)' "the record has lines of netconsole alone"
		file_has "$(lab_dir "$session")/netconsole.log" "$panic" "netconsole.log has the crash"
		;;
	esac
}

play() {
	IFS='|' read -r scene where deadline channel death besides <<-ROW
		$(printf '%s' "$rows" | grep "^$1 " | sed 's/ *| */|/g; s/ *$//')
	ROW
	[ -n "$scene" ] || { ok 1 "unknown scene: $1"; return 0; }
	set_scene
	if ! [ -e "${lab_images:-$root/build/images}/$image/image.conf" ]; then
		skip "no image $image: make $image builds it" "$scene"
		return 0
	fi
	if [ "$where" = room ]; then
		if [ "$(id -u)" != 0 ]; then
			skip "needs root for a network namespace" "$scene"
			return 0
		fi
		[ -n "${room:-}" ] || open_room
		lab_in="ip netns exec $room" lab_host=10.77.0.1
		room_boot
	fi
	lab_server "$url2
$(lab_profile lab "$args" "image = \"$image\"" "capture = \"$capture\"" "crashkernel = \"$crashkernel\"" \
		"deadline = $deadline" 'panic = 3' "vlan = $vlan")
rule { product = \"*\" profile = \"lab\" }"
	[ "$where" = user ] || room_wire
	# shellcheck disable=SC2086 # words
	lab_machine "$scene" $more
	happen
	stop_scene
}

happen() {
	lab_event " running 525400aa0b01-.*netconsole=on" 240 "$scene: the machine runs" || return 0
	session=$(lab_session ' running ')
	if [ "$death" = nmi ]; then
		lab_console "$scene" 'lab: idle' 60 || return 0
		before
		monitor nmi
		panic='Kernel panic - not syncing: NMI'
	else
		panic='lab_die_null[+]0x|Kernel panic - not syncing: lab_die'
	fi
	if [ "$kind" != small ]; then
		lab_console "$scene" 'lastwords: capture kernel up' 120 || return 0
	fi
	began=$(date +%s)
	after
	wait_for $((deadline + 90)) again || console | tail -n 12 | sed 's/^/# /'
	took=$(($(date +%s) - began))
	succeeds "$scene: the machine boots again, after $took s" again
	# (and the time that firmware needs on a loaded host)
	succeeds "$scene: the machine boots within its deadline of $deadline s" test $took -le $((deadline + 60))
	came
	if [ -n "$besides" ]; then record_has "$besides" "the record has what failed"; fi
	grep -aoe 'capture: [^"]*' -e '^record .*' "$work/show" 2>/dev/null | sed "s/^/# $scene: /" || true
	[ "$scene" != second_nic ] || diag "$scene: $(console | grep -a 'is the NIC')"
}

stop_scene() {
	lab_stop "$scene"
	for pid in $lab_server_pid $faults_pid $collector_pid $second_pid; do lab_end "$pid"; done
	[ -n "${KEEP:-}" ] || rm -f "$work/$scene.console"
	[ "$where" = room ] || return 0
	lab_end "$room_wire_pid"
	diag "$scene: the wire: $(cat "$work/wire.out")"
	case $scene in
	vlan) like "$(cat "$work/wire.out")" ' [1-9][0-9]* came tagged' "vlan: frames came with the tag" ;;
	loss) like "$(cat "$work/wire.out")" ' [1-9][0-9]* dropped' "loss: the wire lost frames" ;;
	esac
	lab_end "$room_dnsmasq_pid"
	room_neighbour_end
}

open_room() {
	room_need
	room_open
}
for want in ${LAB_SCENES:-$(printf '%s' "$rows" | sed -n 's/^\([a-z_]*\) .*/\1/p')}; do
	play "$want"
done
done_testing
