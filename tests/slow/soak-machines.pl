#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# soak-machines.pl HTTP-PORT UDP-PORT SECONDS FILE: the machines of a soak test, on loopback. It must do nothing
# that a real machine does not.
#
# MACHINES machines boot, report that they run, and send LINES numbered kernel log lines a second in all by
# extended netconsole. Every second another machine boots and uploads a dmesg of its own, again and again for
# up to 300 s until it is stored, as a capture kernel does.
# FILE, one fact a line:   log ID COUNT   |   boot MS   |   upload ID SHA256 MS   |   failed WHAT
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);
require "$FindBin::Bin/../lib/http.pl";

use constant {MACHINES => 20, LINES => 2000};

my ($port, $udp, $seconds, $file) = @ARGV;
open my $facts, '>>', $file or die "soak-machines.pl: $file: $!\n";
$facts->autoflush(1);
my $start = time;

# request HEAD [BODY]: status and body of the answer; status 0 when there is none within 30 s.
sub request {
	my ($head, $body) = @_;
	my $answer = http_request($port, 30, "$head\r\nHost: 127.0.0.1:$port\r\nConnection: close\r\n"
	    . (defined $body ? 'Content-Length: ' . length($body) . "\r\n\r\n$body" : "\r\n"));
	my ($status, $text) = $answer =~ m{\AHTTP/1\.1 (\d+).*?\r\n\r\n(.*)\z}s;
	return ($status // 0, $text // '');
}

# boot MAC: its session's id and token, once the session archive is fetched and the server knows that it runs.
sub boot {
	my ($mac) = @_;
	for my $try (1 .. 20) {
		my $asked = time;
		my ($status, $script) = request("GET /boot?mac=$mac&product=KVM&ip=10.9.0.5&netmask=255.255.255.0 HTTP/1.1");
		printf $facts "boot %d\n", (time - $asked) * 1000;
		my ($path, $id, $token) = $script =~ m{http://[^/\s]*(/session/([^\s.]+)\.cpio\S*?token=([0-9a-f]+)\S*)};
		if (!defined $token) {
			sleep 2; # the server is busy and has said so: an iPXE waits and comes again
			next;
		}
		($status) = request("GET $path HTTP/1.1");
		my ($taken) = request("POST /callback/$id HTTP/1.1\r\nLastwords-Token: $token\r\n"
		    . 'Content-Type: application/x-www-form-urlencoded', 'event=running');
		return ($id, $token) if $status == 200 && $taken == 200;
		sleep 1;
	}
	print $facts "failed boot of $mac\n";
	return;
}

sub upload {
	my ($n) = @_;
	my ($id, $token) = boot(sprintf '52-54-00-0b-%02x-%02x', $n >> 8, $n & 255) or return;
	my $log = join '', map { sprintf "<6>[%5d.%06d] soak %d: line %d of a kernel log\n", $_ / 100, $_, $n, $_ } 1 .. 1000;
	$log .= "<1>[   99.000000] BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
	    . "<4>[   99.000001] RIP: 0010:soak_crash_$n+0x10/0x20\n<0>[   99.100000] Kernel panic - not syncing: Fatal exception\n";
	my $began = time;
	while (time - $began < 300) {
		my ($status, $text) = request("PUT /crash/$id HTTP/1.1\r\nAuthorization: Bearer $token", $log);
		if ($status == 201 || $status == 200) {
			printf $facts "upload %s %s %d\n", $id, sha256_hex($log), (time - $began) * 1000;
			return;
		}
		sleep 1;
	}
	print $facts "failed upload for $id\n";
}

my $crashes = fork // die "soak-machines.pl: fork: $!\n";
if (!$crashes) {
	$SIG{CHLD} = 'IGNORE';
	for (my $n = 0; time - $start < $seconds; $n++) {
		my $one = fork // next;
		if (!$one) {
			upload($n);
			exit 0;
		}
		my $next = $start + $n + 1 - time;
		sleep $next if $next > 0;
	}
	1 while wait > 0;
	exit 0;
}

my @machine;
for my $n (1 .. MACHINES) {
	my ($id) = boot(sprintf '52-54-00-0a-00-%02x', $n) or next;
	my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => "127.0.77.$n", PeerAddr => "127.0.0.1:$udp")
	    or die "soak-machines.pl: no UDP socket: $@\n";
	send $socket, "6,0,0,-;Linux version 6.1.0-soak\n", 0;
	send $socket, "6,1,1,-;Command line: ro lastwords.session=$id\n", 0;
	push @machine, {id => $id, socket => $socket, sent => 0};
}
my ($begin, $all) = (time, 0);
while ((my $now = time) - $start < $seconds && @machine) {
	my $due = ($now - $begin) * LINES;
	for (; $all < $due; $all++) {
		my $m = $machine[$all % @machine];
		$m->{sent}++;
		send $m->{socket}, sprintf("6,%d,%d,-;soak line %d.\n", $m->{sent} + 1, ($now - $begin) * 1e6, $m->{sent}), 0;
	}
	sleep 0.005;
}
print $facts "log $_->{id} $_->{sent}\n" for @machine;
waitpid $crashes, 0;
