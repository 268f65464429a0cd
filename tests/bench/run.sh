#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [RUNS]: the figures of `make bench`: every measurement RUNS times (3), lastwords and its peer
# in turn, so that other load affects both; then one table. Exit code 0 if everything could be measured,
# whatever the figures: those of a busy machine are not a test.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runs=${1:-${BENCH_RUNS:-3}}
case $runs in
'' | *[!0-9]* | 0*) echo "usage: run.sh [RUNS]" >&2; exit 2 ;;
esac
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
trap 'exit 1' HUP INT TERM

measure() {
	echo "bench: run $run of $runs: $*" >&2
	script=$here/$1
	shift
	"$script" "$@" >>"$rows" || exit 1
}

busy=$(cut -d ' ' -f 1 /proc/loadavg)
run=1
while [ "$run" -le "$runs" ]; do
	measure crash.sh lastwords
	measure crash.sh recipe
	measure boot.sh armed
	measure boot.sh plain
	measure demo.sh
	run=$((run + 1))
done
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
qemu=$(qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/\1/p')
echo "$runs runs on $(nproc) CPUs ($cpu), QEMU $qemu, software emulation; load before: $busy"
echo "Wall times are of this machine and this moment; compare within the table."
# Only one emulator runs at a time.
if [ "${busy%.*}" -ge "$(nproc)" ]; then
	echo "The machine was BUSY with other things: of the times, only the emulator's CPU time can be trusted."
fi
echo
perl "$here/table.pl" "$rows"
