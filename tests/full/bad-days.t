#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad days: a machine dies, and something is wrong just then: with the server, with the network, with
# the capture kernel itself. A row a scene; LAB_SCENES chooses others than the default ones.
# Evidence: each machine boots again within its deadline; where a rope is left the session's record has
# the death, by that rope, and the record itself (lastwords show) says what was in the way.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
command -v socat >/dev/null || skip_all "needs socat for QEMU's monitor"
tools=$root/build/tests/lib
[ -x "$tools/wire" ] || skip_all "tests/lib/wire is not built"

# name, where (user: QEMU's own network; room: a namespace, needs root), deadline, and how its record
# must come: http, udp, or none
rows='down user 120 http
faults user 150 http
refused user 60 udp
link user 150 http
small user 60 none
die user 300 none
loop user 300 none
hang user 300 none
loss room 150 http
dhcp_gone room 90 http
taken room 120 http
vlan room 120 http
second_nic room 90 http'

monitor() { echo "$1" | socat - "unix:$work/$scene.monitor" >/dev/null; }
wire_says() { echo "$*" >"$work/control"; }

# Reboots are told by iPXE's line.
boots() { grep -ac 'iPXE 1' "$work/$scene.console"; }
again() { [ "$(boots)" -ge 2 ]; }
shown() { lw show "$session" >"$work/show" 2>&1 && grep -Eqe "$1" "$work/show"; }

serve_again() {
	${lab_in:-} "$root/build/bin/lastwords" -c "$work/lastwords.conf" serve >>"$work/serve.log" 2>&1 &
	lab_server_pid=$!
	at_exit "lab_end $lab_server_pid"
}
faults() {
	mkdir -p "$work/told"
	"$tools/http-faults" -p "$lab_http" "$work/told" "$@" >/dev/null &
	faults_pid=$!
	at_exit "lab_end $faults_pid"
}
asked() { [ -e "$work/told/$1.head" ]; }

# before: what the scene needs wrong when the machine dies; after: once its capture kernel is up
before() {
	case $scene in
	down | faults | refused) lab_end "$lab_server_pid" ;;
	link | die | loop | hang) monitor 'set_link net off' ;;
	dhcp_gone) lab_end "$dnsmasq_pid" ;;
	taken)
		room_ip address add 10.77.0.50/32 dev br0
		;;
	loss) wire_says loss=50 ;;
	vlan) wire_says vlan=7 tagged ;;
	esac
	case $scene in
	faults) faults 500 502:busy reset stall ;;
	refused)
		faults '401:no such token'
		"$root/build/bin/lastwords-collector" -c "$work/lastwords.conf" 2>>"$work/serve.log" &
		collector_pid=$!
		at_exit "lab_end $collector_pid"
		;;
	esac
}
after() {
	case $scene in
	down)
		sleep 20
		serve_again
		;;
	faults)
		wait_for 60 asked 4 && rc=0 || rc=1
		ok $rc "$scene: it was told 500, 502, reset and nothing"
		lab_end "$faults_pid"
		serve_again
		;;
	link)
		sleep 40
		monitor 'set_link net on'
		;;
	die | loop | hang)
		lab_console "$scene" 'is the NIC' 30 || true
		[ $scene != hang ] || lab_console hang 'hardware watchdog watches' 30 || true
		succeeds "$scene: it is made to" "$tools/gdb-poke" "$work/$scene.gdb" "$scene"
		;;
	esac
}

# what the record must say of it
told_pattern() {
	case $scene in
	down) echo 'capture: .*stored on .* try [0-9]+' ;;
	faults) echo 'capture: .*stored on .* try [0-9]+, .*HTTP 50[02]' ;;
	taken) echo 'capture: .*10.77.0.50 is another.s by now.* by DHCP' ;;
	esac
}

play() {
	scene=$1 where=$2 deadline=$3 rope=$4
	rm -rf "$work/told" "$work/state"
	lab_in='' lab_host='' lab_netdev='' lab_nic=e1000 lab_mac=52:54:00:aa:0b:01
	more='' crashkernel=192M vlan=0
	wire_says
	case $scene in
	small) crashkernel=76M ;;
	die | loop) more="-gdb unix:$work/$scene.gdb,server=on,wait=off" ;;
	hang) more="-gdb unix:$work/$scene.gdb,server=on,wait=off -device i6300esb" ;;
	vlan) vlan=7 ;;
	second_nic) lab_nic=e1000,addr=6 more="-device virtio-net-pci,addr=4,mac=52:54:00:aa:0b:77,romfile=" ;;
	esac
	if [ "$where" = room ]; then
		if [ "$(id -u)" != 0 ]; then
			skip "needs root for a network namespace" "$scene"
			return 0
		fi
		[ -n "${room:-}" ] || open_room
		lab_in="ip netns exec $room" lab_host=10.77.0.1
		lab_netdev="dgram,id=net,local.type=unix,local.path=$work/q.sock,remote.type=unix,remote.path=$work/w.sock"
		room_boot
	fi
	lab_server "profile lab {
	image = \"lab\"
	args = \"lab=idle unknown_nmi_panic\"
	console = \"ttyS0,115200n8\"
	crashkernel = \"$crashkernel\"
	deadline = $deadline
	panic = 3
	vlan = $vlan
}
rule { product = \"*\" profile = \"lab\" }"
	[ "$where" = user ] || wire_start
	# shellcheck disable=SC2086 # words
	lab_machine "$scene" $more
	lab_console "$scene" 'lab: idle' 180 || { stop_scene; return 0; }
	session=$(lab_session ' requested ')
	lab_event " running $session .*netconsole=on" 40 "$scene: it runs" || { stop_scene; return 0; }
	before
	monitor nmi
	if [ $scene != small ]; then
		lab_console "$scene" 'lastwords: capture kernel up' 90 || { stop_scene; return 0; }
	fi
	began=$(date +%s)
	after
	wait_for $((deadline + 30)) again && rc=0 || rc=1
	ok $rc "$scene: the machine boots again, after $(($(date +%s) - began)) s"
	[ $rc = 0 ] || tail -n 12 "$work/$scene.console" | tr -d '\r' | sed 's/^/# /'
	took=$(($(date +%s) - began))
	[ $took -le $((deadline + 20)) ] && rc=0 || rc=1
	ok $rc "$scene: within its deadline of $deadline s"
	case $rope in
	http)
		lab_event " uploaded $session .*rope=http" 20 "$scene: its log came by HTTP" || true
		like "$(cat "$(lab_dir "$session")/dmesg.txt" 2>&1)" \
			'Kernel panic - not syncing: NMI' "$scene: and has the death"
		;;
	udp)
		lab_event " resent $session rope=udp" 20 "$scene: its log came by the second rope" || true
		like "$(cat "$(lab_dir "$session")/netconsole.log")" 'Kernel panic - not syncing: NMI' \
			"$scene: and has the death"
		like "$(cat "$(lab_dir "$session")/netconsole.log")" \
			'^\[lastwords: not stored after 3 tries in [0-9]+ s: HTTP 401: no such token' \
			"$scene: and says why not by HTTP"
		;;
	none)
		sleep 1
		unlike "$(cat "$lab_state"/journal/*.log)" " uploaded $session" "$scene: nothing came, as was to be"
		;;
	esac
	pattern=$(told_pattern)
	if [ -n "$pattern" ]; then
		wait_for 20 shown "$pattern" && rc=0 || rc=1
		ok $rc "$scene: the record says what was in the way"
		[ $rc = 0 ] || sed 's/^/# /' "$work/show"
		diag "$(grep -ae 'capture:' "$work/show" || true)"
	fi
	[ $scene != second_nic ] || diag "$scene: $(grep -a 'is the NIC' "$work/$scene.console" | tr -d '\r')"
	stop_scene
}

stop_scene() {
	lab_stop "$scene"
	lab_end "$lab_server_pid"
	[ -z "${faults_pid:-}" ] || lab_end "$faults_pid"
	[ -z "${collector_pid:-}" ] || lab_end "$collector_pid"
	faults_pid='' collector_pid=''
	[ "$where" = room ] || return 0
	lab_end "$wire_pid"
	diag "$scene: the wire: $(cat "$work/wire.out")"
	case $scene in
	vlan) like "$(cat "$work/wire.out")" ' [1-9][0-9]* came tagged' "vlan: it came with the tag" ;;
	loss) like "$(cat "$work/wire.out")" ' [1-9][0-9]* dropped' "loss: the wire lost frames" ;;
	esac
	room_ip address delete 10.77.0.50/32 dev br0 2>/dev/null || true
	lab_end "$dnsmasq_pid"
}

open_room() {
	room_need
	room_open
}
room_boot() {
	: >"$work/leases"
	cat >"$work/dnsmasq.conf" <<-CONF
		interface=br0
		bind-interfaces
		port=0
		dhcp-range=10.77.0.50,10.77.0.99,255.255.255.0,10m
		dhcp-host=52:54:00:aa:0b:01,10.77.0.50
		dhcp-option=option:router,10.77.0.1
		dhcp-leasefile=$work/leases
		dhcp-authoritative
		dhcp-boot=http://10.77.0.1:8080/boot.ipxe
	CONF
	ip netns exec "$room" dnsmasq --no-daemon --conf-file="$work/dnsmasq.conf" \
		--user=root --group=root >"$work/dnsmasq.log" 2>&1 &
	dnsmasq_pid=$!
	at_exit "lab_end $dnsmasq_pid"
	wait_for 10 grep -q 'DHCP, IP range' "$work/dnsmasq.log" || { sed 's/^/# /' "$work/dnsmasq.log"; }
}
wire_start() {
	rm -f "$work/q.sock" "$work/w.sock"
	ip netns exec "$room" "$tools/wire" tap0 "$work/w.sock" "$work/q.sock" "$work/control" >"$work/wire.out" 2>&1 &
	wire_pid=$!
	at_exit "lab_end $wire_pid"
	wait_for 10 test -S "$work/w.sock" || { cat "$work/wire.out"; exit 1; }
}

for want in ${LAB_SCENES:-down link die hang vlan second_nic}; do
	row=$(echo "$rows" | grep "^$want ")
	# shellcheck disable=SC2086 # words
	play $row
done
done_testing
