#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine that the server sends away (503 with Retry-After: too many boot at once) comes again by
# iPXE's own doing, after the time that it was told, and boots; one that is told to wait for longer than
# boot.ipxe's patience comes again by boot.ipxe's. With the iPXE of 2019 (Debian 12's) and, where it
# can be had, of 2025. A server that only says 503 stands in for the one that sheds (that ours does so:
# tests/cgi/shed.t), at the same port; evidence: what it was asked and when, the console, the journal.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/e2e/boot.sh"
lab_need
faults=$root/build/tests/lib/http-faults
needs "make check builds it" "$faults"
lab_server "profile lab {
	image = \"lab\"
	args = \"lab=idle\"
	console = \"ttyS0,115200n8\"
}
rule { mac = \"52:54:00:aa:*\" profile = \"lab\" }"
lab_end "$lab_server_pid"

asked() { [ -e "$work/told-$scene/$1.head" ]; }

# shed NAME SECONDS [DEVICE-PCHANNELRTY]: the first request is told to come again in SECONDS
shed() {
	scene=$1 waited=0
	lab_mac=$(printf '52:54:00:aa:0c:%02x' "$2")
	lab_nic=e1000${3:-}
	mkdir "$work/told-$scene"
	"$faults" -p "$lab_http" "$work/told-$scene" "200:$(cat "$root/ipxe/boot.ipxe")" "503+$2" >/dev/null &
	faults_pid=$!
	at_exit "lab_end $faults_pid"
	lab_machine "$scene"
	if ! wait_for 90 asked 2; then
		ok 1 "$scene: it asks how to boot"
		tail -n 25 "$work/$scene.console" | tr -d '\r' | sed 's/^/# /'
		sed 's/^/# qemu: /' "$work/$scene.qemu"
		lab_stop "$scene"
		return 0
	fi
	told=$(date +%s)
	like "$(cat "$work/told-$scene/2.head")" '^GET /boot\?mac=.*' "$scene: it asks how to boot, and is told 503"
	diag "$(tr -d '\r' <"$work/told-$scene/2.head" | grep User-Agent)"
	# Long enough for one that would not wait.
	asked_again=0
	wait_for 3 asked 3 && asked_again=1
	is $asked_again 0 "$scene: it does not ask again at once"
	lab_end "$faults_pid"
	"$root/build/bin/lastwords" -c "$work/lastwords.conf" serve >>"$work/serve.log" 2>&1 &
	lab_server_pid=$!
	at_exit "lab_end $lab_server_pid"
	lab_event " requested $(echo "$lab_mac" | tr -d :)-" 90 "$scene: it comes again" || { lab_stop "$scene"; return 0; }
	waited=$(($(date +%s) - told))
	diag "$scene: after $waited s"
	lab_console "$scene" 'lab: up|lab: idle' 120 "it boots" || true
	lab_stop "$scene"
	lab_end "$lab_server_pid"
}

shed ipxe2019 12
ok "$([ $waited -ge 11 ] && echo 0 || echo 1)" "ipxe2019: not before it was told to"
is "$(grep -c 'trying again in' "$work/ipxe2019.console" || :)" 0 "ipxe2019: by itself, not by boot.ipxe"
shed ipxe2019_late 40
is "$(grep -c 'trying again in' "$work/ipxe2019_late.console" || :)" 1 "ipxe2019_late: boot.ipxe's patience is shorter"

ipxe_newer() {
	(
		fail() { echo "$*" >&2; exit 1; }
		. "$root/initramfs/recipes/apt.sh"
		apt_open "$work/apt" trixie
		apt_binary ipxe-qemu "$work/deb"
	) >"$work/fetch.log" 2>&1 && dpkg -x "$work"/deb/ipxe-qemu_*.deb "$work/newer"
}
if ipxe_newer; then
	shed ipxe2025 13 ",romfile=$work/newer/usr/share/qemu/pxe-e1000.rom"
	ok "$([ $waited -ge 12 ] && echo 0 || echo 1)" "ipxe2025: not before it was told to"
	is "$(grep -c 'trying again in' "$work/ipxe2025.console" || :)" 0 "ipxe2025: by itself"
	like "$(cat "$work/told-ipxe2025/2.head")" 'User-Agent: iPXE/(1\.2[1-9]|[2-9])' "ipxe2025: it is the newer one"
else
	diag "no newer iPXE to be had: $(tail -n 1 "$work/fetch.log")"
fi
done_testing
