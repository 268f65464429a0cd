/* SPDX-License-Identifier: MIT */
/* reindex: see reindex.h. */
#include "reindex.h"

#include <stdio.h>

#include "base/clock.h"
#include "store/layout.h"
#include "store/update.h"

enum { REINDEX_STEP = 1000, REINDEX_PROGRESS_MS = 1000 };

static int reindex_run(struct err *err, const char *state, int again, int progress,
    void (*report)(void *arg, const char *text), long *done)
{
	int64_t last_ms = clock_now();
	struct update update;
	char text[64];
	long n;

	*done = 0;
	if (update_open(err, state, &update))
		return -1;
	update.report = report;
	update.again = again;
	while ((n = update_step(err, &update, REINDEX_STEP)) > 0 ||
	       (n == 0 && (n = update_merge(err, &update, 1)) > 0)) {
		*done += n;
		if (progress && clock_now() - last_ms >= REINDEX_PROGRESS_MS) {
			snprintf(text, sizeof(text), "%ld entries so far", *done);
			report(NULL, text);
			last_ms = clock_now();
		}
	}
	update_close(&update);
	return n < 0 ? -1 : 0;
}

int reindex_state(struct err *err, const char *state, int progress,
    void (*report)(void *arg, const char *text), long *done)
{
	return db_remove(err, state) ? -1 : reindex_run(err, state, 1, progress, report, done);
}

int reindex_catch_up(
    struct err *err, const char *state, void (*report)(void *arg, const char *text))
{
	long ignored;

	return reindex_run(err, state, 0, 0, report, &ignored);
}
