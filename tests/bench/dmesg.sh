#!/bin/sh
# SPDX-License-Identifier: MIT
# dmesg.sh [DUMP]: lastwords-dmesg, vmcore-dmesg and makedumpfile --dump-dmesg, on the same dumps
# in one run: a real one of a 1 GB machine (made here in QEMU through /proc/vmcore, unless one is
# given), a full log buffer of 64 MB, and the real one grown to a sparse 1 TB.
# Prints a table a dump: instructions (callgrind), peak memory, bytes and calls read from the dump
# (strace), wall time (median of 9); the ratios, and the goals next to them. Its exit code
# is 0 if lastwords-dmesg could be measured; a peer that fails has a line with the reason.
set -eu
. "$(dirname "$0")/bench.sh"
# shellcheck source=tests/slow/guest.sh
. "$root/tests/slow/guest.sh"
ours=$root/build/bin/lastwords-dmesg
peak=${LASTWORDS_TOOLS:-$root/build/tests}/lib/peak
mkvmcore=${LASTWORDS_TOOLS:-$root/build/tests}/vmcore/mkvmcore
for want in "$ours" "$peak" "$mkvmcore" /usr/sbin/vmcore-dmesg /usr/bin/makedumpfile /usr/bin/valgrind \
	/usr/bin/strace; do
	[ -x "$want" ] || bench_fail "missing: $want"
done

# real FILE: the dump of a 1 GB machine, as its capture kernel read it
real() {
	guest_prepare bookworm amd64 || bench_fail "$guest_why"
	guest_initrd "$work/initrd" virtio_pci virtio_blk || bench_fail "the guest's initramfs cannot be made"
	truncate -s 1152M "$1"
	guest_run guest "$work/initrd" crashkernel=256M guest.kdump guest.lines=1000 -- -m 1024 \
		-drive "file=$1,format=raw,if=virtio,cache=unsafe"
	guest_wait guest '^guest: done [1-9]' 300 ||
		bench_fail "no dump was written: $(tail -n 5 "$work/guest.console" "$work/guest.qemu")"
	wait "$guest_pid" || true
	truncate -s "$(tr -d '\r' <"$work/guest.console" | sed -n 's/^guest: done //p')" "$1"
}

# run PROGRAM DUMP [WRAPPER…]: its log goes to $work/out
run() {
	run_program=$1 run_dump=$2
	shift 2
	rm -f "$work/out"
	case $run_program in
	lastwords-dmesg) "$@" "$ours" "$run_dump" >"$work/out" ;;
	vmcore-dmesg) "$@" /usr/sbin/vmcore-dmesg "$run_dump" >"$work/out" ;;
	makedumpfile) "$@" makedumpfile --dump-dmesg "$run_dump" "$work/out" ;;
	empty) "$@" "$work/empty" ;;
	esac
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# figures PROGRAM DUMP: instructions, KB, bytes, calls, lines: one a line; nothing if it fails
figures() {
	if ! run "$1" "$2" >"$work/say" 2>&1 || ! [ -s "$work/out" ]; then
		tail -n 1 "$work/say" >"$work/why-$1"
		return 0
	fi
	lines=$(wc -l <"$work/out")
	run "$1" "$2" valgrind --tool=callgrind --callgrind-out-file=/dev/null >"$work/say" 2>&1 || return 0
	sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' "$work/say"
	run "$1" "$2" "$peak" "$work/kb" >/dev/null 2>&1
	cat "$work/kb"
	run "$1" "$2" strace -f -y -o "$work/strace" >/dev/null 2>&1
	grep -F "<$2>" "$work/strace" | grep -E '(read|pread64|lseek|_llseek|mmap)\(' |
		awk '/(read|pread64)\(/ { bytes += $NF } /mmap\(/ { split($0, w, ", "); bytes += w[2] } { n++ }
			END { print bytes + 0; print n + 0 }'
	echo "$lines"
}

# walls DUMP: the wall time in ms of each program that can read it, in turn, so that what else the
# machine does meets all of them: medians in $work/ms-PROGRAM. An empty one measures what starting costs.
walls() {
	rm -f "$work"/ms-*
	for _ in 1 2 3 4 5 6 7 8 9; do
		for program in lastwords-dmesg vmcore-dmesg makedumpfile empty; do
			[ "$program" = empty ] || [ -s "$work/$program" ] || continue
			rm -f "$work/out"
			begin=$(date +%s%N)
			run "$program" "$1" >/dev/null 2>&1
			echo "$begin $(date +%s%N)" >>"$work/ms-$program"
		done
	done
	for f in "$work"/ms-*; do
		awk '{ printf "%.2f\n", ($2 - $1) / 1e6 }' "$f" | median >"$work/median"
		mv "$work/median" "$f"
	done
}

# table NAME DUMP
table() {
	dump=$2
	info=$("$ours" --info "$dump") || [ $? = 3 ] || bench_fail "$dump cannot be read"
	size() { LC_ALL=C grep -a -m1 -o "^SIZE($1)=[0-9]*" "$work/note" | cut -d = -f 2; }
	head -c 65536 "$dump" | tr '\0' '\n' >"$work/note"
	live=$(echo "$info" | awk -v per="$(($(size prb_desc) + $(size printk_info) + 8))" \
		'/^records:/ { n = $2 } /^text-bytes:/ { t = $2 } END { printf "%.0f", n * per + t }')
	for program in lastwords-dmesg vmcore-dmesg makedumpfile; do
		echo "bench: $1: $program" >&2
		rm -f "$work/why-$program"
		figures "$program" "$dump" >"$work/$program"
	done
	walls "$dump"
	for program in lastwords-dmesg vmcore-dmesg makedumpfile; do
		[ ! -s "$work/$program" ] || cat "$work/ms-$program" >>"$work/$program"
	done
	[ -s "$work/lastwords-dmesg" ] || bench_fail "lastwords-dmesg fails on $1: $(cat "$work/say")"
	printf '\n%s: %s records, %s MB of dump, %s bytes of live descriptors, infos and text\n' "$1" \
		"$(echo "$info" | sed -n 's/^records: //p')" "$(($(stat -c %s "$dump") >> 20))" "$live"
	printf '%-22s %15s %15s %7s %15s %7s  %s\n' '' lastwords-dmesg vmcore-dmesg ratio makedumpfile ratio goal
	vmcore=$(sed -n 1p "$work/vmcore-dmesg")
	n=0
	for what in instructions 'peak memory, KB' 'bytes read' 'calls on the dump' 'lines printed' 'wall time, ms'; do
		n=$((n + 1))
		goal=
		case $n in
		1) [ -z "$vmcore" ] || goal="at most $((vmcore / 2))" ;;
		2) goal="under $((empty + 1024))" ;;
		3) goal="at most $((live * 105 / 100 + 65536))" ;;
		6) goal="(an empty program: $(cat "$work/ms-empty"))" ;;
		esac
		printf '%s|%s|%s|%s|%s\n' "$what" "$(sed -n ${n}p "$work/lastwords-dmesg")" \
			"$(sed -n ${n}p "$work/vmcore-dmesg")" "$(sed -n ${n}p "$work/makedumpfile")" "$goal"
	done | awk -F'|' '
		function ratio(a, b) { return b == "" || b == 0 ? "-" : sprintf("%.2f", a / b) }
		{ printf "%-22s %15s %15s %7s %15s %7s  %s\n", $1, $2, $3 == "" ? "failed" : $3, ratio($2, $3),
			$4 == "" ? "failed" : $4, ratio($2, $4), $5 }'
	for program in vmcore-dmesg makedumpfile; do
		[ ! -e "$work/why-$program" ] || echo "($program failed: $(cat "$work/why-$program"))"
	done
}

# file sizes, and with the shared libraries that a capture initramfs would need with it
sizes() {
	for program in "$ours" /usr/sbin/vmcore-dmesg /usr/bin/makedumpfile; do
		total=$(stat -Lc %s "$program")
		for lib in $(ldd "$program" 2>/dev/null | grep -o '/[^ ]*'); do
			total=$((total + $(stat -Lc %s "$lib")))
		done
		printf '%-22s %8s bytes, with its libraries %8s\n' "${program##*/}" "$(stat -Lc %s "$program")" "$total"
	done
}

echo 'int main(void) { return 0; }' >"$work/empty.c"
musl-gcc -static -Os -o "$work/empty" "$work/empty.c"
run empty '' "$peak" "$work/kb"
empty=$(cat "$work/kb")
if [ $# -gt 0 ]; then
	ln -s "$(realpath "$1")" "$work/real"
else
	echo "bench: a machine of 1 GB dies" >&2
	real "$work/real"
fi
echo "lastwords-dmesg, vmcore-dmesg ($(dpkg-query -Wf '${Package} ${Version}' kexec-tools)) and $(dpkg-query -Wf '${Package} ${Version}' makedumpfile)"
echo "an empty static program's peak memory: $empty KB; goal for the static program: under 600000 bytes"
sizes
table "real, 1 GB" "$(realpath "$work/real")"
"$mkvmcore" ring x86_64 20 26 700000 "$work/ring"
table "ring of 64 MB" "$work/ring"
rm "$work/ring"
perl "$root/tests/bench/grow.pl" "$work/real" "$work/huge" $((1 << 40))
table "sparse, 1 TB" "$work/huge"
