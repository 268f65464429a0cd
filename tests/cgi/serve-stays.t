#!/bin/sh
# SPDX-License-Identifier: MIT
# `lastwords serve` in bad conditions: a collector that does not stay up, a killed lighttpd, a full disk, a
# disk without inodes, a read-only one, and root. Evidence: a machine gets its script each time, and what a
# killed lighttpd left is gone.
# shellcheck disable=SC2119,SC2317,SC2016,SC2094,SC3045,SC2034,SC2010
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../lib/tap.sh"
. "$root/tests/lib/lighttpd.sh"
. "$root/tests/lib/cgi.sh"
. "$root/tests/lib/serve.sh"

boots() { curl -s -m 8 "$url/boot?mac=52-54-00-00-00-07&product=KVM" | grep -q '^kernel '; }
serve_config
serve_start
succeeds "a machine boots" boots

# --- root
if [ "$(id -u)" = 0 ] && [ -z "${LASTWORDS_SERVE_AS_ROOT:-}" ]; then
	is "$(ps -o user= -p "$serve_pid" --ppid "$serve_pid" | sort -u)" nobody \
		"server and children run as the owner of the state"
	is "$(ps -o user= --ppid "$(serve_child lighttpd)" | sort -u)" nobody "so do the programs of lighttpd"
	mkdir "$work/of-root"
	sed "s|^state = .*|state = \"$work/of-root\"|" "$conf" >"$work/root.conf"
	fails "serve refuses a state of root" "$bin/lastwords" -c "$work/root.conf" serve
	like "$tap_out" 'of-root belongs to root, and the server does not run as root; chown' "the refusal has the fix"
	sed "s|^state = .*|state = \"$work/missing\"|" "$conf" >"$work/root.conf"
	fails "serve as root refuses a missing state" "$bin/lastwords" -c "$work/root.conf" serve
	like "$tap_out" 'install -d -o lastwords' "this refusal has its fix"
else
	skip "needs root, and a checkout that nobody can read" "server and children run as the owner of the state"
fi

# --- priorities
if [ "$(nice -n -10 nice 2>/dev/null)" = -10 ]; then
	nice_of() { ps -o ni= -p "$(serve_child "$1")" | tr -d ' '; }
	is "$(nice_of lastwords-collector) $(nice_of lighttpd)" '-10 0' "the collector comes before all else"
else
	skip "needs root at the default priority" "the collector comes before all else"
fi

# --- a collector that does not stay up
n=0
while [ $n -lt 4 ]; do
	collector=
	found() { collector=$(serve_child lastwords-collector) && [ -n "$collector" ]; }
	wait_for 15 found || break
	kill -9 "$collector" || :
	gone() { ! kill -0 "$collector" 2>/dev/null; }
	wait_for 5 gone || :
	n=$((n + 1))
done
is "$n" 4 "a collector that is killed four times is started each time"
succeeds "a machine boots while the collector does not stay up" boots
recorded() { grep -q ' event - what=serve text=lastwords-collector%20fails' "$state"/journal/*.log; }
succeeds "the journal has an event of it" wait_for 5 recorded

# --- a killed lighttpd
http=$(serve_child lighttpd)
programs=$(pgrep -P "$http")
ok "$([ "$(echo "$programs" | wc -l)" -ge 4 ] && echo 0 || echo 1)" "lighttpd has its programs"
echo body >"$state/run/lighttpd-upload-aBcDeF"
# (a program that does not end at once still answers when the next lighttpd looks)
rm "$state"/run/boot.sock-*
perl -MIO::Socket::UNIX -e '
	umask 0;
	my @slow = map { IO::Socket::UNIX->new(Local => $_, Listen => 9) // die } @ARGV;
	sleep 60;' "$state/run/boot.sock-0" "$state/run/boot.sock-1" &
slow=$!
answers() { [ -e "$state/run/boot.sock-1" ]; }
wait_for 30 answers
kill -9 "$http"
another() { [ "$(serve_child lighttpd)" != "$http" ] && [ -n "$(pgrep -P "$(serve_child lighttpd)")" ]; }
wait_for 60 another || :
kill "$slow"
fresh() { [ "$(serve_child lighttpd)" != "$http" ] && boots; }
succeeds "a killed lighttpd is started again" wait_for 30 fresh
wait "$slow" || :
alive=
for pid in $programs; do
	# (where process 1 reaps nobody, the dead stay as zombies)
	! grep -qs '^State:	[^Z]' "/proc/$pid/status" || alive="$alive $pid"
done
is "$alive" '' "no program of a killed lighttpd lives on"
is "$(ls "$state/run" | grep -c '^lighttpd-upload-')" 0 "no body of a killed lighttpd is left"
serve_stop

# --- disks
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=8M,nr_inodes=200,mode=755 tmpfs "$state" 2>/dev/null; then
	at_exit "umount -l '$state'"
	[ -n "${LASTWORDS_SERVE_AS_ROOT:-}" ] || chown 65534:65534 "$state"
	serve_start
	boots || :
	serve_stop
	head -c 20000000 /dev/zero >"$state/fill" 2>/dev/null || :
	serve_start && rc=0 || rc=1
	ok "$rc" "serve starts on a full disk"
	succeeds "a machine boots from a full disk" boots
	serve_stop
	rm "$state/fill"
	rm -f "$state"/run/*.sock* "$state/run/lighttpd.pid"
	mkdir "$state/many"
	(cd "$state/many" && seq 1 400 | xargs touch 2>/dev/null) || :
	fails "there is no inode left" touch "$state/one"
	serve_start && rc=0 || rc=1
	ok "$rc" "serve starts without inodes"
	succeeds "a machine boots without inodes" boots
	serve_stop
	rm -r "$state/many"
	wait_for 60 mount -o remount,ro "$state"
	serve_start && rc=0 || rc=1
	ok "$rc" "serve starts on a read-only disk"
	succeeds "a machine boots from a read-only disk" boots
	own=$(sed -n 's/.*runtime files are in //p' "$work/serve.log" | tail -n 1)
	ok "$([ -d "$own" ] && echo 0 || echo 1)" "its runtime files are in a directory of its own"
	serve_stop
	fails "this directory is removed at its end" test -e "$own"
	mount -o remount,rw "$state"
else
	skip "mounting a tmpfs needs root" "serve starts on a full disk"
fi
done_testing
