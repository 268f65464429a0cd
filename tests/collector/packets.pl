#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# packets.pl: the tests' sender of netconsole packets.
#
#	packets.pl TO-PORT FROM-PORT [FROM-ADDRESS]   one packet for each line of stdin, to the loopback address
#	packets.pl mint KEY-FILE MAC PROFILE [MS [N]]   prints a session id; with N, those of N machines from MAC on
#	packets.pl token KEY-FILE ID                  prints that session's token
#	packets.pl port                               prints a free UDP port
#
# In a line \n, \t, \\ and \xNN are read as C does; "@sleep SECONDS" waits, "@bytes N" is a packet of
# N bytes of 'x', "@empty" one of none.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use IO::Socket::IP;
use Socket qw(SOCK_DGRAM);
use Time::HiRes qw(sleep time);

sub udp {
	my %options = @_;
	return IO::Socket::IP->new(Type => SOCK_DGRAM, Proto => 'udp', %options)
	    || die "packets.pl: cannot open a socket: $@\n";
}

sub key {
	my ($file) = @_;
	open(my $in, '<', $file) or die "packets.pl: $file: $!; the collector makes it when it starts\n";
	return pack('H*', substr(<$in>, 0, 64));
}

sub mint {
	my ($file, $mac, $profile, $ms, $n) = @_;
	my $key = key($file);
	$ms ||= int(time() * 1000);
	my @t = gmtime(int($ms / 1000));
	my $rest = sprintf('%04d%02d%02dT%02d%02d%02d%03d-%s', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0],
	    $ms % 1000, $profile);
	my ($vendor, $number) = $mac =~ /^([0-9a-f]{6})([0-9a-f]{6})$/ or die "packets.pl: $mac: not 12 hex digits\n";
	for my $i (hex($number) .. hex($number) + ($n // 1) - 1) {
		my $body = sprintf('%s%06x-%s', $vendor, $i, $rest);
		printf "%s-%s\n", $body, substr(hmac_sha256_hex("id $body", $key), 0, 8);
	}
}

my ($to, $from, $address) = @ARGV;
if ($to eq 'mint') {
	mint(@ARGV[1 .. $#ARGV]);
	exit 0;
}
if ($to eq 'token') {
	print substr(hmac_sha256_hex("token $ARGV[2]", key($ARGV[1])), 0, 32), "\n";
	exit 0;
}
if ($to eq 'port') {
	print udp(LocalHost => '127.0.0.1', LocalPort => 0)->sockport, "\n";
	exit 0;
}
$address //= '127.0.0.1';
my $socket = udp(LocalHost => $address, LocalPort => $from, PeerHost => $address, PeerPort => $to);
my %plain = (n => "\n", t => "\t", '\\' => '\\');
while (my $line = <STDIN>) {
	chomp $line;
	if ($line =~ /^\@sleep (.*)/) { sleep($1); next; }
	if ($line =~ /^\@bytes (\d+)/) { $line = 'x' x $1; }
	elsif ($line eq '@empty') { $line = ''; }
	else { $line =~ s/\\(?:x([0-9a-f]{2})|([nt\\]))/defined $1 ? chr(hex($1)) : $plain{$2}/ge; }
	# A connected socket tells of a port that nobody listened to before: not our matter.
	defined $socket->send($line) or defined $socket->send($line) or die "packets.pl: send: $!\n";
}
