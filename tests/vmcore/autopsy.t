#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords-autopsy on what it cannot read: dumps that mkvmcore makes, which hold a log and no kernel around it,
# of six machines; those with pieces cut off; files that are no dumps. And its command line, on a made-up
# kernel (mkkernel), whole and without BTF or symbols. (Real memory: tests/slow/autopsy.t.)
# Evidence: exit code 1, nothing on stdout, one line that says why, in less than 2 MB; what it prints; requests.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
program=${LASTWORDS_AUTOPSY:-$root/build/bin/lastwords-autopsy}
tools=${LASTWORDS_TOOLS:-$root/build/tests}
faults=$tools/lib/http-faults
needs "make check builds it" "$program" "$tools/vmcore/mkvmcore" "$tools/vmcore/mkkernel" "$tools/lib/peak" "$faults" perl

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
exits 2 'two files: exit 2' "$program" "$work/core" "$work/core"
exits 2 'an invalid number of seconds: exit 2' "$program" --seconds ten "$work/core"
exits 2 'a server that is no URL: exit 2' env LASTWORDS_TOKEN=x "$program" --id x --ship ftp://x "$work/core"
help=$("$program" --help)
for option in --all --json --full --seconds --ship --help; do
	like "$help" "^ +(-h, )?$option" "--help names $option"
done

# A made-up kernel: its symbols, BTF, tasks are there.
kernel() { "$tools/vmcore/mkkernel" "$1" "$work/kernel" ${2:+"$2"}; }
for machine in x86_64 arm64; do
	kernel "$machine"
	code=0
	"$program" "$work/kernel" >"$work/out" 2>"$work/why" || code=$?
	is "$code $(wc -c <"$work/why")" '0 0' "$machine: exit 0, no message"
	text=$(cat "$work/out")
	like "$text" '^  deadlock: wk-a .pid 93. waits for a mutex of wk-b .pid 94.; ' "$machine: the deadlock is named"
	is "$(grep -cxE 'summary|death|cpus|tasks|memory|network|storage|system' "$work/out")" 8 "$machine: all sections"
	is "$(grep -c 'comm=wk-reader' "$work/out")" 1 "$machine: each waiting task once"
	succeeds "$machine: --json is JSON" sh -c \
		'"$1" --json "$2" | perl -MJSON::PP -0777 -e "my \$o = decode_json(<STDIN>); exit(\$o->{tasks}{total} == 8 ? 0 : 1)"' \
		- "$program" "$work/kernel"
	"$program" --all "$work/kernel" >"$work/out"
	like "$(cat "$work/out")" '^    pid=2 comm=kthreadd state=S' "$machine: --all has every task"
	unlike "$text" '10\.77\.0\.1' "$machine: no peer's address"
	like "$("$program" --full "$work/kernel")" '10\.77\.0\.1' "$machine: but with --full"
done
kernel x86_64
exits 1 'output that cannot be written: exit 1' sh -c '"$1" "$2" >/dev/full' - "$program" "$work/kernel"
kernel x86_64 no-btf
refused 'a kernel without BTF' "$work/kernel" 'no BTF .CONFIG_DEBUG_INFO_BTF.'
kernel x86_64 functions-only
refused 'a kernel whose kallsyms has functions alone' "$work/kernel" 'no CONFIG_KALLSYMS_ALL'
kernel x86_64 bad-btf
refused 'a kernel with damaged BTF' "$work/kernel" 'BTF'
kernel x86_64 no-kallsyms
refused 'a kernel with damaged symbols' "$work/kernel" 'kallsyms'
kernel x86_64 no-symbols
refused 'a kernel whose symbols are not found' "$work/kernel" 'symbol table was not found'
kernel x86_64 torn-tasks
code=0
"$program" "$work/kernel" >"$work/out" || code=$?
is "$code" 3 'a torn list of tasks: exit 3'
like "$(cat "$work/out")" '^  the list of tasks is damaged' 'and a note of it'
is "$(grep -cE 'comm=wk-(a|b|reader) state=D' "$work/out")" 3 'the tasks behind the tear are there'
kernel x86_64 no-log
succeeds 'a damaged log costs no section' "$program" "$work/kernel"

# Sent: by the session's channel autopsy, and never printed instead.
requests=$work/requests
mkdir "$requests"
kernel x86_64
"$program" "$work/kernel" >"$work/text"
sum=$(sha256sum "$work/text" | cut -d ' ' -f 1)
"$faults" "$requests" 500 "201:$sum" >"$requests/port" &
at_exit "kill $! 2>/dev/null || true"
wait_for 10 test -s "$requests/port"
id=525400a1b2c3-20261121T093612123-lab-5f3a9c01
LASTWORDS_TOKEN=00112233445566778899aabbccddeeff
export LASTWORDS_TOKEN
code=0
timeout 60 "$program" --id "$id" --ship "http://127.0.0.1:$(cat "$requests/port")" "$work/kernel" >"$work/out" 2>"$work/why" || code=$?
is "$code $(wc -c <"$work/out")" '0 0' 'sent: exit 0, nothing is printed'
head=$(tr -d '\r' <"$requests/2.head")
like "$head" "^PUT /crash/$id HTTP/1.1\$" 'the request is PUT /crash/SESSION, again after an error'
like "$head" '^Lastwords-Channel: autopsy$' 'its channel is autopsy'
like "$head" '^Lastwords-Release: 6.1.0$' 'it has the release'
gzip -dc <"$requests/2.body" >"$work/body" 2>/dev/null || true
succeeds 'the body, decompressed, is what is printed otherwise' cmp "$work/body" "$work/text"
rm -f "$requests"/port
"$faults" "$requests" stall >"$requests/port" &
at_exit "kill $! 2>/dev/null || true"
wait_for 10 test -s "$requests/port"
begun=$(date +%s)
code=0
timeout 60 "$program" --id "$id" --ship "http://127.0.0.1:$(cat "$requests/port")" --deadline 2 "$work/kernel" >"$work/out" 2>"$work/why" || code=$?
took=$(($(date +%s) - begun))
is "$code" 4 'a server that never answers: exit 4'
succeeds "it ends within its deadline of 2 s and 3 more ($took s)" [ "$took" -le 5 ]
is "$(wc -c <"$work/out")" 0 'an autopsy is not printed on the console'
done_testing
