#!/bin/sh
# SPDX-License-Identifier: MIT
# peers.sh: from the oops line to the stored dmesg, by lastwords' small and stock capture kernels and by
# Debian's kdump-tools, in turn, BENCH_RUNS times (3): peer.sh has how each is measured; then one
# table. Exit code 0 if everything could be measured, whatever the figures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! [ -e "$here/../../build/images/kdump/image.conf" ]; then
	echo "bench: peers left out: no guest with kdump-tools; make bench as root builds it" >&2
	exit 0
fi
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
trap 'exit 1' HUP INT TERM
busy=$(cut -d ' ' -f 1 /proc/loadavg)
run=1
while [ "$run" -le "${BENCH_RUNS:-3}" ]; do
	for way in small stock kdump; do
		echo "bench: run $run of ${BENCH_RUNS:-3}: peer.sh $way" >&2
		"$here/peer.sh" $way >>"$rows"
	done
	run=$((run + 1))
done
echo
echo "${BENCH_RUNS:-3} runs each, software emulation; load before: $busy"
[ "${busy%.*}" -lt "$(nproc)" ] ||
	echo "The machine was BUSY with other things: of the times, only the emulator's CPU time can be trusted."
perl "$here/table.pl" "$rows"
