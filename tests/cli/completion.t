#!/bin/sh
# SPDX-License-Identifier: MIT
# Completion in bash. Path: the function that `lastwords completion bash` prints, in a bash that calls it as readline
# does, on a state with sessions and a crash; then the time of a call on an index of 20,000 sessions. Evidence:
# commands, options, values, MACs with and without colons, ids, signatures, profiles, targets, images and files are
# offered where they can stand, nothing is where they cannot; a call does not hang.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" bash "$bin/lastwords"
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
export LASTWORDS_CONF="$work/lastwords.conf" PATH="$bin:$PATH"

mkdir -p "$work/state/journal" "$work/images/lab" "$work/images/debian" "$work/here/sub"
: >"$work/here/notes.txt"
cat >"$work/lastwords.conf" <<END
listen = "127.0.0.1:1"
netconsole = "127.0.0.1:1"
state = "$work/state"
images = "$work/images"
profile lab { image = "lab" }
profile debian { image = "debian" }
rule { product = "*" profile = "lab" }
target box {
	mac = "52:54:00:aa:00:01"
	driver = "command"
	status = "echo on"
	on = "true"
	off = "true"
}
END
one=525400aa0001-20261121T093612123-lab-5f3a9c01
two=525400bb0002-20261121T100000000-lab-00000001
cat >"$work/state/journal/2026-11.log" <<END
2026-11-21T09:36:12.123Z requested $one product=KVM profile=lab
2026-11-21T09:36:30.000Z uploaded $one file=dmesg.txt bytes=1 channel=http
2026-11-21T10:00:00.000Z requested $two product=Other profile=lab
END
mkdir -p "$work/state/sessions/525400aa0001/$one"
echo '[    5.000001] Kernel panic - not syncing: sysrq triggered crash' >"$work/state/sessions/525400aa0001/$one/dmesg.txt"
lw reindex >/dev/null

# completed LINE: what bash would put in the place of its last word, one a line, sorted.
cat >"$work/complete.bash" <<'END'
compopt() { :; }
source <(lastwords completion bash)
COMP_LINE=$1 COMP_POINT=${#1}
cd "$2"
_lastwords
printf '%s\n' "${COMPREPLY[@]}" | sort
END
completed() { bash "$work/complete.bash" "$1" "$work/here" 2>&1; }
# offers LINE WORDS NAME
offers() { is "$(completed "$1" | tr '\n' ' ' | sed 's/ $//')" "$2" "$3"; }

offers 'lastwords ses' sessions "a command"
is "$(completed 'lastwords ')" "$("$bin/lastwords" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | sort)" "all commands"
offers 'lastwords help dr' drill "a command behind help"
offers 'lastwords crashes --gr' --group "an option"
offers 'lastwords --color=' 'always auto never' "the values of an option behind ="
offers 'lastwords sessions --color al' always "and behind a blank"
offers 'lastwords --lo' --local-time "an option of all commands"
offers 'lastwords show 525400aa' "525400aa0001 $one" "MACs and ids"
offers 'lastwords show 52:54:00:b' bb:00:02 "a MAC with colons: what follows the last one"
offers 'lastwords keep 525400bb0002-' "$two" "an id"
is "$(completed 'lastwords export ' | wc -l)" 5 "ids, MACs and the signature for export"
like "$(completed 'lastwords export a b 3')" '^[0-9a-f]{16}$' "also as a third argument"
offers 'lastwords machine 525400aa0001 --profile ' 'debian lab' "profiles"
offers 'lastwords qualify --profile lab,d' lab,debian "a list's last part"
offers 'lastwords qualify b' box "a target"
offers 'lastwords power box c' cycle "an action"
offers 'lastwords power box cycle ' '' "nothing where nothing can stand"
offers 'lastwords bisect --images lab,' 'lab,debian lab,lab' "images"
offers 'lastwords dhcp-config p' 'proxy pxelinux' "literal arguments"
offers 'lastwords explain 525400aa0001 man' manufacturer= "explain's fields"
offers 'lastwords title n' notes.txt "files"
offers 'lastwords -c n' notes.txt "a file behind -c"
is "$(completed 'lastwords export x --output ')" 'notes.txt
sub' "files and directories"
offers 'lastwords frob ' '' "nothing behind an unknown command"
offers 'lastwords sessions --since 2' 2d "ages"
LASTWORDS_CONF=$work/none offers 'lastwords show 52' '' "without a configuration there is less, and no error"
: >"$work/state/index.db"
offers 'lastwords show 52' '' "the same with a damaged index"
exits 2 "an unknown shell is wrong usage" lw completion csh
exits 0 "bash reads the script" bash -n -c "$(lastwords completion bash)"

# The time, on a large index.
awk 'BEGIN { for (i = 0; i < 20000; i++) {
	h = int(i / 3600); m = int(i / 60) % 60; s = i % 60
	printf "2026-11-20T%02d:%02d:%02d.000Z requested 525400%06x-20261120T%02d%02d%02d000-lab-%08x product=KVM profile=lab\n",
		h, m, s, i % 5000, h, m, s, i } }' >"$work/state/journal/2026-11.log"
lw reindex >/dev/null
best=9999999
for _ in 1 2 3 4 5; do
	begin=$(date +%s%N)
	lastwords completion words lastwords show 5254 >"$work/out"
	took=$((($(date +%s%N) - begin) / 1000))
	[ $took -ge $best ] || best=$took
done
is "$(($(wc -l <"$work/out") > 500))" 1 "on 20,000 sessions: the newest are offered"
ok $((best > 2000000)) "a call takes $((best / 1000)) ms, at most 2000 on any machine"
done_testing
