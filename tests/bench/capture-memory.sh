#!/bin/sh
# SPDX-License-Identifier: MIT
# capture-memory.sh [MACHINE…]: for each machine the smallest crashkernel= with which all of CAPTURE_RUNS
# (20) crashes are captured, bisected by `lastwords image --estimate`; the least memory free at the end of
# one; for the small kernel the same in 24 MB, of a quarter as many crashes; sizes. One table, with the
# goals. Machines, all by default: small-bios, small-uefi, small-iommu, stock-bios, and tier2-bios if that
# kernel is built; CAPTURE_MACHINES names others. A machine that cannot be measured has a row with the
# reason, and the exit code is 1.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
runs=${CAPTURE_RUNS:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
machines=${*:-${CAPTURE_MACHINES:-small-bios small-uefi small-iommu stock-bios \
	$([ ! -e "$root/build/images/lab-tier2/image.conf" ] || echo tier2-bios)}}

line() { printf '%-12s %10s %12s %12s %10s %9s %14s  %s\n' "$@"; }
line 'capture of' 'kernel, B' 'initramfs, B' 'reserved, MB' 'captured' 'free, kB' 'free in 24 MB' 'goal' >"$work/table"
# estimate OUT OPTION…: measures this machine; its output goes to OUT
estimate() {
	said=$1
	shift
	rc=0
	# shellcheck disable=SC2086 # one option or none
	"$root/build/bin/lastwords" image --estimate "$root/build/images/$image" --capture $kind \
		$firmware "$@" >"$said" 2>&1 || rc=$?
	sed 's/^/bench: /' "$said" >&2
	return $rc
}

failed=0
for machine in $machines; do
	case $machine in
	small-*) image=lab-small kind=small ;;
	stock-*) image=lab kind=stock ;;
	tier2-*) image=lab-tier2 kind=small ;;
	*) echo "capture-memory.sh: no machine $machine" >&2; exit 2 ;;
	esac
	case $machine in
	*-bios) firmware= ;;
	*) firmware=--${machine#*-} ;;
	esac
	echo "bench: $machine" >&2
	if ! estimate "$work/out" --runs "$runs" --dry-run; then
		line "$machine" '' '' '' '' '' '' "NOT MEASURED: $(tail -n 1 "$work/out")" >>"$work/table"
		failed=1
		continue
	fi
	kernel=$(sed -n 's/^kernel \([0-9]*\), .*/\1/p' "$work/out")
	initramfs=$(sed -n 's/^kernel .* initramfs \([0-9]*\) bytes$/\1/p' "$work/out")
	least=$(sed -n 's/^smallest: crashkernel=\([0-9]*\)M.*/\1/p' "$work/out")
	captured=$(sed -n 's/^smallest: .*, \([0-9]* of [0-9]*\) captured.*/\1/p' "$work/out")
	free=$(sed -n 's/^smallest: .* at least \([0-9]*\) kB.*/\1/p' "$work/out")
	goal='' spare=''
	if [ "${machine%%-*}" = small ]; then
		goal='NOT met'
		estimate "$work/out" --runs $(((runs + 3) / 4)) --at 24M || true
		spare=$(sed -n 's/^crashkernel=24M: \([0-9]*\) of \1 captured, at least \([0-9]*\) kB.*/\2/p' "$work/out")
		[ "$least" -gt 24 ] || [ "${spare:-0}" -lt 2048 ] || [ $((kernel + initramfs)) -gt 4194304 ] || goal=met
		goal="24 MB with 2048 kB free, 4 MB in all: $goal"
		spare=${spare:-not all}
	fi
	line "$machine" "$kernel" "$initramfs" "$least" "$captured" "$free" "$spare" "$goal" >>"$work/table"
done
echo "Memory that a capture needs: smallest crashkernel= that captures $runs of $runs, in QEMU's software emulation"
cat "$work/table"
exit $failed
