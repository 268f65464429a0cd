#!/bin/sh
# SPDX-License-Identifier: MIT
# Every kind of crash that tests/lib/deaths.sh lists, one machine each, captured by the small kernel in
# 24 MB; those that differ on several CPUs once more with four. (Crashes of unarmed machines:
# tests/e2e/lab-pstore.t.)
# Evidence: the record on the server is whole (deaths.sh defines that), under the right title.
# DEATHS names the kinds to try, KIND or KIND:CPUS; all of them if unset.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/deaths.sh"
lab_need
needs "make check installs it" socat
needs "make lab-small builds it" "$root/build/images/lab-small/image.conf"

lab_server "$(deaths_config)"

number=0
for want in ${DEATHS:-$(deaths_names) $(deaths_names_smp)}; do
	kind=${want%:*} cpus=1
	[ "$kind" = "$want" ] || cpus=${want#*:}
	number=$((number + 1))
	lab_mac=$(printf '52:54:00:aa:09:%02x' "$number")
	began=$(date +%s)
	name=$kind$number
	deaths_die "$kind" "$name" "$cpus" 512
	is "$death_fault" '' "$kind, CPUs: $death_cpus: the record is whole ($(($(date +%s) - began)) s): $(deaths_title)"
	[ -z "$death_fault" ] || [ -z "$death_session" ] || tail -n 12 "$work/$name.console" | tr -d '\r' | sed 's/^/# /'
	lab_stop "$name"
done
done_testing
