#!/bin/sh
# SPDX-License-Identifier: MIT
# A real diskless Debian 12, initrd by dracut, from firmware to stored crash (null);
# path and evidence: debian.sh.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
. "$root/tests/e2e/debian.sh"
lab_need
room_need
debian_run debian-dracut "root=live:http://10.77.0.1:8080/images/debian/root.squashfs ip=dhcp rd.neednet=1 rd.live.overlay.overlayfs=1 rd.live.ram=1" null "NULL pointer dereference in .*"
done_testing
