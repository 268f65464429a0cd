#!/bin/sh
# SPDX-License-Identifier: MIT
# capture-kernel.sh OUT [TIER]: builds the small capture kernel from Debian's linux-source package,
# without installing anything, to OUT/HASH/{bzImage,config,made}, and prints that directory. HASH is of
# everything it is made of, so a second call builds nothing; OUT/tierN is a link to the last one, and
# the source package is kept in OUT/deb.
# Needs no root. Progress goes to stderr.
#
#   TIER      1 (default): images/capture-kernel.config; 2: capture-kernel-tier2.config as well
#
# Environment: JOBS (default 2), CAPTURE_SOURCE=PACKAGE:SUITE (default linux-source-6.1:bookworm).
set -eu
umask 022
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS CPPFLAGS LDFLAGS CC V B || true
export LC_ALL=C KBUILD_BUILD_USER=lastwords KBUILD_BUILD_HOST=lastwords \
	KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:01 UTC'
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "capture-kernel.sh: $*" >&2
	exit 1
}
say() { echo "capture-kernel.sh: $*" >&2; }
case ${1-} in
'' | -*) fail "usage: capture-kernel.sh OUT [TIER]" ;;
esac
mkdir -p "$1"
out=$(cd "$1" && pwd)
fragments=$here/capture-kernel.config
case ${2:-1} in
1) ;;
2) fragments="$fragments $here/capture-kernel-tier2.config" ;;
*) fail "tier $2: unknown; use 1 or 2" ;;
esac
source=${CAPTURE_SOURCE:-linux-source-6.1:bookworm}
package=${source%%:*}
for program in gcc make flex bison bc xz lz4 dpkg-deb flock sha256sum; do
	command -v $program >/dev/null || fail "$program is missing; run: sh images/need.sh kernel"
done
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../initramfs/recipes/apt.sh"

exec 8>"$out/lock"
flock 8

# --- the source -----------------------------------------------------------------------------------

deb=$(find "$out" -path "$out/deb/${package}_*.deb" | head -n 1)
if [ -z "$deb" ]; then
	say "fetching $package"
	rm -rf "$out/deb.new"
	apt_open "$out/apt" "${source#*:}"
	apt_binary "$package" "$out/deb.new" >&2
	mkdir -p "$out/deb"
	mv "$out"/deb.new/*.deb "$out/deb/"
	rmdir "$out/deb.new"
	deb=$(find "$out" -path "$out/deb/${package}_*.deb" | head -n 1)
fi
# shellcheck disable=SC2086 # fragments are words
hash=$(
	{
		echo "${deb##*/}"
		gcc -dumpfullversion
		ld --version | head -n 1
		sed 's/[ \t]*#  *[^C].*//' $fragments
		cat "$here/open-nic.c"
		sed -n '/^# --- what is changed/,$p' "$here/capture-kernel.sh"
	} | sha256sum | cut -c 1-16
)
made=$out/$hash
tier=$out/tier${2:-1}
if [ -s "$made/bzImage" ]; then
	if [ "$(readlink "$tier")" != "$hash" ]; then
		touch "$made/bzImage" # images with the other one are older now
		ln -sfn "$hash" "$tier"
	fi
	echo "$made"
	exit 0
fi

work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
log=$out/build.log
tree=$work/linux
mkdir "$tree"
say "unpacking ${deb##*/}"
# Of other architectures, of graphics and sound only what Kconfig reads.
{
	dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$package.tar.xz" | xz -dc |
		tar -x -C "$tree" --strip-components=1 --exclude='*/arch/[!x]*/*.[chS]' \
			--exclude='*/arch/[!x]*/*.dts*' --exclude='*/drivers/gpu/*.[ch]' \
			--exclude='*/sound/*.[ch]' --exclude='*/tools/testing/*' \
			--exclude='*/Documentation/*.rst' --exclude='*/Documentation/*.txt' \
			--exclude='*/Documentation/*.yaml'
} || fail "$deb cannot be unpacked: is the disk full? Else remove it and run again"
[ -e "$tree/Kconfig" ] || fail "$deb holds no kernel source as expected"

# --- what is changed in the source ----------------------------------------------------------------

# change FILE SED: a text of the source; fails where it is not as expected
change() {
	sed "$2" "$tree/$1" >"$work/changed"
	! cmp -s "$work/changed" "$tree/$1" || fail "$1 of $package is not as expected; nothing there for: sed $2"
	cat "$work/changed" >"$tree/$1"
}
# The NIC that booted is opened as soon as it has its driver.
cp "$here/open-nic.c" "$tree/drivers/net/"
echo 'obj-y += open-nic.o' >>"$tree/drivers/net/Makefile"
# e1000 looks at its link as it is opened and then every 2 s: an interrupt that the link came up does not end
# that pause, as the work is queued already.
change drivers/net/ethernet/intel/e1000/e1000_main.c \
	's/schedule_delayed_work(&adapter->watchdog_task, 1);/mod_delayed_work(system_wq, \&adapter->watchdog_task, 1);/'
# e1000 reads its EEPROM at 10 kHz, for 0.4 s; its chips (93C46, 93C66) are made for 1 MHz, this is 100 kHz.
change drivers/net/ethernet/intel/e1000/e1000_hw.c 's/delay_usec = 50;/delay_usec = 5;/'
# The APIC's timer is measured over 20 ms, twice, not over 100 ms.
change arch/x86/kernel/apic/apic.c 's,^#define LAPIC_CAL_LOOPS.*,#define LAPIC_CAL_LOOPS (HZ / 50),'
change arch/x86/kernel/apic/apic.c 's,pm_100ms = PMTMR_TICKS_PER_SEC / 10;,pm_100ms = PMTMR_TICKS_PER_SEC / 50;,'
# Memory that the start has used is given back as it is, not overwritten byte by byte.
change mm/page_alloc.c 's/if ((unsigned int)poison <= 0xFF)$/if (0)/'
# Optimised for speed: what clears each allocation (for size that is done byte by byte), and what unpacks.
echo 'CFLAGS_slub.o += -O2' >>"$tree/mm/Makefile"
echo 'ccflags-y += -O2' >>"$tree/lib/zlib_inflate/Makefile"

# --- the configuration ----------------------------------------------------------------------------

# fail_log WHAT: with the end of the log
fail_log() {
	tail -n 20 "$log" >&2
	fail "$1; the whole log: $log"
}

cd "$tree"
: >"$log"
# shellcheck disable=SC2086 # fragments are words
sed -n 's/^\(CONFIG_[A-Za-z0-9_]*=[^ \t]*\).*/\1/p; s/^\(# CONFIG_[A-Za-z0-9_]* is not set\).*/\1/p' \
	$fragments >"$work/fragment"
# What tinyconfig does, with the fragment in it: what nobody names is off, or its only choice.
cat kernel/configs/tiny.config arch/x86/configs/tiny.config "$work/fragment" >"$work/all.config"
make -s ARCH=x86_64 KCONFIG_ALLCONFIG="$work/all.config" allnoconfig >>"$log" 2>&1 &&
	make -s ARCH=x86_64 olddefconfig >>"$log" 2>&1 || fail_log "the kernel's configuration failed"
lost=
while read -r line; do
	case $line in
	'# '*)
		key=${line#\# }
		if grep -q "^${key%% *}=" .config; then
			lost="$lost ${key%% *}=n"
		fi ;;
	*) grep -qxF -- "$line" .config || lost="$lost $line" ;;
	esac
done <"$work/fragment"
[ -z "$lost" ] || fail "the kernel does not keep$lost of $fragments; what they depend on is missing there"

# --- the build ------------------------------------------------------------------------------------

begin=$(date +%s)
say "building, some minutes (log: $log)"
nice make -s -j"${JOBS:-2}" ARCH=x86_64 bzImage >>"$log" 2>&1 || fail_log "the kernel does not build"
mkdir "$work/made"
cp arch/x86/boot/bzImage .config "$work/made/"
mv "$work/made/.config" "$work/made/config"
{
	echo "source=${deb##*/}"
	echo "release=$(make -s ARCH=x86_64 kernelrelease)"
	echo "tier=${2:-1}"
	echo "seconds=$(($(date +%s) - begin))"
} >"$work/made/made"
rm -rf "$made"
mv "$work/made" "$made"
ln -sfn "$hash" "$tier"
say "made $made/bzImage, $(stat -c %s "$made/bzImage") bytes, in $(($(date +%s) - begin)) s"
echo "$made"
