#!/bin/sh
# SPDX-License-Identifier: MIT
# What is asked and sent without a machine: a boot request with dry=1, and the sessions of the MAC of no machine,
# which lastwords doctor mints. Path: both over FastCGI and a collector. Evidence: the script is as a machine's, the
# session in it is worth nothing, and neither journal, index, quota, overrides nor the lists have any of it.
# shellcheck disable=SC2119
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"

cgi_config
lighttpd_start fastcgi "$conf"
lines() { cat "$state"/journal/* 2>/dev/null | wc -l; }
# without what differs with the time
plain() { sed 's/-2[0-9]*T[0-9]*-debian-[0-9a-f]*/-SESSION/g; s/token=[0-9a-f]*/token=T/; s/[?&]dry=1//'; }

lw machine 52:54:00:00:00:01 --args quiet --once >/dev/null
before=$(lines)
dry=$(curl -s "$url/boot?mac=52-54-00-00-00-01&product=KVM&dry=1")
is "$(lines)" "$before" "a dry request is not recorded"
like "$dry" '^kernel .* rdinit=/lastwords/arm .* quiet ' "what is set for the machine is in its script"
token=$(printf '%s\n' "$dry" | sed -n 's/.*token=\([0-9a-f]*\).*/\1/p' | head -n 1)
id=$(printf '%s\n' "$dry" | sed -n 's|.*/session/\([^ ]*\)\.cpio.*|\1|p' | head -n 1)
is "$token" 00000000000000000000000000000000 "its token is worth nothing"
echo log >"$work/log"
like "$(put "$work/log")" '^404 ' "nor is its session"
is "$(printf '%s\n' "$dry" | plain)" "$(curl -s "$url/boot?mac=52-54-00-00-00-01&product=KVM" | plain)" \
	"the script is the one that the machine gets"
for _ in 1 2 3 4 5 6 7 8; do
	curl -s -o /dev/null "$url/boot?mac=52-54-00-00-00-01&product=KVM&dry=1"
done
like "$(lw machine 52:54:00:00:00:01)" 'quiet' "what is set for one boot is not used up by it"
like "$(curl -s "$url/boot?mac=52-54-00-00-00-09&product=Other&dry=1")" '^echo lastwords: no rule of the server matches' \
	"a machine that no rule matches"
is "$(cat "$state"/journal/* | grep -c ' refused ')" 0 "which is not recorded either"
like "$(get "/session/open?mac=52-54-00-00-00-01&boot=0123456789abcdef&product=KVM&dry=1")" '^404 a dry request' \
	"a dry request opens no session"

# --- the MAC of no machine ---
before=$(lines)
script=$(curl -s "$url/boot?mac=02-00-00-00-00-00&product=KVM")
like "$script" 'token=00000000000000000000000000000000' "nobody gets a session of no machine"
like "$(get "/session/open?mac=02-00-00-00-00-00&boot=0123456789abcdef&product=KVM")" '^404 ' "by no way"
is "$(lines)" "$before" "its requests are not recorded"
# with the key, as the doctor has it
id=$("$root/tests/collector/packets.pl" mint "$state/key" 020000000000 doctor)
token=$(perl -MDigest::SHA=hmac_sha256_hex -e 'open my $f, "<", $ARGV[0]; my $k = <$f>; chomp $k;
	print substr(hmac_sha256_hex("token $ARGV[1]", pack("H*", $k)), 0, 32)' "$state/key" "$id")
like "$(put "$work/log")" "^201 $(sha "$work/log")" "an upload of the doctor's is stored"
is "$(cat "$state/run/probe/020000000000/$id/dmesg.txt")" log "apart from those of machines"
fails "not among the sessions" test -e "$state/sessions/020000000000"
like "$(put "$work/log")" '^200 ' "again: the same answer as for a machine"
curl -s -o /dev/null -H "Authorization: Bearer $token" -d 'event=running&armed=yes' "$url/callback/$id"
is "$(lines)" "$before" "nothing of it is in the journal"
lw reindex >/dev/null
is "$(lw crashes 2>&1)" 'lastwords: no crashes found' "nor in the list of crashes after reindex"
succeeds "lastwords fsck finds no fault in it" lw fsck
done_testing
