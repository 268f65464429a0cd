/* SPDX-License-Identifier: MIT */
/*
 * rows: crashes in memory, for counting: db_crash_rows with texts as numbers (names.h). Private to this room.
 */
#ifndef LASTWORDS_QUERY_ROWS_H
#define LASTWORDS_QUERY_ROWS_H

#include "names.h"
#include "query.h"
#include "said.h"

struct row {
	int64_t time_ms, booted_ms, up_ms;
	/* numbers of names */
	int session, mac, signature, title, class, function, release, kernel, profile, product;
	int taint, hardware, modules, severity, cpu; /* cpu: as text */
};

struct rows {
	struct names names;
	struct row *row; /* newest first */
	size_t count, room;
	/* Set for a part of them: how many of the newest are left out (only with ROWS_HEAVY), and kept at most (0: all) */
	size_t skip, limit;
	struct err err;
	int failed;
};

/* A filter's parts that db_crash_rows knows, and what they point to. */
struct rows_filter {
	struct db_crash_filter db;
	char machine[18];
	const char *signatures[QUERY_DUPLICATES_MAX + 1];
	char signature[QUERY_DUPLICATES_MAX + 1][17];
};

enum { ROWS_LIGHT, ROWS_HEAVY }; /* taint, hardware, modules, cpu too */

/* An empty set. 0/-1. */
int rows_init(struct err *err, struct rows *rows);
void rows_free(struct rows *rows);
/* All crashes of the filter but for its tag and state, which are of groups. With a signature, those of its duplicates
 * too. Stops after rows->limit. 0/-1. */
int rows_load(struct err *err, struct query *query, const struct said *said,
    const struct query_filter *filter, int heavy, struct rows *rows);

/* Sets up what db_crash_rows needs for filter, which must outlive it. 0/-1. */
int rows_filter(struct err *err, const struct said *said, const struct query_filter *filter,
    struct rows_filter *to);

/* "525400a1" as "52:54:00:a1"; what is no beginning of a MAC as it is. */
void rows_mac(const char *text, char mac[18]);

#endif
