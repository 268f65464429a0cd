#!/bin/sh
# shellcheck disable=SC2154
# SPDX-License-Identifier: MIT
# udhcpc's script in the lab OS: sets the address, route and name servers of the lease. udhcpc sets
# $interface, $ip, $mask, $router, $dns, and gives the event as $1.
case $1 in
deconfig)
	ip address flush dev "$interface"
	;;
bound | renew)
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
