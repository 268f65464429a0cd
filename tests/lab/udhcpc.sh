#!/bin/sh
# shellcheck disable=SC2154
# SPDX-License-Identifier: MIT
# udhcpc's script in the lab OS: sets the address, route and name servers of the lease. udhcpc sets
# $interface, $ip, $mask, $router, $dns (udhcpc6: $ipv6), and gives the event as $1.
case $1 in
deconfig)
	ip -4 address flush dev "$interface"
	;;
bound | renew)
	if [ -n "${ipv6:-}" ]; then # udhcpc6; the route is in router advertisements
		ip -6 address replace "$ipv6/128" dev "$interface"
		exit 0
	fi
	ip address replace "$ip/${mask:-24}" dev "$interface"
	for r in $router; do
		ip route replace default via "$r" dev "$interface"
		break
	done
	: >/etc/resolv.conf
	for d in $dns; do
		echo "nameserver $d" >>/etc/resolv.conf
	done
	;;
esac
exit 0
