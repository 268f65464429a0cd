#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# soak-strangers.pl HTTP-PORT UDP-PORT SECONDS: strangers on loopback who have no secret but what the server hands
# to anyone, one process for each kind, each as fast as PACE allows, for SECONDS. Prints how much each did.
#
#	boots      boot requests of random MACs, half of them for a product that no rule names, fields of 0xff
#	opens      /session/open of random MACs
#	odd        paths that try to leave the document root, bodies and heads that are none
#	steal      pstore uploads under a victim's name, with a token of the stranger's own session for its MAC
#	same       the same one-byte pstore upload, again and again
#	poison     uploads of 30 million two-byte lines, each a little different
#	packets    netconsole packets: noise, gaps, fragments that never end, panics, other machines' ids
use strict;
use warnings;
use FindBin;
use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
require "$FindBin::Bin/../lib/http.pl";

my ($port, $udp, $seconds) = @ARGV;
my $end = time + $seconds;
my $lines = gzip_lines();

# gzip_lines: 60 MB of lines of one letter, compressed; a member of its own in front makes each upload differ.
sub gzip_lines {
	my $text = "a\n" x 30_000_000;
	gzip(\$text, \my $packed, -Level => 1);
	return $packed;
}

sub mac { sprintf '52-54-%02x-%02x-%02x-%02x', map { rand 256 } 1 .. 4 }
sub victim { rand 2 < 1 ? sprintf '52-54-00-0a-00-%02x', 1 + rand 20 : sprintf '52-54-00-0b-00-%02x', rand 256 }

sub request { http_request($port, 10, $_[0]) }

sub get { request("GET $_[0] HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") }

sub own_session {
	return get("/boot?mac=$_[0]&product=KVM") =~ m{/session/([^\s.]+)\.cpio\S*?token=([0-9a-f]+)};
}

sub put {
	my ($id, $token, $body, @heads) = @_;
	return request(join "\r\n", "PUT /crash/$id HTTP/1.1", 'Host: a', 'Connection: close', "Authorization: Bearer $token",
	    'Content-Length: ' . length $body, @heads, '', $body);
}

my @odd = ("/../../etc/passwd", "/images/%2e%2e/%2e%2e/etc/passwd", "/images/..%5c..%5cx", "/crash/../boot", "//boot",
	"/boot?" . "mac=" x 5000, "/session/" . 'x' x 4000 . ".cpio", "/callback/%00", "/metrics?%ff", "/pxelinux/pxelinux.cfg/01-zz",
	"/crash/525400000001-20990101T000000000-x-00000000", "/boot?mac=%0d%0aevent=running");

my %kind = (
	boots => [200, sub {
		my $field = '%ff' x 128;
		get('/boot?mac=' . mac() . '&product=' . (rand 2 < 1 ? 'KVM' : 'Other')
		    . join '', map { "&$_=$field" } qw(manufacturer serial asset uuid platform));
	}],
	opens => [200, sub { get('/session/open?mac=' . mac() . '&product=KVM') }],
	odd => [50, sub {
		my $path = $odd[rand @odd];
		rand 3 < 2 ? get($path) : request("PUT $path HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
	}],
	steal => [4, sub {
		my $victim = victim();
		my ($id, $token) = own_session($victim) or return;
		put($id, $token, "<0>[    1.0] Kernel panic - not syncing: forged " . rand, 'Lastwords-Channel: pstore');
	}],
	same => [20, do {
		my @session;
		sub {
			@session = own_session('52-54-00-0c-00-01') if !@session;
			put(@session, 'x', 'Lastwords-Channel: pstore') if @session;
		}
	}],
	poison => [0.05, sub {
		my ($id, $token) = own_session('52-54-00-0d-00-01') or return;
		my $first = 'poison ' . rand;
		gzip(\$first, \my $member);
		put($id, $token, $member . $lines, 'Content-Encoding: gzip');
	}],
	packets => [1000, do {
		my $n = 0;
		my @socket = map { packet_socket($_) } 0 .. 199;
		# after a fifth of the time the collector knows as many senders as it may (SOURCES_MAX)
		my $each = int($seconds / 180) || 1;
		sub {
			$socket[rand @socket] = packet_socket($n) if $n % $each == 0;
			my $seq = int rand 1 << 40;
			my @packet = ("4,$seq,1,-;noise $n\n", "4,$n,1,-,ncfrag=0/60000;" . 'x' x 900, "Kernel panic - not syncing: x\n",
				"6,0,0,-;Linux version 9.9\n", "6,1,1,-;Command line: lastwords.session=525400000001-20260101T000000000-x-00000000\n",
				join('', map { chr rand 256 } 1 .. 200));
			send $socket[rand @socket], $packet[rand @packet], 0;
			$n++;
		}
	}],
);

# packet_socket N: a UDP socket on one of 127.64.0.0/10's addresses.
sub packet_socket {
	return IO::Socket::INET->new(Proto => 'udp', LocalAddr => sprintf('127.%d.%d.%d', 64 + rand 64, rand 256, 1 + rand 250),
	    PeerAddr => "127.0.0.1:$udp") // die "soak-strangers.pl: no UDP socket: $@\n";
}

my @children;
for my $name (sort keys %kind) {
	my $child = fork // die "soak-strangers.pl: fork: $!\n";
	if (!$child) {
		my ($pace, $do) = @{$kind{$name}};
		my ($began, $did) = (time, 0);
		while (time < $end) {
			$do->();
			$did++;
			my $early = $did / $pace - (time - $began);
			sleep($early < $end - time ? $early : 1) if $early > 0.002;
		}
		print "$name $did\n";
		exit 0;
	}
	push @children, $child;
}
waitpid $_, 0 for @children;
