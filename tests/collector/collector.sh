# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# collector.sh: a collector of the test's own on loopback. Sourced behind tap.sh. The programs are
# those of $LASTWORDS_BIN, else of build/bin.
#
#	collector_start [OPTION…]   starts it on $state and $port and waits until it listens
#	collector_stop SIGNAL       ends it; $collector_rc is its exit status
#	send FROM-PORT <<LINES      packets (packets.pl says how a line is written)
#	p PACKET                    a line for send; unlike echo, it leaves backslashes alone
#	soon NAME COMMAND…          ok as soon as the command succeeds, not ok after 10 seconds
#	mint MAC PROFILE [MS]       prints a session id of this server
#	log_of ID                   the path of a session's netconsole.log
#	journal                     prints all of the journal
#	query SQL                   asks the index
#	lastwords ARG…              the CLI with the test's config

# shellcheck disable=SC2154 # tap.sh sets root and work
bin=${LASTWORDS_BIN:-$root/build/bin}
[ -x "$bin/lastwords-collector" ] || skip_all "no $bin/lastwords-collector: run make"
command -v perl >/dev/null || skip_all "needs perl to send packets"
packets=$root/tests/collector/packets.pl
state=$work/state
port=$("$packets" port)
collector_pid=
cat >"$work/lastwords.conf" <<CONF
netconsole = "127.0.0.1:$port"
state = "$state"
CONF

collector_listens() {
	grep -q 'listening on' "$work/collector.err"
}

collector_start() {
	: >"$work/collector.err"
	"$bin/lastwords-collector" -c "$work/lastwords.conf" "$@" 2>"$work/collector.err" &
	collector_pid=$!
	wait_for 10 collector_listens || {
		diag "$(cat "$work/collector.err")"
		echo "Bail out! the collector does not start"
		exit 1
	}
}

collector_stop() {
	[ -n "$collector_pid" ] || return 0
	kill "-$1" "$collector_pid"
	collector_rc=0
	# shellcheck disable=SC2034 # the test looks at it
	wait "$collector_pid" 2>/dev/null || collector_rc=$?
	collector_pid=
}
at_exit collector_stop KILL '>/dev/null 2>&1'

send() {
	"$packets" "$port" "$@"
}

p() {
	printf '%s\n' "$1"
}

soon() {
	soon_name=$1
	shift
	if wait_for 10 "$@"; then
		ok 0 "$soon_name"
	else
		ok 1 "$soon_name"
	fi
}

mint() {
	"$packets" mint "$state/key" "$@"
}

log_of() {
	echo "$state/sessions/${1%%-*}/$1/netconsole.log"
}

journal() {
	cat "$state"/journal/*.log 2>/dev/null
}

query() {
	sqlite3 "$state/index.db" "$1"
}

lastwords() {
	"$bin/lastwords" -c "$work/lastwords.conf" "$@"
}

# 1 line in FILE that contains TEXT, wherever: has TEXT FILE
has() {
	grep -qFe "$1" "$2" 2>/dev/null
}

count() {
	grep -cFe "$1" "$2" || true
}
