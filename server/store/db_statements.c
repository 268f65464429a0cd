/* SPDX-License-Identifier: MIT */
/* db_statements: the text of each statement of the index; see db_sql.h. */
#include "db_sql.h"

#define FIRST(column, value)                                                                       \
	column " = CASE WHEN " column " = 0 OR " column " > " value " THEN " value " ELSE " column \
	       " END"

#define HAS(table, name)                                                                           \
	" EXISTS (SELECT 1 FROM event AS e WHERE e.session = " table ".id AND +e.event = '" name   \
	"')"

/*
 * Sessions that should have an event of that name, and have none. ?1 is now; ?2 stalled, ?3 no
 * capture, ?4 ended: after how long; ?5 how far back. (The first line of NO_CAPTURE makes SQLite use
 * the index session_crash.)
 */
#define LATE(name, when)                                                                           \
	"SELECT id, '" name "' FROM session AS s WHERE " when " AND NOT" HAS("s", name)
#define STALLED                                                                                    \
	"time BETWEEN ?1 - ?5 AND ?1 - ?2 AND armed = 0 AND running = 0 AND not_armed = 0"         \
	" AND died = 0 AND captured = 0 AND packets = 0"
#define NO_CAPTURE                                                                                 \
	"(crash > 0 OR died > 0 OR captured > 0)"                                                  \
	" AND died BETWEEN ?1 - ?5 AND ?1 - ?3 AND died > 0 AND captured = 0"
#define ENDED                                                                                      \
	"ended > 0 AND ended BETWEEN ?1 - ?5 AND ?1 - ?4 AND (armed > 0 OR running > 0)"           \
	" AND died = 0 AND captured = 0"

/* The state that the times give, an enum session_state. A not-armed that is later than the armed cancels it. */
#define STATE                                                                                            \
	"CASE WHEN captured > 0 THEN 7"                                                                  \
	" WHEN died > 0 THEN CASE WHEN" HAS("session",                                                   \
	    "no-capture") " THEN 6 ELSE 5 END"                                                           \
			  " WHEN ended > 0 THEN 8 WHEN not_armed > armed THEN 2 WHEN running > 0 THEN 4" \
			  " WHEN armed > 0 THEN 3"                                                       \
			  " WHEN packets = 0 AND" HAS("session", "stalled") " THEN 1 ELSE 0 END"

/* ?3 is a text; how a person may name a session. (LIKE ignores case; wildcards in the text are escaped.) */
#define PLAIN "replace(replace(replace(?3, '\\', '\\\\'), '%', '\\%'), '_', '\\_')"
#define BEGINS(column) column " LIKE " PLAIN " || '%' ESCAPE '\\'"
#define HOLDS(column) column " LIKE '%' || " PLAIN " || '%' ESCAPE '\\'"
#define LIKE                                                                                       \
	" AND (?3 IS NULL OR " BEGINS("id") " OR " BEGINS("mac") " OR " HOLDS(                     \
	    "product") " OR " HOLDS("title") " OR signature = lower(?3))"

/* db_list: ?1, ?2 time, ?3 like, ?4 state */
#define LISTED "+time BETWEEN ?1 AND ?2" LIKE " AND (?4 < 0 OR " STATE " = ?4)"
/* The id of a machine's newest session (of table machine); one that is later than n, a day from now, is of a clock
 * that was wrong, and counts if there is no other. */
#define NEWEST(n)                                                                                  \
	"CASE WHEN machine.time <= " n " THEN machine.id ELSE coalesce((SELECT s.id FROM session"  \
	" AS s WHERE s.mac = machine.mac AND s.time <= " n                                         \
	" ORDER BY s.time DESC LIMIT 1), machine.id) END"

/* engine_session, then the state. */
#define SESSION_COLUMNS                                                                            \
	"id, mac, product, profile, address, serial, asset, why, title, class, signature,"         \
	" CASE WHEN release <> '' THEN release ELSE kernel END, time, armed, running, died,"       \
	" captured, ended, up, by_http, by_netconsole, by_console, by_pstore, packets, lines,"     \
	" bytes, lost, truncated, late, duplicates, " STATE

/* In the order in which crash_row() reads them (db_crash.c). */
#define CRASH_COLUMNS                                                                               \
	"session, mac, signature, crash.title, class, function, release, profile, product, kernel," \
	" taint, hardware, modules, task, severity, time, booted, up, cpu"

/* Which crashes: db_crash_filter. */
#define CRASH_WHERE                                                                                \
	" time BETWEEN ?1 AND ?2 AND (?3 IS NULL OR substr(mac, 1, length(?3)) = lower(?3))"       \
	" AND (?4 IS NULL OR release = ?4 COLLATE NOCASE)"                                         \
	" AND (?5 IS NULL OR profile = ?5 COLLATE NOCASE)"                                         \
	" AND (?6 IS NULL OR product = ?6 COLLATE NOCASE)"                                         \
	" AND (?7 IS NULL OR class = ?7 COLLATE NOCASE)"                                           \
	" AND (?8 IS NULL OR instr(' ' || modules || ' ', ' ' || ?8 || ' ') > 0)"
#define CRASH_ORDER " ORDER BY time DESC, n DESC"
/* ... of signatures, or that a search finds */
#define CRASH_ONE " signature = ?9 AND"
#define CRASH_SIGNED " signature IN (SELECT value FROM json_each(?9)) AND"
#define CRASH_FOUND                                                                                \
	" search CROSS JOIN crash ON n = search.rowid WHERE search MATCH ?10"                      \
	" AND (?9 IS NULL OR signature IN (SELECT value FROM json_each(?9))) AND"

const char *const db_sql[SQL_COUNT] = {
    [SQL_VERSION] = "PRAGMA user_version",
    [SQL_CHECK] = "PRAGMA quick_check(1)",
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET_POSITION] =
	"SELECT file, offset, skipped, scanned, pruned, pruned_bytes FROM position",
    [SQL_SET_POS] = "UPDATE position SET file = ?1, offset = ?2, skipped = ?3",
    [SQL_SET_SCANNED] = "UPDATE position SET scanned = ?1",
    [SQL_NEW_SESSION] =
	"INSERT OR IGNORE INTO session (id, mac, time, profile) VALUES (?1, ?2, ?3, ?4)",
    [SQL_NEW_SESSION_ENDED] =
	"UPDATE session SET ended = coalesce((SELECT min(next.up) FROM session AS next WHERE"
	" next.mac = ?2 AND next.time > ?3 AND next.time <= ?4 AND next.up > 0), 0) WHERE id = ?1",
    [SQL_EVENT] = "INSERT INTO event (session, time, event, text) VALUES (?1, ?2, ?3, ?4)",
    [SQL_REQUESTED] = "UPDATE session SET product = coalesce(?2, product),"
		      " address = coalesce(?3, address), serial = coalesce(?4, serial),"
		      " asset = coalesce(?5, asset) WHERE id = ?1",
    [SQL_NOT_ARMED] = "UPDATE session SET not_armed = ?2, why = coalesce(?3, why)"
		      " WHERE id = ?1 AND not_armed <= ?2",
    [SQL_KERNEL] = "UPDATE session SET kernel = ?2 WHERE id = ?1 AND kernel <> ?2",
    [SQL_ARMED] = "UPDATE session SET armed = max(armed, ?2) WHERE id = ?1",
    [SQL_RUNNING] = "UPDATE session SET " FIRST("running", "?2") ", address = coalesce(?3, address)"
								 " WHERE id = ?1",
    [SQL_UP] = "UPDATE session SET " FIRST("up", "?2") " WHERE id = ?1",
    [SQL_END_OLDER] = "UPDATE session SET " FIRST("ended", "?3") " WHERE mac = ?1 AND time < ?2"
								 " AND (ended = 0 OR ended > ?3)",
    [SQL_DIED] = "UPDATE session SET " FIRST("died", "?2") " WHERE id = ?1",
    [SQL_CAPTURED] = "UPDATE session SET " FIRST("captured", "?2") " WHERE id = ?1",
    [SQL_CRASH] =
	"UPDATE session SET "
	" title = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?3 ELSE title END,"
	" class = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?4 ELSE class END,"
	" function = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?5 ELSE function END,"
	" signature = CASE WHEN ?8 OR (?3 <> '' AND NOT by_http) THEN ?6 ELSE signature END,"
	" release = CASE WHEN ?7 <> '' AND (?8 OR NOT by_http) THEN ?7 ELSE release END,"
	" by_http = max(by_http, ?8), by_netconsole = max(by_netconsole, ?9),"
	" by_pstore = max(by_pstore, ?10), by_console = max(by_console, ?11)," FIRST(
	    "crash", "?2") " WHERE id = ?1",
    /* (after SQL_CRASH: what an upload gave is not replaced by others) */
    [SQL_CRASH_FACTS] =
	"UPDATE crash SET taint = ?4, hardware = ?5, modules = ?6, task = ?7,"
	" severity = ?8, cpu = ?9 WHERE session = ?1 AND (?3 OR (?2 <> '' AND NOT by_http))",
    [SQL_CRASH_NUMBER] = "SELECT n, title FROM crash WHERE session = ?1",
    [SQL_CRASH_FORGET_TEXT] = "DELETE FROM search WHERE rowid = ?1",
    [SQL_CRASH_TEXT] = "INSERT INTO search (rowid, title, text) VALUES (?1, ?2, ?3)",
    [SQL_CRASH_ROWS] = "SELECT " CRASH_COLUMNS " FROM crash WHERE" CRASH_WHERE CRASH_ORDER,
    [SQL_CRASH_ROWS_SIGNED] =
	"SELECT " CRASH_COLUMNS " FROM crash WHERE" CRASH_SIGNED CRASH_WHERE CRASH_ORDER,
    [SQL_CRASH_ROWS_FOUND] = "SELECT " CRASH_COLUMNS " FROM" CRASH_FOUND CRASH_WHERE CRASH_ORDER,
    /* (in the order of index crash_signature, so that the newest need no others) */
    [SQL_CRASH_ROWS_ONE] =
	"SELECT " CRASH_COLUMNS " FROM crash WHERE" CRASH_ONE CRASH_WHERE CRASH_ORDER,
    [SQL_CRASH_COUNT_ONE] = "SELECT count(*) FROM crash WHERE" CRASH_ONE CRASH_WHERE,
    [SQL_CRASH_FACTS_ALL] =
	"SELECT signature, mac, release, profile, product, taint, hardware, modules, cpu FROM crash",
    [SQL_CRASH_COUNT] = "SELECT count(*) FROM crash WHERE" CRASH_WHERE,
    [SQL_CRASH_COUNT_SIGNED] = "SELECT count(*) FROM crash WHERE" CRASH_SIGNED CRASH_WHERE,
    [SQL_CRASH_COUNT_FOUND] = "SELECT count(*) FROM" CRASH_FOUND CRASH_WHERE,
    [SQL_STREAM] = "UPDATE session SET packets = ?2, lines = ?3, bytes = ?4, lost = ?5,"
		   " truncated = ?6, late = ?7, duplicates = ?8 WHERE id = ?1",
    [SQL_MERGE_DUE] = "UPDATE session SET merge = 1, merge_time = ?2 WHERE id = ?1",
    [SQL_MERGES] = "SELECT count(*) FROM session WHERE merge > 0",
    [SQL_MERGE_NEXT] = "SELECT id, product, merge_time FROM session WHERE merge > 0"
		       " AND merge IN (1, 3) ORDER BY merge_time LIMIT 1",
    [SQL_MERGE_START] = "UPDATE session SET merge = merge + 1 WHERE id = ?1 AND merge IN (1, 3)",
    [SQL_MERGE_END] = "UPDATE session SET merge = 0 WHERE id = ?1 AND merge IN (2, 4)",
    [SQL_MERGE_AGAIN] = "UPDATE session SET merge = CASE merge WHEN 2 THEN 3 ELSE merge END"
			" WHERE id = ?1 AND merge IN (1, 2, 3)",
    [SQL_MERGE_STALE] = "SELECT id FROM session WHERE merge > 0 AND merge = 4 LIMIT 1",
    [SQL_MERGE_RESUME] = "UPDATE session SET merge = 3 WHERE merge > 0 AND merge = 2",
    [SQL_SESSIONS] =
	"SELECT " SESSION_COLUMNS " FROM session WHERE time BETWEEN ?1 AND ?7"
	" AND (?2 = 0 OR crash > 0 OR died > 0 OR captured > 0)" LIKE
	" AND (?5 = 0 OR id IN (SELECT " NEWEST(
	    "?8") " FROM machine))"
		  " AND (?6 IS NULL OR lower(serial) = lower(?6) OR lower(asset) = lower(?6)"
		  " OR address = lower(?6))"
		  " ORDER BY time DESC, id DESC LIMIT ?4",
    [SQL_SESSION] = "SELECT " SESSION_COLUMNS " FROM session WHERE id = ?1",
    /* (The index gives the first of them at once. A search reads the whole table, which is faster than to read
     * each of its rows by the index: "+time" keeps it from that.) */
    [SQL_LIST] = "SELECT " SESSION_COLUMNS " FROM session WHERE id IN (SELECT id FROM session"
		 " WHERE time BETWEEN ?1 AND ?2 ORDER BY time DESC, id DESC LIMIT ?3 OFFSET ?4)"
		 " ORDER BY time DESC, id DESC",
    [SQL_LIST_COUNT] = "SELECT count(*) FROM session WHERE time BETWEEN ?1 AND ?2",
    [SQL_LIST_FOUND] = "SELECT id FROM session WHERE " LISTED " ORDER BY +time DESC, id DESC",
    [SQL_LIST_MAC] =
	"SELECT id FROM session WHERE mac = ?5 AND " LISTED " ORDER BY time DESC, id DESC",
    [SQL_MACHINES] = "SELECT " SESSION_COLUMNS " FROM (SELECT " NEWEST(
	"?1") " AS i, mac AS m FROM machine ORDER BY mac LIMIT ?2 OFFSET ?3)"
	      " CROSS JOIN session ON id = i ORDER BY m",
    [SQL_MACHINES_COUNT] = "SELECT count(*) FROM machine",
    [SQL_MACHINES_FOUND] = "SELECT id FROM (SELECT " NEWEST(
	"?5") " AS i, mac AS m FROM machine) CROSS JOIN session ON id = i WHERE " LISTED
	      " ORDER BY m",
    /* (STATE is of a table "session") */
    [SQL_FLEET] = "SELECT mac, why, time, armed, " STATE " FROM machine AS session WHERE time <= ?1"
		  " UNION ALL SELECT mac, why, time, armed, " STATE " FROM (SELECT " NEWEST(
		      "?1") " AS i FROM machine WHERE time > ?1) CROSS JOIN session ON id = i",
    [SQL_MACHINE_CRASHES] = "SELECT count(*) FROM crash WHERE mac = ?1",
    [SQL_SIGNATURES] = "SELECT signature, min(time) FROM crash GROUP BY signature",
    [SQL_CHANNELS] =
	"SELECT count(*), coalesce(sum(s.by_http), 0), coalesce(sum(s.by_netconsole), 0),"
	" coalesce(sum(s.by_console), 0), coalesce(sum(s.by_pstore), 0)"
	" FROM crash AS c JOIN session AS s ON s.id = c.session WHERE c.time >= ?1",
    [SQL_KINDS] = "SELECT n, kernel, product, profile FROM kind ORDER BY n",
    [SQL_EXPOSURE] = "SELECT machine, up, until, kind FROM ran ORDER BY machine, up",
    [SQL_RAN_CRASHES] =
	"SELECT mac, kernel, product, profile, time, signature FROM ran_crash JOIN kind ON n = kind",
    [SQL_NEW_KIND] = "INSERT OR IGNORE INTO kind (kernel, product, profile) VALUES (?1, ?2, ?3)",
    /* (all of a machine, kind and span of time are one row) */
    [SQL_RAN_PRUNED] =
	"INSERT INTO ran (machine, up, session, until, kind) SELECT mac_number(?4), ?5, -n, ?6, n"
	" FROM kind WHERE kernel = ?1 AND product = ?2 AND profile = ?3"
	" ON CONFLICT (machine, up, session) DO UPDATE SET until = until + excluded.until - up",
    [SQL_RAN_CRASH] = "INSERT INTO ran_crash SELECT ?4, ?5, ?6, n FROM kind"
		      " WHERE kernel = ?1 AND product = ?2 AND profile = ?3",
    [SQL_TRIAGE] =
	"INSERT INTO triage (time, signature, what, value, by) VALUES (?1, ?2, ?3, ?4, ?5)",
    [SQL_TRIAGES] = "SELECT signature, what, value, by, time FROM triage ORDER BY time, n",
    [SQL_TALLY] = "SELECT " SESSION_COLUMNS ", crash > 0 OR died > 0 OR captured > 0,"
		  " (SELECT count(*) FROM event AS e WHERE e.session = session.id"
		  " AND +e.event = 'uploaded') FROM session WHERE id > ?1 ORDER BY id LIMIT ?2",
    [SQL_FORGET] = "DELETE FROM session WHERE id = ?1",
    [SQL_FORGET_EVENTS] = "DELETE FROM event WHERE session = ?1",
    [SQL_PRUNED] = "UPDATE position SET pruned = pruned + 1, pruned_bytes = pruned_bytes + ?1",
    [SQL_EVENTS] = "SELECT time, event, text FROM event WHERE session = ?1 ORDER BY time, n",
    [SQL_EVENTS_NEWEST] = "SELECT time, event, session, text FROM event WHERE time < ?1"
			  " ORDER BY n DESC LIMIT ?2",
    [SQL_EVENTS_NAMED] = "SELECT time, event, session, text FROM event WHERE event = ?3"
			 " AND time < ?1 ORDER BY time DESC, n DESC LIMIT ?2",
    [SQL_BY_ADDRESS] = "SELECT id FROM session WHERE address = ?1 AND time <= ?2"
		       " ORDER BY time DESC LIMIT 1",
    [SQL_BEFORE] = "SELECT id FROM session WHERE mac = ?1 AND time < ?2 ORDER BY time DESC LIMIT 1",
    [SQL_LATE] = LATE("stalled", STALLED) " UNION ALL " LATE(
	"no-capture", NO_CAPTURE) " UNION ALL " LATE("ended", ENDED) " LIMIT 100",
};
