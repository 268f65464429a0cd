# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, root: tap.sh's; for the tests
# bmc.sh: the test BMC (tests/lib/bmc/main.c says what it does), for shell tests. Sourced after tap.sh.
#
#	bmc_start [OPTION…]   starts one; $bmc_port, $bmc_pid, $bmc_log (a line for each request); ended at exit
#	bmc_order COMMAND…    a command on its control socket: prints the answer, fails unless it ends with "ok"
#	bmc_tool ARGUMENT…    ipmitool, as admin
#	bmc_stop              ends it, with its exit code (a leak, under SAN=1)

needs "make check installs and builds it" ipmitool socat "${LASTWORDS_BUILD:-$root/build}/tests/lib/bmc"
bmc_log=$work/bmc.log
bmc_pid=

bmc_start() {
	[ -n "$bmc_pid" ] || at_exit bmc_stop
	: >"$bmc_log"
	"${LASTWORDS_BUILD:-$root/build}/tests/lib/bmc" --control "$work/bmc.control" -v --run-seconds 600 "$@" \
		>"$bmc_log" 2>"$work/bmc.err" &
	bmc_pid=$!
	wait_for 10 test -s "$bmc_log" || {
		diag "the test BMC did not start: $(cat "$work/bmc.err")"
		return 1
	}
	bmc_port=$(head -n 1 "$bmc_log")
}

bmc_stop() {
	[ -n "$bmc_pid" ] || return 0
	kill "$bmc_pid" 2>/dev/null || true
	wait "$bmc_pid" && bmc_code=0 || bmc_code=$?
	bmc_pid=
	[ ! -s "$work/bmc.err" ] || diag "$(cat "$work/bmc.err")"
	return "$bmc_code"
}

bmc_order() {
	bmc_answer=$(echo "$*" | socat -t 10 - "UNIX:$work/bmc.control") || return 1
	printf '%s\n' "$bmc_answer"
	[ "${bmc_answer##*
}" = ok ]
}

bmc_tool() {
	ipmitool -I lanplus -N 2 -R 3 -H 127.0.0.1 -p "$bmc_port" -U admin -P secret "$@" </dev/null
}
