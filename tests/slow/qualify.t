#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords qualify on a QEMU machine with both capture kernels, stock and small. Evidence: every round is armed and
# stored; link, memory left and time are measured; http, netconsole and console have each crash.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need
needs "make check-full makes it" "$root/build/images/lab-small/image.conf"
rounds=${LASTWORDS_ROUNDS:-3}

lab_server "$(lab_profile stock lab=idle)
$(lab_profile small lab=idle 'image = "lab-small"' 'capture = "small"' 'crashkernel = "24M"')
rule { product = \"*\" profile = \"stock\" }
target vm { mac = \"52:54:00:aa:05:01\" driver = qemu sol = true args = \"-accel tcg\" }"
at_exit "lw power vm off >/dev/null 2>&1"
lw qualify vm --profile stock,small --rounds "$rounds" >"$work/out" 2>"$work/progress" && rc=0 || rc=$?
sed 's/^/# /' "$work/out" "$work/progress"
is "$rc" 0 "the machine qualifies with both"
for profile in stock small; do
	sed -n "/^profile $profile:/,/^  channels/p" "$work/out" >"$work/table"
	like "$(cat "$work/table")" "^  armed +$rounds of $rounds\$" "$profile: every round was armed"
	like "$(cat "$work/table")" "^  log stored +$rounds of $rounds " "$profile: and stored"
	like "$(cat "$work/table")" '^  time to stored +median [0-9.]+ s' "$profile: the time to the stored log"
	like "$(cat "$work/table")" '^  link +median [0-9.]+ s, worst [0-9.]+ s after .*[(]e1000[)]' "$profile: the link"
	like "$(cat "$work/table")" '^  memory left +[0-9]+ of [0-9]+ kB' "$profile: memory"
	like "$(cat "$work/table")" "http $rounds, netconsole $rounds, console $rounds" "$profile: three channels"
done
done_testing
