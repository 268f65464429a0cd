#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# monitor.pl SOCKET COMMAND…: gives QEMU's monitor the commands, one after the other's end, prints its
# answers, and leaves the machine running.
use strict;
use warnings;
use IO::Socket::UNIX;

my $path = shift @ARGV;
my $socket = IO::Socket::UNIX->new(Peer => $path) or die "monitor.pl: $path: $!\n";

# up to the next prompt; an ended connection is an ended machine
sub answer {
	my $text = '';
	while ($text !~ /\(qemu\) $/) {
		sysread($socket, $text, 65536, length $text) or last;
	}
	return $text;
}

answer();
for my $command (@ARGV) {
	syswrite $socket, "$command\n";
	my $text = answer();
	$text =~ s/\e\[[0-9;]*[A-Za-z]|\r//g;
	$text =~ s/^.*\n//;
	$text =~ s/\(qemu\) $//;
	print $text;
}
