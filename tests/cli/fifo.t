#!/bin/sh
# SPDX-License-Identifier: MIT
# FIFOs where files should be, as only the server's own user could leave them: nothing may wait for a writer.
# Path: FIFOs in a session's directory and in the journal, then every command that reads them. Evidence: each
# ends within 10 s.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check builds and installs it" "$bin/lastwords"

state=$work/state
id=525400aa0001-20261121T093612123-lab-00000001
dir=$state/sessions/525400aa0001/$id
mkdir -p "$dir" "$state/journal" "$state/machines"
printf 'state = "%s"\n' "$state" >"$work/lastwords.conf"
for event in requested running uploaded; do
	echo "2026-11-21T09:36:12.123Z $event $id file=dmesg.txt channel=http profile=lab"
done >"$state/journal/2026-11.log"
mkfifo "$dir/dmesg.txt" "$dir/dmesg.meta" "$dir/dmesg-2.txt" "$dir/netconsole.log" "$dir/netconsole.meta" \
	"$dir/record.txt" "$dir/record.meta" "$dir/hook.meta" "$state/journal/2026-12.log" "$state/machines/525400aa0001"
ends() { # NAME COMMAND…
	name=$1
	shift
	timeout 10 "$bin/lastwords" -c "$work/lastwords.conf" "$@" >"$work/out" 2>&1 && rc=0 || rc=$?
	ok $((rc == 124)) "lastwords $name ends in spite of FIFOs"
}
ends fsck fsck
ends reindex reindex
ends sessions sessions
ends show show "$id"
ends "show --json" show --json "$id"
ends "crashes --json" crashes --json
ends tail tail "$id"
ends export export "$id" --output "$work/tar"
ends prune prune
ends machines machines
ends "fsck --repair" fsck --repair
done_testing
