#!/bin/sh
# SPDX-License-Identifier: MIT
# Networks that the OS and the capture kernel see differently: the OS has put the card that booted into
# a bond with another address (bond), or on a VLAN with tags (vlan); the server that netconsole and
# the callback go to is gone with all of IPv4 when the machine crashes, and a second one is on IPv6 (v6).
# Each with the stock and the small capture kernel. A namespace; needs root.
# Evidence: the keeper runs on bond0, on eth0.7; the capture kernel finds the card at once, by the MAC
# that booted; the record comes by HTTP, with the tag, by IPv6. LAB_SCENES names the rows to run.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
room_need
needs "make check installs and builds it" socat "$root/build/tests/lib/wire"
room_open
room_ip -6 address add fd00:77::1/64 dev br0 nodad
room_dnsmasq "dhcp-boot=http://10.77.0.1:8080/boot.ipxe" "enable-ra" "dhcp-range=fd00:77::,ra-only,64"

# kernel of an image: small where there is one
images=$work/images
mkdir "$images"
ln -s "$root/build/images/lab" "$images/"
[ ! -e "$root/build/images/lab-small/image.conf" ] || ln -s "$root/build/images/lab-small" "$images/"
lab_images=$images

bond=52:54:00:bb:0e:01
# profile NAME KIND ARGS [LINE]
profile() {
	case $2 in
	small) image=lab-small reserved=24M ;;
	*) image=lab reserved=192M ;;
	esac
	[ -e "$images/$image" ] || return 0
	lab_profile "$1-$2" "lab=idle unknown_nmi_panic $3" "image = \"$image\"" "capture = \"$2\"" \
		"crashkernel = \"$reserved\"" 'deadline = 90' 'panic = 3' ${4:+"$4"}
}
lab_server "url2 = \"http://[fd00:77::1]:8082\"
$(for kind in stock small; do
	profile bond $kind "lab.bond=$bond"
	profile vlan $kind lab.vlan=7 'vlan = 7'
	profile v6 $kind ''
done)
rule { product = \"*\" profile = \"bond-stock\" }"

# The same key, on IPv6 alone.
second=$work/second
mkdir -p "$second"
cp -p "$lab_state/key" "$second/"
sed -e "s#^state = .*#state = \"$second\"#; /^url2 /d" \
	-e 's#^listen = .*#listen = "[fd00:77::1]:8082"#' \
	-e 's#^netconsole = .*#netconsole = "[fd00:77::1]:6667"#' "$work/lastwords.conf" >"$work/second.conf"
ip netns exec "$room" "$root/build/bin/lastwords" -c "$work/second.conf" serve >"$work/second.log" 2>&1 &
at_exit "lab_end $!"
# shellcheck disable=SC2317 # wait_for calls it
answers() { ip netns exec "$room" curl -gfsS -o /dev/null 'http://[fd00:77::1]:8082/boot.ipxe' 2>/dev/null; }
succeeds "a server on IPv6 alone answers" wait_for 20 answers
sed 's/^/# /' "$work/second.log"

play() {
	lw machine "$lab_mac" --profile "$name" >/dev/null
	wire_set "$([ "$scene" != vlan ] || echo vlan=7)"
	room_wire
	lab_machine "$machine" -no-reboot
	if [ "$scene" = vlan ]; then
		lab_console "$machine" 'Run /lastwords/arm' 120 "$name: the machine boots without a tag" || return 0
		wire_set vlan=7 tagged
	fi
	id=$(echo "$lab_mac" | tr -d :)
	case $scene in
	bond) runs=bond0 ;;
	vlan) runs='eth0[.]7' ;;
	*) runs=eth0 ;;
	esac
	lab_event " running $id-.* interface=$runs .*netconsole=on" 180 "$name: the keeper runs on $runs" || return 0
	session=$(lab_session " running $id-")
	lab_console "$machine" 'lab: idle' 60 "$name: the OS is up" || return 0
	[ "$scene" != bond ] ||
		lab_console "$machine" "lab: .* is in bond0, with $bond" 5 "$name: the card has the address of the bond" || true
	if [ "$scene" = v6 ]; then
		room_ip -4 address flush dev br0
		lab_state=$second
	fi
	echo nmi | socat - "unix:$work/$machine.monitor" >/dev/null
	lab_console "$machine" 'lastwords: capture kernel up' 90 "$name: the capture kernel starts" || return 0
	lab_event " uploaded $session .*channel=http" 120 "$name: the dmesg came by HTTP" || return 0
	like "$(cat "$(lab_dir "$session")/dmesg.txt")" 'Kernel panic - not syncing: NMI' "$name: the dmesg has the panic"
	lab_console "$machine" 'lastwords: done, rebooting' 30 "$name: the machine reboots" || true
	messages=$(tr -d '\r' <"$work/$machine.console" | grep -a '^lastwords: ')
	unlike "$messages" 'no network on the NIC that booted' "$name: the capture kernel uses the card that booted"
	case $scene in
	vlan)
		like "$messages" 'eth0[.]7 has 10[.]77[.]' "$name: the capture kernel has an address on the VLAN"
		;;
	v6) like "$(cat "$second"/journal/*.log)" " uploaded $session .* address=f[de][0-9a-f]+:" "$name: the upload came by IPv6" ;;
	esac
	diag "$name: $(echo "$messages" | tr '\n' ';')"
}

number=0
names='bond-stock vlan-stock v6-stock bond-small vlan-small v6-small'
for name in ${LAB_SCENES:-$names}; do
	number=$((number + 1))
	case " $names " in
	*" $name "*) ;;
	*)
		ok 1 "unknown scene: $name"
		continue
		;;
	esac
	if ! grep -q "^profile $name " "$work/lastwords.conf"; then
		skip "no image lab-small: make lab-small builds it" "$name"
		continue
	fi
	scene=${name%-*} machine=$(echo "$name" | tr - _) lab_mac=52:54:00:aa:0e:0$number lab_state=$work/state
	play
	lab_stop "$machine"
	lab_end "$room_wire_pid"
	diag "$name: the wire: $(cat "$work/wire.out")"
	[ "$scene" != vlan ] || like "$(cat "$work/wire.out")" ' [1-9][0-9]* came tagged' "$name: frames came with the tag"
	[ "$scene" != v6 ] || room_ip address add 10.77.0.1/24 dev br0
done
done_testing
