#!/bin/sh
# SPDX-License-Identifier: MIT
# BMCs that are known by name. Path: lastwords-console asks the resolver, in a mount namespace whose only name server is
# a port of loopback that never answers. Evidence: the consoles of other BMCs, and of one whose name is in
# /etc/hosts, come up while a name is still being asked for; a name that does not exist has that as its reason.
# Needs root.
set -eu
. "$(dirname "$0")/../lib/tap.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root, for a mount namespace"
. "$root/tests/collector/collector.sh"
. "$root/tests/console/console.sh"
. "$root/tests/lib/bmc.sh"
unshare --mount true 2>/dev/null || skip_all "no mount namespace can be made here"
bmc_start --count 2 --chatter 600
(umask 077 && echo secret >"$work/password")
# target NUMBER NAME HOST
target() {
	printf 'target %s { mac = "525400aa000%s" host = "%s" user = "admin" sol = true password_file = "%s" }\n' \
		"$2" "$1" "$3" "$work/password"
}
collector_config "$(
	target 0 silent "bmc.example:$bmc_port"
	target 1 number "127.0.0.1:$bmc_port"
	target 2 named "localhost:$((bmc_port + 1))"
	target 3 missing "missing.invalid:623"
)"
socat -u UDP-RECV:53,bind=127.0.0.77 /dev/null 2>"$work/socat" &
at_exit "kill $! 2>/dev/null || true"
printf 'nameserver 127.0.0.77\noptions timeout:30 attempts:5\n' >"$work/resolv.conf"
echo 'hosts: files dns' >"$work/nsswitch.conf"
printf '127.0.0.1 localhost\n' >"$work/hosts"
cat >"$work/start" <<-END
	for f in resolv.conf nsswitch.conf hosts; do
		mount --bind "$work/\$f" "/etc/\$f" || exit 1
	done
	exec "$bin/lastwords-console" -c "$work/lastwords.conf"
END
collector_start
unshare --mount sh "$work/start" 2>"$work/console.err" &
console_pid=$!
at_exit "kill $console_pid 2>/dev/null || true"
soon "the console of a BMC with an address comes up" status number state=up
soon "and that of one whose name is known here" status named state=up
succeeds "while a name is asked for" status silent state=connecting
kill "$console_pid"
rc=0
wait "$console_pid" || rc=$?
is "$rc" 0 "the program ends while a name is asked for"

echo 'hosts: files' >"$work/nsswitch.conf"
unshare --mount sh "$work/start" 2>"$work/console.err" &
console_pid=$!
at_exit "kill $console_pid 2>/dev/null || true"
soon "a name that nobody knows is the reason" status missing 'state=lost why=missing.invalid:%20.*check%20host'
soon "the others come up" status number state=up
done_testing
