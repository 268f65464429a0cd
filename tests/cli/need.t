#!/bin/sh
# SPDX-License-Identifier: MIT
# need.sh, the first thing that make demo and make check run, on machines where something is missing:
# no root, an unreachable package source, a full disk. Each is one line with the suggested fix.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

mkdir "$work/bin"
fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
	chmod 755 "$work/bin/$1"
}
# try NAME CODE PATTERN
try() {
	PATH="$work/bin:$PATH" sh "$root/images/need.sh" demo >"$work/out" 2>"$work/err" && rc=0 || rc=$?
	is "$rc" "$2" "$1: need.sh exits with $2"
	[ -z "$3" ] || like "$(cat "$work/err")" "$3" "$1: names the problem and the fix"
	[ "$2" = 0 ] || is "$(wc -l <"$work/err")" 1 "$1: the error is one line"
}
fake df 'echo Filesystem; echo x 1 1 99999999 1 /'
fake dpkg-query 'echo installed'
fake apt-get 'echo "must not be run"; exit 9'
try "all packages installed" 0 ''
fake dpkg-query 'case $* in *qemu-system-x86) exit 1 ;; *) echo installed ;; esac'
fake id 'echo 1000'
fake sudo 'exit 1'
try "no root and no sudo" 1 'as root: apt-get install .*qemu-system-x86$'
fake sudo 'shift 0; case $1 in -n) exit 0 ;; *) exec "$@" ;; esac'
fake apt-get 'echo "Err:1 http://mirror.invalid bookworm InRelease"; echo "E: Failed to fetch http://mirror.invalid"; exit 100'
try "package source unreachable" 1 'apt-get failed \(Err:1 .*\); fix its sources or network'
fake apt-get 'exit 0'
try "installed by sudo" 0 ''
fake df 'echo Filesystem; echo x 1 1 99999 1 /'
try "no disk space" 1 '97 MB free here, 1500 needed; make room'
done_testing
