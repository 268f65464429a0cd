#!/bin/sh
# SPDX-License-Identifier: MIT
# A real diskless Debian 12, initrd by initramfs-tools, from firmware to stored crash (sysrq);
# path and evidence: debian.sh.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/debian.sh"
lab_need
room_need
debian_run debian "boot=live ip=dhcp fetch=http://10.77.0.1:8080/images/debian/root.squashfs" sysrq "sysrq crash.*"
done_testing
