#!/bin/sh
# shellcheck disable=SC2154
# SPDX-License-Identifier: MIT
# udhcpc's script in the lab OS: sets address, routes and name servers as the lease says.
# udhcpc gives $interface, $ip, $mask, $router, $dns, $1 = what happened.
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
