# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# collector.sh: a collector of the test's own on loopback. Sourced behind tap.sh. The programs are
# those of $LASTWORDS_BIN, else of build/bin.
#
#	collector_config [LINE…]    writes its configuration: $port, $state, and these lines
#	collector_start [OPTION…]   starts it with that and waits until it listens; by the words of
#	                            $collector_by, if set
#	collector_stop SIGNAL       ends it; $collector_rc is its exit status
#	send FROM-PORT <<LINES      packets (packets.pl says how a line is written)
#	p PACKET                    a line for send; unlike echo, it leaves backslashes alone
#	lines FIRST LAST            packets for send: the records of these numbers, "line NUMBER", one a second
#	mint MAC PROFILE [MS [N]]   prints a session id of this server; with N, of N machines from MAC on
#	log_of ID                   the path of a session's netconsole.log
#	journal                     prints all of the journal
#	journal_has PATTERN [N]     N of its lines match (1 or more, without N)
#	tell EVENT ID PAIRS [TIME]  a line of the journal, as a CGI writes it; TIME: seconds since 1970, else now
#	query SQL                   asks the index
#	indexed ID EVENT            the index has such an event
#	titled ID TITLE             … and this title of the session
#	whole_index                 all of its sessions, events, crashes, what can be searched, what people said
#	index_lock, index_unlock    somebody (sqlite3) holds the index's lock from one to the other; what is
#	                            started between them must not get his pipe: collector_start 7>&-
#	lastwords ARG…              the CLI with the test's config
#	small_disk SIZE             a file system of SIZE (as mount's size=) at $work/small, $state and the
#	                            configuration on it; fails where none can be mounted
#	has TEXT FILE               a line of FILE has TEXT, wherever
#	count TEXT FILE             prints how many
#
# $pace is the program that sends many packets (tests/lib/packet-pace.c); a test that wants it says
# needs "$by_make" "$pace".

# shellcheck disable=SC2154 # tap.sh sets root and work
bin=${LASTWORDS_BIN:-$root/build/bin}
by_make="make check builds and installs it"
needs "$by_make" "$bin/lastwords-collector" perl
# shellcheck disable=SC2034 # for the tests
pace=${LASTWORDS_TOOLS:-$root/build/tests}/lib/packet-pace
packets=$root/tests/collector/packets.pl
state=$work/state
port=$("$packets" port)
collector_pid=

# shellcheck disable=SC2120 # the tests give it lines
collector_config() {
	printf '%s\n' "netconsole = \"127.0.0.1:$port\"" "state = \"$state\"" "$@" >"$work/lastwords.conf"
}
collector_config

collector_listens() {
	grep -q 'listening on' "$work/collector.err"
}

collector_start() {
	: >"$work/collector.err"
	# shellcheck disable=SC2086 # words
	${collector_by:-} "$bin/lastwords-collector" -c "$work/lastwords.conf" "$@" 2>"$work/collector.err" &
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

lines() {
	lines_n=$1
	while [ "$lines_n" -le "$2" ]; do
		p "6,$lines_n,${lines_n}000000,-;line $lines_n\\n"
		lines_n=$((lines_n + 1))
	done
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

journal_has() {
	journal_count=$(journal | grep -acEe "$1")
	if [ $# -gt 1 ]; then [ "$journal_count" -eq "$2" ]; else [ "$journal_count" -gt 0 ]; fi
}

tell() {
	tell_at=@${4:-$(date +%s)}
	mkdir -p "$state/journal"
	p "$(date -u -d "$tell_at" +%Y-%m-%dT%H:%M:%S.000Z) $1 $2 $3" \
		>>"$state/journal/$(date -u -d "$tell_at" +%Y-%m).log"
}

query() {
	sqlite3 "$state/index.db" "$1"
}

indexed() {
	[ "$(query "SELECT count(*) > 0 FROM event WHERE session = '$1' AND event = '$2'")" = 1 ]
}

titled() {
	[ "$(query "SELECT title FROM session WHERE id = '$1'")" = "$2" ]
}

whole_index() {
	# (how much of the report there is depends on when the record was made)
	query "SELECT * FROM session ORDER BY id;
		SELECT session, time, event, text FROM event ORDER BY session, time, n;
		SELECT '', c.*, s.title, substr(s.text, 1, 64) FROM crash AS c LEFT JOIN search AS s ON s.rowid = c.n
		ORDER BY session;
		SELECT time, signature, what, value, by FROM triage ORDER BY time, n" 2>&1 | sed 's/^|[0-9]*|/|/'
}

index_lock() {
	mkfifo "$work/sql"
	sqlite3 "$state/index.db" <"$work/sql" >"$work/sql.out" 2>&1 &
	index_locker=$!
	exec 7<>"$work/sql"
	p '.timeout 5000' >&7
	p 'BEGIN IMMEDIATE; SELECT 1;' >&7
	wait_for 10 test -s "$work/sql.out" || true
	is "$(cat "$work/sql.out")" 1 "somebody locks the index"
}

index_unlock() {
	p 'COMMIT;' >&7
	exec 7>&-
	wait "$index_locker" || true
	rm "$work/sql"
}

lastwords() {
	"$bin/lastwords" -c "$work/lastwords.conf" "$@"
}

small_disk() {
	mkdir "$work/small"
	mount -t tmpfs -o "size=$1" tmpfs "$work/small" 2>/dev/null || return 1
	at_exit "collector_stop KILL >/dev/null 2>&1; umount '$work/small'"
	state=$work/small/state
	collector_config
}

has() {
	grep -qFe "$1" "$2" 2>/dev/null
}

count() {
	grep -cFe "$1" "$2" || true
}
