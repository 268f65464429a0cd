#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords image --estimate` with a stand-in for QEMU, so that what a size does is known: the real
# server, script, session and upload, no kernel. The stand-in captures from 20 MB on, at 20 MB only
# the first time. Evidence: the bisection ends at the smallest size that captures every time;
# image.conf has it with its margin, one figure for each kind of machine, the largest counts;
# `lastwords check` then refuses less and takes as much; a dry run changes nothing; a machine that
# never arms, an image of an older lastwords or without that kernel, missing programs and wrong
# options: one line each.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" curl cpio lighttpd "$bin/lastwords"

# --- an image of nothing, and the stand-in ---------------------------------------------------------

dir=$work/images/a
mkdir -p "$dir" "$work/tree/lastwords/capture/small" "$work/path"
echo kernel >"$dir/vmlinuz"
echo initrd >"$dir/initrd.img"
echo small >"$work/tree/lastwords/capture/small/vmlinuz"
echo '' | cpio --quiet -o -H newc >"$work/tree/lastwords/capture/small/initrd" 2>/dev/null
(cd "$work/tree" && find . -mindepth 1 | sed 's,^\./,,' | cpio --quiet -o -H newc | gzip -9n) >"$dir/overlay.cpio.gz"
cat >"$dir/image.conf" <<END
release=6.1.0-1-amd64
crashkernel-small=25165824
crashkernel-small-from=estimated
overlay-size=$(stat -c %s "$dir/overlay.cpio.gz")
overlay-sha256=$(sha256sum <"$dir/overlay.cpio.gz" | cut -d ' ' -f 1)
made=2026-11-21T00:00:00Z
END
cp "$dir/image.conf" "$work/image.conf"
cat >"$work/path/qemu-system-x86_64" <<END
#!/bin/sh
case \$1 in
--version) echo 'QEMU emulator version 0.0 (stand-in)'; exit 0 ;;
esac
case "\$*" in
'-device help') echo 'name "e1000", bus PCI'; echo 'name "e1000e", bus PCI'; exit 0 ;;
esac
echo "\$*" >>"$work/calls"
# the options that count here
line='' console=''
while [ \$# -gt 0 ]; do
	case \$1 in
	-append) line=\$2 ;;
	-serial) console=\${2#file:} ;;
	esac
	shift
done
mb=\$(echo "\$line" | sed -n 's/.*crashkernel=\([0-9]*\)M .*/\1/p')
session=\$(echo "\$line" | sed -n 's/.*lastwords.session=\([^ ]*\).*/\1/p')
script=\${console%/*}/script
token=\$(sed -n 's/.*token=\([^& ]*\)&.*/\1/p' "\$script" | head -n 1)
http=\$(sed -n 's,^kernel .*http://10.0.2.2:\([0-9]*\)/.*,\1,p' "\$script" | head -n 1)
[ ! -e "$work/never" ] || { echo 'Kernel panic - not syncing: no memory' >"\$console"; exit 0; }
echo "[ 1.0] lastwords: armed \$session by kexec_load, \$mb MB reserved, 100 ms, small kernel" >"\$console"
[ ! -e "$work/old" ] || sed -i 's/, small kernel//' "\$console"
echo "[ 2.0] Kernel panic - not syncing: sysrq triggered crash" >>"\$console"
least=\$(cat "$work/least")
[ "\$mb" -ge "\$least" ] || { echo '[ 0.8] Kernel panic - not syncing: System is deadlocked on memory' >>"\$console"; exit 0; }
if [ "\$mb" = "\$least" ]; then
	[ ! -e "$work/once" ] || { echo '[ 0.9] Out of memory: Killed process 1' >>"\$console"; exit 0; }
	[ ! -e "$work/flaky" ] || : >"$work/once"
fi
echo '[ 1.0] sysrq: Trigger a crash' | curl -fsS -o /dev/null -X PUT --data-binary @- \
	-H 'Content-Type: text/plain' -H "Authorization: Bearer \$token" -H 'Lastwords-Exit: 0' \
	"http://127.0.0.1:\$http/crash/\$session" || exit 1
echo "lastwords: \$((mb * 100)) kB of 20000 kB memory free" >>"\$console"
[ ! -e "$work/nobtf" ] || { printf '%s\n' 'lastwords-autopsy: the kernel has no BTF' 'lastwords: done, rebooting' >>"\$console"; exit 0; }
[ ! -e "$work/cut" ] || { echo 'lastwords: done, rebooting' >>"\$console"; exit 0; }
echo 'lastwords autopsy' | curl -fsS -o /dev/null -X PUT --data-binary @- -H 'Lastwords-Channel: autopsy' \
	-H 'Content-Type: text/plain' -H "Authorization: Bearer \$token" -H 'Lastwords-Exit: 0' \
	"http://127.0.0.1:\$http/crash/\$session"
END
chmod 755 "$work/path/qemu-system-x86_64"
PATH=$work/path:$PATH
export PATH
echo 20 >"$work/least"
cat >"$work/lastwords.conf" <<END
images = "$work/images"
state = "$work/state"
profile a {
	image = "a"
	capture = "small"
	crashkernel = "24M"
}
END
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
said() { sed -n "s/^$1=//p" "$dir/image.conf"; }

# --- the search -----------------------------------------------------------------------------------

like "$(lw check 2>&1)" 'warning: profile a: .* was not measured, only estimated' "check warns: never measured"
succeeds "a dry run exits with 0" lw image --estimate a --dry-run --runs 1
out=$tap_out
like "$out" '^smallest: crashkernel=20M, 1 of 1 captured, at least 2000 kB free' "the smallest size that captures is found"
like "$out" '^crashkernel=19M: NOT captured: .*System is deadlocked on memory' "the reason of a failed size is printed"
succeeds "a dry run leaves image.conf as it was" cmp "$work/image.conf" "$dir/image.conf"

: >"$work/flaky"
succeeds "an image is measured" lw image --estimate a
out=$tap_out
like "$out" '^smallest: crashkernel=21M, 3 of 3 captured, at least 2100 kB free' \
	"a size that captured once and then failed is not enough"
is "$(said crashkernel-small)" "$((24 << 20))" "image.conf: the size plus the margin"
is "$(said crashkernel-small-margin)" "$((3 << 20))" "image.conf: the margin"
is "$(said crashkernel-small-from)" measured "image.conf: the figure is marked as measured"
is "$(said crashkernel-small-measured)" bios:21M:2100K:3 "image.conf: the kind of machine it was measured on"
is "$(grep -c ^overlay-sha256 "$dir/image.conf")" 1 "image.conf: the other keys are still there"
is "$(stat -c %a "$dir/image.conf")" 644 "image.conf: the server can read it"
like "$(lw check 2>&1)" 'no fault found' "check accepts 24M"
unlike "$(lw check 2>&1)" 'warning' "check does not warn after a measurement"
rm -f "$work/flaky" "$work/once"

echo 23 >"$work/least"
succeeds "an image is measured by its path, with an IOMMU" lw image --estimate "$dir/" --iommu --runs 2 --margin 4
is "$(said crashkernel-small)" "$((27 << 20))" "image.conf: the larger figure counts"
is "$(said crashkernel-small-measured)" bios:21M:2100K:3,iommu:23M:2300K:2 "image.conf: the figures of both kinds of machine"
like "$(cat "$work/calls")" 'device intel-iommu' "--iommu: QEMU was started with an IOMMU"
exits 1 "check now refuses 24M" lw check
out=$tap_out
like "$out" ':6: profile a: crashkernel = "24M" is too small .* needs 27M \(bios:21M:2100K:3,iommu:23M:2300K:2, 4M of it margin\)' \
	"check prints the figures"

exits 1 "--at with less than it needs: exit 1" lw image --estimate a --at 22M --runs 2
out=$tap_out
like "$out" '^crashkernel=22M: 0 of 2 captured' "--at prints how many were captured"
succeeds "--at with the size it needs: exit 0" lw image --estimate a --at 23M --runs 2
is "$(said crashkernel-small)" "$((27 << 20))" "--at leaves image.conf as it is"
: >"$work/cut"
exits 1 "a size without room for the autopsy is not enough" lw image --estimate a --at 23M --runs 1
like "$tap_out" 'its autopsy did not arrive' "the reason names the autopsy"
rm "$work/cut"
: >"$work/nobtf"
succeeds "a kernel that has nothing to read an autopsy by is captured" lw image --estimate a --at 23M --runs 1
rm "$work/nobtf"

# --- invalid input -------------------------------------------------------------------------------

# refused CODE PATTERN ARGUMENT…
refused() {
	want=$1 text=$2
	shift 2
	PATH=${path:-$PATH} "$bin/lastwords" -c "$work/lastwords.conf" image --estimate "$@" >"$work/out" 2>"$work/err" && rc=0 || rc=$?
	is "$rc" "$want" "refused: $text"
	like "$(cat "$work/err")" "$text" "$text: the error names it"
	is "$(wc -l <"$work/err")" 1 "$text: the error is one line"
}
refused 2 'name an image'
refused 2 'unknown option --bad' --bad a
refused 2 '--runs 0: invalid; give a number' a --runs 0
refused 2 '--at 24G: invalid; give a size like 24M' a --at 24G
refused 2 '--capture both: unknown; use small or stock' a --capture both
refused 2 '--nic needs a value' a --nic
refused 2 'only one image at a time' a b
refused 1 'b/image.conf cannot be read' b
refused 1 'has no stock capture kernel' a --capture stock
refused 1 'QEMU has no card igb' a --nic igb
mkdir "$work/bare"
for program in sh sed head tail grep mkdir cat curl cpio gzip; do
	ln -s "$(command -v $program)" "$work/bare/"
done
path=$work/bare
# the script looks into /usr/sbin and /sbin too, where no QEMU is
refused 1 'qemu-system-x86_64 is missing; apt-get install qemu-system-x86' a
path=
: >"$work/never"
lw image --estimate a --dry-run >"$work/out" 2>"$work/err" && rc=0 || rc=$?
is "$rc" 1 "a machine that never arms: exit 1"
like "$(tail -n 1 "$work/err")" 'failed before arming .*not the memory' "a machine that never arms is not taken for too little memory"
rm "$work/never"
: >"$work/old"
refused 1 'was made by an older lastwords' a --dry-run
done_testing
