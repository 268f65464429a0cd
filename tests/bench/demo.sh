#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh: how long the demo takes on a built tree, in s, from the command to the prompt.
set -eu
. "$(dirname "$0")/bench.sh"
begin=$(date +%s.%3N)
sh "$root/tests/demo/demo.sh" >"$work/out" 2>"$work/err" || {
	sed 's/^/bench: demo: /' "$work/err" >&2
	bench_fail "the demo failed"
}
bench_row demo.total "$(bench_minus "$(date +%s.%3N)" "$begin")"
# its state, which it leaves for people to look at
dir=$(sed -n 's/.* -c \(.*\)\/lastwords.conf show$/\1/p' "$work/out")
case $dir in
*/var/demo-[0-9]*) rm -rf "$dir" ;;
esac
