#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords bisect over commits, with real builds and real machines in QEMU. Path: a git repository with the lab's kernel
# module; each commit that is run is built with the kernel's headers into an image of its own, booted on two
# targets, and a script loads the module. The fifth commit makes it crash in 0.8 of the boots; the third does not
# compile, the fourth does again. Evidence: the fifth is named, what cannot be built is passed over, and the newest
# commit without the fifth is built as well and does not crash.
# shellcheck disable=SC2154 # lab_…: lab.sh's
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check-full installs it" cpio git
release=$(sed -n 's/^release=//p' "$root/build/images/lab/image.conf")
headers=$root/build/kernel/headers/$release
needs "make check builds it" "$headers/usr/src/linux-headers-$release/Makefile"

# --- the repository
repo=$work/repo
module=$repo/module/lab_die.c
mkdir -p "$repo/module" "$work/images"
cp "$root/tests/lab/module.sh" "$repo/"
git_at() { git -C "$repo" -c user.name=t -c user.email=t@example.org "$@" >>"$work/git" 2>&1; }
commit() { # SUBJECT: of the module as it is
	git_at add -A
	git_at commit -m "$1"
}
git_at init
# shellcheck disable=SC2016 # awk's
awk '/^static const struct {$/ { print "static void lab_die_often(void)\n{\n}\n" }
	{ print }
	/\{"null", lab_die_null\},/ { print "\t{\"often\", lab_die_often}," }' "$root/tests/lab/module/lab_die.c" >"$module"
commit 'lab_die: a kind that does nothing'
echo 'MODULE_VERSION("1");' >>"$module"
commit 'lab_die: a version'
echo 'MODULE_DESCRIPTION("crashes");' >>"$module"
commit 'lab_die: a description'
echo '#error unfinished' >>"$module"
commit 'lab_die: half a change'
sed -i '/^#error/d; s/^MODULE_VERSION.*/MODULE_VERSION("2");/' "$module"
commit 'lab_die: the other half'
sed -i 's/^#include <linux\/notifier.h>/&\n#include <linux\/random.h>/
	/^static void lab_die_often/,/^}/s/^{/{\n\tif (get_random_u32() % 10 < 8)\n\t\tlab_die_null();/' "$module"
commit 'lab_die: the kind does something'
for version in 3 4; do
	sed -i "s/^MODULE_VERSION.*/MODULE_VERSION(\"$version\");/" "$module"
	commit "lab_die: version $version"
done
git -C "$repo" log --reverse --format=%H >"$work/commits"
nth() { sed -n "$(($1 + 1))p" "$work/commits"; }

cat >"$work/build" <<-END
	set -eu
	sh module.sh "\$PWD/out" "$headers" "$release"
	mkdir -p "\$LASTWORDS_IMAGE_DIR.new" os/lib/lab
	cp out/lab_die.ko os/lib/lab/
	for f in vmlinuz overlay.cpio.gz image.conf initrd.img; do
		cp "$root/build/images/lab/\$f" "\$LASTWORDS_IMAGE_DIR.new/"
	done
	truncate -s %4 "\$LASTWORDS_IMAGE_DIR.new/initrd.img"
	(cd os && find . -type f | cpio --quiet -o -H newc) >>"\$LASTWORDS_IMAGE_DIR.new/initrd.img"
	rm -rf out os
	mv "\$LASTWORDS_IMAGE_DIR.new" "\$LASTWORDS_IMAGE_DIR"
END
printf '%s\n' 'sleep 1' 'insmod /lib/lab/lab_die.ko kind=often' 'exit 0' >"$work/script"

# --- the machines
ln -s "$root/build/images/lab" "$work/images/lab"
lab_images=$work/images
targets=
for name in vm1 vm2; do
	targets="$targets
target $name { mac = \"52:54:00:aa:00:0${name#vm}\" driver = \"qemu\" args = \"-accel tcg\" }"
	at_exit "lw power $name off >/dev/null"
done
lab_server "$(lab_profile lab "lab=idle" 'after = "halt"')
rule { product = \"*\" profile = \"lab\" }$targets"

export TMPDIR="$work"
code=0
lw bisect --target vm1,vm2 --profile lab --script "$work/script" --timeout 120 --rate 8/10 \
	--git "$repo" --good "$(nth 0)" --bad "$(nth 7)" --build "sh $work/build" --build-time 1 \
	>"$work/out" 2>"$work/progress" || code=$?
is "$code" 0 "a bisection over eight commits ends"
diag "$(cat "$work/out")"
like "$(cat "$work/out")" "^culprit     $(nth 5)  lab_die: the kind does something" "it names the fifth commit"
like "$(cat "$work/out")" "^reverted    $(nth 7) without it struck in 0 of [1-9][0-9]* runs" \
	"the newest commit without it is built and does not crash"
[ -e "$work/images/bisect-$(nth 3 | cut -c 1-12)" ] && rc=1 || rc=0
ok "$rc" "the commit that does not compile has no image"
is "$(find "$work" -maxdepth 1 -name 'lastwords-bisect-*' -type d)" '' "the work tree is removed"
if [ "$code" != 0 ]; then
	diag "$(tail -n 40 "$work/progress")"
	diag "$(cat "$work"/lastwords-bisect-*.log 2>/dev/null | tail -n 20)"
fi
done_testing
