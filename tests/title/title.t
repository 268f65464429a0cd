#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords title`: kernel logs in files and on stdin. Evidence: class and function of every report
# in tests/title/reports, as their header lines expect; the same from stdin; a log without a crash,
# among them the real ones of ../shared/vmcores, has none, and 20 MB of one take no more than seconds.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make all builds it" "$bin/lastwords"

# field NAME of what the program printed
field() {
	sed -n "s/^$1  *//p" "$work/out"
}

for report in "$root"/tests/title/reports/*.txt; do
	name=${report##*/}
	sed '1,/^---$/d' "$report" >"$work/log"
	class=$(sed -n '1,/^---$/s/^# class: *//p' "$report")
	function=$(sed -n '1,/^---$/s/^# function: *//p' "$report")
	rc=0
	"$bin/lastwords" title "$work/log" >"$work/out" 2>"$work/err" || rc=$?
	case $class in
	"" | WARNING | "refcount bug" | "ODEBUG bug")
		# no crash, unless panic_on_warn made it one
		[ "$rc" -eq 0 ] || continue
		;;
	esac
	is "$(field class) in $(field function)" "$class in $function" "$name"
done

sed '1,/^---$/d' "$root/tests/title/reports/x86-gpf-6.1.txt" >"$work/log"
"$bin/lastwords" title "$work/log" >"$work/file"
"$bin/lastwords" title <"$work/log" >"$work/stdin"
succeeds "stdin is as good as a file" cmp "$work/file" "$work/stdin"

yes '[    1.000000] usb 1-1: new high-speed USB device number 2 using xhci_hcd' | head -c 20000000 >"$work/log"
rc=0
timeout 20 "$bin/lastwords" title "$work/log" >"$work/out" 2>&1 || rc=$?
is "$rc" 1 "20 MB without a crash: exit 1"

if [ -d "$root/../shared/vmcores" ]; then
	for log in "$root"/../shared/vmcores/*/expected-dmesg.txt; do
		rc=0
		"$bin/lastwords" title "$log" >"$work/out" 2>&1 || rc=$?
		is "$rc" 1 "$(basename "${log%/*}"): a whole boot and no crash"
	done
else
	skip "no ../shared/vmcores here" "real logs without a crash"
fi
done_testing
