# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # variables of tap.sh and for lab.sh
# room.sh: a server room of its own, after lab.sh: a network namespace with a bridge 10.77.0.1/24, a
# tap for one machine, and real dnsmasq (DHCP, TFTP) in it. Needs root. Nothing leaves the namespace.
#
#	room_need       skips without root or the tools (never in CI)
#	room_open       makes the room; lab_server and lab_machine then work inside it
#	room_dnsmasq CONF…   starts dnsmasq with these lines besides the usual ones

room_need() {
	room_why=
	[ "$(id -u)" = 0 ] || room_why="needs root for a network namespace"
	for room_tool in ip dnsmasq; do
		command -v "$room_tool" >/dev/null || room_why="missing: $room_tool"
	done
	[ -n "$room_why" ] || return 0
	[ -z "${CI:-}" ] || { echo "Bail out! $room_why"; exit 1; }
	skip_all "$room_why"
}

room_open() {
	room=lw$$
	ip netns add "$room" || { echo "Bail out! cannot make a network namespace"; exit 1; }
	at_exit "ip netns delete $room"
	room_ip link set lo up
	room_ip link add br0 type bridge
	room_ip link set br0 up
	room_ip address add 10.77.0.1/24 dev br0
	room_ip tuntap add dev tap0 mode tap
	room_ip link set tap0 master br0
	room_ip link set tap0 up
	lab_in="ip netns exec $room"
	lab_host=10.77.0.1
	lab_netdev="tap,id=net,ifname=tap0,script=no,downscript=no"
}

room_ip() {
	ip -n "$room" "$@"
}

room_dnsmasq() {
	{
		echo "interface=br0"
		echo "bind-interfaces"
		echo "port=0"
		echo "dhcp-range=10.77.0.50,10.77.0.99,255.255.255.0,10m"
		echo "dhcp-option=option:router,10.77.0.1"
		echo "dhcp-leasefile=$work/leases"
		echo "dhcp-authoritative"
		echo "log-dhcp"
		printf '%s\n' "$@"
	} >"$work/dnsmasq.conf"
	ip netns exec "$room" dnsmasq --no-daemon --conf-file="$work/dnsmasq.conf" \
		--user=root --group=root >"$work/dnsmasq.log" 2>&1 &
	at_exit "lab_end $!"
	wait_for 10 grep -q 'DHCP, IP range' "$work/dnsmasq.log" || {
		sed 's/^/# /' "$work/dnsmasq.log"
		echo "Bail out! dnsmasq did not start"
		exit 1
	}
}
