# SPDX-License-Identifier: MIT
# http.pl: one HTTP request, for the tests' Perl programs. Required, not run. It must not know lastwords.
use strict;
use warnings;
use IO::Socket::INET;

# http_request PORT SECONDS TEXT: sends TEXT to 127.0.0.1:PORT; the answer, or what of it has come after SECONDS,
# at most 1 MB.
sub http_request {
	my ($port, $seconds, $text) = @_;
	my $answer = '';
	eval {
		local $SIG{ALRM} = sub { die "late\n" };
		local $SIG{PIPE} = 'IGNORE';
		alarm $seconds;
		my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => $seconds) or die "refused\n";
		print $socket $text;
		$socket->flush;
		1 while length $answer < 1 << 20 && sysread $socket, $answer, 65536, length $answer;
	};
	alarm 0;
	return $answer;
}

1;
