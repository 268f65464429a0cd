# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# tap.sh: what every shell test starts with. Sourced, not run:
#
#	. "$(dirname "$0")/../lib/tap.sh"
#
# Gives $root (the checkout), $work (an own directory, removed at exit unless KEEP=1) and the
# functions below. It must not know anything of lastwords itself.
#
#	ok RC NAME              RC 0 is good: cmd && rc=0 || rc=$?; ok $rc "…"
#	is GOT WANT NAME        equal text
#	like TEXT PATTERN NAME  TEXT has a line that matches the extended regular expression
#	unlike TEXT PATTERN NAME    no line matches; an empty TEXT fails, because it was not made
#	succeeds NAME COMMAND…  the command exits 0; its output is shown when it does not
#	exits CODE NAME COMMAND…   the command exits with CODE, no other
#	fails NAME COMMAND…     the command exits with 1 to 125: a shell's own code, or a signal, is no answer
#	diag TEXT               a comment
#	skip WHY NAME           counts as passed, says why
#	skip_all WHY            nothing here can be tried on this machine; exits
#	needs MEND WHAT…        skip_all unless each WHAT is there, a file's path or a program's name: "missing:
#	                        WHAT; MEND". Where CI is set all that can be installed is, and it is a failure
#	missing WHY             the same for what is seen to be missing otherwise
#	wait_for SECONDS COMMAND…   polls until the command succeeds; 1 when the time is over. It waits for $tap_patience
#	                        seconds at least: a loaded machine is many times slower than an idle one
#	within SECONDS COMMAND…     the same for exactly these seconds: for what is not to happen
#	soon NAME COMMAND…      wait_for as a check: for what another process does later, or at the same time
#	has_line FILE PATTERN   the file has a line that matches: soon NAME has_line FILE PATTERN
#	at_exit COMMAND         run at exit, last first, before $work is removed
#	done_testing            prints the plan; exits 1 if anything failed, or nothing was tried

# shellcheck disable=SC2034 # for the tests
root=$(cd "$(dirname "$0")/../.." && pwd)
# A plain user's has no lighttpd, dnsmasq, rsyslogd, mke2fs.
PATH=$PATH:/usr/sbin:/sbin
work=$(mktemp -d "${TMPDIR:-/tmp}/lastwords-test.XXXXXX")
# A server that has dropped its privileges must be able to come through.
chmod 755 "$work"
tap_count=0
tap_failed=0
tap_finished=
tap_exit=:
tap_patience=120

tap_cleanup() {
	tap_rc=$?
	trap - EXIT
	set +e
	eval "$tap_exit"
	if [ -n "${KEEP:-}" ]; then
		echo "# kept: $work"
	else
		rm -rf "$work"
	fi
	if [ -z "$tap_finished" ]; then
		echo "Bail out! the test ended before its time (exit $tap_rc)"
		[ "$tap_rc" -ne 0 ] || tap_rc=1
	fi
	exit "$tap_rc"
}
trap tap_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

at_exit() {
	tap_exit="$*; $tap_exit"
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

ok() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		diag "     got: $1"
		diag "expected: $2"
	fi
}

like() {
	if printf '%s\n' "$1" | grep -Eqe "$2"; then
		ok 0 "$3"
	else
		ok 1 "$3"
		diag "     got: $1"
		diag "expected to match: $2"
	fi
}

unlike() {
	if [ -z "$1" ]; then
		ok 1 "$3"
		diag "the text is empty"
	elif printf '%s\n' "$1" | grep -Eqe "$2"; then
		ok 1 "$3"
		diag "     got: $1"
		diag "expected not to match: $2"
	else
		ok 0 "$3"
	fi
}

succeeds() {
	tap_name=$1
	shift
	if tap_out=$("$@" 2>&1); then
		ok 0 "$tap_name"
	else
		ok 1 "$tap_name"
		diag "$* failed: $tap_out"
	fi
}

# tap_exit_code COMMAND…: its exit code into $tap_code, its output into $tap_out.
tap_exit_code() {
	tap_code=0
	tap_out=$("$@" 2>&1) || tap_code=$?
}

exits() {
	tap_want=$1 tap_name=$2
	shift 2
	tap_exit_code "$@"
	if [ "$tap_code" -eq "$tap_want" ]; then
		ok 0 "$tap_name"
	else
		ok 1 "$tap_name"
		diag "$* exited with $tap_code, expected $tap_want: $tap_out"
	fi
}

fails() {
	tap_name=$1
	shift
	tap_exit_code "$@"
	if [ "$tap_code" -ge 1 ] && [ "$tap_code" -le 125 ]; then
		ok 0 "$tap_name"
	else
		ok 1 "$tap_name"
		diag "$* exited with $tap_code: $tap_out"
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $2 # SKIP $1"
}

skip_all() {
	echo "1..0 # SKIP $1"
	tap_finished=1
	exit 0
}

missing() {
	[ -z "${CI:-}" ] || {
		echo "Bail out! $1"
		exit 1
	}
	skip_all "$1"
}

needs() {
	tap_mend=$1
	shift
	for tap_want; do
		case $tap_want in
		*/*) [ ! -e "$tap_want" ] || continue ;;
		*) ! command -v "$tap_want" >/dev/null || continue ;;
		esac
		missing "missing: $tap_want; $tap_mend"
	done
}

within() {
	tap_deadline=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$tap_deadline" ] || return 1
		sleep 0.1
	done
}

wait_for() {
	tap_seconds=$1
	shift
	[ "$tap_seconds" -ge "$tap_patience" ] || tap_seconds=$tap_patience
	within "$tap_seconds" "$@"
}

has_line() {
	grep -aqEe "$2" "$1" 2>/dev/null
}

# A check that fails shows the end of the file that it was to look at.
soon() {
	tap_name=$1
	shift
	if wait_for "$tap_patience" "$@"; then
		ok 0 "$tap_name"
	else
		ok 1 "$tap_name"
		diag "in vain for $tap_patience s: $*"
		[ "$1" != has_line ] || diag "$(tail -n 5 "$2" 2>&1)"
	fi
}

done_testing() {
	[ "$tap_count" -gt 0 ] || ok 1 "something was tried: its name is known, if one was asked for"
	echo "1..$tap_count"
	tap_finished=1
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}
