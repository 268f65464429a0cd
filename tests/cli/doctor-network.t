#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords doctor` in a network of its own: a namespace with a server room (10.77.0.1, lastwords serve, dnsmasq as
# lastwords dhcp-config prints it), a second one for another DHCP server on the same wire. Needs root; no packet
# leaves the namespaces. Path: DISCOVERs and offers on the bridge, TFTP, HTTP, a netconsole line and an upload to
# files, nft's rules, a full disk, a clock that is wrong. Evidence: a healthy room has exit code 0 and nothing that
# stays; each fault is found, by its name, with a fix, and nothing else is.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
[ "$(id -u)" = 0 ] || missing "a network namespace needs root; run it with sudo"
needs "make check installs it" ip dnsmasq nft curl
. "$root/tests/lib/lighttpd.sh"
needs "make check installs and builds it" lighttpd "$bin/lastwords" "$bin/lastwords-collector"

room=lwd$$
ip netns add "$room" || { echo "Bail out! cannot make a network namespace"; exit 1; }
at_exit "ip netns delete $room"
inside() { ip netns exec "$room" "$@"; }
inside ip link set lo up
inside ip link add br0 type bridge
inside ip address add 10.77.0.1/24 dev br0
ip netns add "$room-other"
at_exit "ip netns delete $room-other"
inside ip link add other0 type veth peer name eth0 netns "$room-other"
inside ip link set other0 master br0 up
inside ip link set br0 up
other() { ip netns exec "$room-other" "$@"; }
other ip link set lo up
other ip address add 10.77.0.2/24 dev eth0
other ip link set eth0 up

firmware=$work/firmware
mkdir "$firmware"
for file in undionly.kpxe snponly.efi ipxe-arm64.efi; do
	head -c 70000 /dev/urandom >"$firmware/$file"
done
lab_image "$work/images" lab
{ printf MZ; head -c 2000 /dev/zero; } >"$work/images/lab/vmlinuz"
echo crashkernel-from=measured >>"$work/images/lab/image.conf"
chmod -R a+rX "$work/images" "$firmware"
printf '#!/bin/sh\necho run >>%s\n' "$work/hooked" >"$work/hook"
chmod 755 "$work/hook"
state=$work/state
mkdir "$state"
cat >"$work/lastwords.conf" <<END
listen = "0.0.0.0:8080"
netconsole = "0.0.0.0:6666"
url = "http://10.77.0.1:8080"
state = "$state"
images = "$work/images"
firmware = "$firmware"
hook = "$work/hook"
hook_wait = "0"
profile lab { image = "lab" crashkernel = "192M" console = "ttyS0,115200n8" }
rule { product = "*" profile = "lab" }
END
export LASTWORDS_SERVE_AS_ROOT=1
doctor() {
	inside "$bin/lastwords" -c "$work/lastwords.conf" doctor "$@" >"$work/out" 2>"$work/err" && rc=0 || rc=$?
	out=$(cat "$work/out")
}
serve_answers() { inside curl -fsS -m 5 -o /dev/null http://10.77.0.1:8080/boot.ipxe 2>/dev/null; }
serve() {
	ip netns exec "$room" "$bin/lastwords" -c "$work/lastwords.conf" serve >>"$work/serve.log" 2>&1 &
	serve_pid=$!
	wait_for 20 serve_answers || diag "$(cat "$work/serve.log")"
}
end() {
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}
serve_pid=
at_exit 'end "$serve_pid"'
serve

# dhcp KIND [SED]: dnsmasq with what dhcp-config prints, changed
dhcp_pid=
at_exit 'end "$dhcp_pid"'
dhcp() {
	end "$dhcp_pid"
	inside "$bin/lastwords" -c "$work/lastwords.conf" dhcp-config "$1" | sed -e "${2:-}" >"$work/dhcp.conf"
	: >"$work/dhcp.log"
	ip netns exec "$room" dnsmasq --no-daemon --conf-file="$work/dhcp.conf" --interface=br0 --bind-interfaces --log-dhcp \
		--dhcp-leasefile="$work/leases" --user=root --group=root >"$work/dhcp.log" 2>&1 &
	dhcp_pid=$!
	wait_for 10 grep -q 'TFTP root' "$work/dhcp.log" || diag "$(cat "$work/dhcp.log")"
}
# found WHAT NAME: a problem or warning has a line that matches, with why and a fix
found() {
	printf '%s\n' "$out" | sed -n '/^problem\|^warning/{N;N;s/\n */ | /g;p}' | grep -E "$1" >"$work/found" || cp "$work/out" "$work/found"
	like "$(cat "$work/found")" '^(problem|warning).* \| why .+ \| fix .+' "$2"
}
# only CHECKS NAME: other checks have no problem
only() {
	is "$(printf '%s\n' "$out" | sed -n 's/^problem *\([a-z]*\):.*/\1/p; s/^warning *\([a-z]*\):.*/\1/p' | sort -u | tr '\n' ' ')" "$1 " "$2"
}

# --- healthy, a server of a fleet ---
mkdir -p "$state/keys"
head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$state/keys/own"
echo >>"$state/keys/own"
chmod 600 "$state/keys/own"
chown -R --reference="$state" "$state/keys"
dhcp dnsmasq
begin=$(date +%s)
doctor
is "$rc" 0 "a healthy room: exit code 0"
diag "it took $(($(date +%s) - begin)) s"
like "$out" '^0 problems, 0 warnings, ' "nothing is found"
for kind in 'BIOS gets undionly\.kpxe from 10\.77\.0\.1' 'UEFI gets snponly\.efi' 'UEFI ARM64 gets ipxe-arm64\.efi' \
	'UEFI HTTP boot gets http://10\.77\.0\.1:8080/firmware/snponly\.efi' 'iPXE gets http://10\.77\.0\.1:8080/boot\.ipxe'; do
	like "$out" "^well +dhcp: $kind" "DHCP: $kind"
done
like "$out" '^well +tftp: 10\.77\.0\.1 gives snponly\.efi, 70000 bytes, as here' "TFTP gives the whole file"
like "$out" '^well +boot: /boot arms a machine without a name; 3 files are there' "/boot answers"
like "$out" '^well +netconsole: a netconsole line from 10\.77\.0\.1 is in a log' "a netconsole line arrives"
like "$out" '^well +upload: an upload to http://10\.77\.0\.1:8080 is stored' "an upload arrives"
is "$(cat "$work/leases")" '' "no address was taken"
doctor --json
is "$rc" 0 "as JSON: exit code 0"
like "$out" '^\{"result":"well","well":[0-9]+,"skipped":[0-9]+,"warning":0,"problem":0,"findings":\[\{"check":"dhcp","severity":"well"' "the object"

# programs for Secure Boot: PE files with nothing but a certificate table
# efi FILE TEXT: its table has the text
efi() {
	perl -e 'my ($file, $text) = @ARGV; my $head = "MZ" . "\0" x 58 . pack("V", 64);
		$head .= "PE\0\0" . "\0" x 20 . pack("v", 0x20b) . "\0" x 110 . "\0" x 32 . pack("VV", 4096, length $text);
		open my $to, ">", $file or die; print $to $head, "\0" x (4096 - length $head), $text' "$1" "$2"
}
mkdir "$firmware/x86_64-sb"
efi "$firmware/x86_64-sb/snponly-shim.efi" 'x Microsoft Corporation UEFI CA 2011 y Microsoft UEFI CA 2023 z'
doctor --only secure-boot
like "$out" '^well +secure-boot: x86_64-sb/snponly-shim\.efi: signed by Microsoft.s CAs of 2011 and 2023' "a shim that both CAs have signed"
found 'secure-boot: .*/x86_64-sb/snponly\.efi is missing' "the iPXE behind the shim is missing"
: >"$firmware/x86_64-sb/snponly.efi"
efi "$firmware/x86_64-sb/snponly-shim.efi" 'Microsoft Corporation UEFI CA 2011'
doctor --only secure-boot
like "$out" '^well +secure-boot: .*CA of 2011 only; firmware that trusts only that of 2023 needs ipxe-shimx64' "a shim of 2011"
is "$rc" 0 "is right"
like "$("$bin/lastwords" -c "$work/lastwords.conf" explain 52:54:00:aa:00:09 platform=efi 2>&1)" \
	'^with Secure Boot its firmware has to trust Microsoft.s CA of 2011 only: x86_64-sb/snponly-shim\.efi' "explain says so too"
efi "$firmware/x86_64-sb/snponly-shim.efi" 'somebody else'
doctor --only secure-boot
found 'secure-boot: .*has no signature of Microsoft' "a shim of somebody else"
echo text >"$firmware/x86_64-sb/snponly-shim.efi"
doctor --only secure-boot
found 'secure-boot: .*not an EFI program' "a shim that is none"
inside curl -fsS -o /dev/null -w '%{http_code} %{redirect_url}' http://10.77.0.1:8080/firmware/x86_64-sb/autoexec.ipxe >"$work/redirect" || :
is "$(cat "$work/redirect")" '302 http://10.77.0.1:8080/boot.ipxe' "iPXE's autoexec.ipxe beside the program is boot.ipxe"
is "$(inside curl -fsS http://10.77.0.1:8080/autoexec.ipxe | sha256sum)" "$(sha256sum <"$root/ipxe/boot.ipxe")" "so is the one at the top"
rm -r "$firmware/x86_64-sb"
doctor --only secure-boot
like "$out" '^skipped +secure-boot: machines with Secure Boot cannot boot by iPXE' "no program for Secure Boot"

doctor --only tftp,clock
is "$(printf '%s\n' "$out" | sed -n 's/^well *\([a-z]*\):.*/\1/p' | sort -u | tr '\n' ' ')" 'clock tftp ' "only some checks"

# Nothing of it stays.
is "$(find "$state/sessions" "$state/run/probe" "$state/streams" -type f 2>/dev/null)" '' "no file of the doctor's stays"
is "$(cat "$state"/journal/*.log 2>/dev/null)" '' "the journal has no line of it"
is "$("$bin/lastwords" -c "$work/lastwords.conf" sessions 2>/dev/null)$("$bin/lastwords" -c "$work/lastwords.conf" crashes 2>/dev/null)" '' \
	"it is in no list"
fails "the hook was not run" test -e "$work/hooked"
counted() { inside curl -s http://10.77.0.1:8080/metrics | grep -q '^lastwords_packets_total [1-9]'; }
wait_for 10 counted || true
unlike "$(inside curl -s http://10.77.0.1:8080/metrics | grep -E '_(crashes|sessions|uploads)')" ' [1-9]' "metrics count none of it"

# A machine's own upload, for comparison, and its script.
inside curl -s "http://10.77.0.1:8080/boot?mac=52-54-00-aa-00-01&product=KVM&serial=S1" >"$work/script"
id=$(sed -n 's|.*/session/\([^ ]*\)\.cpio.*|\1|p' "$work/script" | head -n 1)
token=$(sed -n 's/.*token=\([0-9a-f]*\).*/\1/p' "$work/script" | head -n 1)
printf '[    1.000000] Kernel panic - not syncing: a test\n' | inside curl -s -o /dev/null -H "Authorization: Bearer $token" -T - \
	"http://10.77.0.1:8080/crash/$id"
succeeds "a machine's upload runs the hook" wait_for 15 test -e "$work/hooked"
doctor --only boot
like "$out" '^well +boot: /boot arms 52:54:00:aa:00:01; 3 files are there' "/boot is asked as the machine that booted last"
doctor --only boot --mac 52:54:00:aa:00:09
like "$out" '^well +boot: /boot arms 52:54:00:aa:00:09;' "or as another"
doctor --only boot,upload,netconsole
is "$("$bin/lastwords" -c "$work/lastwords.conf" crashes --json | grep -c '"session"')" 1 "the machine's crash is the only one"
is "$(grep -c . "$state"/journal/*.log)" "$(grep -c "$id" "$state"/journal/*.log)" "and the journal has only its lines"

old=$("$root/tests/collector/packets.pl" mint "$state/key" 020000000000 doctor 1700000000000)
now=$("$root/tests/collector/packets.pl" mint "$state/key" 020000000000 doctor)
mkdir -p "$state/run/probe/020000000000/$old" "$state/run/probe/020000000000/$now"
: >"$state/run/probe/020000000000/$old/dmesg.txt"
: >"$state/run/probe/020000000000/$now/dmesg.txt"
doctor --only upload
is "$(ls "$state/run/probe/020000000000")" "$now" "what a killed doctor has left is removed, but not what another one needs"
rm -r "$state/run/probe"

# From another host, by the command that is printed.
command=$("$bin/lastwords" -c "$work/lastwords.conf" doctor --only netconsole | sed -n 's/.*other host: \(echo .*[0-9]\) (bash).*/\1/p')
other bash -c "$command"
arrived() { grep -q lastwords-doctor "$state"/streams/10.77.0.2-*.log 2>/dev/null; }
succeeds "the printed command sends a line from another host" wait_for 10 arrived

# --- DHCP ---
end "$dhcp_pid"
dhcp_pid=
doctor
is "$rc" 1 "without a DHCP server: exit code 1"
found 'dhcp: no DHCP server answers on br0' "it is found"
found 'tftp: TFTP server 10\.77\.0\.1 does not answer' "so is the TFTP server, which was the same program"
only 'dhcp tftp' "and nothing else"

dhcp dnsmasq 's/undionly.kpxe$/undionly.kpxe,,10.77.0.9/'
doctor
found 'dhcp: next-server for BIOS is 10\.77\.0\.9, not this server \(10\.77\.0\.1\)' "a wrong next-server"
found 'tftp: TFTP server 10\.77\.0\.9 does not answer \(BIOS, undionly\.kpxe\)' "which has no TFTP"
only 'dhcp tftp' "and nothing else"
is "$rc" 1 "exit code 1"

dhcp dnsmasq '/tag:ipxe,http/d; s/tag:!ipxe,//g'
doctor --only dhcp
found 'dhcp: iPXE gets undionly\.kpxe, not http://10\.77\.0\.1:8080/boot\.ipxe .*again and again' "iPXE that loads iPXE for ever"

dhcp dnsmasq '/option:vendor-class/d'
doctor --only dhcp
found 'dhcp: HTTP boot: the offer has no option 60' "HTTP boot without its option"

dhcp dnsmasq 's/^dhcp-boot=.*efi64.*/dhcp-boot=tag:!ipxe,tag:efi64,old.efi/'
doctor --only dhcp,tftp
found 'dhcp: UEFI gets old\.efi, not snponly\.efi' "another file"
found 'tftp: TFTP server 10\.77\.0\.1 does not give old\.efi \(UEFI\) \| why error 1: ' "which is missing"

# --- TFTP ---
mkdir "$work/tftp"
cp "$firmware/undionly.kpxe" "$work/tftp/"
echo 'an older one' >"$work/tftp/ipxe-arm64.efi"
dhcp dnsmasq "s,^tftp-root=.*,tftp-root=$work/tftp,"
doctor
found 'tftp: TFTP server 10\.77\.0\.1 does not give snponly\.efi \(UEFI\) \| why error 1: ' "a missing file"
found 'tftp: TFTP server 10\.77\.0\.1 gives another ipxe-arm64\.efi' "a file with other bytes"
only 'tftp' "and nothing else"

rm "$work/tftp/ipxe-arm64.efi"
cp "$firmware/snponly.efi" "$work/tftp/"
mv "$firmware/ipxe-arm64.efi" "$work/"
doctor --only dhcp,tftp
is "$rc" 0 "no iPXE for ARM64, as in Debian's package: exit code 0"
like "$out" '^skipped +tftp: TFTP server 10\.77\.0\.1 does not give ipxe-arm64\.efi \(UEFI ARM64\)' "it is told"
mv "$work/ipxe-arm64.efi" "$firmware/"
mv "$firmware/snponly.efi" "$work/"
doctor --only dhcp
found 'dhcp: UEFI HTTP boot gets http://10\.77\.0\.1:8080/firmware/snponly\.efi, which is not there' "a URL without its file"
mv "$work/snponly.efi" "$firmware/"
if setpriv --reuid 65534 --clear-groups test -x "$bin/lastwords"; then
	inside setpriv --reuid 65534 --regid 65534 --clear-groups "$bin/lastwords" -c "$work/lastwords.conf" doctor --only dhcp \
		>"$work/out" 2>&1 && rc=0 || rc=$?
	out=$(cat "$work/out")
	is "$rc" 0 "another user: exit code 0"
	like "$out" '^skipped +dhcp: the DHCP server was not asked' "DHCP is skipped"
	like "$out" 'fix +run lastwords doctor as root \(CAP_NET_RAW\)' "with what it takes"
else
	skip "no other user can run it here" "another user"
fi

# --- two servers, a proxy ---
dhcp dnsmasq
ip netns exec "$room-other" dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=eth0 --bind-interfaces \
	--dhcp-range=10.77.0.150,10.77.0.160 --dhcp-boot=pxelinux.0 --dhcp-leasefile="$work/leases.other" --user=root \
	--group=root >"$work/other.log" 2>&1 &
other_pid=$!
at_exit 'end "$other_pid"'
wait_for 10 grep -q 'IP range' "$work/other.log" || diag "$(cat "$work/other.log")"
doctor --only dhcp
found 'dhcp: two DHCP servers answer BIOS differently: .*10\.77\.0\.2' "two DHCP servers"
end "$other_pid"
ip netns exec "$room-other" dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=eth0 --bind-interfaces \
	--dhcp-range=10.77.0.150,10.77.0.160 --dhcp-leasefile="$work/leases.other" --user=root \
	--group=root >"$work/other.log" 2>&1 &
other_pid=$!
wait_for 10 grep -q 'IP range' "$work/other.log" || diag "$(cat "$work/other.log")"
dhcp proxy
doctor --only dhcp,tftp
is "$rc" 0 "a proxy next to a DHCP server without boot files: exit code 0"
like "$out" '^well +dhcp: BIOS gets undionly\.kpxe from 10\.77\.0\.1' "the file behind the proxy's menu"
like "$out" '^well +dhcp: iPXE gets http://10\.77\.0\.1:8080/boot\.ipxe' "and iPXE's"
end "$other_pid"
other_pid=
doctor --only dhcp
found 'dhcp: no DHCP server gives addresses' "a proxy alone"

# --- another program ---
if command -v dhcpd >/dev/null; then
	end "$dhcp_pid"
	inside "$bin/lastwords" -c "$work/lastwords.conf" dhcp-config isc-dhcpd >"$work/dhcpd.conf"
	: >"$work/dhcpd.leases"
	ip netns exec "$room" dhcpd -4 -d -f --no-pid -cf "$work/dhcpd.conf" -lf "$work/dhcpd.leases" br0 >"$work/dhcp.log" 2>&1 &
	dhcp_pid=$!
	wait_for 10 grep -q 'Sending on' "$work/dhcp.log" || diag "$(cat "$work/dhcp.log")"
	doctor --only dhcp
	is "$rc" 0 "ISC dhcpd: exit code 0"
	is "$(printf '%s\n' "$out" | grep -c '^well')" 5 "all five kinds have their file"
else
	skip "dhcpd is not installed" "ISC dhcpd"
fi

# --- the server ---
dhcp dnsmasq
inside nft -f - <<END
table inet lw {
	chain input {
		type filter hook input priority 0; policy accept;
		iifname "lo" ip saddr 127.0.0.1 accept
		udp dport 6666 drop
	}
}
END
doctor
found 'firewall: the firewall drops udp port 6666: netconsole \| why inet lw input: udp dport 6666 drop \| fix nft insert rule inet lw input udp dport 6666 accept' \
	"a firewall, by its rule"
found 'netconsole: a netconsole line sent to 10\.77\.0\.1, UDP port 6666, does not arrive \| why the collector runs' \
	"and by what does not arrive"
only 'firewall netconsole' "and nothing else"
is "$rc" 1 "exit code 1"
# the command that it names
inside sh -c "$(printf '%s\n' "$out" | sed -n 's/^ *fix *\(nft insert .* accept\), and.*/\1/p' | head -n 1)"
doctor --only firewall,netconsole
is "$rc" 0 "the printed fix repairs it"
inside nft flush ruleset

faketime=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
case $bin in */san/*) faketime= ;; esac # (it and ASan do not go together)
if [ -n "$faketime" ]; then
	NO_FAKE_STAT=1 FAKETIME=-400d LD_PRELOAD=$faketime \
		inside "$bin/lastwords" -c "$work/lastwords.conf" doctor --only clock >"$work/out" 2>&1 && rc=0 || rc=$?
	out=$(cat "$work/out")
	is "$rc" 1 "a wrong clock: exit code 1"
	found 'clock: the clock is wrong: it is 20[0-9-]+T[0-9:.]+Z, and .* is of 20' "it is found"
else
	skip "libfaketime is not installed, or ASan is in" "a wrong clock"
fi

end "$serve_pid"
serve_pid=
doctor
found 'server: the collector does not run' "no server: the collector"
found 'server: no HTTP server answers at http://10\.77\.0\.1:8080' "the HTTP server"
found 'boot: /boot does not answer' "/boot"
found 'netconsole: .* does not arrive \| why .*collector does not run' "the netconsole line"
found 'upload: an upload to http://10\.77\.0\.1:8080 is not stored' "the upload"
only 'boot netconsole server upload' "and nothing else"
is "$(find "$state/run/probe" 2>/dev/null)" '' "nothing of the doctor's stays"

# --- who may send ---
sed -i 's,^hook_wait.*,netconsole_from = "10.77.0.0/24",' "$work/lastwords.conf"
serve
doctor --only netconsole
is "$rc" 0 "netconsole_from: exit code 0"
like "$out" 'a netconsole line from 10\.77\.0\.1 is in a log' "lines are sent from the addresses that may"
unlike "$out" '127\.0\.0\.1' "and from no other"
end "$serve_pid"
serve_pid=

# --- a full disk ---
mkdir "$work/small"
if mount -t tmpfs -o size=40m tmpfs "$work/small" 2>/dev/null; then
	at_exit 'umount "$work/small"'
	sed -i "s,^state = .*,state = \"$work/small/state\"\ndisk_floor = \"16M\"," "$work/lastwords.conf"
	mkdir "$work/small/state"
	serve
	head -c 36000000 /dev/zero >"$work/small/much"
	doctor --only disk,upload
	found 'disk: the disk is full: [0-9]+ of 40 MB free' "a full disk"
	found 'upload: an upload .* is not stored \| why status 507' "and the upload that it keeps out"
	rm "$work/small/much"
	doctor --only disk,upload
	is "$rc" 0 "with room again: exit code 0"
	end "$serve_pid"
	serve_pid=
	umount "$work/small"
	mount -t tmpfs -o size=40m,nr_inodes=30 tmpfs "$work/small"
	mkdir "$work/small/state"
	(cd "$work/small/state" && touch $(seq 27))
	doctor --only disk
	found 'disk: the disk is full: [0-9]+ of 30 inodes free' "a disk without inodes"
else
	skip "no file system can be mounted" "a full disk"
fi
done_testing
