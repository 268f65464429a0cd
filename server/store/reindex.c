/* SPDX-License-Identifier: MIT */
/* reindex: see reindex.h. */
#include "reindex.h"

#include "layout.h"
#include "update.h"

enum { REINDEX_STEP = 1000 };

static int reindex_run(struct err *err, const char *state, int again,
    void (*report)(void *arg, const char *text), void (*progress)(long done), long *done)
{
	struct update update;
	long n;

	*done = 0;
	if (update_open(err, state, &update))
		return -1;
	update.report = report;
	update.again = again;
	while ((n = update_step(err, &update, REINDEX_STEP)) > 0 ||
	       (n == 0 && (n = update_merge(err, &update, 1)) > 0)) {
		*done += n;
		if (progress)
			progress(*done);
	}
	update_close(&update);
	return n < 0 ? -1 : 0;
}

int reindex_state(struct err *err, const char *state, void (*report)(void *arg, const char *text),
    void (*progress)(long done), long *done)
{
	return db_remove(err, state) ? -1 : reindex_run(err, state, 1, report, progress, done);
}

int reindex_catch_up(
    struct err *err, const char *state, void (*report)(void *arg, const char *text))
{
	long ignored;

	return reindex_run(err, state, 0, report, NULL, &ignored);
}
