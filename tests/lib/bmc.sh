# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, root: tap.sh's; for the tests
# bmc.sh: the test BMC (tests/lib/bmc/main.c says what it does), for shell tests. Sourced after tap.sh.
#
#	bmc_start [OPTION…]   starts one; $bmc_port, $bmc_pid, $bmc_log (a line for each request); ended at exit
#	bmc_order COMMAND…    a command on its control socket: prints the answer, fails unless it ends with "ok"
#	bmc_tool ARGUMENT…    ipmitool, as admin
#	bmc_stop              ends it, with its exit code (a leak, under SAN=1)
#	bmc_attach FILE COMMAND   a client (a shell's command) under a terminal, its output in FILE; one at a time
#	bmc_type FORMAT       types into its terminal, as printf writes it
#	bmc_detach            waits until it ends, at most 20 s; its exit code
#	$bmc_console, $bmc_console2   ipmitool's console, ipmiconsole, as commands
#	bmc_is_held, bmc_is_free   the console's state
#	bmc_waits PATTERN FILE   FILE gets a line that matches, within 20 s

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
	bmc_console="ipmitool -I lanplus -H 127.0.0.1 -p $bmc_port -U admin -P secret sol activate"
	bmc_console2="ipmiconsole -h 127.0.0.1:$bmc_port -u admin -p secret"
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

bmc_status() { bmc_order status | head -n 1; }

bmc_is_held() { bmc_status | grep -q 'holder=[a-z]*@'; }

bmc_is_free() { bmc_status | grep -q 'holder=- '; }

bmc_waits() { wait_for 20 grep -aqEe "$1" "$2"; }

bmc_attach() {
	[ -e "$work/bmc.keys" ] || mkfifo "$work/bmc.keys"
	exec 9<>"$work/bmc.keys"
	timeout 120 script -qfec "$2" /dev/null <"$work/bmc.keys" >"$1" 2>&1 &
	bmc_client=$!
}

bmc_type() {
	# shellcheck disable=SC2059 # a format is what is asked for
	printf "$@" >&9
}

bmc_client_ended() { ! kill -0 "$bmc_client"; }

bmc_detach() {
	wait_for 20 bmc_client_ended || kill "$bmc_client" 2>/dev/null || true
	exec 9>&-
	wait "$bmc_client"
}
