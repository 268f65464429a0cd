#!/bin/sh
# SPDX-License-Identifier: MIT
# module-suite.sh OUT KERNELS SUITE [FLAVOUR]: builds OUT/RELEASE/lab_die.ko, the lab module, for the kernel of another
# suite of Debian, amd64 unless FLAVOUR says arm64 (that needs a kernel up to 6.1). A newer suite's headers packages need its own compiler and libraries: they are unpacked
# to OUT/SUITE, not installed, and run there, which needs root. An older suite's work with this system's.
# KERNELS is as for images/kernel.sh. Prints the module's path; what is newer than its source is kept.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
fail() {
	echo "module-suite.sh: $*" >&2
	exit 1
}
[ $# -eq 3 ] || [ $# -eq 4 ] || fail "usage: module-suite.sh OUT KERNELS SUITE [FLAVOUR]"
mkdir -p "$1"
out=$(cd "$1" && pwd) kernels=$2 suite=$3 flavour=${4:-amd64}
tree=$(sh "$here/../../images/kernel.sh" "$kernels" "$suite" "$flavour") || exit 1
release=${tree##*/}
module=$out/$release/lab_die.ko
if [ -e "$module" ] && [ -z "$(find "$here/module" -newer "$module")" ]; then
	echo "$module"
	exit 0
fi
# shellcheck source=initramfs/recipes/apt.sh
. "$here/../../initramfs/recipes/apt.sh"

case $release in
4.* | 5.* | 6.1.*)
	sh "$here/../../images/kernel.sh" --headers "$kernels" "$suite" "$flavour" >/dev/null
	sh "$here/module.sh" "$out/$release" "$kernels/headers/$release" "$release"
	echo "$module"
	exit 0
	;;
esac
[ "$flavour" = amd64 ] || fail "$release: its module can only be built for amd64"
[ "$(id -u)" = 0 ] || fail "$suite: its compiler runs in a tree of its own, which needs root"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing; make check installs it"
build=$out/$suite
if ! [ -e "$build/usr/src/linux-headers-$release/Makefile" ]; then
	apt_open "$out/apt" "$suite"
	rm -rf "$build"
	# the machine's own settings of apt hold here too
	rm -f "$apt_dir/conf/zz-lastwords"
	cat /dev/null "$apt_dir"/conf/* >"$apt_dir/options"
	mmdebstrap --quiet --mode=root --variant=extract --aptopt="$apt_dir/options" --aptopt='Acquire::Retries "3"' \
		--include="linux-headers-$release,base-files,make,dash,coreutils,sed,grep,gawk,findutils" \
		"$suite" "$build" "$apt_dir"/sources/* >"$out/log" 2>&1 ||
		fail "the headers of $release cannot be fetched: $(grep . "$out/log" | tail -n 1)"
	ln -sf gawk "$build/usr/bin/awk"
fi
rm -rf "$build/work"
mkdir -p "$build/work" "$out/$release"
cp "$here/module/lab_die.c" "$build/work/"
printf '%s\n' 'obj-m := lab_die.o' 'ccflags-y := -std=gnu11 -fmacro-prefix-map=$(src)/=' >"$build/work/Kbuild"
# objtool reads /proc, which goes away with the mount namespace
# shellcheck disable=SC2016 # for the inner shell
unshare --mount sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" /usr/bin/env -i PATH=/usr/bin:/bin \
	make -s -C "/usr/src/linux-headers-$2" M=/work modules' sh "$build" "$release" >"$out/log" 2>&1 || fail "building the lab module for $release failed: $(tail -n 3 "$out/log" | tr '\n' ' ')"
strip --strip-debug -o "$module.new" "$build/work/lab_die.ko"
mv "$module.new" "$module"
rm -rf "$build/work"
echo "$module"
