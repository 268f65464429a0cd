# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # variables of tap.sh and for lab.sh
# room.sh: a server room, after lab.sh: a network namespace with a bridge 10.77.0.1/24, a tap for one
# machine, and real dnsmasq (DHCP, TFTP) in it. Needs root. No packet leaves the namespace.
#
#	room_need       skips without root or the tools (never in CI)
#	room_open       makes the room ($room: the namespace); lab_server and lab_machine then work inside it
#	room_ip ARG…    `ip` in it
#	room_dnsmasq CONF…   starts dnsmasq with these lines after the usual ones
#	room_dhcp KIND [SED]    starts what `lastwords dhcp-config KIND` prints, changed by sed's SED; with
#	                        isc-dhcpd dnsmasq is the TFTP server, with proxy another dhcpd (in a second
#	                        namespace) gives addresses. Log: $work/dhcp.log
#	room_dhcp_end           ends them
#	room_boot       dnsmasq which gives $lab_mac the address 10.77.0.50 and lab_server's script;
#	                $room_dnsmasq_pid, also of room_dnsmasq
#	room_wire [LOG] a bad cable (wire.c) between the tap and the machine, before lab_machine; its
#	                counts are in $work/wire.out; $room_wire_pid
#	wire_set WORD…  what it does from now on (wire.c has the words; none: a good cable)
#	room_start LOG PATTERN COMMAND…   starts a server in it, waits for PATTERN in LOG; $room_pid
#	room_neighbour ADDRESS/BITS    a host on the same wire, which only has this address
#	room_neighbour_end      removes it

room_need() {
	[ "$(id -u)" = 0 ] || missing "a network namespace needs root; run it with sudo"
	needs "make check installs it" ip dnsmasq
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
	: >"$work/dnsmasq.log"
	room_start "$work/dnsmasq.log" 'DHCP, IP range' dnsmasq --no-daemon \
		--conf-file="$work/dnsmasq.conf" --user=root --group=root
	room_dnsmasq_pid=$room_pid
}

room_boot() {
	: >"$work/leases"
	room_dnsmasq "dhcp-host=$lab_mac,10.77.0.50" dhcp-boot=http://10.77.0.1:8080/boot.ipxe
}

wire_set() {
	echo "$*" >"$work/control"
}

room_wire() {
	rm -f "$work/q.sock" "$work/w.sock"
	lab_netdev="dgram,id=net,local.type=unix,local.path=$work/q.sock,remote.type=unix,remote.path=$work/w.sock"
	ip netns exec "$room" "$root/build/tests/lib/wire" tap0 "$work/w.sock" "$work/q.sock" \
		"$work/control" "$@" >"$work/wire.out" 2>&1 &
	room_wire_pid=$!
	at_exit "lab_end $room_wire_pid"
	wait_for 10 test -S "$work/w.sock" || {
		sed 's/^/# /' "$work/wire.out"
		echo "Bail out! the wire did not start"
		exit 1
	}
}

# (room_dhcp_end ends these)
room_start() {
	room_log=$1 room_pattern=$2
	shift 2
	ip netns exec "${room_where:-$room}" "$@" >>"$room_log" 2>&1 &
	room_pid=$!
	room_pids="${room_pids:-} $room_pid"
	at_exit "lab_end $room_pid"
	wait_for 10 grep -q "$room_pattern" "$room_log" || {
		sed 's/^/# /' "$room_log"
		echo "Bail out! $1 did not start"
		exit 1
	}
}

room_dhcpd() {
	: >"$work/dhcpd.leases"
	: >"$work/dhcpd.log"
	room_start "$work/dhcpd.log" 'Sending on' dhcpd -4 -d -f --no-pid -cf "$1" \
		-lf "$work/dhcpd.leases" "$2"
}

# A DHCP server without boot options, as 10.77.0.2 on the same wire.
room_other_dhcpd() {
	if [ -z "${room_other:-}" ]; then
		room_other=$room-other
		ip netns add "$room_other"
		at_exit "ip netns delete $room_other"
		room_ip link add other0 type veth peer name eth0 netns "$room_other"
		room_ip link set other0 master br0 up
		ip -n "$room_other" address add 10.77.0.2/24 dev eth0
		ip -n "$room_other" link set eth0 up
	fi
	cat >"$work/other.conf" <<-END
		authoritative;
		subnet 10.77.0.0 netmask 255.255.255.0 {
			range 10.77.0.50 10.77.0.99;
			option routers 10.77.0.2;
		}
	END
	room_where=$room_other
	room_dhcpd "$work/other.conf" eth0
	room_where=
}

room_dhcp() {
	ip netns exec "$room" "$root/build/bin/lastwords" -c "$work/lastwords.conf" dhcp-config "$1" |
		sed -e "${2:-}" >"$work/dhcp.conf"
	rm -f "$work/leases"
	: >"$work/dhcp.log"
	case $1 in
	isc-dhcpd)
		room_dhcpd "$work/dhcp.conf" br0
		room_start "$work/dhcp.log" 'TFTP root' dnsmasq --no-daemon --conf-file=/dev/null \
			--port=0 --enable-tftp "--tftp-root=$(lab_firmware)" --user=root --group=root
		;;
	*)
		[ "$1" != proxy ] || room_other_dhcpd
		room_start "$work/dhcp.log" 'TFTP root' dnsmasq --no-daemon \
			--conf-file="$work/dhcp.conf" --interface=br0 --bind-interfaces --log-dhcp \
			--dhcp-leasefile="$work/leases" --user=root --group=root
		;;
	esac
}

# The configured directory of undionly.kpxe and snponly.efi.
lab_firmware() {
	lab_found=$(sed -n 's/^firmware = "\(.*\)"/\1/p' "$work/lastwords.conf")
	echo "${lab_found:-/usr/lib/ipxe}"
}

room_dhcp_end() {
	for room_pid in ${room_pids:-}; do
		lab_end "$room_pid"
	done
	room_pids=
}

room_neighbour() {
	ip netns add "$room-near"
	at_exit "room_neighbour_end"
	room_ip link add near0 type veth peer name eth0 netns "$room-near"
	room_ip link set near0 master br0 up
	ip -n "$room-near" address add "$1" dev eth0
	ip -n "$room-near" link set eth0 up
}

room_neighbour_end() {
	ip netns delete "$room-near" 2>/dev/null || true
}
