#!/bin/sh
# SPDX-License-Identifier: MIT
# An autopsy that cannot be sent must not cost the log or the reboot. Path: the machines reach the server through
# a stand-in that takes the beginning of an autopsy's upload and then stays silent. Evidence: the log is stored
# as ever, the machine asks to boot again long before its deadline, the journal has the reason; with autopsy =
# "off" nothing of the kind is tried.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lab.sh"
lab_need

# stand_in FROM TO: passes connections on, but for those with an autopsy
cat >"$work/stand-in.pl" <<'END'
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my ($from, $to) = @ARGV;
my $main = $$;
$SIG{CHLD} = 'IGNORE';
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $from, Listen => 64, ReuseAddr => 1) or die $!;
while (my $client = $listen->accept) {
	next if fork;
	my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $to) or exit;
	my $select = IO::Select->new($client, $server);
	while (my @ready = $select->can_read(60)) {
		for my $s (@ready) {
			exit unless sysread($s, my $buf, 65536);
			if ($s == $client && $buf =~ /^Lastwords-Channel: autopsy/m) { sleep 1 while getppid == $main; exit }
			syswrite($s == $client ? $server : $client, $buf);
		}
	}
	exit;
}
END
# shellcheck disable=SC2046 # words
set -- $(lab_ports)
front=$1
lab_server "url = \"http://10.0.2.2:$front/\"
$(lab_profile lab lab.panic=2 'deadline = 600')
rule { product = \"*\" profile = \"lab\" }"
perl "$work/stand-in.pl" "$front" "$lab_http" &
at_exit "lab_end $!"

lab_machine m
lab_event ' uploaded ' 240 "the log is stored" || done_testing
like "$(cat "$lab_state"/journal/*.log)" ' uploaded .* file=dmesg[.]txt .*more=autopsy' "the upload announces an autopsy"
booted_again() { lab_has_events 2 ' requested '; }
# (long before its deadline: after the autopsy's own 20 s)
soon "the machine boots again while its autopsy cannot be sent" booted_again
lab_event ' event .*text=capture:%20no%20autopsy:' 60 "the journal has the reason"
dir=$(lab_dir "$(lab_session ' uploaded ')")
fails "no autopsy is stored" test -e "$dir/autopsy.txt"
like "$(cat "$dir/dmesg.txt")" 'Kernel panic|sysrq' "the log is whole"
lab_stop m

lab_end "$lab_server_pid"
sed -i 's/^\t*deadline = 600/&\n\tautopsy = "off"/' "$work/lastwords.conf"
lab_serve_again
lab_machine n
uploaded() { lab_has_events 2 ' uploaded '; }
succeeds "a machine with autopsy = off stores its log" wait_for 240 uploaded
unlike "$(grep -a ' uploaded ' "$lab_state"/journal/*.log | tail -n 1)" 'more=' "it announces no autopsy"
third() { lab_has_events 4 ' requested '; }
succeeds "it boots again at once" wait_for 40 third
is "$(lab_count 'channel=autopsy')" 0 "no autopsy is stored for either"
lab_stop n
done_testing
