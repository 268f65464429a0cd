#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords-autopsy on what it cannot read: dumps that mkvmcore makes, which hold a log and no kernel around it,
# of six machines; those with pieces cut off; files that are no dumps. (Real memory: tests/slow/autopsy.t.)
# Evidence: exit code 1, nothing on stdout, one line that says why, in less than 2 MB.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
program=${LASTWORDS_AUTOPSY:-$root/build/bin/lastwords-autopsy}
tools=${LASTWORDS_TOOLS:-$root/build/tests}
needs "make check builds it" "$program" "$tools/vmcore/mkvmcore" "$tools/lib/peak"

# refused NAME FILE PATTERN
refused() {
	code=0
	timeout 5 "$program" --json "$2" >"$work/out" 2>"$work/why" || code=$?
	is "$code $(wc -c <"$work/out") $(wc -l <"$work/why")" '1 0 1' "$1: exit 1, no output, one line"
	like "$(cat "$work/why")" "^lastwords-autopsy: .*($3)" "$1: the line says why"
}

for machine in x86_64 i386 arm64 arm64-be ppc64 s390x; do
	"$tools/vmcore/mkvmcore" "$root/tests/vmcore/prb-plain.desc" "$machine" load "$work/core"
	case $machine in
	i386) why='32 bits' ;;
	*) why='kallsyms' ;;
	esac
	refused "$machine without a kernel" "$work/core" "$why"
done
"$tools/vmcore/mkvmcore" "$root/tests/vmcore/prb-plain.desc" x86_64 load "$work/core"
for bytes in 0 40 64 200 1000 4096; do
	head -c "$bytes" "$work/core" >"$work/cut"
	refused "the first $bytes bytes" "$work/cut" 'ELF|dump ends|VMCOREINFO|program header|PT_|note'
done
refused 'a text' "$root/README.md" 'not an ELF file'
refused 'no file' "$work/missing" 'No such file'
refused 'a directory' "$work" 'directory|ELF'

case $program in
*/san/*) skip 'sanitizers use memory of their own' 'peak memory' ;;
*)
	"$tools/lib/peak" "$work/kb" "$program" "$work/core" >/dev/null 2>&1 || true
	succeeds "peak memory is below 2 MB ($(cat "$work/kb") KB)" test "$(cat "$work/kb")" -lt 2048
	;;
esac
code=0
"$program" --bogus >"$work/out" 2>&1 || code=$?
is "$code" 2 'an unknown option: exit 2'
done_testing
