#!/bin/sh
# SPDX-License-Identifier: MIT
# Source lines in reports. Path: an ELF file with DWARF that stands for a vmlinux, and one that stands for a module,
# made here by the compiler; reports that name their functions with offset and size; lastwords-decode by hand, and by
# the collector after a record was made. Evidence: decoded.txt has file and line, and the functions that are inlined;
# what does not agree (size, build id, an unknown function, a file that is no ELF) gets none, and harms no record.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" "$bin/lastwords-decode"
needs "images/need.sh build has it" cc nm objdump readelf

images=$work/images
mkdir -p "$images/lab/modules" "$work/src"
cat >"$work/src/kernel.c" <<'END'
volatile int lab_value;
static inline __attribute__((always_inline)) void lab_inner(int *p)
{
	*p = lab_value;		/* line 4 */
}
__attribute__((noinline)) void lab_leaf(int *p)
{
	lab_value++;
	lab_inner(p);		/* line 9 */
	lab_value++;
}
__attribute__((noinline)) void lab_caller(int *p)
{
	lab_value = 2;
	lab_leaf(p);		/* line 15 */
	lab_value = 3;
}
int main(void)
{
	int x;

	lab_caller(&x);
	return x;
}
END
cat >"$work/src/module.c" <<'END'
extern void lab_leaf(int *p);
__attribute__((noinline)) void module_write(int *p)
{
	lab_leaf(p);		/* line 4 */
	p[1] = 7;
}
END
(cd "$work/src" && cc -g -O2 -fno-pie -no-pie -Wl,--build-id -o "$images/lab/vmlinux" kernel.c &&
	cc -g -O2 -fno-pie -c -o "$images/lab/modules/lab-die.ko" module.c)
build_id=$(readelf -n "$images/lab/vmlinux" | sed -n 's/.*Build ID: //p')

# place FILE FUNCTION PATTERN: "FUNCTION+0xOFFSET/0xSIZE" of the first instruction that the pattern matches, or of the one
# behind it, if the pattern ends in "+"
place() {
	objdump -d --no-show-raw-insn "$1" | awk -v name="$2" -v pattern="${3%+}" -v after="$(echo "$3" | grep -c '+$')" '
		function number(hex, n, i) {
			for (i = 1; i <= length(hex); i++)
				n = 16 * n + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return n
		}
		$2 == "<" name ">:" { inside = 1; start = number($1); next }
		inside && /^$/ { exit }
		inside && hit && after { print number(substr($1, 1, length($1) - 1)) - start; done = 1; exit }
		inside && $0 ~ pattern && !hit { hit = 1; if (!after) { print number(substr($1, 1, length($1) - 1)) - start; exit } }' >"$work/offset"
	size=$(nm -S "$1" | awk -v name="$2" '$4 == name { print $2 }' | sed 's/^0*//')
	# a kernel prints the distance to the next symbol
	printf '%s+0x%x/0x%x' "$2" "$(cat "$work/offset")" $((0x$size + ${4:-0}))
}
leaf=$(place "$images/lab/vmlinux" lab_leaf 'mov *%[a-z0-9]*,\(%rdi\)')
caller=$(place "$images/lab/vmlinux" lab_caller 'call.*lab_leaf+' 8)
module=$(place "$images/lab/modules/lab-die.ko" module_write '(call|jmp)' 8)
like "$leaf" '^lab_leaf\+0x[0-9a-f]+/0x[0-9a-f]+$' "the compiler's function has a place: $leaf"

# report: what the kernel would print
report() {
	cat <<END
[    1.000000] Linux version 6.1.0-test
[    2.000000] unrelated $leaf
[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000
[    9.000001] CPU: 1 PID: 77 Comm: cat Not tainted 6.1.0-test
[    9.000002] RIP: 0010:$leaf
[    9.000003] Call Trace:
[    9.000004]  $caller
[    9.000005]  $module [lab_die]
[    9.000006]  lab_caller+0x1/0x999
[    9.000007]  unknown_function+0x1/0x20
[    9.000008]  module_write+0x1/0x9 [../../lab_die]
[    9.000009]  main+0x999/0x10
[    9.000010] ---[ end trace 0000000000000000 ]---
[    9.000011] after it $leaf
END
}
# crash MAC [IMAGE]: a session of that image whose dump has come; sets $id and $dir
crash() {
	id=$(mint "$1" lab)
	dir=$(dirname "$(log_of "$id")")
	mkdir -p "$dir"
	report >"$dir/dmesg.txt"
	echo "channel=http${build:+
build-id=$build}" >"$dir/dmesg.meta"
	tell requested "$id" "profile=lab image=${2:-lab}"
	tell uploaded "$id" 'file=dmesg.txt channel=http'
}
made() { titled "$id" 'NULL pointer dereference in lab_leaf'; }
decoded() { [ -e "$dir/decoded.txt" ]; }
troubled() { grep -q "$1" "$work/collector.err"; }

printf 'release=6.1.0-test\nvmlinux=vmlinux\n' >"$images/lab/image.conf"
echo "images = \"$images\"" >>"$work/lastwords.conf"
collector_start
build=$build_id
crash 525400000001
soon "the record is made" made
soon "and then its source lines" decoded
is "$(head -n 1 "$dir/decoded.txt")" '[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000' \
	"decoded.txt begins with the report"
is "$(tail -n 1 "$dir/decoded.txt")" '[    9.000010] ---[ end trace 0000000000000000 ]---' "and ends with it"
is "$(sed -n 's/.*RIP: [^ ]* //p' "$dir/decoded.txt")" '(lab_inner at kernel.c:4; kernel.c:9)' \
	"the instruction pointer: the inlined function, and where it is called"
is "$(sed -n 's/.* lab_caller+0x[0-9a-f]*\/0x[0-8a-f][0-9a-f]* //p' "$dir/decoded.txt")" '(kernel.c:15)' "a caller: the call, not the line after it"
like "$(grep 'module_write.*\[lab_die\]' "$dir/decoded.txt")" '\[lab_die\] \(module.c:[234]\)$' "a module next to vmlinux"
is "$(grep -c '(.*:[0-9]*)$' "$dir/decoded.txt")" 3 "no other line: a size, a function or a module that is not there"
is "$(sed 's/ ([^()]*:[0-9]*)$//' "$dir/decoded.txt")" "$(sed -n '3,13p' "$dir/record.txt")" "the rest is as it was"
like "$(lastwords show --json "$id")" '"decoded":true' "show --json says that it is there"

: >"$images/lab/modules/lab-die.ko"
build=$(echo "$build_id" | tr 0-9a-f 1-9a-f0)
crash 525400000002
soon "a crash of another build has its record" made
soon "why it has no source lines is reported" troubled 'of another build than the kernel that died'
fails "and it has none" decoded
build=
echo 'no ELF' >"$images/lab/vmlinux"
crash 525400000003
soon "with a vmlinux that is no ELF file a crash has its record" made
soon "which is reported" troubled 'no ELF file with debug information: not a valid ELF file'
crash 525400000004 other
soon "an image without a vmlinux is nothing to report" made
fails "and has no source lines" decoded
collector_stop TERM

exits 2 "lastwords-decode without arguments is a mistake" "$bin/lastwords-decode"
exits 3 "a directory without a report has nothing to decode" "$bin/lastwords-decode" "$images/lab/vmlinux" "$work"
exits 1 "a vmlinux that is not there is an error" "$bin/lastwords-decode" "$work/none" "$dir"
like "$("$bin/lastwords-decode" "$work/none" "$dir" 2>&1 || :)" 'none: .*: No such file' "and says so"
done_testing
