/* SPDX-License-Identifier: MIT */
/*
 * db: the index. Only this file's implementation knows SQLite; only the collector writes.
 *
 * Everything in it can be made again from STATE/journal and STATE/sessions: db_open for writing
 * puts a database that is not one aside as index.db.bad-TIME and starts an empty one, and a caller
 * that finds pos at zero simply reads the whole journal again (that is also `lastwords reindex`).
 * All text given out is UTF-8 or not, as it came: printers must escape. update.h is the loop that
 * brings journal and files in here.
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

/*
 * One transaction for a batch of calls below; after an error in the batch, roll back. db_begin
 * also fails when the file was removed or replaced under us.
 */
int db_begin(struct err *err, struct db *db);
int db_commit(struct err *err, struct db *db);
void db_rollback(struct db *db);
/* 1 if an error so far says that this database is no good any more (corrupt, not a database,
 * removed), so that trying again is no use: close it and open it again, and read the journal. A
 * lock or a full disk is not that. */
int db_broken(const struct db *db);

/* Reads all of it through, whatever its size. 0, or -1: it is damaged. */
int db_verify(struct err *err, struct db *db);

/* Applies one journal entry; unknown events are kept as events only. Creates the session that an
 * entry names if the store has none (its id says machine, time and profile). The order in which
 * entries come does not matter to the state of a session, only their times do; but "pruned" makes it
 * forget the session and what came before. */
int db_apply(struct err *err, struct db *db, const struct journal_entry *entry);

/* How far the journal has been applied; set inside the same transaction as the entries. */
int db_get_pos(struct err *err, struct db *db, struct journal_pos *pos);
int db_set_pos(struct err *err, struct db *db, const struct journal_pos *pos);
/* Whether STATE/sessions has been searched for what the journal does not tell (update.h): 0 or 1. */
int db_get_scanned(struct err *err, struct db *db, int *scanned);
int db_set_scanned(struct err *err, struct db *db, int scanned);

/* A crash as the best log of the session tells it (upload first, else netconsole). Of two puts for
 * one session the earlier time counts, and the later title unless it is empty or would replace an
 * upload's by netconsole's. */
struct db_crash {
	char session[SESSION_ID_MAX + 1];
	struct report report;
	int64_t time_ms; /* when we learned of it */
	int by_http, by_netconsole, by_pstore; /* which channels have it */
};
int db_put_crash(struct err *err, struct db *db, const struct db_crash *crash);

/* Counts of one session's netconsole stream, absolute. */
struct db_stream {
	uint64_t packets, lines, bytes, lost, truncated, late, duplicates;
};
int db_put_stream(
    struct err *err, struct db *db, const char *session, const struct db_stream *stream);

struct db_session {
	char id[SESSION_ID_MAX + 1];
	char mac[18];
	char product[128], profile[PROFILE_NAME_MAX + 1], address[64];
	char why[256]; /* not armed: why */
	enum session_state state;
	/* 0: not yet. ended_ms is set for died and captured sessions too. */
	int64_t requested_ms, armed_ms, running_ms, died_ms, captured_ms, ended_ms;
	char title[200], class[48], signature[17], release[128];
	int by_http, by_netconsole, by_pstore;
	struct db_stream stream;
	char serial[128], asset[128];
	int64_t up_ms; /* the first armed or running */
};

enum { DB_ALL = INT32_MAX };

struct db_query {
	const char
	    *like; /* a session id's or MAC's beginning, a signature, or part of product or title;
		    * NULL all */
	const char *machine; /* a whole serial number, asset tag or address; NULL all */
	int crashes_only, newest_only; /* newest_only: of each machine */
	int64_t since_ms;
	int limit; /* 0: 1000; DB_ALL */
};
/* Newest first; got returns 0 to go on. Count or -1. */
long db_sessions(struct err *err, struct db *db, const struct db_query *query,
    int (*got)(void *arg, const struct db_session *session), void *arg);

/* 1 found, 0 none, -1. */
int db_session_by_id(struct err *err, struct db *db, const char *id, struct db_session *session);

/* All sessions counted, a piece at a time: begin with all zero. */
struct db_tally {
	char last[SESSION_ID_MAX + 1]; /* how far */
	uint64_t state[SESSION_ENDED + 1];
	uint64_t crashes, by_http, by_netconsole, by_pstore, uploads;
	uint64_t pruned, pruned_bytes; /* ever, as far as the journal tells; set at the end */
};
/* Counts at most max more. 1 there are more, 0 done, -1. */
int db_tally(struct err *err, struct db *db, struct db_tally *tally, int max);

/*
 * What did not happen in time and has not been told yet, a hundred at most: "stalled" (script served,
 * nothing heard), "no-capture" (died, no dump came), "ended" (armed or running, then simply a new
 * boot). Only of the last DB_OVERDUE_MS. By the clock of the wall, as the times are: one that is set
 * back delays the telling, and what is told too early is taken back by what is heard later (a state
 * follows from all the times). Count or -1.
 */
enum {
	DB_STALLED_MS = 10 * 60 * 1000,
	DB_NO_CAPTURE_MS = 10 * 60 * 1000,
	DB_ENDED_MS = 60 * 1000, /* a late upload still says more */
	DB_OVERDUE_MS = 7 * 24 * 3600 * 1000,
};
long db_overdue(struct err *err, struct db *db, int64_t now_ms,
    void (*got)(void *arg, const char *session, const char *event), void *arg);

/* The events of one session, oldest first. kv is not filled in; text is the pairs as written. */
long db_events(struct err *err, struct db *db, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg);

/* The newest session minted for this address (dotted or colon form) before time_ms; a guess that
 * binds a netconsole stream. 1 found, 0 none, -1. */
int db_session_by_address(struct err *err, struct db *db, const char *address, int64_t time_ms,
    char id[SESSION_ID_MAX + 1]);

#endif
