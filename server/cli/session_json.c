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

static int event_read(void *arg, struct journal_entry *entry)
{
	struct session_events *events = arg;
	char text[JOURNAL_LINE_MAX + 1];
	struct kv_out out;

	if (strcmp(entry->session, events->id) != 0)
		return 0;
	kv_out_init(&out, text, sizeof(text));
	kv_out_all(&out, ' ', &entry->kv);
	return event_got(arg, entry->time_ms, entry->event, text);
}

int session_events_write(
    struct err *err, FILE *out, const char *state, struct db *db, const char *id)
{
	struct session_events events = {.out = out, .id = id};
	struct journal_pos pos = {.offset = 0};

	if (db)
		return db_events(err, db, id, event_got, &events) < 0 ? -1 : 0;
	return journal_read(err, state, &pos, event_read, &events) < 0 ? -1 : 0;
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
