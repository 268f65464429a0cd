#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad days: a machine dies, and something is wrong just then: with the server, with the network, with
# the capture kernel (own_: our small one, where lab-small is built), with the dead kernel's own memory.
# A row a scene, all in one run (some 25 minutes); LAB_SCENES names those to play.
# Evidence: each machine boots again within its deadline; the session's record (lastwords show) says
# what was in the way and by which channel its lines came: http, udp, the console alone, or, where the
# capture kernel came to nothing, what netconsole had brought before.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
tools=$root/build/tests/lib
needs "make check installs and builds it" socat "$tools/wire"

# name | where (user: QEMU's own network; room: a namespace, needs root) | deadline | how its log must
# come: http, second (to the second server), udp, console, none | death: nmi (netconsole sees nothing of
# it), or the lab's kind | what the record must say of it besides
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
taken          | room | 120 | http    | nmi  | capture: .*10.77.0.50 is another.s by now.*10.77.0.[0-9]+ by DHCP
no_address     | room |  40 | console | nmi  |
vlan           | room | 120 | http    | nmi  |
second_nic     | room |  90 | http    | nmi  |
'

monitor() { echo "$1" | socat - "unix:$work/$scene.monitor" >/dev/null; }
console() { tr -d '\r' <"$work/$scene.console"; }

# Reboots are told by iPXE's line.
boots() { grep -ac 'iPXE 1' "$work/$scene.console"; }
again() { [ "$(boots)" -ge 2 ]; }
shown() {
	"$root/build/bin/lastwords" -c "$shown_conf" show -n 3 "$session" >"$work/show" 2>&1 && grep -Eqe "$1" "$work/show"
}
# says PATTERN NAME: the record does, soon
says() {
	wait_for 20 shown "$1" && rc=0 || rc=1
	ok $rc "$scene: $2"
	[ $rc = 0 ] || { diag "expected to match: $1"; sed 's/^/# /' "$work/show"; }
}
# holds FILE PATTERN NAME
holds() {
	grep -aEqe "$2" "$1" && rc=0 || rc=1
	ok $rc "$scene: $3"
	[ $rc = 0 ] || { diag "expected to match: $2"; tail -n 5 "$1" | sed 's/^/# /'; }
}

serve_again() {
	${lab_in:-} "$root/build/bin/lastwords" -c "$work/lastwords.conf" serve >>"$work/serve.log" 2>&1 &
	lab_server_pid=$!
	at_exit "lab_end $lab_server_pid"
}
# Of the whole server only the collector.
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
	mkdir -p "$work/told"
	"$tools/http-faults" -p "$lab_http" "$work/told" "$@" >/dev/null &
	faults_pid=$!
	at_exit "lab_end $faults_pid"
}
asked() { [ -e "$work/told/$1.head" ]; }

# before: what must be wrong when the machine dies
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
	loss) wire_says loss=50 ;;
	vlan) wire_says vlan=7 tagged ;;
	esac
	case $scene in
	faults) faults 500 502:busy reset stall ;;
	refused) faults '401:no such token' && collect_only ;;
	other_refused) faults '401:no such token' ;;
	gone_http) collect_only ;;
	esac
}

# after: what becomes wrong, or right again, once the capture kernel is up
after() {
	case $kind in
	down)
		sleep 20
		serve_again
		;;
	faults)
		wait_for 60 asked 5 && rc=0 || rc=1
		ok $rc "$scene: it was told 500, 502, reset and nothing, and asked again"
		lab_end "$faults_pid"
		serve_again
		;;
	link)
		sleep 40
		monitor 'set_link net on'
		;;
	die | loop | hang)
		monitor 'set_link net off' # so that it does not get done
		lab_console "$scene" 'is the NIC' 30 || true
		[ "$kind" != hang ] || lab_console "$scene" 'hardware watchdog watches' 30 || true
		succeeds "$scene: it is made to" "$tools/gdb-poke" "$work/$scene.gdb" "$kind"
		;;
	esac
}

set_scene() {
	rm -rf "$work/told" "$work/state" "$work/second"
	lab_in='' lab_host='' lab_netdev='' lab_nic=e1000 lab_mac=52:54:00:aa:0b:01
	more='' image=lab capture=stock crashkernel=192M vlan=0 url2='' shown_conf=$work/lastwords.conf
	faults_pid='' collector_pid='' second_pid=''
	rm -f "$work/show"
	wire_says
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
	# (no_timer_check: a starved emulator's timer may look dead to a kernel that starts.)
	case $death in
	nmi) args='no_timer_check lab=idle unknown_nmi_panic' ;;
	*) args="no_timer_check lab.die=$death lab.after=5" ;;
	esac
}

# Whether the log came as it must.
came() {
	case $channel in
	http)
		lab_event " uploaded $session .*channel=http" 20 "$scene: its log came by HTTP" || return 0
		holds "$(lab_dir "$session")/dmesg.txt" "$panic" "and has the death"
		says '^record .*http' "the record says by which channel"
		;;
	second)
		lab_state=$work/second
		lab_event " uploaded $session .*channel=http" 20 "$scene: its log came to the second server" || return 0
		holds "$(lab_dir "$session")/dmesg.txt" "$panic" "and has the death"
		;;
	udp)
		lab_event " resent $session channel=udp" 20 "$scene: its log came by the second channel" || return 0
		holds "$(lab_dir "$session")/netconsole.log" "$panic" "and has the death"
		case $scene in
		refused) pattern='HTTP 401: no such token' ;;
		*) pattern='Connection refused' ;;
		esac
		holds "$(lab_dir "$session")/netconsole.log" \
			"^\[lastwords: not stored after [0-9]+ tries in [0-9]+ s: $pattern" "and says why not by HTTP"
		says '^record .* by udp' "the record says by which channel"
		;;
	console)
		console | sed "1,/^lastwords: dmesg of $session begins/d; /^lastwords: dmesg of $session ends/q" >"$work/dumped"
		holds "$work/dumped" "^lastwords: dmesg of $session ends" "its log came on the console, to its end"
		holds "$work/dumped" "$panic" "and has the death"
		holds "$work/$scene.console" 'not stored after [0-9]+ tries in [0-9]+ s: ' "and says why not by HTTP"
		;;
	none)
		sleep 1
		grep -aq " uploaded $session" "$lab_state"/journal/*.log && rc=1 || rc=0
		ok $rc "$scene: nothing came, as was to be"
		says '^state +died' "the record says that it died"
		says '^record .* \([0-9]+ by netconsole\)' "and that netconsole alone knows"
		holds "$(lab_dir "$session")/netconsole.log" "$panic" "which has the death"
		;;
	esac
}

play() {
	IFS='|' read -r scene where deadline channel death told <<-ROW
		$(printf '%s' "$rows" | grep "^$1 " | sed 's/ *| */|/g; s/ *$//')
	ROW
	[ -n "$scene" ] || { ok 1 "there is a scene $1"; return 0; }
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
profile lab {
	image = \"$image\"
	capture = \"$capture\"
	args = \"$args\"
	console = \"ttyS0,115200n8\"
	crashkernel = \"$crashkernel\"
	deadline = $deadline
	panic = 3
	vlan = $vlan
}
rule { product = \"*\" profile = \"lab\" }"
	[ "$where" = user ] || room_wire
	# shellcheck disable=SC2086 # words
	lab_machine "$scene" $more
	happen
	stop_scene
}

happen() {
	lab_event " running 525400aa0b01-.*netconsole=on" 240 "$scene: it runs" || return 0
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
	wait_for $((deadline + 30)) again && rc=0 || rc=1
	took=$(($(date +%s) - began))
	ok $rc "$scene: the machine boots again, after $took s"
	[ $rc = 0 ] || console | tail -n 12 | sed 's/^/# /'
	[ $took -le $((deadline + 20)) ] && rc=0 || rc=1
	ok $rc "$scene: within its deadline of $deadline s"
	came
	if [ -n "$told" ]; then says "$told" "the record says what was in the way"; fi
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
	vlan) like "$(cat "$work/wire.out")" ' [1-9][0-9]* came tagged' "vlan: it came with the tag" ;;
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
