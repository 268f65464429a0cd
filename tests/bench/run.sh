#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [RUNS]: the figures of `make bench`: every measurement RUNS times (3), lastwords and its peer
# in turn, so that what else the machine does meets both; then one table. It judges nothing by its
# exit code but that everything could be measured: figures of a busy machine are no test.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runs=${1:-3}
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

run=1
while [ "$run" -le "$runs" ]; do
	measure crash.sh lastwords
	measure crash.sh recipe
	measure boot.sh armed
	measure boot.sh plain
	measure demo.sh
	run=$((run + 1))
done
echo "$runs runs on $(nproc) CPUs ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), load $(cut -d ' ' -f 1 /proc/loadavg); QEMU $(qemu-system-x86_64 --version | sed -n '1s/.*version \([^ ]*\).*/\1/p'), software emulation"
echo "Wall times are of this machine and this moment; compare within the table."
echo
perl "$here/table.pl" "$rows"
