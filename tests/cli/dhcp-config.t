#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords dhcp-config`: the real DHCP server accepts each output, which has the configured address.
# Evidence: dnsmasq --test, dhcpd -t, the lines with the URL; wrong input is one line and its exit code.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" "$bin/lastwords"
dhcp_config() { "$bin/lastwords" -c "$work/lastwords.conf" dhcp-config "$@" 2>"$work/err"; }
config() {
	cat >"$work/lastwords.conf" <<-END
		$1
		state = "$work/state"
		profile lab { image = "lab" }
		rule { product = "*" profile = "lab" }
	END
}
# accepted KIND FILE: by the DHCP server's own check
accepted() {
	case $1 in
	isc-dhcpd) dhcpd -t -4 -cf "$2" -lf "$work/leases" ;;
	*) dnsmasq --test --conf-file="$2" ;;
	esac >"$work/said" 2>&1
}
: >"$work/leases"

config 'url = "http://10.77.0.1:8081/"
firmware = "/usr/lib/ipxe"'
for kind in dnsmasq isc-dhcpd proxy pxelinux; do
	dhcp_config "$kind" >"$work/$kind.conf" && rc=0 || rc=$?
	is "$rc" 0 "$kind: the configuration is printed"
	like "$(cat "$work/$kind.conf")" 'http://10\.77\.0\.1:8081/(boot\.ipxe|pxelinux/)' "$kind: it has the script's URL"
	unlike "$(cat "$work/$kind.conf")" '@[A-Z0-9]+@' "$kind: no placeholder is left"
	program=dnsmasq
	[ "$kind" != isc-dhcpd ] || program=dhcpd
	if ! PATH=$PATH:/usr/sbin command -v $program >/dev/null; then
		skip "$program is not installed" "$kind: the DHCP server accepts it"
		continue
	fi
	PATH=$PATH:/usr/sbin
	accepted "$kind" "$work/$kind.conf" && rc=0 || rc=$?
	is "$rc" 0 "$kind: the DHCP server accepts it"
	[ "$rc" = 0 ] || diag "$(cat "$work/said")"
	sed 's/^\(.*\)10\.77\.0\.0/\1nowhere,,/; s/range .*/range/' "$work/$kind.conf" >"$work/broken"
	echo 'dhcp-range=;{' >>"$work/broken"
	fails "$kind: the DHCP server refuses a broken file" accepted "$kind" "$work/broken"
done

# IPv6 alone
config 'url = "http://[fd00:77::1]:8081"
firmware = "/usr/lib/ipxe"'
dhcp_config dnsmasq6 >"$work/six.conf" && rc=0 || rc=$?
is "$rc" 0 "dnsmasq6: the configuration is printed"
like "$(cat "$work/six.conf")" 'bootfile-url,http://\[fd00:77::1\]:8081/boot[.]ipxe' "dnsmasq6: it has the script's URL"
like "$(cat "$work/six.conf")" 'tftp://\[fd00:77::1\]/snponly[.]efi' "dnsmasq6: and the first stage's"
like "$(cat "$work/six.conf")" 'dhcp-range=fd00:77::d:0,fd00:77::d:ffff,slaac,64' "dnsmasq6: and the addresses"
unlike "$(cat "$work/six.conf")" '@[A-Z0-9]+@' "dnsmasq6: no placeholder is left"
if PATH=$PATH:/usr/sbin command -v dnsmasq >/dev/null; then
	PATH=$PATH:/usr/sbin
	succeeds "dnsmasq6: dnsmasq accepts it" accepted dnsmasq6 "$work/six.conf"
fi
dhcp_config dnsmasq >/dev/null && rc=0 || rc=$?
is "$rc" 1 "dnsmasq: an IPv6 url is refused"
like "$(cat "$work/err")" 'no IPv4 address; .*dnsmasq6' "dnsmasq: and what to use is named"
config 'url = "http://10.77.0.1:8081"'
dhcp_config dnsmasq6 >/dev/null && rc=0 || rc=$?
is "$rc" 1 "dnsmasq6: an IPv4 url is refused"

# Without firmware=: our own iPXE if it is built, else Debian's. The program is copied into a checkout made
# for this.
mkdir -p "$work/tree/build/bin"
cp -r "$root/ipxe" "$work/tree/"
cp "$bin/lastwords" "$work/tree/build/bin/"
config 'url = "http://10.77.0.1:8081/"'
made_for() { "$work/tree/build/bin/lastwords" -c "$work/lastwords.conf" dhcp-config dnsmasq 2>/dev/null | grep tftp-root; }
is "$(made_for)" 'tftp-root=/usr/lib/ipxe' "firmware defaults to Debian's iPXE"
mkdir -p "$work/tree/build/ipxe/current"
: >"$work/tree/build/ipxe/current/undionly.kpxe"
is "$(made_for)" "tftp-root=$work/tree/build/ipxe/current" "firmware defaults to our own iPXE if it is built"
config 'url = "http://10.77.0.1:8081/"
firmware = "/usr/lib/ipxe"'
is "$(made_for)" 'tftp-root=/usr/lib/ipxe' "a configured firmware wins"

# An iPXE release for network boot (ipxeboot.tar.gz, 2.0.0), unpacked: its shims, for all machines with UEFI.
mkdir -p "$work/ipxeboot/i386" "$work/ipxeboot/x86_64" "$work/ipxeboot/x86_64-sb" "$work/ipxeboot/arm64-sb"
for f in i386/undionly.kpxe x86_64/snponly.efi x86_64-sb/snponly.efi x86_64-sb/snponly-shim.efi arm64-sb/snponly-shim.efi; do
	echo "$f" >"$work/ipxeboot/$f"
done
config "url = \"http://10.77.0.1:8081/\"
firmware = \"$work/ipxeboot\""
dhcp_config dnsmasq >"$work/signed.conf"
for line in "tftp-root=$work/ipxeboot" 'dhcp-boot=tag:!ipxe,.*,i386/undionly.kpxe' 'dhcp-boot=tag:!ipxe,tag:efi64,x86_64-sb/snponly-shim.efi' \
	'dhcp-boot=tag:!ipxe,tag:arm64,arm64-sb/snponly-shim.efi' \
	'dhcp-boot=tag:!ipxe,tag:http64,http://10.77.0.1:8081/firmware/x86_64-sb/snponly-shim.efi'; do
	like "$(cat "$work/signed.conf")" "^$line\$" "an iPXE release: $line"
done
rm "$work/ipxeboot/x86_64-sb/snponly-shim.efi"
like "$(dhcp_config isc-dhcpd)" 'filename "x86_64/snponly.efi";' "without a shim: the unsigned iPXE of the release"

config 'url = "https://10.77.0.1/"'
like "$(dhcp_config dnsmasq)" 'https://10\.77\.0\.1/boot\.ipxe' "an https URL is used as configured"

config 'listen = "127.0.0.1:8080"'
dhcp_config dnsmasq && rc=0 || rc=$?
is "$rc" 1 "a server on loopback: exit 1"
like "$(cat "$work/err")" 'machines cannot reach 127\.0\.0\.1; set listen or url' "a server on loopback: the error has the fix"
dhcp_config dhcpcd && rc=0 || rc=$?
is "$rc" 2 "an unknown kind: exit 2"
like "$(cat "$work/err")" 'usage: lastwords dhcp-config dnsmasq\|dnsmasq6\|isc-dhcpd\|proxy\|pxelinux' "an unknown kind: the usage is printed"
done_testing
