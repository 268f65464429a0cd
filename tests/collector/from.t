#!/bin/sh
# SPDX-License-Identifier: MIT
# netconsole_from: who may send. Evidence: of packets from four addresses of the loopback network, those in
# the list are in their logs; the others are counted in collector.meta and metrics.prom, and have no log.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"

from() {
	perl -MIO::Socket::INET -e '
		IO::Socket::INET->new(Proto => "udp", LocalAddr => $ARGV[0], PeerAddr => "127.0.0.1:$ARGV[1]")
			->send("6,1,100000,-;from $ARGV[0]\n") or die "send: $!"' "$1" "$port"
}
logged() { grep -rqs -F "from $1" "$state"; }
counted() { grep -qx "$1=$2" "$state/run/collector.meta"; }

collector_config 'netconsole_from = ["127.0.1.0/24", "127.0.2.2"]'
collector_start
for address in 127.0.1.7 127.0.2.2 127.0.2.3 127.0.3.1; do
	from $address
done
soon "packets from other addresses are counted as refused" counted refused 2
collector_stop TERM
succeeds "a sender in a listed subnet has its line" logged 127.0.1.7
succeeds "a sender that is listed alone has its line" logged 127.0.2.2
fails "a neighbour of a listed address has no line" logged 127.0.2.3
fails "a sender of an unlisted subnet has no line" logged 127.0.3.1
succeeds "the metrics count the refused packets" grep -qx 'lastwords_refused_packets_total 2' "$state/run/metrics.prom"

collector_config
collector_start
from 127.0.3.1
soon "everyone may send when the key is not set" logged 127.0.3.1
collector_stop TERM

collector_config 'netconsole_from = ["127.0.1.0/33"]'
exits 1 "an invalid subnet is refused at the start" "$bin/lastwords-collector" -c "$work/lastwords.conf"
done_testing
