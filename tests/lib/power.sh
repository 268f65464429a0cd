# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # work, root: tap.sh's; for the tests
# power.sh: `lastwords` with targets of the test's own, for shell tests. Sourced after tap.sh.
#
#	lw COMMAND…                   the command line with $work/lastwords.conf, which the test writes
#	run NAME CODE COMMAND…        runs the command and checks its exit code; its output is in $out, its errors
#	                              in $err, its seconds in $took

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check builds it" "$bin/lastwords"

lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }

run() {
	run_name=$1 run_code=$2
	shift 2
	took=$(date +%s)
	"$@" >"$work/out" 2>"$work/err" && run_rc=0 || run_rc=$?
	took=$(($(date +%s) - took))
	is "$run_rc" "$run_code" "$run_name: exit $run_code"
	out=$(cat "$work/out") err=$(cat "$work/err")
}
