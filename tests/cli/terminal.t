#!/bin/sh
# SPDX-License-Identifier: MIT
# Lists for people and for scripts. Path: a state that was written by hand; the commands on pseudo-terminals of
# several widths, with and without colours, with pagers, and in pipes. Evidence: headings and relative times only on
# a terminal, no row wider than it; colours only where they are wanted; the pager gets only what is longer than the
# terminal, and one that is left early is no error; pipes get tabs and UTC; --local-time has its offset.
set -eu
. "$(dirname "$0")/../lib/tap.sh"

bin=${LASTWORDS_BIN:-$root/build/bin}
needs "make check installs and builds it" script "$bin/lastwords"
lw() { "$bin/lastwords" -c "$work/lastwords.conf" "$@"; }
unset NO_COLOR COLUMNS LINES PAGER LESS || :
export LC_ALL=C.UTF-8 TERM=xterm TZ=CET-1CEST,M3.5.0,M10.5.0/3

# on COLUMNSxROWS ARG…: what a terminal of that size shows, in $work/shown; the exit code in $code
on() {
	on_size=$1
	shift
	cat >"$work/command" <<END
stty cols ${on_size%x*} rows ${on_size#*x} -onlcr 2>/dev/null
exec "$bin/lastwords" -c "$work/lastwords.conf" $*
END
	code=0
	timeout 20 script -qec "sh $work/command" /dev/null </dev/null >"$work/shown" 2>&1 || code=$?
}
widest() { wc -L <"$work/shown"; }
tab=$(printf '\t')
escape=$(printf '\033')

cat >"$work/lastwords.conf" <<END
listen = "127.0.0.1:1"
netconsole = "127.0.0.1:1"
state = "$work/state"
profile lab { image = "lab" }
rule { product = "*" profile = "lab" }
target box {
	mac = "52:54:00:aa:00:01"
	driver = "command"
	status = "echo on"
	on = "true"
	off = "true"
}
END
mkdir -p "$work/state/journal"
ago() { date -u -d "@$(($(date +%s) - $1))" "+$2"; }
# session N AGE: requested so many seconds ago; its id is in $id
session() {
	mac=$(printf '525400aa%04x' "$1")
	id=$mac-$(ago "$2" %Y%m%dT%H%M%S)000-lab-$(printf %08x "$1")
	when=$(ago "$2" %Y-%m-%dT%H:%M:%S.000Z)
	echo "$when requested $id product=PowerEdge%20R640 manufacturer=Dell profile=lab address=10.0.0.$1 arch=x86_64 platform=pcbios"
}
month=$work/state/journal/$(date -u +%Y-%m).log
{
	session 1 200
	echo "$when armed $id crashkernel=1 capture=small ms=3"
	echo "$when running $id interface=eth0"
	session 2 7300
	echo "$when not-armed $id why=no%20crashkernel%20reservation:%20the%20kernel%20found%20no%20room%20for%20192M%20of%20them%1b[31m"
	session 3 90000
	crashed=$id
	echo "$when running $id interface=eth0"
	echo "$when uploaded $id file=dmesg.txt bytes=1 channel=http"
} >"$month"
dir=$work/state/sessions/525400aa0003/$crashed
mkdir -p "$dir"
printf '%s\n' '[    0.000000] Linux version 6.1.0-56-amd64' '[    5.000001] BUG: kernel NULL pointer dereference, address: 0000000000000000' \
	'[    5.000002] RIP: 0010:a_function_with_a_rather_long_name_that_needs_room+0x5/0x10 [lab]' >"$dir/dmesg.txt"
lw reindex >/dev/null

on 80x24 sessions
is "$code" 0 "sessions on a terminal: exit 0"
like "$(head -n 1 "$work/shown")" "^$escape\[1mREQUESTED$escape\[0m +.*STATE" "a heading, in bold"
like "$(cat "$work/shown")" '^3 min ago ' "times are relative"
like "$(cat "$work/shown")" "$escape\[32mrunning$escape\[0m" "running is green"
like "$(cat "$work/shown")" "$escape\[33mnot armed$escape\[0m" "not armed is yellow"
like "$(cat "$work/shown")" "$escape\[31mcaptured$escape\[0m" "captured is red"
like "$(cat "$work/shown")" '…' "what is cut is marked"
on 80x24 --color=never sessions
unlike "$(cat "$work/shown")" "$escape" "--color=never: no colours, and no byte of a machine's text acts"
is "$(widest)" 80 "no row is wider than 80, and one is as wide"
for width in 60 100 200; do
	for command in sessions crashes "crashes --group" machines fleet power; do
		on ${width}x24 --no-pager --color never $command
		succeeds "$command fits $width columns: $(widest)" test "$(widest)" -le $width -a "$(widest)" -gt 20
		like "$(cat "$work/shown")" '^ *[A-Z]+ +[A-Z]' "$command has a heading"
	done
done
on 200x24 --color never sessions
like "$(cat "$work/shown")" "52:54:00:aa:00:01  running .*525400aa0001-[0-9T]*-lab-00000001" "200 columns have room for MAC and whole id"
on 80x24 --color never sessions
prefix=$(sed -n 's/.*running *\([0-9a-fT-]*\)….*/\1/p' "$work/shown")
like "$(lw show "$prefix")" '^session +525400aa0001-' "the beginning of an id that a narrow list shows is enough"
like "$(lw show "$prefix…")" '^session +525400aa0001-' "also with its mark"
LC_ALL=C on 80x24 --color never sessions
unlike "$(cat "$work/shown")" '…' "without UTF-8"
like "$(cat "$work/shown")" '~' "a ~ marks what is cut"

# Colours.
export NO_COLOR=1
on 80x24 sessions
unlike "$(cat "$work/shown")" "$escape" "NO_COLOR: none"
on 80x24 --color=always sessions
like "$(cat "$work/shown")" "$escape\[32mrunning" "--color=always is stronger"
NO_COLOR=''
on 80x24 sessions
like "$(cat "$work/shown")" "$escape\[32mrunning" "an empty NO_COLOR counts as unset"
unset NO_COLOR
TERM=dumb on 80x24 sessions
unlike "$(cat "$work/shown")" "$escape" "a dumb terminal has none"
like "$(lw --color=always sessions)" "${tab}running$tab" "a pipe has none, as tabs separate"
exits 2 "an unknown --color is wrong usage" lw --color=blue sessions

# Pipes.
lw sessions >"$work/out"
is "$(wc -l <"$work/out")" 3 "a pipe has no heading"
is "$(cut -f 3 "$work/out" | tr '\n' ' ')" "running not armed captured " "its columns are separated by tabs"
is "$(awk -F "$tab" '{ print NF }' "$work/out" | sort -u)" 5 "each row has all of them"
like "$(cut -f 1 "$work/out")" '^20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-9:]{8}Z$' "times are UTC, and marked"
like "$(cut -f 5 "$work/out")" '^no crashkernel reservation: .* 192M of them\\x1b\[31m$' "nothing is cut, and bytes are escaped"
is "$(COLUMNS=20 lw sessions)" "$(cat "$work/out")" "whatever the width"

# Times.
on 120x24 sessions --local-time
like "$(cat "$work/shown")" '^20[0-9-]{8} [0-9:]{8}[+]0[12]00 ' "--local-time: absolute, with its offset, also behind the command"
on 120x24 sessions --utc
like "$(cat "$work/shown")" '^20[0-9-]{8} [0-9:]{8}Z ' "--utc: absolute"
is "$(lw --local-time sessions | cut -f 1 | head -n 1 | TZ=UTC date -u -f - +%s)" "$(lw sessions | cut -f 1 | head -n 1 | date -u -f - +%s)" \
	"both are the same time"
exits 2 "both together are wrong usage" lw --local-time --utc sessions
on 100x60 --color never show 52:54:00:aa:00:01
like "$(cat "$work/shown")" '^requested  20[0-9-]{8} [0-9:.]{12}Z \(3 min ago\)$' "show has both"
like "$(lw show 52:54:00:aa:00:01)" '^requested  20[0-9-]{8} [0-9:.]{12}Z$' "in a pipe only the absolute one"
is "$(lw sessions --since 10min | wc -l)" 1 "--since an age"
is "$(lw sessions --since '3 h ago' | wc -l)" 2 "--since an age in words"
is "$(lw sessions --since "$(ago 3600 '%Y-%m-%d %H:%M')" | wc -l)" 1 "--since a time"

# Pagers.
export PAGER='sed s/^/paged:/'
on 80x24 --color never sessions
unlike "$(cat "$work/shown")" '^paged:' "what fits is printed as it is"
on 80x3 --color never sessions
is "$(grep -c '^paged:' "$work/shown")" 4 "what does not fit goes through PAGER"
on 80x3 --no-pager --color never sessions
unlike "$(cat "$work/shown")" '^paged:' "not with --no-pager"
PAGER='cat' on 80x3 --color never sessions
is "$(wc -l <"$work/shown")" 4 "PAGER=cat: none"
PAGER='' on 80x3 --color never sessions
is "$(wc -l <"$work/shown")" 4 "an empty PAGER: none"
i=0
while [ $i -lt 3000 ]; do
	i=$((i + 1))
	echo "[    6.000000] line $i of a long log that nobody reads to its end, as it is long" >>"$dir/dmesg.txt"
done
lw reindex >/dev/null
PAGER='head -n 1' on 80x24 show -n 3000 "$crashed"
is "$(cat "$work/shown")" "session    $crashed" "a pager that is left early: nothing else is printed"
is "$code" 0 "and the exit code is the command's"
PAGER='head -n 1' on 80x3 show nobody
is "$code" 1 "an error is an error with a pager, too"
like "$(cat "$work/shown")" 'unknown session "nobody"' "and is shown"
PAGER=/nonexistent/pager on 80x3 --color never sessions
like "$(cat "$work/shown")" 'nonexistent/pager' "a pager that is not there is named"
unset PAGER
mkdir "$work/bin"
printf '#!/bin/sh\necho "less was started with: $*"\ncat\n' >"$work/bin/less"
chmod +x "$work/bin/less"
PATH=$work/bin:$PATH on 80x3 --color never sessions
like "$(cat "$work/shown")" '^less was started with: -FRX$' "where PAGER is not set, it is less -FRX"

# Waiting: a line of progress on a terminal after a second, erased at the end; none elsewhere.
sed 's/status = "echo on"/status = "sleep 2; echo on"/' "$work/lastwords.conf" >"$work/slow.conf"
mv "$work/lastwords.conf" "$work/fast.conf"
cp "$work/slow.conf" "$work/lastwords.conf"
on 80x24 --color never power
like "$(tr '\r' '\n' <"$work/shown")" "^$escape\[Kpower: 1 s$" "power waits, and says so"
like "$(tr '\r' '\n' <"$work/shown" | tail -n 1)" '^box .* on +-$' "then the line is gone"
lw power >"$work/out" 2>"$work/err"
is "$(cat "$work/err")" '' "without a terminal there is none"
mv "$work/fast.conf" "$work/lastwords.conf"
on 80x24 --color never power
unlike "$(cat "$work/shown")" 'power: ' "nor where nothing takes a second"

# explain: as the machine described itself.
lw explain 52:54:00:aa:00:01 >"$work/out" 2>&1 || :
like "$(cat "$work/out")" '^52:54:00:aa:00:01, as it described itself at 20.*Z: product="PowerEdge R640" manufacturer="Dell" .*client="10.0.0.1"$' \
	"explain takes what the machine last said"
like "$(cat "$work/out")" 'lastwords.conf:5: matches: profile lab' "and judges by it"
like "$(lw explain 52:54:00:aa:00:01 product=KVM 2>&1)" 'product="KVM" \(given\) manufacturer="Dell"' "an argument is stronger"
like "$(lw explain 52:54:00:aa:00:09 2>&1)" '^52:54:00:aa:00:09, which has not asked this server yet:$' "a machine that never asked"
on 200x60 --color never explain 52:54:00:aa:00:01
like "$(cat "$work/shown")" 'as it described itself [345] min ago:' "on a terminal the time is relative"
echo "$(ago 10 %Y-%m-%dT%H:%M:%S.000Z) refused - why=no%20rule address=10.9.9.9 mac=52:54:00:aa:00:01 product=Other" >>"$month"
lw reindex >/dev/null
like "$(lw explain 52:54:00:aa:00:01 2>&1)" 'product="Other" client="10.9.9.9"$' "a request that was refused counts, too"

# Words.
like "$(lw check 2>&1 || :)" 'lab' "check has looked"
done_testing
