/* SPDX-License-Identifier: MIT */
/*
 * query: the answers that pages, JSON and the command give. Each function reads the index (store/db.h), where
 * it must the files of STATE, and returns one JSON document (jansson), which `--json` and the pages' .json
 * print as it is, the pages render by a template, and the command prints as text. So all three have the
 * same fields with the same names; lastwords-json(5) has those of the command. It must not write (but for
 * triage_write), print, or know of HTTP.
 *
 * Of all documents: times are RFC 3339, UTC, with milliseconds ("2026-11-21T09:36:12.123Z"); durations are
 * numbers of seconds; a field whose value is unknown is absent. Text came from a network: it is valid UTF-8
 * here (other bytes are U+FFFD), and everything else may be in it: controls, marks of text direction, HTML.
 *
 * A function returns a new reference, which the caller json_decref()s; or NULL with err set. query_was_missing
 * says whether err means "there is no such thing" (404) rather than a fault.
 *
 * The functions are in files by subject: group.c crash.c rate.c diff.c session.c log.c machine.c fleet.c event.c
 * overview.c triage.c; values of documents in text.c, a document as text in dump.c. Below them:
 *
 *   fields, crash_fields     objects that several documents have
 *   names -> rows            crashes in memory, their texts as numbers
 *   said                     what people said of signatures, as it counts now
 *   groups -> grouping       rows and said: groups with their states, as objects
 *   rising                   groups that have more crashes than before
 *   exposure, poisson        for how long machines ran; what counts say of rates
 *   correlate                what a group's crashes have in common
 *   log_files, stretches     a session's logs, and what is known of their lines
 *   identity                 what a machine last reported of itself
 *   request, ask, answer     a query as JSON; asked of another program; and what that does
 */
#ifndef LASTWORDS_QUERY_H
#define LASTWORDS_QUERY_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

/* What every query needs. */
struct query {
	const char *state; /* STATE */
	const struct config *config; /* may be NULL: targets and profiles are unknown then */
	/* may be NULL for query_session, query_log and query_machines: without an index they have less */
	struct db *db;
	int64_t now_ms;
	/* 1: the reader is on the server: crashes have the absolute paths of their files too (crash_fields.h) */
	int paths;
	int missing; /* set where err means that there is no such thing */
	/* Not NULL: the documents come from the central database (request.h), and db is not used. */
	struct query_central *central;
	/*
	 * NULL: the files of sessions are in state. Else it brings those of a session there before they are read: all of
	 * them, or of report_only record.meta. That there are none is no error. 0/-1.
	 */
	int (*fetch)(struct err *err, void *arg, const char *session, int report_only);
	void *fetch_arg;
};

/* How the central database is asked. */
struct query_central {
	const char *program; /* lastwords-relay; NULL: the one next to this program */
	const char *config; /* the configuration file that it reads */
	int within_ms; /* in which it has to be connected; 0: its own limit */
	/* NULL, or called when it is not: opens query->db instead, of which people are told. 0: from now on that is
	 * asked; -1 with err set. */
	int (*local)(struct err *err, struct query *query, const char *why);
	void *arg; /* of local */
};

enum { QUERY_PAGE = 100, QUERY_PAGE_MAX = 1000, QUERY_TEXT_MAX = 200 };

/* Which crashes. NULL, "" or 0: all of them. All given ones must hold. */
struct query_filter {
	int64_t since_ms, until_ms; /* of the crash */
	const char *signature; /* 16 hex digits; "none": those without a report */
	const char *machine; /* a MAC, or the beginning of one; with or without colons */
	const char *release, *profile, *product, *class; /* equal, case ignored */
	const char *taint; /* letters, each of which is in the taint flags: "PO" */
	const char *module; /* is one of the modules of the report's frames */
	const char *tag, *state; /* of the group: a tag, a state below */
	/* Words, each of which is a word of title or report, or with a final "*" its beginning: any frame's
	 * function, a register's value. */
	const char *search;
	const char *sort; /* of groups: impact (the default), last, first, count, machines, title */
	int offset, limit; /* limit 0: QUERY_PAGE; at most QUERY_PAGE_MAX */
	int whole; /* of crashes: all that is known of each, as query_crash_object has it (crash_fields.h) */
};

/*
 * STATES of a group (a signature):
 *   new        the first crash was at most QUERY_NEW_DAYS days ago
 *   known      it was earlier
 *   muted      a person does not want to hear of it until a time
 *   fixed      a person said that release R has the fix, and no machine that booted R or a later release
 *              after that was said has crashed so
 *   regressed  such a machine has
 * Releases are compared as strverscmp(3) does. "Regressed" counts before "muted", "muted" before "fixed". The first
 * crash is that of all, whatever a filter leaves out; the rest of a group is of the crashes that match.
 *
 * IMPACT is the number of machines it strikes, each weighted by how recent its last such crash is: the
 * sum over machines of 0.5 ^ (days since then / 7).
 */
enum { QUERY_NEW_DAYS = 7 };

/*
 * {"total": groups that match, "crashes": their crashes, "offset", "groups": [{
 *    "signature" ("" where a log has no report), "title", "class", "function", "count",
 *    "machines": number, "releases": [at most 8, newest crash first], "release_count",
 *    "first", "last", "impact", "state", "until" (muted), "fixed_in", "tags": [..],
 *    "days": [30 counts, one a day, the last is today, UTC], "newest": id of its newest session,
 *    "duplicates": [signatures that a person has declared duplicates of this one]}]}
 */
json_t *query_groups(struct err *err, struct query *query, const struct query_filter *filter);

/*
 * One group, or for a duplicate the group that it is in ("none": the crashes without a report): the fields above, and
 *  "crashes": the newest QUERY_PAGE, as in query_crashes; "notes": [{"time","by","text"}];
 *  "history": [{"time","by","what","value","signature" of a duplicate}], what people did, newest first;
 *  "correlations": [{"field": "product|release|profile|module|hardware|cpu|taint", "value",
 *      "crashes": how many of the group's have it, "share": of the group's crashes, 0..1,
 *      "others": share of all other crashes, absent for none, "fleet": share of all machines (product,
 *      release, profile only), "machines"}], those that stand out most first, at most 20: only values of a tenth of
 *      the group's crashes or more that others have less often by at least three standard errors, machines counted,
 *      not crashes;
 *  "concentration": {"machines", "crashes", "top": the share of the machine with most, "p": how likely it is
 *      that these crashes fall on these few machines or fewer if each crash struck any machine of the fleet by chance
 *      in proportion to its uptime (0..1), "verdict": "few machines (p <= 0.01)|spread|too little known"};
 *  "rates": as query_rates by release, of this signature only.
 */
json_t *query_group(struct err *err, struct query *query, const char *signature);

/*
 * {"total", "offset", "crashes": [{"session", "mac", "time", "state", "channels", "profile", "booted",
 *   "title", "class", "function", "signature", "product", "address", "release", "taint", "modules",
 *   "hardware", "severity"}]}, newest first.
 *
 * total: for a search in the central database at most DB_COUNT_MAX are counted.
 *
 * Crashes and sessions from the central database also have "server", the name of the one that they are of, and "url",
 * their page there.
 */
json_t *query_crashes(struct err *err, struct query *query, const struct query_filter *filter);

/*
 * Crashes per 1,000 machine-days. by: "release", "product" or "profile".
 *
 * EXPOSURE of a session is the time from its first report (armed or running) to its death or the machine's
 * next boot; of one that still runs, to now. A machine that was switched off and never booted again so
 * counts as running: until_ms limits it. Sessions that never reported are not counted, neither their crashes.
 * THE INTERVAL is that of a Poisson count (Garwood, exact, 95 %).
 * EXPECTED: crashes that the row would have at the rate of all other rows together; "p": how likely its count or
 * fewer are then, "p_more": its count or more (poisson.h). Evidence is p (or p_more) <= 0.05; "fixed by evidence"
 * is: crashes 0, p <= 0.05. Of 20 rows one has evidence by chance.
 * The release is what the session itself reported when it came up, "" where it reported none: reports name one only
 * for sessions that crashed. PRUNED sessions still count, for the 400 days that the journal keeps their lines and longer
 * where the index is not made again; since_ms and until_ms cut healthy ones to within a week (DB_PRUNED_MS). Of their
 * crashes the signature is left, so filters by search, class, taint or module leave them out.
 *
 * {"by", "total": row, "rows": [{"value", "crashes", "machine_days", "machines", "rate", "low", "high" (absent for
 *   less than a machine-day), "expected", "p", "p_more", "evidence": "fewer|more" (absent: neither)}]}, most exposed
 * first, at most QUERY_PAGE_MAX.
 * filter: signature, search … choose the crashes; since_ms and until_ms the window of both; machine, release,
 * profile, product also the exposure.
 */
json_t *query_rates(
    struct err *err, struct query *query, const char *by, const struct query_filter *filter);

/*
 * The difference between two crashes: {"a": crash, "b": crash, "facts": [{"field", "a", "b", "same": bool}],
 * "report": [{"op": "same|a|b", "text"}]}: the lines of both reports, without time, caller id, addresses,
 * pids and CPU numbers where they differ by chance. A report has at most 400 lines here.
 */
json_t *query_diff(struct err *err, struct query *query, const char *a, const char *b);

/*
 * One session: the fields of query_crashes (title … only where it crashed), "why", "armed", "running",
 * "died", "captured", "ended", "serial", "asset", "kept", "counts": {packets, lines, bytes, lost,
 * truncated, late, duplicates}, "build_id", "task", "pid", "cpu", "rip", "uptime", "corrupted",
 * "record": {"lines", "holes", "differing", "report": the line number (from 1) where the report begins,
 *     "channels": [{"name", "lines"}]},
 * "timeline": [{"what": "requested|armed|running|died|stored|ended", "time", "seconds": since requested}],
 * "summary": [the autopsy's sentences], "files": [{"name","bytes","shown": true where query_log has it}],
 * "decoded": bool, decoded.txt is there (the report with source lines),
 * "events": as in query_events, oldest first.
 * class, function, title, signature and severity are always there, "" where there is no report (users' scripts).
 */
json_t *query_session(struct err *err, struct query *query, const char *id);

/*
 * A part of a session's record: {"session", "mac", "title", "name": what it is, "lines": in all, "from": first line
 * number (from 1), "report": as in query_session, "log": [{"n", "text", "level": 0..7 (absent: unknown),
 * "channels": "http,netconsole", "mark": "hole|differs" (absent: neither), "report": true for the line in which the report begins}]}.
 * name: "record", or a file of the session: "dmesg.txt", "netconsole.log", "console.log", "autopsy.txt" …
 * (without channels); "record" of a session without a record is its netconsole.log or console.log.
 * from 0: 50 lines before the report, or else the last count lines. count: at most QUERY_LINES_MAX; 0: QUERY_LINES.
 * Costs time linear in the file; memory for count lines. A line is cut to QUERY_LINE_MAX bytes: "cut": its length.
 */
enum { QUERY_LINES = 1000, QUERY_LINES_MAX = 5000, QUERY_LINE_MAX = 4096 };
json_t *query_log(struct err *err, struct query *query, const char *id, const char *name,
    int64_t from, int count);

/* {"total", "offset", "sessions": [{"session","mac","requested","state","profile","product","address",
 * "release","title","signature","why","channels"}]}, newest first; like: as in db_query. */
struct query_list {
	const char *like; /* db_query.like */
	const char *mac;
	const char *state; /* a session state's name, or the beginning of one */
	int64_t since_ms, until_ms;
	int offset, limit;
};
json_t *query_sessions(struct err *err, struct query *query, const struct query_list *list);
/*
 * The newest session that a person may mean by a text: its id, the beginning of one, a MAC in any form, or else as
 * db_query.like has it; or (like NULL) by a machine's serial number, asset tag or address; neither: of all. One of a
 * clock that is ahead only if there is no other. A row of query_sessions.
 */
json_t *query_newest(struct err *err, struct query *query, const char *like, const char *machine);

/*
 * {"total", "offset", "machines": [{"mac", "requested", "state", "armed": bool, "profile", "product", "serial",
 *   "address", "release", "session", "why", "up": seconds it has been running, "crashes": number, "target":
 *   its name; what is set for it (boot/override.h): "set": the time, "set_profile", "set_image", "set_args",
 *   "drill", "script", "once"}]}, by MAC. Machines that only something is set for are in it too, without
 *   conditions (like, state, times).
 */
json_t *query_machines(struct err *err, struct query *query, const struct query_list *list);
/*
 * One of them, and "sessions": its newest 100 as in query_sessions, "rule": "FILE:LINE" that chooses its profile,
 * "rule_profile", "identity": {product …, "time"} as it last described itself, "recent": as query_crashes, its
 * newest 20.
 */
json_t *query_machine(struct err *err, struct query *query, const char *mac);

/* {"machines", "armed", "not_armed": [{"why","machines","newest":[MACs, at most 5]}], "states": {name: n}} */
json_t *query_fleet(struct err *err, struct query *query);

/* {"events": [{"time","event","session" (absent for none, and where session is given),"pairs": {},"text": the pairs
 * for people}]}, newest first; event NULL: all. query_session's events are of the same form. */
json_t *query_events(struct err *err, struct query *query, const char *event, const char *session,
    int64_t until_ms, int limit);

/*
 * {"recent", "week": crashes of the last 24 hours, and 7 days; "deaths": {"crashes": the newest 10},
 *  "rising": {"groups": at most 10 groups with more crashes in the last 7 days than
 *  chance explains from the 28 days before (Poisson, p <= 0.05), or new, or regressed, none muted: the group's fields,
 *  "struck" in those 7 days, "expected", "p"}; "fleet": as query_fleet, "channels": [{"name","crashes": of the last 30
 *  days that it has, "of": all}],
 *  "collector": {"running", "queue": records to be made, "lost": packets}, "disk": {"free","size",
 *  "floor": bytes, "low": bool}}; of the central database "collector" and "disk" are empty
 */
json_t *query_overview(struct err *err, struct query *query);

/* 1 after a query that failed because there is no such thing. */
#define query_was_missing(query) ((query)->missing)

/* --- what people say of a signature: triage.c -------------------------------------------------------- */

/*
 * Each is one journal line, event "triage", session "-": signature, what, value, by; the index has a copy
 * (db_triage). The newest of each kind counts, but all notes and the first SAID_TAGS_MAX tags do. Duplicates form no
 * chain: a duplicate of a duplicate is one of the first.
 *
 *   mute       value: until when (RFC 3339); "" ends it
 *   note       value: text, 1 to TRIAGE_NOTE_MAX bytes
 *   tag, untag value: [a-z0-9._-]{1,32}
 *   fixed      value: the release that has the fix; "" ends it
 *   duplicate  value: the signature that it is the same as; "" ends it
 */
enum { TRIAGE_NOTE_MAX = 2000, TRIAGE_TAG_MAX = 32 };
/* Checks what, value and signature, and appends the line. by: the person, [a-z0-9._@-]{1,32}. 0/-1. */
int triage_write(struct err *err, const char *state, int64_t now_ms, const char *signature,
    const char *what, const char *value, const char *by);

/*
 * 1 if a crash is to be reported to nobody now: its group is muted, and it does not show that a fix fails. booted_ms:
 * when its session was begun; release: of its kernel, "" unknown. 0 also if the index cannot be read.
 */
int query_is_muted(
    struct query *query, const char *signature, const char *release, int64_t booted_ms);

/* --- text: text.c ------------------------------------------------------------------------------------ */

/* A JSON string of len bytes of any text: what is not UTF-8 becomes U+FFFD. NULL out of memory. */
json_t *query_text(const char *text, size_t len);
/* Sets key to a text, unless it is NULL or "". */
void query_set_text(json_t *object, const char *key, const char *text);
/* Sets key to a time, unless it is 0. */
void query_set_time(json_t *object, const char *key, int64_t ms);
/*
 * The document as one line of JSON with its newline (and a NUL after it), for terminals, files and programs: ASCII
 * only, so that controls and marks of text direction are escaped. malloc'ed; NULL out of memory.
 */
char *query_dump(const json_t *document, size_t *len);

#endif
