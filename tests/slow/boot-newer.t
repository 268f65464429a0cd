#!/bin/sh
# SPDX-License-Identifier: MIT
# The same scripts with the iPXE of a newer Debian (2025), on BIOS and UEFI, each from firmware to a
# stored crash; ways and evidence: tests/e2e/boot.sh. Further evidence: the User-Agent of the request is
# not that of 2019.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
lab_need
room_need
boot_newer
[ -n "$boot_newer" ] || skip_all "$boot_why"
boot_open "firmware = \"$boot_newer\""
boot_scene undionly
boot_scene uefi
diag "$(grep -ah ' requested ' "$lab_state"/journal/*.log | grep -o 'platform=[a-z]*\|agent=[^ ]*' | tr '\n' ' ')"
is "$(grep -ah ' requested ' "$lab_state"/journal/*.log | grep -c 'agent=iPXE/1\.2[1-9]\|agent=iPXE/[2-9]')" 2 \
	"both requests came from the newer iPXE"
done_testing
