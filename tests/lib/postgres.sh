# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # variables of tap.sh and for the tests
# postgres.sh: real PostgreSQL servers for shell tests, of Debian's package postgresql-15, in $work and on
# loopback. Sourced after tap.sh. They are no clusters of Debian's postgresql-common, which are not touched. root
# runs them as nobody, because PostgreSQL refuses root. They end with the test, however it ends.
#
#	postgres_need           skips without the package (never in CI)
#	postgres_make NAME [LINE…]      makes the server NAME, with these lines more in its postgresql.conf; not
#	                        started. fsync is off: "fsync = on" where the test is about what a kill leaves
#	postgres_standby NAME PRIMARY [LINE…]   the same, as a streaming standby of a server that runs
#	postgres_start NAME     starts it, and returns when it answers. Not in a subshell: it would end with that
#	postgres_stop NAME [SIGNAL]     INT (the default): orderly, clients are disconnected; QUIT: without a
#	                        checkpoint; KILL: as a crash. Returns when all its processes have ended
#	postgres_pause NAME, postgres_resume NAME       all its processes are stopped: connections open, no reply
#	postgres_promote NAME   a standby becomes a primary
#	postgres_received NAME PRIMARY  0 once the standby has all that the primary has written
#	postgres_sql NAME SQL [DATABASE]        as the superuser postgres; rows one a line, columns by "|"
#	postgres_ask NAME DATABASE ARG…         psql of it, as the superuser
#	postgres_at NAME        "host=DIR port=PORT": conninfo of its Unix socket, where everybody is trusted
#	postgres_tcp NAME       "host=127.0.0.1 port=PORT": of TCP, where a password is needed (scram-sha-256)
#	postgres_port NAME      the port alone
#
# The log is $work/postgres/NAME.log.

postgres_bin=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
postgres=$work/postgres
postgres_as=

postgres_need() {
	needs "make check installs it (postgresql-15)" "$postgres_bin/postgres" setpriv
	needs "make check builds it" "${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports"
	mkdir -p "$postgres/sockets"
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody "$postgres"
		postgres_as="setpriv --reuid=nobody --regid=nogroup --clear-groups env -C / HOME=/"
	fi
}

# postgres_run COMMAND…: as the user that owns the servers
postgres_run() {
	# shellcheck disable=SC2086 # words
	$postgres_as "$@"
}

postgres_fail() {
	sed 's/^/# /' "$postgres/$1.log"
	echo "Bail out! PostgreSQL: $1: $2"
	exit 1
}

# postgres_configure NAME LINE…
postgres_configure() {
	postgres_name=$1
	shift
	printf '%s\n' "$("${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1)" >"$postgres/$postgres_name.port"
	{
		echo "unix_socket_directories = '$postgres/sockets'"
		echo "listen_addresses = '127.0.0.1'"
		echo "cluster_name = '$postgres_name'"
		echo "max_connections = 40"
		echo "shared_buffers = 32MB"
		echo "fsync = off"
		echo "full_page_writes = off"
		echo "log_min_messages = warning"
		echo "log_line_prefix = '%m %u '"
		printf '%s\n' "$@"
	} | postgres_run tee "$postgres/$postgres_name/lastwords.conf" >/dev/null
}

postgres_make() {
	postgres_run "$postgres_bin/initdb" --no-sync --encoding=UTF8 --locale=C.UTF-8 --username=postgres \
		--auth-local=trust --auth-host=scram-sha-256 --pgdata="$postgres/$1" >"$postgres/$1.log" 2>&1 ||
		postgres_fail "$1" "initdb failed"
	echo "include 'lastwords.conf'" |
		postgres_run tee -a "$postgres/$1/postgresql.conf" >/dev/null
	postgres_configure "$@"
}

postgres_standby() {
	postgres_name=$1 postgres_primary=$2
	shift 2
	postgres_run "$postgres_bin/pg_basebackup" --no-sync --checkpoint=fast --write-recovery-conf \
		--dbname="$(postgres_at "$postgres_primary") user=postgres" --pgdata="$postgres/$postgres_name" \
		>"$postgres/$postgres_name.log" 2>&1 || postgres_fail "$postgres_name" "pg_basebackup failed"
	postgres_configure "$postgres_name" "$@"
}

# The port is a command line's, because it changes when another program takes it.
postgres_start() {
	postgres_try=0
	while :; do
		# shellcheck disable=SC2086 # words
		$postgres_as setpriv --pdeathsig=QUIT "$postgres_bin/postgres" -D "$postgres/$1" \
			-p "$(postgres_port "$1")" >>"$postgres/$1.log" 2>&1 &
		postgres_pid=$!
		echo "$postgres_pid" >"$postgres/$1.pid"
		wait_for 60 postgres_settled "$1" || postgres_fail "$1" "no answer after 60 s"
		kill -0 "$postgres_pid" 2>/dev/null && break
		postgres_try=$((postgres_try + 1))
		[ "$postgres_try" -lt 10 ] || postgres_fail "$1" "it did not start"
		if tail -n 5 "$postgres/$1.log" | grep -q 'Address already in use'; then
			"${LASTWORDS_BUILD:-$root/build}/tests/lib/free-ports" 1 >"$postgres/$1.port"
		fi
		# (after a kill the last of the old processes still hold its shared memory for a moment)
		sleep 0.5
	done
	at_exit "postgres_stop $1 QUIT"
}

# It answers, or has ended.
postgres_settled() {
	"$postgres_bin/pg_isready" -q -h "$postgres/sockets" -p "$(postgres_port "$1")" ||
		! kill -0 "$postgres_pid" 2>/dev/null
}

# postgres_processes NAME: the pids of its children, and its own
postgres_processes() {
	ps -o pid= --ppid "$(cat "$postgres/$1.pid")" -p "$(cat "$postgres/$1.pid")"
}

postgres_ended() {
	for postgres_pid in $1; do
		! kill -0 "$postgres_pid" 2>/dev/null || return 1
	done
}

postgres_stop() {
	[ -e "$postgres/$1.pid" ] || return 0
	postgres_pids=$(postgres_processes "$1")
	# shellcheck disable=SC2086 # pids are words
	case ${2:-INT} in
	KILL) kill -KILL $postgres_pids 2>/dev/null ;;
	*) kill -"${2:-INT}" "$(cat "$postgres/$1.pid")" 2>/dev/null ;;
	esac || :
	wait "$(cat "$postgres/$1.pid")" 2>/dev/null || :
	rm -f "$postgres/$1.pid"
	wait_for 60 postgres_ended "$postgres_pids" || postgres_fail "$1" "it did not stop"
}

postgres_pause() {
	# shellcheck disable=SC2046 # pids are words
	kill -STOP $(postgres_processes "$1")
}

postgres_resume() {
	# shellcheck disable=SC2046 # pids are words
	kill -CONT $(postgres_processes "$1")
}

postgres_promote() {
	[ "$(postgres_sql "$1" "SELECT pg_promote(true, 60)")" = t ] || postgres_fail "$1" "not promoted"
}

postgres_received() {
	postgres_at=$(postgres_sql "$2" "SELECT pg_current_wal_flush_lsn()")
	[ "$(postgres_sql "$1" "SELECT pg_last_wal_replay_lsn() >= '$postgres_at'")" = t ]
}

postgres_ask() {
	postgres_name=$1 postgres_database=$2
	shift 2
	PGOPTIONS='-c client_min_messages=warning' "$postgres_bin/psql" -X -A -t -q -v ON_ERROR_STOP=1 \
		-h "$postgres/sockets" -p "$(postgres_port "$postgres_name")" -U postgres -d "$postgres_database" "$@"
}

postgres_sql() {
	postgres_ask "$1" "${3:-postgres}" -c "$2"
}

postgres_port() {
	cat "$postgres/$1.port"
}

postgres_at() {
	echo "host=$postgres/sockets port=$(postgres_port "$1")"
}

postgres_tcp() {
	echo "host=127.0.0.1 port=$(postgres_port "$1")"
}
