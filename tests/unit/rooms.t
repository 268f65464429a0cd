#!/bin/sh
# SPDX-License-Identifier: MIT
# The rooms that the server's programs share depend in one direction: each links with the rooms after it in
# the Makefile's list and nothing else. Path: every room's archive whole, the archives below it, a linker
# that must find every symbol. Evidence: no undefined symbol; where there is one, its name and the file.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"

build=${LASTWORDS_BUILD:-$root/build}
needs "make check builds it" "$build/lib/server-base.a" cc
san=
case $build in */san) san=-fsanitize=address,undefined ;; esac

# links ROOM BELOW…: the linker's complaints
links() {
	room=$build/lib/$1.a
	shift
	below=$(for r; do printf '%s/lib/%s.a ' "$build" "$r"; done)
	# (__dso_handle: of the start files, for pthread_atfork)
	# shellcheck disable=SC2086 # words
	cc $san -nostartfiles -Wl,--entry=0,--defsym=__dso_handle=0 -o "$work/linked" -Wl,--whole-archive "$room" -Wl,--no-whole-archive \
		$below -lfcgi -lsqlite3 -lhogweed -lnettle -lzstd -lz -lcurl -ljansson -lcrypt -lcrypto -larchive -lm 2>&1 |
		sed -n 's/^.*:\([^:]*\.o\).*undefined reference to \(.*\)/\1 \2/p; s/^.*in function .\(.*\).:$/\1/p'
}

rooms=$(sed -n 's/^ROOMS := \$(addprefix server\/,\(.*\))$/\1/p' "$root/Makefile")
like "$rooms" 'retain config boot store record report session base' "the Makefile's list of rooms is read"
# shellcheck disable=SC2086 # words
set -- $rooms
while [ $# -gt 0 ]; do
	room=$1
	shift
	# shellcheck disable=SC2046 # words
	is "$(links "server-$room" $(for r; do echo "server-$r"; done))" '' "server/$room uses only the rooms below it: $*"
done

# The rooms of the command, above those, with what they share with other programs.
cli_rooms=$(sed -n 's/^CLI_ROOMS := \$(addprefix server\/cli\/,\(.*\))$/\1/p' "$root/Makefile")
like "$cli_rooms" 'doctor .* screen' "the Makefile's list of the command's rooms is read"
above=
# shellcheck disable=SC2086 # words
set -- $cli_rooms
while [ $# -gt 0 ]; do
	room=$1
	shift
	# shellcheck disable=SC2046 # words
	is "$(links "server-cli-$room" $(for r; do echo "server-cli-$r"; done) server-console-log server-console-wire \
		$(for r in $rooms; do echo "server-$r"; done))" '' "server/cli/$room uses only the rooms below it: $*"
	is "$(grep -nE "#include \"cli/([^/]*\"$(printf '%s' "$above" | sed 's/ /|/g'))" "$root/server/cli/$room"/*.[ch])" '' \
		"server/cli/$room includes no header of server/cli itself or of:$above"
	above="$above $room"
done
is "$(links initramfs-vmcore server-session server-base)" '' "initramfs/vmcore uses only server/session and server/base"
is "$(links initramfs-https server-session server-base)" '' "initramfs/https uses only server/session and server/base"
is "$(links initramfs-ship initramfs-https server-session server-base)" '' \
	"initramfs/ship uses only initramfs/https, server/session and server/base"
is "$(links initramfs-dmesg initramfs-ship initramfs-https initramfs-vmcore server-session server-base)" '' \
	"initramfs/dmesg uses only the rooms of initramfs below it, server/session and server/base"
is "$(links initramfs-autopsy initramfs-dmesg initramfs-ship initramfs-https initramfs-vmcore server-session server-base)" '' \
	"initramfs/autopsy uses only the rooms of initramfs below it, server/session and server/base"
is "$(grep -nE '#include "(dmesg|autopsy|ship)/' "$root"/initramfs/vmcore/*.[ch])" '' \
	"initramfs/vmcore includes no header of a room above it"
is "$(grep -nE '#include "(dmesg|autopsy)/' "$root"/initramfs/ship/*.[ch])" '' \
	"initramfs/ship includes no header of a room above it"
unlike "$(links server-session)" '^$' "a room without those below it does not link"

# Headers: no room includes one of a room above it, and none is in a circle.
above=
for room in $rooms; do
	pattern=$(printf '%s' "$above" | sed 's/ /|/g; s/^|//')
	[ -z "$pattern" ] ||
		is "$(grep -nE "#include \"($pattern)/" "$root/server/$room"/*.[ch])" '' "server/$room includes no header of:$above"
	above="$above $room"
done
done_testing
