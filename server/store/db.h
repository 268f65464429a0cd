/* SPDX-License-Identifier: MIT */
/*
 * db: the index. Only its implementation uses SQLite; only the collector writes. What is read can come from another
 * database, the central one: engine.h.
 *
 * Everything in it can be made again from STATE/journal and STATE/sessions. db_open for writing
 * renames a damaged database to index.db.bad-TIME and starts an empty one, whose journal position is
 * zero, so that the whole journal is read again; `lastwords reindex` does the same. Damage that a writer finds
 * later has it renamed by db_close. update.h is the
 * loop that brings journal and files in here. Text is given out as it came, valid UTF-8 or not:
 * escape it before printing.
 */
#ifndef LASTWORDS_STORE_DB_H
#define LASTWORDS_STORE_DB_H

#include <stdint.h>

#include "base/err.h"
#include "journal.h"
#include "report/report.h"
#include "session/session.h"
#include "session/state.h"

struct db;

/* Waits up to 2 s for a lock. write 0: read-only, a missing index is an error; write 1: makes it.
 * NULL on error. */
struct db *db_open(struct err *err, const char *state, int write);
/* Waits up to ms for a lock from now on. */
void db_set_wait(struct db *db, int ms);
void db_close(struct db *db);
/* Removes the index. 0 also if it is missing. */
int db_remove(struct err *err, const char *state);

/*
 * One transaction for a batch of the calls below; after an error in the batch, roll back. db_begin
 * also fails when the file was removed, replaced or overwritten.
 */
int db_begin(struct err *err, struct db *db);
int db_commit(struct err *err, struct db *db);
void db_rollback(struct db *db);
/* 1 if an error has shown that the database is unusable (corrupt, removed): close it, open it again
 * and read the journal. A lock or a full disk is no such error. */
int db_broken(const struct db *db);

/* Reads all of it, whatever its size. 0, or -1: it is damaged. */
int db_verify(struct err *err, struct db *db);

/*
 * Applies one journal entry; of an unknown event only the event is stored. A session that is not in the
 * index is added (its id has machine, time and profile). Entries may come in any order: a session's
 * state depends on their times only. But "pruned" removes the session and its earlier events. 0/-1.
 */
int db_apply(struct err *err, struct db *db, const struct journal_entry *entry);

/* How far the journal has been applied; set it in the same transaction as the entries. */
int db_get_pos(struct err *err, struct db *db, struct journal_pos *pos);
int db_set_pos(struct err *err, struct db *db, const struct journal_pos *pos);
/* Whether STATE/sessions was searched for what is not in the journal (update.h): 0 or 1. */
int db_get_scanned(struct err *err, struct db *db, int *scanned);
int db_set_scanned(struct err *err, struct db *db, int scanned);
/* Sessions and bytes that were pruned, according to the journal. */
int db_get_pruned(struct err *err, struct db *db, uint64_t *sessions, uint64_t *bytes);

/*
 * A crash as the session's best log reports it (upload first, else netconsole or console). Of several puts for
 * a session the earliest time counts, and the latest title that is not empty; theirs does
 * not replace an upload's.
 */
enum { DB_REPORT_MAX = 16384 };
struct db_crash {
	char session[SESSION_ID_MAX + 1];
	struct report report;
	int64_t time_ms; /* when it became known */
	int by_http, by_netconsole, by_console, by_pstore; /* which channels have it */
	/* The report's lines, which can be searched; the first DB_REPORT_MAX bytes are kept. NULL: none. */
	const char *text;
};
int db_put_crash(struct err *err, struct db *db, const struct db_crash *crash);

/*
 * The records that are to be made, one after the other (update.h). A session is marked as tried before
 * it is tried: one whose tries are interrupted twice is not tried a third time.
 */
int db_merge_due(struct err *err, struct db *db, const char *session, int64_t time_ms);
/* How many are due or being made; -1. */
long db_merges(struct err *err, struct db *db);
struct db_merge {
	char session[SESSION_ID_MAX + 1], product[128];
	int64_t time_ms; /* when the news became known */
};
/* The oldest, now marked as tried. 1, 0 none, -1. */
int db_merge_start(struct err *err, struct db *db, struct db_merge *merge);
/* It was made, or cannot be made; what became due meanwhile stays due. 0/-1. */
int db_merge_end(struct err *err, struct db *db, const char *session);
/* The try was interrupted. 1 it is due again, 0 it was the second try, -1. */
int db_merge_again(struct err *err, struct db *db, const char *session);
/* To be called once after opening: tries that were interrupted are due again. A session whose second
 * try was interrupted is given up: 1 and its id (call again), 0 none, -1. */
int db_merge_resume(struct err *err, struct db *db, char session[SESSION_ID_MAX + 1]);

/* Counts of one session's netconsole stream, absolute. */
struct db_stream {
	uint64_t packets, lines, bytes, lost, truncated, late, duplicates;
};
int db_put_stream(
    struct err *err, struct db *db, const char *session, const struct db_stream *stream);

struct db_session {
	char id[SESSION_ID_MAX + 1];
	char mac[18];
	char product[128], profile[PROFILE_NAME_MAX + 1], address[64], serial[128], asset[128];
	char why[256]; /* not armed: why */
	enum session_state state;
	/* 0: not yet. ended_ms is set for died and captured sessions too; up_ms: first armed or running. */
	int64_t requested_ms, armed_ms, running_ms, died_ms, captured_ms, ended_ms, up_ms;
	char title[200], class[48], signature[17];
	char release[128]; /* the report's, or else what the session reported when it came up */
	int by_http, by_netconsole, by_console, by_pstore;
	struct db_stream stream;
	/* In the central database: the name of the session's server, and the session's page there; "" unknown */
	char server[64], url[320];
};

enum { DB_ALL = INT32_MAX };

struct db_query {
	/* the beginning of an id or MAC, a signature, or part of a product or title; NULL all */
	const char *like;
	const char *machine; /* a whole serial number, asset tag or address; NULL all */
	int crashes_only, newest_only; /* newest_only: of each machine */
	int64_t until_ms; /* 0: no limit */
	int64_t since_ms;
	int limit; /* 0: 1000; DB_ALL */
};
/* Newest first; got returns 0 to go on. Count or -1. */
long db_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg);
/* A part of a list, for pages: all conditions must hold. */
struct db_list {
	const char *like; /* as in db_query; NULL all */
	const char *mac; /* "52:54:00:a1:b2:c3"; NULL all (db_list only) */
	int state; /* an enum session_state; DB_ANY_STATE */
	int64_t since_ms, until_ms; /* of the request; until_ms 0: no limit */
	int limit, offset; /* limit 0: none */
};
enum { DB_ANY_STATE = -1 };
/* Sessions, newest first. *total (NULL: not needed): how many there are without limit and offset. Count or -1. */
long db_list(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg);
/* The newest session of each machine, by MAC; like and the others are conditions for it. The same. */
long db_machines(struct err *err, struct db *db, const struct db_list *list, long *total,
    int (*got)(void *arg, const struct db_session *session), void *arg);
/* The state of each machine: what db_machines of all has of it, in any order, and less to read. The texts live until
 * got returns. Count or -1. */
struct db_fleet {
	const char *mac, *why; /* why: as in db_session */
	enum session_state state;
	int64_t requested_ms, armed_ms;
};
long db_fleet(struct err *err, struct db *db, int (*got)(void *arg, const struct db_fleet *machine),
    void *arg);
/* How many sessions of a machine ("52:54:00:a1:b2:c3") have crashed; -1. */
long db_machine_crashes(struct err *err, struct db *db, const char *mac);

/* 1 found, 0 not found, -1. */
int db_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session);

/* --- crashes ----------------------------------------------------------------------------------------- */

/* A crash, short enough to read all of them for one answer. The texts live until got returns. "": unknown. */
struct db_crash_row {
	const char *session, *mac, *signature, *title, *class, *function, *release, *profile,
	    *product;
	const char *kernel; /* the release that the session reported itself when it came up */
	const char *taint, *hardware, *modules, *task, *severity;
	/* time_ms: of the death, else when it became known; booted_ms: when the script was requested;
	 * up_ms: when it came up first, 0: it never did */
	int64_t time_ms, booted_ms, up_ms;
	int cpu; /* -1: unknown */
};

enum {
	DB_WORDS_MAX = 16,
	DB_LETTERS_MAX = 512,
	DB_BEGINNINGS_MAX = 4,
	DB_BEGINNING_MIN = 2,
	DB_SEARCH_MS = 1000
};

/* NULL or 0: all of them. All given ones must hold. */
struct db_crash_filter {
	int64_t since_ms, until_ms; /* of time_ms */
	/* Signatures; "" those without one. */
	const char *const *signatures;
	int signature_count;
	const char *machine; /* the beginning of a MAC as "52:54:00:a1" */
	const char *release, *profile, *product, *class; /* equal, case ignored */
	const char *taint; /* each of its letters is in the taint flags */
	const char *module; /* is one of the modules */
	/* At most DB_WORDS_MAX words, separated by blanks, all of which are in title or report, in any order, case
	 * ignored. A word that is several there ("f+0x12/0x34") must be there so. With a final "*": what begins
	 * so, at most DB_BEGINNINGS_MAX of them, with DB_BEGINNING_MIN letters or more. Nothing in it is an
	 * operator. */
	const char *search;
	/* So many are wanted, at most: it may give more, if they cost nothing; 0: all */
	long limit;
};
/*
 * Newest first; got returns 0 to go on. A search that takes longer than DB_SEARCH_MS is ended, and is an error.
 * Count or -1.
 */
long db_crash_rows(struct err *err, struct db *db, const struct db_crash_filter *filter,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg);

/* All crashes in any order, of each its signature, mac and what can be counted (release, profile, product, taint,
 * hardware, modules, cpu); the other members are "" or 0: less to read than db_crash_rows. Count or -1. */
long db_crash_facts(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_crash_row *row), void *arg);

/* How many there are; filter->taint is ignored. The central database counts at most DB_COUNT_MAX for a search. Count or
 * -1. */
enum { DB_COUNT_MAX = 1000 };
long db_crash_count(struct err *err, struct db *db, const struct db_crash_filter *filter);

/* Each signature, and its first crash. got returns 0 to go on. Count or -1. */
long db_signatures(struct err *err, struct db *db,
    int (*got)(void *arg, const char *signature, int64_t first_ms), void *arg);

/*
 * Groups of crashes by signature, as the database has counted them. The index counts none (db_has_groups: 0): there are
 * so few crashes that they can be read. The texts live until got returns.
 */
struct db_group {
	/* newest: the session of the newest crash, of which are title, class and function, too */
	const char *signature, *title, *class, *function, *newest;
	long count, machines, releases;
	int64_t first_ms, last_ms;
	double impact; /* query.h: at now_ms */
};
int db_has_groups(const struct db *db);
/* Each signature; or, count not 0, these signatures as one group, whose signature is the first. got returns 0 to go on.
 * Count or -1. */
long db_groups(struct err *err, struct db *db, const char *const *signatures, int count,
    int64_t now_ms, int (*got)(void *arg, const struct db_group *group), void *arg);
/*
 * More of some groups: signatures[i], of count, is of the group of[i] (numbers of the caller). Calls release for
 * each release of a group, those of its newest crashes first; day for each of the days, which are UTC and count from 0
 * today, that has crashes, up to days. 0/-1.
 */
struct db_group_more {
	const char *const *signatures;
	const int *of;
	int count, days;
	int64_t now_ms;
	void (*release)(void *arg, int group, const char *release);
	void (*day)(void *arg, int group, int day, long crashes);
	void *arg;
};
int db_group_more(struct err *err, struct db *db, const struct db_group_more *more);

/* Of each signature that has crashes since since_ms, how many are before split_ms, and from then on. Where db_has_groups.
 * got returns 0 to go on. Count or -1. */
long db_recent(struct err *err, struct db *db, int64_t since_ms, int64_t split_ms,
    int (*got)(void *arg, const char *signature, long before, long recent), void *arg);

/* Crashes since a time, and how many of them each channel has. 0/-1. */
struct db_channels {
	long crashes, by_http, by_netconsole, by_console, by_pstore;
};
int db_channels(struct err *err, struct db *db, int64_t since_ms, struct db_channels *channels);

/*
 * A session that came up, to count for how long machines ran; or several of one machine and kind that were pruned, as
 * one: together they ran as long as that, beginning within DB_PRUNED_MS after it. The texts live until got returns. Equal kinds
 * have equal kernels, products and profiles.
 */
struct db_exposure {
	const char *mac, *kernel, *product, *profile; /* kernel: as in db_crash_row */
	size_t kind; /* 0 … */
	int64_t up_ms; /* its first report, armed or running */
	/* death, upload or the machine's next session, whichever is first; 0: none yet */
	int64_t end_ms;
};
#define DB_PRUNED_MS (7 * 86400 * 1000LL)
/* By MAC, then up_ms. got returns 0 to go on. Count or -1. */
long db_exposure(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_exposure *exposure), void *arg);

/*
 * The same as sums, as the central database keeps them. The index has none (db_has_sums: 0), because its runs are read
 * fast enough. Runs count with the part of them that is in a window. got returns 0 to go on. Count or -1.
 */
enum db_by { DB_BY_RELEASE, DB_BY_PRODUCT, DB_BY_PROFILE };
int db_has_sums(const struct db *db);
struct db_ran {
	int64_t since_ms, until_ms; /* since_ms 0: all; until_ms: not 0, not after now */
	const char *mac; /* what it begins with; "" any */
	const char *release, *product, *profile; /* NULL, "": any; case does not matter */
	enum db_by by;
};
/* The time and the machines of each value, and (value NULL) of all of them. */
long db_ran(struct err *err, struct db *db, const struct db_ran *ran,
    int (*got)(void *arg, const char *value, int64_t ms, long machines), void *arg);
/* Crashes of sessions that had come up, by value; release: of the session ("", NULL: any). */
long db_ran_crashes(struct err *err, struct db *db, const struct db_crash_filter *filter,
    const char *release, enum db_by by, int (*got)(void *arg, const char *value, long crashes),
    void *arg);
/* How many machines are of each kind now, that of the last session that came up; sums of the days that they ran, of
 * whatever kind they were, and of the squares of those. */
struct db_fleet_kind {
	const char *kernel, *product, *profile;
	long machines;
	double days, days_squared;
};
long db_fleet_kinds(struct err *err, struct db *db, int64_t now_ms,
    int (*got)(void *arg, const struct db_fleet_kind *kind), void *arg);

/*
 * The crashes of all other signatures than some (db_has_sums): how many they are, of how many machines, and how
 * often they have each value that crashes of those have. field: product, release, profile, hardware, cpu; module and
 * taint: each of a list, each letter. got returns 0 to go on. 0/-1.
 */
struct db_others {
	long crashes, machines; /* set before got is called */
	int (*got)(void *arg, const char *field, const char *value, long crashes);
	void *arg;
};
int db_others(struct err *err, struct db *db, const char *const *signatures, int count,
    struct db_others *others);

/* What is left of the crashes of pruned sessions that had come up: db_crash_rows has them no more. The texts live until
 * got returns, which returns 0 to go on. Count or -1. */
struct db_pruned_crash {
	const char *mac, *kernel, *product, *profile,
	    *signature; /* signature "": without a report */
	int64_t time_ms;
};
long db_pruned_crashes(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_pruned_crash *crash), void *arg);

/* What people said of signatures: the journal's "triage", oldest first. got returns 0 to go on. Count or -1. */
struct db_triage {
	const char *signature, *what, *value, *by;
	int64_t time_ms;
};
long db_triage(struct err *err, struct db *db,
    int (*got)(void *arg, const struct db_triage *triage), void *arg);

/* Counts of all sessions, made a piece at a time: begin with all zero. */
struct db_tally {
	char last[SESSION_ID_MAX + 1]; /* how far */
	uint64_t state[SESSION_ENDED + 1];
	uint64_t crashes, by_http, by_netconsole, by_console, by_pstore, uploads;
	uint64_t pruned, pruned_bytes; /* as db_get_pruned; set at the end */
};
/* Counts at most max more. 1 there are more, 0 done, -1. */
int db_tally(struct err *err, struct db *db, struct db_tally *tally, int max);

/*
 * Reports what did not happen in time and is not in the journal yet, at most a hundred: "stalled"
 * (script served, then nothing), "no-capture" (died, no dump), "ended" (armed or running, then a new
 * boot). Only of the last DB_LATE_MS. Uses wall-clock time, as the journal does: a clock that is set
 * back delays these events, and one that came too early is corrected by later ones, because a state
 * follows from all times. Count or -1.
 */
enum {
	DB_STALLED_MS = 10 * 60 * 1000,
	DB_NO_CAPTURE_MS = 10 * 60 * 1000,
	DB_ENDED_MS = 60 * 1000, /* an upload may still be under way */
	DB_LATE_MS = 7 * 24 * 3600 * 1000,
};
long db_late(struct err *err, struct db *db, int64_t now_ms,
    void (*got)(void *arg, const char *session, const char *event), void *arg);

/* The events of one session, oldest first; text is the pairs as written. got returns 0 to go on.
 * Count or -1. */
long db_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg);

/*
 * Events of all sessions and of none, of one name or (NULL) of all, before until_ms (0: no limit), newest first:
 * those of one name by time, all of them as they came into the index. The same.
 */
long db_events_newest(struct err *err, struct db *db, const char *event, int64_t until_ms,
    int limit,
    int (*got)(
	void *arg, int64_t time_ms, const char *event, const char *session, const char *text),
    void *arg);

/*
 * The newest session, minted before time_ms, that has this address (dotted or colon form): a guess
 * that binds a netconsole stream. 1 found, 0 not found, -1.
 */
int db_session_by_address(struct err *err, struct db *db, const char *address, int64_t time_ms,
    char id[SESSION_ID_MAX + 1]);
/* The newest session of session's machine that was minted before it. 1 found, 0 not found, -1. */
int db_session_before(
    struct err *err, struct db *db, const struct session *session, char id[SESSION_ID_MAX + 1]);

#endif
