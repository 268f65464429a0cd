#!/bin/sh
# SPDX-License-Identifier: MIT
# The kernel's own senders over a bad wire, to the end: of the netconsole packets 30 % are lost, 10 % come
# twice, all late, and every fifth so late that others overtake it; then the machine dies. A row a
# kernel and format; LAB_WIRES names those to run. Needs root (a network namespace).
# Evidence: what `lastwords show` counts as packets, lost, truncated and duplicates is exactly what the
# wire wrote down; netconsole.log has each line that came whole, once, and of no other; the merged record
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
# What the machine runs: once netconsole is on (the log so far is sent then) it says its lines; where the
# kernel can, with its release and a user's field in front of and behind each.
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
profile $name {
	image = \"${row%|*}\"
	netconsole = \"${row#*|}\"
	args = \"no_timer_check lab.run=http://10.77.0.1:8080/images/talk lab.panic=1\"
	console = \"ttyS0,115200n8\"
	crashkernel = \"192M\"
	after = \"halt\"
}
rule { mac = \"52:54:00:aa:0e:0$number\" profile = \"$name\" }"
done

# What the wire wrote, added up: packets, lost, torn (truncated), duplicates as the collector has to count
# them; what was dropped before the first that came and behind the last nobody can know of. "unsent":
# numbers that the kernel itself left out.
cat >"$work/sum.pl" <<'END'
my (%sent, %got, %all, %pieces, $packets, $cut, $extra, $first, $last);
while (<>) {
	my ($copies, $delay, $length, $head) = /^(\d+) (\d+) (\d+) (.*)/ or die "what is $_";
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
settled() {
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
	lab_event " running 525400aa0e0$3-.*netconsole=on" 240 "$name: it runs" || return 0
	session=$(lab_session " running 525400aa0e0$3-")
	lab_event " uploaded $session .*channel=http" 120 "$name: it died, and its log is stored" || return 0
	eval "$(perl "$work/sum.pl" "$work/$name.wire")"
	wait_for 10 settled || true
	diag "$name: the wire: $(perl "$work/sum.pl" "$work/$name.wire")"
	diag "$name: show: $counted"
	# shellcheck disable=SC2154 # by eval
	is "$(count packets)" "$packets" "$name: every packet that came through is counted"
	is "$(sed -n 's/^overflow=//p' "$lab_state/run/collector.meta")" 0 "$name: none of them lost by the receiver"
	log=$(lab_dir "$session")/netconsole.log
	[ "$(wc -l <"$work/$name.wire")" -gt $((lines + 200)) ] && rc=0 || rc=1
	ok $rc "$name: the kernel sent its log and the lines"
	if [ "$format" = extended ]; then
		is "$(count lost)" $((lost + unsent)) "$name: lost is what the wire dropped, and what was never sent"
		[ "$lost" -gt 50 ] && rc=0 || rc=1
		ok $rc "$name: which was a lot"
		# (while the machine sets its target anew, nothing is sent)
		[ "$unsent" -le "$quiet" ] && rc=0 || rc=1
		ok $rc "$name: the kernel itself left $unsent out, of $quiet at most"
		[ "$fragments" -gt $long ] && rc=0 || rc=1
		ok $rc "$name: some of it in fragments"
		# (on a starved host a piece may come later than the collector waits)
		[ "$(count truncated)" -ge "$torn" ] && [ "$(count truncated)" -le $((torn + $(count late))) ] && rc=0 || rc=1
		ok $rc "$name: truncated are the $torn records of which pieces were dropped"
		is "$(count duplicates)" "$duplicates" "$name: and the doubled ones are known"
		is "$(grep -ac 'talk: line' "$log")" "$(came)" "$name: the log has every line that came through, once"
	else
		is "$(count lost)" 0 "$name: of basic packets nobody can say what was lost"
		is "$(count truncated)" "$cut" "$name: truncated are those of 1000 bytes"
		is "$(grep -ac 'talk: line' "$log")" "$(came)" "$name: the log has every line that came through, once"
	fi
	record=$(lab_dir "$session")/record.txt
	like "$(cat "$work/show")" '^record .*, 0 holes' "$name: the merged record has no hole"
	is "$(grep -ao 'talk: line [0-9]* of' "$record" | uniq)" "$(seq -f "talk: line %.0f of" "$lines")" \
		"$name: and every line, in order"
	like "$(cat "$work/show")" '^title +sysrq crash' "$name: and the death"
	[ "$name" != newest ] || {
		grep -Eq "^[12] [0-9]+ [0-9]+ [0-9]+[.][^,;]*,[0-9]+,[0-9]+,.*;talk: line .*rack=r7" "$work/newest.wire" &&
			rc=0 || rc=1
		ok $rc "$name: with the release before them, and the field behind"
	}
}

# How many of the lines have come through.
came() {
	perl -ne 'print if /^[1-9]\d* \d+ \d+ .*[;\]] ?talk: line (\d+)/ && !$seen{$1}++' \
		"$work/$name.wire" | wc -l
}

room_open
lab_server "$profiles"
for want in ${LAB_WIRES:-$names}; do
	row=$(printf '%s' "$rows" | sed -n "s/^$want  *| *//p" | tr -d ' ')
	[ -n "$row" ] || { ok 1 "there is a row $want"; continue; }
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
