#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# wire.pl FILE REQUEST NOT-UDP-PORT: the bytes of one upload on the wire, from a capture (pcap, as QEMU's
# filter-dump writes it). The upload is the TCP segment whose data begin with REQUEST; every frame around
# it counts, back to a silence of 4 s (the capture kernel's start) and on to one of 0.8 s (the firmware's
# start), without those to NOT-UDP-PORT (netconsole of the dying kernel). Times between frames are exact,
# the clock of the capture is up to a second off.
# Prints "out N" and "in N" (bytes of Ethernet frames that the machine sent and received) and "tcp-out N"
# (bytes in TCP that it sent: the upload in HTTP). The machine is the host with 10.0.2.15, or without an
# address, or with an IPv6 address that is not the emulated router's.
use strict;
use warnings;

my ($file, $request, $not) = @ARGV;
my (@frame, $hit);
open my $in, '<:raw', $file or die "wire.pl: $file: $!\n";
read $in, my $head, 24;
die "wire.pl: $file is no pcap file\n" unless length $head == 24 && unpack('V', $head) == 0xa1b2c3d4;
while (read($in, my $record, 16) == 16) {
	my ($s, $us, $kept) = unpack 'VVV', $record;
	last unless read($in, my $data, $kept) == $kept;
	next if $kept < 42;
	my ($type) = unpack 'x12n', $data;
	my %f = (time => $s + $us / 1e6, bytes => $kept, tcp => 0);
	if ($type == 0x0806) {
		$f{out} = join('.', unpack 'x28C4', $data) =~ /^(10\.0\.2\.15|0\.0\.0\.0)$/;
	} elsif ($type == 0x0800) {
		my ($version, $length, $protocol) = unpack 'x14Cx1nx5C', $data;
		my $ip = ($version & 15) * 4;
		$f{out} = join('.', unpack 'x26C4', $data) =~ /^(10\.0\.2\.15|0\.0\.0\.0)$/;
		next if $protocol == 17 && unpack('x' . (14 + $ip + 2) . 'n', $data) == $not;
		if ($protocol == 6 && $kept >= 14 + $ip + 20) {
			my $offset = (unpack('x' . (14 + $ip + 12) . 'C', $data) >> 4) * 4;
			$f{tcp} = $length - $ip - $offset;
			$hit = @frame if substr($data, 14 + $ip + $offset, length $request) eq $request;
		}
	} else {
		$f{out} = $type != 0x86dd || unpack('x22H16', $data) !~ /^fe80000000000000/ ||
		    unpack('x30H16', $data) ne '0000000000000002';
	}
	push @frame, \%f;
}
die "wire.pl: $file: no upload ($request) in it\n" unless defined $hit;
my ($first, $last) = ($hit, $hit);
$first-- while $first > 0 && $frame[$first]{time} - $frame[$first - 1]{time} < 4;
$last++ while $last < $#frame && $frame[$last + 1]{time} - $frame[$last]{time} < 0.8;
my %sum = (out => 0, in => 0, 'tcp-out' => 0);
for my $f (@frame[$first .. $last]) {
	$sum{ $f->{out} ? 'out' : 'in' } += $f->{bytes};
	$sum{'tcp-out'} += $f->{tcp} if $f->{out};
}
print "$_ $sum{$_}\n" for sort keys %sum;
