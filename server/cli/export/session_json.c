/* SPDX-License-Identifier: MIT */
/* session_json: see session_json.h. It must not write into STATE. */
#include "session_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "query/query.h"

struct session_events {
	FILE *out;
	const char *id;
};

static int event_got(void *arg, int64_t time_ms, const char *event, const char *text)
{
	struct session_events *events = arg;
	char when[25];

	clock_format(time_ms, when);
	fprintf(events->out, "%s %s %s%s%s\n", when, event, events->id, text[0] ? " " : "", text);
	return 0;
}

int session_events_write(
    struct err *err, FILE *out, const char *state, struct db *db, const char *id)
{
	struct session_events events = {.out = out, .id = id};
	long count = db ? db_events(err, db, id, event_got, &events)
			: journal_events(err, state, id, event_got, &events);

	return count < 0 ? -1 : 0;
}

int session_json_write(struct err *err, FILE *out, const char *state, struct db *db, const char *id)
{
	struct query query = {.state = state, .db = db, .now_ms = clock_now(), .paths = 1};
	json_t *session = query_session(err, &query, id);
	char *text;
	size_t len;

	if (!session)
		return -1;
	text = query_dump(session, &len);
	json_decref(session);
	if (!text)
		return err_set(err, "out of memory");
	fwrite(text, 1, len, out);
	free(text);
	return ferror(out) ? err_errno(err, "cannot write") : 0;
}
