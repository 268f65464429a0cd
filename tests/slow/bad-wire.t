#!/bin/sh
# SPDX-License-Identifier: MIT
# The kernel's own senders over a bad wire: 30 % of the netconsole packets are lost, 10 % come twice, all
# come late, and every fifth is overtaken by others; then the machine crashes. One row for each kernel and
# format; LAB_WIRES names those to run. Needs root (a network namespace).
# Evidence: what `lastwords show` counts as packets, lost, truncated and duplicates is exactly what the
# wire did; netconsole.log has each line that came complete, once, and no other; the merged record
# has no hole and every line that the machine wrote, in order.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
. "$root/tests/lib/room.sh"
lab_need
room_need
needs "make check installs and builds it" perl "$root/build/tests/lib/wire"

# NAME | image: the lab's, or of a suite's kernel | format
rows='
extended | lab | extended
basic    | lab | basic
newest   | sid | extended
'
names=$(printf '%s' "$rows" | sed -n 's/^\([a-z]*\) .*/\1/p')
lines=200 long=30

lab_images=$work/images
mkdir "$lab_images"
ln -s "$root/build/images/lab" "$lab_images/lab"
# What the machine runs: once netconsole is on (the log so far is sent then) it writes its lines; where the
# kernel can, with its release before and a user's field behind each.
cat >"$lab_images/talk" <<END
n=0
until dmesg | grep -q 'network logging started' || [ \$n -ge 60 ]; do
	n=\$((n + 1))
	sleep 0.5
done
sleep 1
echo on >/proc/sys/kernel/printk_devkmsg
mount -t configfs configfs /sys/kernel/config 2>/dev/null
# (the module's own target can be reached since 6.7, by making a directory of its name)
target=/sys/kernel/config/netconsole/cmdline0
mkdir \$target 2>/dev/null
if [ -e "\$target/release" ]; then
	echo 0 >"\$target/enabled" && echo 1 >"\$target/release"
	mkdir "\$target/userdata/rack" && echo r7 >"\$target/userdata/rack/value"
	echo 1 >"\$target/enabled"
	echo "talk: release \$(cat "\$target/release"), enabled \$(cat "\$target/enabled")"
fi
# 128 letters of two bytes, each eight in a packet: a line of several (newer kernels cut one at 2048)
fill=\$(printf '\303\251')
for _ in 1 2 3 4 5 6 7; do
	fill=\$fill\$fill
done
n=1
while [ \$n -le $lines ]; do
	echo "<6>talk: line \$n of $lines" >/dev/kmsg
	[ \$((n % ($lines / $long))) -ne 0 ] || echo "<6>talk: long \$n \$fill end" >/dev/kmsg
	n=\$((n + 1))
done
sleep 1
END

profiles='' number=0
for name in $names; do
	number=$((number + 1))
	row=$(printf '%s' "$rows" | sed -n "s/^$name  *| *//p" | tr -d ' ')
	profiles="$profiles
$(lab_profile $name 'lab.run=http://10.77.0.1:8080/images/talk lab.panic=1' \
		"image = \"${row%|*}\"" "netconsole = \"${row#*|}\"" 'after = "halt"')
rule { mac = \"52:54:00:aa:0e:0$number\" profile = \"$name\" }"
done

# Sums over the wire's log: packets, lost, torn (truncated), duplicates as the collector must count them.
# No receiver can count what was dropped before the first packet that came or after the last. "unsent":
# numbers that the kernel itself left out.
cat >"$work/sum.pl" <<'END'
my (%sent, %got, %all, %pieces, $packets, $cut, $extra, $first, $last);
while (<>) {
	my ($copies, $delay, $length, $head) = /^(\d+) (\d+) (\d+) (.*)/ or die "unknown line of the wire: $_";
	$packets += $copies;
	$cut++ if $copies && $length == 1000;
	my ($seq, $rest) = $head =~ /^(?:[^,]*\.[^,]*,)?\d+,(\d+),\d+,([^;]*)/ or next;
	my ($piece) = $rest =~ /ncfrag=(\d+)/ ? $1 : 0;
	$sent{$seq} = 1;
	$all{"$seq $piece"} = 1;
	next unless $copies;
	$got{$seq} = 1;
	$extra += $copies - 1 + ($pieces{"$seq $piece"} ? 1 : 0);
	$pieces{"$seq $piece"} = 1;
	$last = $seq if !defined $last || $seq > $last;
	$first = $seq if !defined $first || $seq < $first;
}
my ($lost, $behind, $before, $torn, $unsent) = (0) x 5;
for my $seq (keys %sent) {
	next if $got{$seq};
	$seq > $last ? $behind++ : $seq < $first ? $before++ : $lost++;
}
my %torn = map { (split)[0] => 1 } grep { !$pieces{$_} && $got{(split)[0]} } keys %all;
if (defined $last) { $unsent += !$sent{$_} for $first .. $last }
printf "packets=%d lost=%d torn=%d duplicates=%d cut=%d behind=%d before=%d unsent=%d fragments=%d\n",
	$packets, $lost, scalar(keys %torn), $extra, $cut, $behind, $before, $unsent,
	scalar(grep { / [1-9]/ } keys %all);
END

shown() {
	lw show -n 0 "$session" >"$work/show" 2>&1
	counted=$(sed -n 's/^counts *//p' "$work/show")
}
# count WORD: "12 lost, …"
count() { echo "$counted" | sed -n "s/.*\(^\| \)\([0-9]*\) $1.*/\2/p"; }
counts_agree() {
	shown && [ "$(count packets)" = "$packets" ]
}

number=0
play() {
	name=$1 format=$2 quiet=0
	[ "$name" != newest ] || quiet=20
	lab_mac=52:54:00:aa:0e:0$3
	room_boot
	: >"$work/control"
	room_wire "$work/$name.wire"
	echo "port=6666 loss=30 double=10 delay=20 reorder=20 hold=80" >"$work/control"
	lab_machine "$name" -no-reboot
	session=
	lab_event " running 525400aa0e0$3-.*netconsole=on" 240 "$name: the machine runs" || return 0
	session=$(lab_session " running 525400aa0e0$3-")
	lab_event " uploaded $session .*channel=http" 120 "$name: the dmesg of the crash is stored" || return 0
	eval "$(perl "$work/sum.pl" "$work/$name.wire")"
	wait_for 10 counts_agree || true
	diag "$name: the wire: $(perl "$work/sum.pl" "$work/$name.wire")"
	diag "$name: show: $counted"
	# shellcheck disable=SC2154 # by eval
	is "$(count packets)" "$packets" "$name: every packet that came is counted"
	is "$(sed -n 's/^overflow=//p' "$lab_state/run/collector.meta")" 0 "$name: the receiver lost no packet"
	log=$(lab_dir "$session")/netconsole.log
	succeeds "$name: the kernel sent its log and the lines" test "$(wc -l <"$work/$name.wire")" -gt $((lines + 200))
	if [ "$format" = extended ]; then
		is "$(count lost)" $((lost + unsent)) "$name: lost counts what the wire dropped and what was never sent"
		succeeds "$name: the wire dropped more than 50 packets" test "$lost" -gt 50
		# (while the machine sets its target again, nothing is sent)
		succeeds "$name: the kernel left out $unsent numbers, at most $quiet" test "$unsent" -le "$quiet"
		succeeds "$name: more than $long lines are sent in fragments" test "$fragments" -gt $long
		# (on a starved host a piece may come later than the collector waits)
		truncated=$(count truncated)
		succeeds "$name: truncated counts the $torn records with dropped pieces" \
			test "$truncated" -ge "$torn" -a "$truncated" -le $((torn + $(count late)))
		is "$(count duplicates)" "$duplicates" "$name: duplicates counts the doubled packets"
		is "$(grep -ac 'talk: line' "$log")" "$(came)" "$name: the log has every line that came, once"
	else
		is "$(count lost)" 0 "$name: basic packets have no numbers, so lost is 0"
		is "$(count truncated)" "$cut" "$name: truncated counts the packets of 1000 bytes"
		is "$(grep -ac 'talk: line' "$log")" "$(came)" "$name: the log has every line that came, once"
	fi
	record=$(lab_dir "$session")/record.txt
	lab_shows "$session" '^record .*, 0 holes' "$name: the merged record has no hole"
	is "$(grep -ao 'talk: line [0-9]* of' "$record" | uniq)" "$(seq -f "talk: line %.0f of" "$lines")" \
		"$name: the merged record has every line, in order"
	lab_shows "$session" '^title +sysrq crash' "$name: the title is that of the crash"
	[ "$name" != newest ] || succeeds "$name: lines have the release before and the field behind" \
		grep -Eq "^[12] [0-9]+ [0-9]+ [0-9]+[.][^,;]*,[0-9]+,[0-9]+,.*;talk: line .*rack=r7" "$work/newest.wire"
}

# The number of lines that came.
came() {
	perl -ne 'print if /^[1-9]\d* \d+ \d+ .*[;\]] ?talk: line (\d+)/ && !$seen{$1}++' \
		"$work/$name.wire" | wc -l
}

room_open
lab_server "$profiles"
for want in ${LAB_WIRES:-$names}; do
	row=$(printf '%s' "$rows" | sed -n "s/^$want  *| *//p" | tr -d ' ')
	[ -n "$row" ] || { ok 1 "unknown row: $want"; continue; }
	image=${row%|*}
	if ! [ -e "$lab_images/$image/image.conf" ] &&
		! sh "$root/tests/lab/lab.sh" "$root/build/kernel" "$lab_images/$image" "$image" 2>"$work/image.log"; then
		skip "$(tail -n 1 "$work/image.log")" "$want"
		continue
	fi
	number=$(printf '%s\n' "$names" | grep -nx "$want" | cut -d : -f 1)
	play "$want" "${row#*|}" "$number"
	lab_stop "$want"
	lab_end "$room_wire_pid"
	lab_end "$room_dnsmasq_pid"
done
done_testing
