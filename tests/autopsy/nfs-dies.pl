#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# nfs-dies.pl: an NFSv3 server (RFC 1813) on stdin and stdout, with its mount protocol, that can be
# mounted and then never answers a LOOKUP, as a server that has died does not. QEMU's guestfwd runs it.
use strict;
use warnings;

binmode $_ for \*STDIN, \*STDOUT;
$| = 1;

# a directory that root owns
my $attributes = pack('N5 Q> Q> N2 Q> Q> N6', 2, 0755, 2, 0, 0, 4096, 4096, 0, 0, 1, 1, (1) x 6);
my $post = pack('N', 1) . $attributes;
my %answer = (
	'100005 0' => '',
	'100005 1' => pack('N N a8 N N', 0, 8, 'scene', 1, 1),
	'100003 0' => '',
	'100003 1' => pack('N', 0) . $attributes,
	'100003 4' => pack('N', 0) . $post . pack('N', 0x1f),
	'100003 18' => pack('N', 0) . $post . pack('Q>6 N', (1 << 30) x 6, 0),
	'100003 19' => pack('N', 0) . $post . pack('N7 Q> N3', (65536, 65536, 4096) x 2, 4096, 1 << 40, 1, 0, 0x1b),
	'100003 20' => pack('N', 0) . $post . pack('N6', 32, 255, 1, 1, 0, 1),
);

sub take {
	my ($count) = @_;
	my $data = '';
	while (length $data < $count) {
		sysread(STDIN, $data, $count - length $data, length $data) or exit;
	}
	return $data;
}

for (;;) {
	my $call = '';
	my $mark;
	do {
		$mark = unpack 'N', take(4);
		$call .= take($mark & 0x7fffffff);
	} until $mark & 0x80000000;
	my ($xid, $type, $rpc, $program, $version, $procedure) = unpack 'N6', $call;
	next if $program == 100003 && $procedure == 3;
	my $result = $answer{"$program $procedure"};
	# 1: the program is not available, 3: the procedure is not
	my $accepted = defined $result ? 0 : $program == 100003 || $program == 100005 ? 3 : 1;
	my $reply = pack('N6', $xid, 1, 0, 0, 0, $accepted) . ($result // '');
	syswrite STDOUT, pack('N', length($reply) | 0x80000000) . $reply;
}
