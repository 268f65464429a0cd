#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords doctor` where little works: no server, a configuration that is wrong or missing, a damaged overlay, an
# index that is behind or damaged, a state directory that cannot be read, a wrong clock. No network is asked (that
# is doctor-network.t). Evidence: each is found, by its name, with why and a fix; exit codes; the JSON of the manual.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
local=server,boot,images,channels,netconsole,upload,clock,disk,index,central
doctor() {
	"$bin/lastwords" -c "$conf" doctor "$@" >"$work/out" 2>"$work/err" && rc=0 || rc=$?
	out=$(cat "$work/out")
}
# found SEVERITY WHAT NAME: one of this severity has a line that matches, with why and a fix
found() {
	printf '%s\n' "$out" | sed -n "/^$1/{N;N;s/\n */ | /g;p}" | grep -E "$2" >"$work/found" || cp "$work/out" "$work/found"
	like "$(cat "$work/found")" "^$1.* \| why .+ \| fix .+" "$3"
}

run() { # NAME CODE ARG…
	name=$1 want=$2
	shift 2
	doctor "$@"
	is "$rc" "$want" "$name: exit code $want"
}

# --- usage ---
cgi_config
run "an unknown check" 2 --only disk,tea
like "$(cat "$work/err")" 'unknown check "tea"; lastwords doctor --help lists them' "is named"
run "an invalid MAC" 2 --mac tea
run "an argument" 2 tea
run "help" 0 --help
like "$out" '^ +--only CHECK,\.\.\. +these checks only: dhcp, tftp, ' "lists the options and checks"

# --- no server ---
{ printf MZ; head -c 2000 /dev/zero; } >"$work/images/img/vmlinuz"
echo crashkernel-from=measured >>"$work/images/img/image.conf"
mkdir -p "$state/journal" "$state/sessions" "$state/run" "$state/machines" "$state/streams"
printf '%064d\n' 7 >"$state/key"
chmod 600 "$state/key"
sed -i '1i listen = "127.0.0.1:1"\nnetconsole = "127.0.0.1:2"' "$conf"
run "no server" 1 --only "$local"
found problem 'server: the collector does not run' "the collector"
found problem 'server: no HTTP server answers at http://127\.0\.0\.1:1' "the HTTP server"
found warning 'server: machines cannot reach 127\.0\.0\.1' "an address that no machine can reach"
found problem 'boot: /boot does not answer' "/boot"
found problem 'netconsole: a netconsole line sent to 127\.0\.0\.1, UDP port 2, does not arrive' "the netconsole line"
found problem 'upload: an upload to http://127\.0\.0\.1:1 is not stored' "the upload"
found problem 'channels: profile plain: no capture kernel uploads' "a profile without crashkernel and netconsole"
like "$out" '^well +channels: profile debian \(6\.1\.0-test\): panic by http, netconsole' "the channels of the other"
like "$out" '^well +clock: ' "the clock"
like "$out" '^well +disk: [0-9]+ of [0-9]+ MB' "the disk"
found skipped 'index: the index was not looked at' "no index yet"
is "$(find "$state/run" -mindepth 1)" '' "nothing stays in the state directory"
like "$(tail -n 1 "$work/out")" "^$(grep -c ^problem "$work/out") problems, $(grep -c ^warning "$work/out") warnings?, $(grep -c ^well \
	"$work/out") well, $(grep -c ^skipped "$work/out") skipped" "the last line counts them"
run "as JSON" 1 --only "$local" --json
json() { perl -MJSON::PP -0777 -ne 'my $o = decode_json($_); my @p = grep { $_->{severity} eq "problem" } @{$o->{findings}};
	print join(" ", $o->{result}, $o->{problem} == @p ? "all" : "not all", scalar grep { !$_->{why} || !$_->{fix} } @p)' "$work/out"; }
is "$(json)" 'problem all 0' "the object counts them too, and each problem has why and fix"

# --- images ---
run "images that are whole" 0 --only images
echo more >>"$work/images/img/overlay.cpio.gz"
run "an overlay of another size" 1 --only images
found problem 'images: .*profile debian: image img: .*overlay' "is found"
printf 'overlay?' >"$work/images/img/overlay.cpio.gz"
run "an overlay with other bytes" 1 --only images
found problem 'images: .*machines would boot unarmed' "is found"
echo overlay >"$work/images/img/overlay.cpio.gz"
echo text >"$work/images/img/vmlinuz"
run "a file that is no kernel" 1 --only images
found problem 'images: image img: vmlinuz is no kernel' "is found"
rm "$work/images/img/initrd.img"
run "an initrd that is missing" 1 --only images
found problem 'images: image img: .*/initrd\.img is missing, empty or unreadable' "is found"

# --- index ---
lw reindex >"$work/said" 2>&1
run "an index" 0 --only index
for n in 1 2 3; do
	echo "$(date -u +%Y-%m-%dT%H:%M:%S.000Z) event - text=$n" >>"$state/journal/$(date -u +%Y-%m).log"
done
run "an index that is behind" 3 --only index
found warning 'index: the index is behind the journal by 3 lines' "is found, a warning: exit code 3"
head -c 8192 /dev/urandom >"$state/index.db"
run "a damaged index" 1 --only index
found problem 'index: the index cannot be read' "is found"

# --- central ---
run "no central database" 0 --only central
echo 'central = "host=none dbname=lastwords"' >>"$conf"
run "a central database without a relay" 3 --only central
found warning 'central: lastwords-relay does not run' "is found, a warning"
printf '%s\n' state=refused 'why=the%20database%20is%20not%20set%20up;%20run%20lastwords%20central%20init' lag=7 >"$state/run/relay.meta"
run "a relay that is refused" 3 --only central
found warning 'central: refused: .*is not set up' "is found, with what to do"
like "$out" 'run lastwords central init' "by the relay's own words"
printf '%s\n' state=connected lag=400 poison=2 >"$state/run/relay.meta"
run "a relay that is behind" 3 --only central
found warning 'central: the central database is behind by 400 s' "is found"
found warning 'central: the central database has refused 2 events' "and what was refused"
printf '%s\n' state=connected lag=1 poison=0 >"$state/run/relay.meta"
run "a relay that is connected" 0 --only central
touch -d '1 hour ago' "$state/run/relay.meta"
run "a relay that ended" 3 --only central
sed -i '/^central/d' "$conf"

# --- clock ---
faketime=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
case $bin in */san/*) faketime= ;; esac # (it and ASan do not go together)
echo "$(date -u -d '+2 days' +%Y-%m-%dT%H:%M:%S.000Z) event - text=ahead" >>"$state/journal/$(date -u +%Y-%m).log"
run "a journal of the future" 1 --only clock
found problem "clock: the clock is wrong: .* the journal's newest entry is of" "is found"
rm "$state"/journal/*
if [ -n "$faketime" ]; then
	NO_FAKE_STAT=1 FAKETIME=-3d LD_PRELOAD=$faketime "$bin/lastwords" -c "$conf" doctor --only clock >"$work/out" 2>&1 &&
		rc=0 || rc=$?
	out=$(cat "$work/out")
	is "$rc" 1 "a clock that is three days behind: exit code 1"
	found problem 'clock: the clock is wrong: it is .*, and .* is of' "is found"
else
	skip "libfaketime is not installed, or ASan is in" "a clock that is behind"
fi

# --- little can be read ---
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups test -x "$bin/lastwords"; then
	chmod 700 "$state"
	chmod 644 "$conf"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$bin/lastwords" -c "$conf" doctor --only "$local,firewall" \
		>"$work/out" 2>&1 && rc=0 || rc=$?
	out=$(cat "$work/out")
	found skipped 'upload: nothing was uploaded' "another user: the upload is skipped"
	found skipped 'netconsole: no netconsole line was sent' "and the netconsole line"
	found skipped "firewall: the firewall's rules were not read" "and the firewall"
	found skipped 'server: .*/state cannot be read' "because the state directory cannot be read"
else
	skip "no other user can run it here" "another user"
fi
sed -i 's/^state = .*/state = 7 7/' "$conf"
run "a configuration that is wrong" 1 --only "$local"
found problem "server: $conf:[0-9]+: " "is found, with its line"
found skipped 'boot: /boot was not asked' "what needs it is skipped"
like "$out" '^well +clock: ' "the rest is looked at"
conf=$work/none.conf
run "no configuration" 1 --only "$local"
found problem "server: $work/none\.conf:[0-9]*:* cannot be opened" "is named"
done_testing
