#!/bin/sh
# SPDX-License-Identifier: MIT
# capture-memory.sh [MACHINE…]: for each machine the smallest crashkernel= with which CAPTURE_RUNS (20)
# of so many deaths are captured, bisected by `lastwords image --estimate`; the memory free at the end
# of the worst of them; sizes. One table, with the goals. Machines, all by default: small-bios,
# small-uefi, small-iommu, stock-bios, and tier2-bios if that kernel is built. A machine that cannot be
# measured is a row that says so, and exit code 1.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
runs=${CAPTURE_RUNS:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
machines=${*:-small-bios small-uefi small-iommu stock-bios $([ ! -e "$root/build/images/lab-tier2/image.conf" ] || echo tier2-bios)}

line() { printf '%-14s %12s %12s %12s %10s %10s  %s\n' "$@"; }
line 'capture of' 'kernel, B' 'initramfs, B' 'reserved, MB' 'captured' 'free, kB' 'goal' >"$work/table"
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
	# shellcheck disable=SC2086 # one option or none
	if ! "$root/build/bin/lastwords" image --estimate "$root/build/images/$image" --capture $kind \
		--runs "$runs" --dry-run $firmware >"$work/out" 2>&1; then
		sed 's/^/bench: /' "$work/out" >&2
		line "$machine" '' '' '' '' '' "NOT MEASURED: $(tail -n 1 "$work/out")" >>"$work/table"
		failed=1
		continue
	fi
	sed 's/^/bench: /' "$work/out" >&2
	kernel=$(sed -n 's/^kernel \([0-9]*\), .*/\1/p' "$work/out")
	initramfs=$(sed -n 's/^kernel .* initramfs \([0-9]*\) bytes$/\1/p' "$work/out")
	least=$(sed -n 's/^smallest: crashkernel=\([0-9]*\)M.*/\1/p' "$work/out")
	captured=$(sed -n 's/^smallest: .*, \([0-9]* of [0-9]*\) captured.*/\1/p' "$work/out")
	free=$(sed -n 's/^smallest: .* at least \([0-9]*\) kB.*/\1/p' "$work/out")
	goal=
	if [ "${machine%%-*}" = small ]; then
		goal='NOT met'
		[ "$least" -gt 24 ] || [ "$free" -lt 2048 ] || [ $((kernel + initramfs)) -gt 4194304 ] || goal=met
		goal="24 MB, 2048 kB, 4 MB in all: $goal"
	fi
	line "$machine" "$kernel" "$initramfs" "$least" "$captured" "$free" "$goal" >>"$work/table"
done
echo "Memory that a capture needs: smallest crashkernel= that captures $runs of $runs, in QEMU's software emulation"
cat "$work/table"
exit $failed
