#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine that gets 503 with Retry-After (too many boot at once) asks again after that time, and boots:
# iPXE itself waits; where Retry-After is longer than boot.ipxe waits, boot.ipxe asks again before. With the
# iPXE of 2019 (Debian 12's) and, where it can be fetched, of 2025. A stand-in that only answers 503 replaces
# our server (which sheds load: tests/cgi/shed.t) at the same port; evidence: its requests and their
# times, the console, the journal.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/e2e/boot.sh"
lab_need
faults=$root/build/tests/lib/http-faults
needs "make check builds it" "$faults"
lab_server "$(lab_profile lab lab=idle)
rule { mac = \"52:54:00:aa:*\" profile = \"lab\" }"
lab_end "$lab_server_pid"

asked() { [ -e "$work/asked-$scene/$1.head" ]; }

# shed NAME SECONDS [DEVICE-PROPERTY]: the first request gets 503 with Retry-After: SECONDS
shed() {
	scene=$1 waited=0
	lab_mac=$(printf '52:54:00:aa:0c:%02x' "$2")
	lab_nic=e1000${3:-}
	mkdir "$work/asked-$scene"
	"$faults" -p "$lab_http" "$work/asked-$scene" "200:$(cat "$root/ipxe/boot.ipxe")" "503+$2" >/dev/null &
	faults_pid=$!
	at_exit "lab_end $faults_pid"
	lab_machine "$scene"
	if ! wait_for 90 asked 2; then
		ok 1 "$scene: the machine requests its script"
		tail -n 25 "$work/$scene.console" | tr -d '\r' | sed 's/^/# /'
		sed 's/^/# qemu: /' "$work/$scene.qemu"
		lab_stop "$scene"
		return 0
	fi
	began=$(date +%s)
	like "$(cat "$work/asked-$scene/2.head")" '^GET /boot\?mac=.*' "$scene: the machine requests its script and gets 503"
	diag "$(tr -d '\r' <"$work/asked-$scene/2.head" | grep User-Agent)"
	# Long enough to see a machine that does not wait.
	asked_again=0
	within 3 asked 3 && asked_again=1
	is $asked_again 0 "$scene: the machine does not ask again at once"
	lab_end "$faults_pid"
	lab_serve_again
	lab_event " requested $(echo "$lab_mac" | tr -d :)-" 90 "$scene: the machine asks again" || { lab_stop "$scene"; return 0; }
	waited=$(($(date +%s) - began))
	diag "$scene: after $waited s"
	lab_console "$scene" 'lab: up|lab: idle' 120 "the machine boots after 503" || true
	lab_stop "$scene"
	lab_end "$lab_server_pid"
}

shed ipxe2019 12
succeeds "ipxe2019: the machine waits for the time of Retry-After" test $waited -ge 11
is "$(grep -c 'trying again in' "$work/ipxe2019.console" || :)" 0 "ipxe2019: iPXE waits, not boot.ipxe"
shed ipxe2019_late 40
is "$(grep -c 'trying again in' "$work/ipxe2019_late.console" || :)" 1 "ipxe2019_late: boot.ipxe asks again before the time of Retry-After"

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
	succeeds "ipxe2025: the machine waits for the time of Retry-After" test $waited -ge 12
	is "$(grep -c 'trying again in' "$work/ipxe2025.console" || :)" 0 "ipxe2025: iPXE waits, not boot.ipxe"
	like "$(cat "$work/asked-ipxe2025/2.head")" 'User-Agent: iPXE/(1\.2[1-9]|[2-9])' "ipxe2025: the request came from the newer iPXE"
else
	diag "a newer iPXE cannot be fetched: $(tail -n 1 "$work/fetch.log")"
fi
done_testing
