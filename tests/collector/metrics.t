#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords serve` with netconsole coming in: the metrics by HTTP, and lighttpd's logs when they are
# full. Evidence: /metrics as Prometheus reads it, with the numbers of what was sent; a full access.log
# moves aside and the next request is in a new access.log.
set -eu
export LASTWORDS_SERVE_AS_ROOT=1
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/collector.sh"
needs "$by_make" lighttpd curl

http=$("$packets" port)
echo "listen = \"127.0.0.1:$http\"" >>"$work/lastwords.conf"
mkdir -p "$state/run"
truncate -s 17M "$state/run/access.log" "$state/run/programs.log"
"$bin/lastwords" -c "$work/lastwords.conf" serve >"$work/serve.log" 2>&1 &
serve_pid=$!
at_exit "kill $serve_pid 2>/dev/null && wait $serve_pid 2>/dev/null || :"
metrics() { curl -fsS "http://127.0.0.1:$http/metrics"; }
value() { metrics | sed -n "s/^lastwords_$1 //p"; }
value_is() { [ "$(value "$1")" = "$2" ]; }
if ! wait_for 20 metrics; then
	diag "$(cat "$work/serve.log")"
fi
id=$(mint 525400000001 lab)
{
	p "6,1,100000,-;Command line: lastwords.session=$id\\n"
	p '6,2,200000,-;two\n'
	p '6,2,200000,-;two\n'
	p '6,5,500000,-;after a loss\n'
} | send 0
soon "the metrics count kernel lines" value_is lines_total 3
soon "the metrics count lost records" value_is lost_records_total 2
is "$(value netconsole_packets_total)" 4 "the metrics count packets"
is "$(value duplicate_records_total)" 1 "the metrics count duplicates"
is "$(value sources)" 1 "the metrics count senders"
succeeds "the metrics have the free space" test "$(value disk_free_bytes)" -gt 0
like "$(curl -sI "http://127.0.0.1:$http/metrics")" '^Content-Type: text/plain; version=0.0.4' "the page has Prometheus' content type"
is "$(metrics | grep -v '^# \(HELP\|TYPE\) lastwords_[a-z_]* ' | grep -vcE '^lastwords_[a-z_]+(\{[a-z]+="[a-z_]+"\})? [0-9]+(\.[0-9]+)?$' || true)" 0 \
	"every line is a comment or a sample"
is "$("$bin/lastwords" -c "$work/lastwords.conf" metrics | cut -d ' ' -f 1-3 | grep '^#')" "$(metrics | cut -d ' ' -f 1-3 | grep '^#')" \
	"lastwords metrics prints the content of /metrics"
if command -v promtool >/dev/null; then
	is "$(metrics | promtool check metrics 2>&1)" '' "promtool finds no fault in the metrics"
else
	skip "promtool (package prometheus) is not installed" "promtool finds no fault in the metrics"
fi
is "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$http/metrics.x")" 404 "no other file of STATE/run is served"

soon "a full access.log moves aside" test -e "$state/run/access.log.1"
small() { [ "$(stat -c %s "$state/run/$1" 2>/dev/null || echo 99999999)" -lt 1000000 ]; }
fresh() { metrics >/dev/null && grep -q 'GET /metrics 200' "$state/run/access.log" && small access.log; }
soon "the next request is in a new access.log" fresh
soon "the programs' log is emptied" small programs.log
succeeds "the server goes on after its logs were emptied" kill -0 $serve_pid
done_testing
