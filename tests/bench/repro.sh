#!/bin/sh
# SPDX-License-Identifier: MIT
# repro.sh: runs per hour and target of `lastwords repro`, and what part of a run is ours. Measured: runs of machines
# that only speak HTTP and crash at once (tests/lib/fake-machine.sh), which is our part: power, journal, record; of it
# one second is without power on purpose. And runs of a machine in QEMU that crashes itself a second after "running".
# BENCH_RUNS (3) of each. Progress goes to stderr.
# shellcheck disable=SC2154 # root, work, …: sourced
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/fake-targets.sh"
# shellcheck disable=SC2034 # no test
tap_finished=1
runs=${BENCH_RUNS:-3}

# seconds COMMAND…: the mean of its runs' durations
seconds() {
	"$@" --runs "$runs" --width 0 --json 2>"$work/progress" >"$work/json" || [ $? = 1 ] || {
		cat "$work/progress" >&2
		echo "bench: repro.sh: a campaign failed" >&2
		exit 1
	}
	perl -MJSON::PP -0777 -ne 'my $r = decode_json $_; my $s = 0; $s += $_->{took_s} for @{$r->{results}};
		printf "%.1f %s\n", $s / @{$r->{results}}, $r->{struck}' "$work/json"
}
row() { printf '%-34s %12s %14s %8s\n' "$@"; }

serve_config
fake_targets a
serve_start >&2
plan a "die bug"
ours=$(seconds lw repro --target a --profile debian --timeout 10)
serve_stop
rm -rf "$state"

. "$root/tests/lib/lab.sh" # only here: it makes servers run as root
lab_server "$(lab_profile lab "lab=idle" 'after = "halt"')
rule { product = \"*\" profile = \"lab\" }
target vm { mac = \"$lab_mac\" driver = \"qemu\" args = \"-accel tcg\" }"
at_exit "lw power vm off >/dev/null"
whole=$(seconds lw repro --target vm --profile lab --trigger sysrq --after 1 --timeout 120)

echo "lastwords repro, $runs runs of each, load $(cut -d ' ' -f 1 /proc/loadavg)"
row machine 's a run' 'runs an hour' struck
for m in "only HTTP, crashes at once:$ours" "QEMU, emulated, sysrq after 1 s:$whole"; do
	figures=${m##*:}
	row "${m%:*}" "${figures% *}" "$(awk -v s="${figures% *}" 'BEGIN { printf "%.0f\n", 3600 / s }')" "${figures#* } of $runs"
done
awk -v o="${ours% *}" -v w="${whole% *}" 'BEGIN { printf "our part of the latter: %.0f %%\n", 100 * o / w }'
