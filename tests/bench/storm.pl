# SPDX-License-Identifier: MIT
# storm.pl PORT COUNT: COUNT machines request their boot script at the same time, each over its own
# connection. Prints how many got a whole script, and after how many ms the last one.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

my ($port, $count) = @ARGV;
my $start = time;
my $select = IO::Select->new;
my (%text, $whole, $last);
$whole = $last = 0;
for my $n (0 .. $count - 1) {
	my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 10) or next;
	printf $socket "GET /boot?mac=52-54-0a-00-%02x-%02x&product=KVM HTTP/1.1\r\nHost: 127.0.0.1:$port\r\n"
		. "Connection: close\r\n\r\n", $n >> 8, $n & 255;
	$socket->flush;
	$text{$socket} = '';
	$select->add($socket);
}
while ($select->count && time - $start < 30) {
	for my $socket ($select->can_read(1)) {
		next if sysread($socket, $text{$socket}, 65536, length $text{$socket});
		if ($text{$socket} =~ m{^HTTP/1.1 200 .*\nkernel .*rdinit=.*\nchain [^\n]*\n\z}s) {
			$whole++;
			$last = time - $start;
		}
		$select->remove($socket);
		close $socket;
	}
}
printf "%d %.0f\n", $whole, $last * 1000;
