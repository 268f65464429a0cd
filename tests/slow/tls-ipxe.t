#!/bin/sh
# SPDX-License-Identifier: MIT
# A server that answers HTTPS only, and iPXE that boots from it, on UEFI: script, kernel, session, callback and upload
# without one request over HTTP. The server's certificate is RSA, as iPXE wants it. Evidence: the stored crash, and
# the server's log, in which every request came on the port of HTTPS.
#
#	own     our own iPXE (`make ipxe URL=https://… TRUST=CA.pem`), where iPXE's source can be fetched; its build, and
#		the CA that is in it, are kept in build/tls-lab
#	newer   Debian 13's, which has HTTPS, and gets boot.ipxe from the server: DHCP names the CA by its SHA-256
#		(option 175.90), and the server sends the CA's certificate with its own
#	other   Debian 13's with another CA: it does not take a script from this server
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/lib/tls.sh"
. "$root/tests/e2e/boot.sh"
lab_need
room_need
needs "make check installs and builds it" /usr/lib/lighttpd/mod_openssl.so "$root/build/bin/lastwords-arm-tls"

keep=$root/build/tls-lab url=https://10.77.0.1:8443
mkdir -p "$keep" "$work/firmware"
if [ ! -e "$keep/ca.pem" ]; then
	tls_ca kept rsa
	cp "$tls/kept.ca.key" "$keep/ca.key"
	cp "$tls/kept.ca.pem" "$keep/ca.pem"
fi
cp "$keep/ca.key" "$tls/kept.ca.key"
cp "$keep/ca.pem" "$tls/kept.ca.pem"
tls_ca other rsa
tls_cert rsa kept 90 IP:10.77.0.1 rsa
cat "$keep/ca.pem" >>"$tls/rsa.pem"
tls_install rsa
lab_images=$work/images
succeeds "an image with the CA is made" sh "$root/tests/lab/lab.sh" "$root/build/kernel" "$work/images/lab" '' \
	--tls "$keep/ca.pem"
lab_server_answers() {
	lab_runs "$lab_server_pid" && $lab_in curl -fsS -m 5 --cacert "$keep/ca.pem" -o /dev/null "$url/boot.ipxe"
}
boot_open "firmware = \"$work/firmware\"" \
	'tls { cert = "tls/server.pem" key = "tls/server.key" listen = "10.77.0.1:8443" only = true }'

fingerprint() { openssl x509 -in "$1" -outform DER | sha256sum | cut -c 1-64 | sed 's/../&:/g; s/:$//'; }
# https NAME NUMBER SED: the machine, with the DHCP server's settings changed
https() {
	name=$1 platform=efi began=$(date +%s)
	lab_mac=52:54:00:aa:0d:0$2 lab_nic=virtio-net-pci,romfile=
	mac=$(echo "$lab_mac" | tr -d :)
	room_dhcp dnsmasq "$3"
	boot_ovmf "$name"
	# shellcheck disable=SC2086 # words
	lab_machine "$name" -no-reboot $boot_firmware
}
newer() {
	boot_newer
	[ -n "$boot_newer" ] || return 1
	cp "$boot_newer/snponly.efi" "$work/firmware/"
}

for scene in ${IPXE_SCENES:-own newer other}; do
	case $scene in
	own)
		made=$(URL=$url TRUST=$keep/ca.pem sh "$root/images/ipxe.sh" "$keep/ipxe" 2>"$work/ipxe.err") || {
			skip "$(tail -n 1 "$work/ipxe.err")" "own: boots over HTTPS"
			continue
		}
		cp "$made/snponly.efi" "$work/firmware/"
		https own 1 '/userclass/d; /tag:ipxe/d'
		boot_watch ;;
	newer)
		newer || { skip "$boot_why" "newer: boots over HTTPS"; continue; }
		https newer 2 "\$a dhcp-option-force=encap:175,90,$(fingerprint "$keep/ca.pem")"
		boot_watch ;;
	other)
		newer || { skip "$boot_why" "other: does not boot"; continue; }
		https other 3 "\$a dhcp-option-force=encap:175,90,$(fingerprint "$tls/other.ca.pem")"
		lab_console other 'https://10.77.0.1:8443/boot.ipxe\.+ .*(Permission denied|ipxe.org/)' 150 "it refuses the server"
		is "$(lab_count " requested $mac-")" 0 "other: it asked for no script" ;;
	esac
	boot_stop
done
is "$(sed 's/.* //' "$lab_state/run/access.log" | sort -u)" 8443 "every request came over HTTPS"
done_testing
