#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# table.pl FILE: makes one table of the rows "NAME VALUE" of all runs: least, median, most; the same of the
# peer; the ratio of the medians (the peer's by ours); the goal, and whether the median meets it.
use strict;
use warnings;

my %value;
while (<>) {
	my ($name, $number) = /^(\S+) (-?[0-9.]+)$/ or die "table.pl: line $.: \"$_\" is no row\n";
	push @{ $value{$name} }, $number;
}

sub sorted { return sort { $a <=> $b } @{ $value{ $_[0] } // die "table.pl: no $_[0]\n" } }

sub median {
	my @v = sorted(@_);
	return @v % 2 ? $v[$#v / 2] : ($v[$#v / 2] + $v[@v / 2]) / 2;
}

# a derived figure of each run
sub derive {
	my ($to, $how, @from) = @_;
	for my $i (0 .. $#{ $value{ $from[0] } }) {
		push @{ $value{$to} }, $how->(map { $value{$_}[$i] } @from);
	}
}

my @lines;

sub head { push @lines, [@_] }

# row(TEXT, FORMAT, OURS, PEER, GOAL)
sub row {
	my ($text, $format, $ours, $peer, $goal) = @_;
	my @v = map { sprintf $format, $_ } (sorted($ours))[0], median($ours), (sorted($ours))[-1];
	my @p = $peer ? map { sprintf $format, $_ } (sorted($peer))[0], median($peer), (sorted($peer))[-1] : ('', '', '');
	my $ratio = $peer && median($ours) > 0 ? sprintf '%.1fx', median($peer) / median($ours) : '';
	my $met = defined $goal ? (sprintf("$format", $goal) . (median($ours) <= $goal ? '  met' : '  NOT met')) : '';
	push @lines, [$text, @v, @p, $ratio, $met];
}

head('', 'least', 'median', 'most', 'least', 'median', 'most', '', '');
if ($value{'crash.lastwords.stored'}) {
	derive('crash.goal', sub { $_[0] + $_[1] + 0.5 }, 'crash.lastwords.user', 'crash.lastwords.link');
	derive('bytes.over', sub { $_[0] - $_[1] }, 'bytes.lastwords.out', 'bytes.lastwords.packed');
	derive('bytes.http', sub { $_[0] - $_[1] }, 'bytes.lastwords.tcp-out', 'bytes.lastwords.packed');
	derive('bytes.recipe.over', sub { $_[0] - $_[1] }, 'bytes.recipe.out', 'bytes.recipe.packed');
	derive('bytes.recipe.http', sub { $_[0] - $_[1] }, 'bytes.recipe.tcp-out', 'bytes.recipe.packed');
	derive($_ . '.wire', sub { $_[0] + $_[1] }, "$_.in", "$_.out") for 'bytes.lastwords', 'bytes.recipe';
	head('A crash, stock kernel, the oops line to stored, s', '', 'lastwords', '', '', '20-line recipe', '', 'ratio', 'goal (median)');
	row('  stored (goal: user space + link + 0.5)', '%.2f', 'crash.lastwords.stored', 'crash.recipe.stored', median('crash.goal'));
	row('    capture kernel up (user space)', '%.2f', 'crash.lastwords.user', 'crash.recipe.user');
	row('    network driver', '%.2f', 'crash.lastwords.driver');
	row('    link: card raised to carrier', '%.2f', 'crash.lastwords.link', 'crash.recipe.link');
	row('    carrier to stored', '%.2f', 'crash.lastwords.rest', 'crash.recipe.rest');
	row('  CPU time of the emulator for it', '%.2f', 'crash.lastwords.cpu', 'crash.recipe.cpu');
	head('Bytes for one dmesg', '', 'lastwords', '', '', '20-line recipe', '', 'ratio', 'goal (median)');
	row('  the dmesg', '%d', 'bytes.lastwords.plain', 'bytes.recipe.plain');
	row('  its body in HTTP', '%d', 'bytes.lastwords.packed', 'bytes.recipe.packed');
	row('  over that: HTTP headers', '%d', 'bytes.http', 'bytes.recipe.http');
	row('  over that: all it sent, frames', '%d', 'bytes.over', 'bytes.recipe.over', 2048);
	row('  on the wire, both ways', '%d', 'bytes.lastwords.wire', 'bytes.recipe.wire');
}
for my $way (grep { $value{"peers.$_.stored"} && $value{'peers.kdump.stored'} } 'small', 'stock') {
	my $small = $way eq 'small';
	head("The same Debian guest, the oops line to stored, s", '', "$way kernel", '', '', 'kdump-tools', '', 'ratio', 'goal (median)');
	row('  stored (goal: a tenth)', '%.2f', "peers.$way.stored", 'peers.kdump.stored', $small ? median('peers.kdump.stored') / 10 : undef);
	row('    stored, less link and first answer', '%.2f', "peers.$way.beyond", undef, $small ? 2 : undef);
	row('    jump: to the capture kernel\'s clock 0', '%.2f', "peers.$way.jump", 'peers.kdump.jump');
	row('    kernel: to its first program', '%.2f', "peers.$way.kernel", 'peers.kdump.kernel');
	row('    link: card raised to carrier', '%.2f', "peers.$way.link");
	row('    carrier to first answer', '%.2f', "peers.$way.flows");
	row('    read', '%.2f', "peers.$way.read");
	row('    send: address to stored', '%.2f', "peers.$way.send");
	row('  CPU time of the emulator for it', '%.2f', "peers.$way.cpu", 'peers.kdump.cpu');
	row('  reserved, MB', '%d', "peers.$way.reserved", 'peers.kdump.reserved');
	row('  kernel and initramfs, bytes', '%d', "peers.$way.size", 'peers.kdump.size');
	row('  the dmesg, bytes', '%d', "peers.$way.plain", 'peers.kdump.plain');
	row('  sent, bytes', '%d', "peers.$way.sent");
	row('  on the wire both ways, bytes', '%d', "peers.$way.wire");
}
if ($value{'peers.kdump.stored'}) {
	head('And kdump-tools itself', '', 'kdump-tools');
	row('  systemd until it begins', '%.2f', 'peers.kdump.user');
	row('  its makedumpfile, to the dmesg saved', '%.2f', 'peers.kdump.read');
	row('  memory saved too, after the oops line', '%.2f', 'peers.kdump.vmcore');
}
if ($value{'boot.armed.wall'}) {
	$value{'boot.uptime.cost'} = [median('boot.armed.uptime') - median('boot.plain.uptime')];
	$value{'boot.card.cost'} = [median('boot.armed.card') - median('boot.plain.card')];
	$value{'boot.wall.cost'} = [median('boot.armed.wall') - median('boot.plain.wall')];
	$value{'boot.memory.cost'} = [(median('boot.plain.memory') - median('boot.armed.memory')) / 1024];
	$value{'arm.s'} = [map { $_ / 1000 } @{ $value{'arm.ms'} }];
	head('Arming, in a healthy boot', '', 'armed', '', '', 'not armed', '', 'ratio', 'goal (median)');
	row('  arm itself, s', '%.2f', 'arm.s', undef, 0.5);
	row('  kernel start to the OS finding its card, s', '%.2f', 'boot.armed.card', 'boot.plain.card');
	row('    cost (of medians)', '%.2f', 'boot.card.cost', undef, 0.5);
	row('    CPU time of the emulator for it', '%.2f', 'boot.armed.cpu', 'boot.plain.cpu');
	row('  kernel start to network up, s', '%.2f', 'boot.armed.uptime', 'boot.plain.uptime');
	row('    cost (of medians; the link is 1 to 3 s)', '%.2f', 'boot.uptime.cost');
	row('  script asked for to network up, s', '%.2f', 'boot.armed.wall', 'boot.plain.wall');
	row('    cost (of medians), download too', '%.2f', 'boot.wall.cost');
	row('  free memory, kB', '%d', 'boot.armed.memory', 'boot.plain.memory');
	row('    cost (of medians), MB', '%.2f', 'boot.memory.cost', undef, 4);
}
if ($value{'demo.total'}) {
	head('The demo, built tree', '', '', '', '', '', '', '', 'goal (median)');
	row('  in all, s', '%.1f', 'demo.total', undef, 45);
}

my @width;
for my $line (@lines) {
	for my $i (0 .. $#$line) {
		my $n = length $line->[$i];
		$width[$i] = $n if $n > ($width[$i] // 0);
	}
}
for my $line (@lines) {
	my @cell = map { sprintf '%' . ($_ == 0 || $_ == 8 ? '-' : '') . $width[$_] . 's', $line->[$_] } 0 .. $#$line;
	(my $text = join '  ', @cell) =~ s/ +$//;
	print "$text\n";
}
