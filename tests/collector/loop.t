#!/bin/sh
# SPDX-License-Identifier: MIT
# A machine that boots often and whose keeper's callback never comes is no boot loop while its kernel is
# heard by netconsole; one that is not heard is. Evidence: the scripts, and the boot-loop event.
# shellcheck disable=SC2317 # called by wait_for
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

mkdir -p "$work/images/img"
for f in vmlinuz initrd.img overlay.cpio.gz; do
	echo $f >"$work/images/img/$f"
done
echo "overlay-sha256=$(sha256sum <"$work/images/img/overlay.cpio.gz" | cut -c1-64)" >"$work/images/img/image.conf"
cat >>"$work/lastwords.conf" <<END
images = "$work/images"
fallback = "rescue"
loop_boots = 3
profile debian { image = "img" args = "quiet" }
profile rescue { image = "img" args = "rescue" }
rule { product = "*" profile = "debian" }
END
collector_start
# ask MAC: $script, $id; fetches the session archive
ask() {
	script=$(QUERY_STRING="mac=$1&product=KVM" REQUEST_URI=/boot "$bin/lastwords-boot" -c "$work/lastwords.conf" |
		tr -d '\r')
	id=$(echo "$script" | sed -n 's/.*lastwords.session=\([^ ]*\).*/\1/p' | head -n 1)
	archive=$(echo "$script" | sed -n 's|.* http://[^/]*\(/session/[^ ]*\).*|\1|p' | head -n 1)
	QUERY_STRING=${archive#*\?} REQUEST_URI=${archive%%\?*} "$bin/lastwords-boot" -c "$work/lastwords.conf" >/dev/null
}
bound() { journal | grep -q " bound $id "; }
for i in 1 2 3 4 5; do
	ask 52-54-00-00-00-01
	like "$script" '^kernel .* quiet' "boot $i of a machine that is heard has the usual script"
	p "6,1,0,-;Command line: lastwords.session=$id" | send "$("$packets" port)"
	soon "the kernel of a looping machine is heard" bound
done
for i in 1 2 3; do
	ask 52-54-00-00-00-02
	like "$script" '^kernel .* quiet' "boot $i of a machine that is not heard has the usual script"
done
ask 52-54-00-00-00-02
like "$script" '^kernel .* rescue' "a machine that is not heard gets the fallback"
is "$(journal | grep -c ' event - what=boot-loop ')" 1 "only the machine that is not heard has an event"
like "$(journal)" ' event - what=boot-loop mac=52:54:00:00:00:02 ' "the boot loop has an event with its MAC"
collector_stop TERM
done_testing
