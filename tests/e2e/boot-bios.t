#!/bin/sh
# SPDX-License-Identifier: MIT
# From firmware to a stored crash: BIOS, the iPXE ROM of the card, DHCP of
# `lastwords dhcp-config dnsmasq`. Path and evidence: boot.sh; the other ways: tests/slow/boot-room.t.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/boot.sh"
lab_need
room_need
boot_open
boot_scene rom
done_testing
