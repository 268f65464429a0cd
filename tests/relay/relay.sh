# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2034 # variables of tap.sh and for the tests
# relay.sh: boot servers that send to a central database, for shell tests; sourced after tap.sh and postgres.sh.
# A server NAME has the state $work/NAME and the configuration $work/NAME.conf.
#
#	relay_need              skips without the programs
#	relay_centre [NAME]     a database server that is set up (default: centre), and the roles room1, room2, by TCP with
#	                        the password "secret"
#	relay_server NAME CONNINFO [LINE…]      makes a boot server whose central is CONNINFO
#	relay_write NAME        appends standard input to the journal, "n=@" as the next number
#	relay_lines NAME MACHINES   the same of three lines for each of so many machines: a boot
#	relay_start NAME, relay_kill NAME       its relay, in the background; ended by SIGKILL
#	relay_state NAME WORD   0 if STATE/run/relay.meta has that state
#	relay_is_sent NAME [CENTRE]     0 once the centre has each line of the journal once, and no other of this server
#	relay_sent NAME TEXT [CENTRE]   that as a test, within a minute
#	relay_sums [CENTRE]     prints how many sums of how long machines ran are not those of the sessions
#	relay_values [CENTRE]   the same of the values of crashes

bin=${LASTWORDS_BIN:-$root/build/bin}

relay_need() {
	needs "make check builds it" "$bin/lastwords-relay" "$bin/lastwords" flock
	postgres_need
}

relay_setup() { # NAME
	postgres_sql "$1" "CREATE DATABASE lastwords"
	"$bin/lastwords-relay" -c "$work/admin.conf" --as "$(postgres_at "$1") dbname=lastwords user=postgres" init >/dev/null
	postgres_sql "$1" "CREATE ROLE room1 LOGIN PASSWORD 'secret' IN ROLE lastwords_server;
		CREATE ROLE room2 LOGIN PASSWORD 'secret' IN ROLE lastwords_server"
}

relay_centre() {
	printf 'state = "%s"\n' "$work/admin" >"$work/admin.conf"
	postgres_make "${1:-centre}"
	postgres_start "${1:-centre}"
	relay_setup "${1:-centre}"
}

relay_server() {
	relay_name=$1 relay_conninfo=$2
	shift 2
	mkdir -p "$work/$relay_name/journal" "$work/$relay_name/run"
	echo secret >"$work/password"
	{
		echo "state = \"$work/$relay_name\""
		echo "central = \"$relay_conninfo\""
		echo "central_password_file = \"$work/password\""
		printf '%s\n' "$@"
	} >"$work/$relay_name.conf"
}

# relay_write NAME: standard input into the journal, as the programs write: under its lock, with "n=@" as the next number.
relay_write() {
	[ -e "$work/$1/journal.lock" ] ||
		printf '%016d %s\n' 0 "$(cat /proc/sys/kernel/random/boot_id)" >"$work/$1/journal.lock"
	flock "$work/$1/journal.lock" sh -c '
		n=$(head -c 16 "$1/journal.lock" | sed "s/^0*//")
		awk -v n="${n:-0}" -v last="$1/last" "{ if (sub(/n=@\$/, \"\")) printf \"%sn=%016d\n\", \$0, ++n; else print }
			END { printf \"%016d\", n >last }" >>"$1/journal/$2"
		dd if="$1/last" of="$1/journal.lock" conv=notrunc status=none
	' - "$work/$1" "$(date -u +%Y-%m).log"
}

relay_lines() {
	relay_n=$(cat "$work/$1/n" 2>/dev/null || echo 0)
	awk -v n="$relay_n" -v machines="$2" -v now="$(date -u +%Y-%m-%dT%H:%M)" '
		function line(event, pairs) { printf "%s:%02d.%03dZ %s %s %s n=@\n", now, n / 1000 % 60, n % 1000, event, id, pairs }
		BEGIN {
			compact = now; gsub(/[-:]/, "", compact)
			for (machines *= 3; machines > 0; machines -= 3) {
				id = sprintf("525400%06x-%s%02d%03d-lab-%08x", n % 1000000, compact, n / 1000 % 60, n % 1000, n)
				line("requested", "profile=lab product=KVM%20" n " serial=S" n " address=10.0.0.9")
				line("armed", "release=6.1.0-" n % 7 " ms=200")
				line("running", "address=10.0.0.10/24 netconsole=on")
				n += 3
			}
		}' | relay_write "$1"
	echo $((relay_n + 3 * $2)) >"$work/$1/n"
}

relay_start() {
	"$bin/lastwords-relay" -c "$work/$1.conf" 2>>"$work/$1.log" &
	echo $! >"$work/$1.pid"
	at_exit "relay_kill $1"
}

relay_kill() {
	[ -e "$work/$1.pid" ] || return 0
	kill -KILL "$(cat "$work/$1.pid")" 2>/dev/null || :
	wait "$(cat "$work/$1.pid")" 2>/dev/null || :
	rm -f "$work/$1.pid"
}

relay_state() {
	grep -q "^state=$2\$" "$work/$1/run/relay.meta"
}

# Each line: number, event, session, pairs. Events that a relay itself writes have no part in it.
relay_journal() {
	sed -n 's/^[^ ]* \([^ ]*\) \([^ ]*\) \(.*\)n=0*\([0-9]*\)$/\4|\1|\2|\3/p; t; s/^[^ ]* \([^ ]*\) \([^ ]*\) \(.*\)$/-|\1|\2|\3/p' \
		"$work/$1"/journal/*.log | sed 's/ *$//' | grep -v '|event|-|what=central' | LC_ALL=C sort
}
relay_events() {
	postgres_sql "${2:-centre}" "SELECT CASE WHEN number > 0 THEN number::text ELSE '-' END, event,
		coalesce(session, '-'), pairs FROM lastwords.event e JOIN lastwords.server s ON s.n = e.server
		WHERE s.id = decode('$(cat "$work/$1/server.id")', 'hex')" lastwords | sed 's/ *$//' |
		grep -v '|event|-|what=central' | LC_ALL=C sort
}
relay_is_sent() {
	relay_events "$1" "${2:-centre}" >"$work/$1.events" && relay_journal "$1" >"$work/$1.lines" &&
		cmp -s "$work/$1.lines" "$work/$1.events"
}
relay_sent() {
	if wait_for 60 relay_is_sent "$1" "${3:-centre}"; then
		ok 0 "$2"
	else
		ok 1 "$2"
		diag "$(diff "$work/$1.lines" "$work/$1.events" | head -n 10)"
		diag "$(tail -n 5 "$work/$1.log")"
	fi
}

relay_sums() {
	postgres_sql "${1:-centre}" "SELECT count(*) FROM (SELECT mac, kernel, product, profile, count(*) AS sessions,
			count(*) FILTER (WHERE gone IS NULL) AS open, sum(lastwords.ran_ms(up, gone)) AS ms, max(up) AS last,
			min(up) AS first, max(greatest(up, gone)) AS latest FROM lastwords.run GROUP BY 1, 2, 3, 4) s
		FULL JOIN lastwords.ran r USING (mac, kernel, product, profile)
		WHERE (s.sessions, s.open, s.ms, s.last) IS DISTINCT FROM (r.sessions, r.open, r.ms, r.last)
			OR r.first > s.first OR r.latest < s.latest" lastwords
}

relay_values() {
	postgres_sql "${1:-centre}" "SELECT count(*) FROM (SELECT c.signature, v.field, v.value, count(*) AS count
			FROM lastwords.crash c CROSS JOIN LATERAL lastwords.fact_values((c.signature, c.product, c.release, c.profile,
				c.modules, c.hardware, c.cpu, c.taint, 1)::lastwords.crash_fact) AS v GROUP BY 1, 2, 3) s
		FULL JOIN lastwords.group_value g USING (signature, field, value) WHERE s.count IS DISTINCT FROM g.count" lastwords
}
