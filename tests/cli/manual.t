#!/bin/sh
# SPDX-License-Identifier: MIT
# lastwords(1) and the program agree. Evidence: every command of --help has its entry with the same options, and
# the manual's example of `lastwords show` is what the program prints.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
manual=$root/server/cli/lastwords.1
needs "make check builds it" "$bin/lastwords"
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }

"$bin/lastwords" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' >"$work/commands"
is "$(sed -n 's/^\.It Ic \([a-z-]*\).*/\1/p' "$manual" | uniq | sort)" "$(sort "$work/commands")" \
	"the manual has an entry for each command, and no other"
# entry COMMAND: what the manual has of it
entry() { awk -v c="$1" '/^\.It Ic / { in_it = $3 == c } in_it' "$manual"; }
while read -r command; do
	"$bin/lastwords" "$command" --help | tr -c 'a-z\n-' '\n' | grep -x -e '--*[a-z][a-z-]*' | sort -u >"$work/options" || :
	[ "$command" != image ] || continue
	while read -r option; do
		case $option in
		--*) flag="Fl -${option#--}" ;;
		*) flag="Fl ${option#-}" ;;
		esac
		entry "$command" | grep -qE "[. ]$flag( |\$)" || echo "$command $option"
	done <"$work/options"
done <"$work/commands" >"$work/undocumented"
is "$(cat "$work/undocumented")" '' "the manual has each option of each command"

printf 'state = "%s"\nprofile lab { image = "lab" }\n' "$work/state" >"$work/lastwords.conf"
mac=525400aa0001
id=$mac-20261121T093612123-lab-5f3a9c01
dir=$work/state/sessions/$mac/$id
mkdir -p "$dir" "$work/state/journal"
cat >"$work/state/journal/2026-11.log" <<END
2026-11-21T09:36:12.123Z requested $id product=KVM profile=lab address=10.0.2.15
2026-11-21T09:36:19.120Z armed $id crashkernel=50331648 capture=small ms=312
2026-11-21T09:36:20.000Z running $id interface=eth0 netconsole=on
2026-11-21T09:36:31.900Z uploaded $id file=dmesg.txt bytes=217 channel=http
END
cat >"$dir/dmesg.txt" <<END
[    0.000000] Linux version 6.1.0-40-amd64
[   11.402113] sysrq: Trigger a crash
[   11.402117] Kernel panic - not syncing: sysrq triggered crash
[   11.402120] CPU: 0 PID: 310 Comm: sh Not tainted 6.1.0-40-amd64 #1
END
printf 'session=%s\nchannel=http\n' "$id" >"$dir/dmesg.meta"
echo '[   11.402113] sysrq: Trigger a crash' >"$dir/netconsole.log"
printf 'packets=1\nlines=1\nbytes=38\ndied=1\n' >"$dir/netconsole.meta"
lw reindex >"$work/out"
is "$(lw show -n 2 52:54:00:aa:00:01 | sed "s,$work/state,/var/lib/lastwords,")" \
	"$(sed -n '/^\$ lastwords show/,/^\.Ed/{//!p}' "$manual")" "the manual's example of show is what the program prints"
done_testing
