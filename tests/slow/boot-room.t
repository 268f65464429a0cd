#!/bin/sh
# SPDX-License-Identifier: MIT
# Every way of booting, each from firmware to a stored crash; ways and evidence: tests/e2e/boot.sh.
# BOOT_SCENES names some of them.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
lab_need
room_need
boot_open
for scene in ${BOOT_SCENES:-rom undionly smbios3 uefi uefi_http isc isc_uefi proxy proxy_uefi}; do
	boot_scene "$scene"
done
done_testing
