#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# stamp.pl FILE PID: prints each line that is added to FILE after the time when it was complete and the CPU
# time of the process PID by then, both in seconds. Reads every 5 ms, until it is killed. It must not miss
# or change a line.
use strict;
use warnings;
use Time::HiRes qw(time sleep);

my ($file, $pid) = @ARGV;
open my $in, '<:raw', $file or die "stamp.pl: $file: $!\n";
$| = 1;
my $rest = '';

# user and system time, in clock ticks of 10 ms
sub cpu {
	open my $stat, '<', "/proc/$pid/stat" or return 0;
	my $line = <$stat> // return 0;
	$line =~ s/.*\) //;
	my @field = split ' ', $line;
	return ($field[11] + $field[12]) / 100;
}

while (1) {
	my $got = sysread $in, my $buf, 65536;
	die "stamp.pl: $file: $!\n" unless defined $got;
	if ($got == 0) {
		sleep 0.005;
		next;
	}
	$rest .= $buf;
	my ($now, $cpu) = (time, cpu());
	while ($rest =~ s/^([^\n]*)\n//) {
		my $line = $1;
		$line =~ tr/\r//d;
		printf "%.3f %.2f %s\n", $now, $cpu, $line;
	}
}
