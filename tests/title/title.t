#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords title`: kernel logs in files and on stdin. Evidence: for every report in tests/title/reports
# the class and function that its header lines expect, and the exit code: 0 for a crash, 1 for a warning.
# The same from stdin; a log without a crash, among them the real ones of ../shared/vmcores, gives exit code 1
# and a message, and 20 MB of one take seconds.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make all builds it" "$bin/lastwords"

# field NAME of what the program printed
field() {
	sed -n "s/^$1  *//p" "$work/out"
}

# header NAME: a header line of the report
header() {
	sed -n "1,/^---\$/s/^# $1: *//p" "$report"
}

# title FILE: the program's output, its exit code into $code
title() {
	code=0
	timeout 20 "$bin/lastwords" title "$1" >"$work/out" 2>"$work/err" || code=$?
}

# title_finds_nothing FILE NAME
title_finds_nothing() {
	title "$1"
	is "exit $code: $(cat "$work/out" "$work/err")" "exit 1: lastwords: no crash in this log" "$2"
}

warnings=0
for report in "$root"/tests/title/reports/*.txt; do
	name=${report##*/}
	sed '1,/^---$/d' "$report" >"$work/log"
	class=$(header class)
	if [ -z "$class" ]; then
		title_finds_nothing "$work/log" "$name: no report is found"
		continue
	fi
	title "$work/log"
	is "$(field class) in $(field function)" "$class in $(header function)" "$name: class and function are found"
	severity=$(field severity)
	case $class:$severity in
	WARNING:warning | 'refcount bug:warning' | 'ODEBUG bug:warning')
		warnings=$((warnings + 1))
		is "$code" 1 "$name: a warning gives exit code 1"
		;;
	*) is "$code:$severity" "0:$(echo "$severity" | grep -xE 'bug|death')" "$name: a crash gives exit code 0" ;;
	esac
done
succeeds "some of the reports are warnings" test "$warnings" -gt 3

sed '1,/^---$/d' "$root/tests/title/reports/x86-gpf-6.1.txt" >"$work/log"
"$bin/lastwords" title "$work/log" >"$work/file"
"$bin/lastwords" title <"$work/log" >"$work/stdin"
succeeds "stdin gives the same output as a file" cmp "$work/file" "$work/stdin"

yes '[    1.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd' | head -c 20000000 >"$work/log"
title_finds_nothing "$work/log" "20 MB without a crash are read within 20 s"

if [ -d "$root/../shared/vmcores" ]; then
	for log in "$root"/../shared/vmcores/*/expected-dmesg.txt; do
		title_finds_nothing "$log" "$(basename "${log%/*}"): a whole boot without a crash has no report"
	done
else
	skip "no ../shared/vmcores here" "real logs without a crash"
fi
done_testing
