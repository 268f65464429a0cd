#!/bin/sh
# SPDX-License-Identifier: MIT
# busybox: two static binaries from one source: bin/busybox with the applets that the capture
# initramfs uses, and bin/busybox-lab with more, for the lab OS.
# shellcheck source=initramfs/recipes/lib.sh
. "$(dirname "$0")/lib.sh"

need_program "$cc"
need_program bzip2
root=$(cd "$recipes/../.." && pwd)
unpack busybox

# build NAME FRAGMENT…
build() {
	name=$1
	shift
	make -s allnoconfig >/dev/null
	grep -h '^CONFIG_' "$@" >fragment
	sed 's/=.*//' fragment >keys
	# everything else stays "no"; numbers that become visible take their default
	sed 's/^# \(CONFIG_[A-Z0-9_]*\) is not set/\1=n/' .config |
		awk -F= 'NR == FNR { set[$1] = 1; next } !($1 in set)' keys - >rest
	cat rest fragment >.config
	yes '' | timeout 60 make -s oldconfig >/dev/null || true
	lost=
	while read -r line; do
		grep -qxF -- "$line" .config || lost="$lost $line"
	done <fragment
	[ -z "$lost" ] || fail "busybox does not keep$lost (of $*); what they depend on is missing there"
	make -s -j"$jobs" CC="$cc" HOSTCC=gcc ${host:+CROSS_COMPILE="$host-"} SKIP_STRIP=n \
		CONFIG_EXTRA_CFLAGS="$headers -fno-asynchronous-unwind-tables" busybox
	cp busybox "$out/bin/$name"
	# its applets, for those who cannot run it
	[ -z "$host" ] || { make -s HOSTCC=gcc busybox.links && cp busybox.links "$out/bin/$name.links"; }
}

build busybox "$root/initramfs/capture/busybox.config"
build busybox-lab "$root/initramfs/capture/busybox.config" "$root/tests/lab/busybox.config"
done_with busybox
