/* SPDX-License-Identifier: MIT */
/* fields: what several documents have in common; see fields.h. */
#include "fields.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "crash_fields.h"
#include "store/layout.h"

int query_miss(struct err *err, struct query *query, const char *what, const char *name)
{
	query->missing = 1;
	return err_set(err, "there is no %s \"%.100s\"", what, name);
}

int query_find(struct err *err, struct query *query, const char *id, struct db_session *known,
    struct session *session, char dir[FILE_PATH_MAX])
{
	struct err ignored;
	int rc;

	query->missing = 0;
	memset(known, 0, sizeof(*known));
	if (session_parse(&ignored, id, strlen(id), session))
		return query_miss(err, query, "session", id);
	if (layout_session_dir(err, query->state, session, LAYOUT_LOOK, dir))
		return -1;
	memcpy(known->id, session->id, sizeof(known->id));
	if (!query->db)
		return 0;
	rc = db_session_by_id(err, query->db, id, known);
	if (rc <= 0)
		return rc == 0 ? query_miss(err, query, "session", id) : -1;
	return query->fetch ? query->fetch(err, query->fetch_arg, id, 0) : 0;
}

json_t *query_session_row(const struct db_session *known)
{
	json_t *row = json_object();

	query_set_text(row, "session", known->id);
	query_set_text(row, "mac", known->mac);
	query_set_time(row, "requested", known->requested_ms);
	query_set_text(row, "state", session_state_name(known->state));
	query_set_text(row, "profile", known->profile);
	query_set_text(row, "product", known->product);
	query_set_text(row, "address", known->address);
	query_set_text(row, "release", known->release);
	query_set_text(row, "title", known->title);
	query_set_text(row, "signature", known->signature);
	query_set_text(row, "why", known->why);
	query_set_text(row, "channels", query_crash_channels(known));
	query_crash_server(row, known);
	return row;
}

/* "key=value key2="two words"", as far as it fits. */
static void event_words(const struct kv *kv, char *words, size_t size)
{
	size_t at = 0;

	words[0] = '\0';
	for (size_t i = 0; i < kv->count; i++) {
		const char *value = kv->pair[i].value;
		const char *quote = !value[0] || strpbrk(value, " \t\n") ? "\"" : "";
		int n = snprintf(words + at, size - at, "%s%s=%s%s%s", i ? " " : "",
		    kv->pair[i].key, quote, value, quote);

		if (n < 0 || (size_t)n >= size - at)
			break;
		at += (size_t)n;
	}
}

json_t *query_event(int64_t time_ms, const char *event, const char *session, const char *text)
{
	char buf[JOURNAL_LINE_MAX + 1], words[2 * JOURNAL_LINE_MAX];
	size_t len = strnlen(text, sizeof(buf) - 1);
	json_t *object = json_object(), *pairs = json_object();
	struct kv kv;

	memcpy(buf, text, len);
	kv_parse(&kv, buf, len, ' ');
	query_set_time(object, "time", time_ms);
	query_set_text(object, "event", event);
	if (session && strcmp(session, "-") != 0)
		query_set_text(object, "session", session);
	for (size_t i = 0; i < kv.count; i++)
		json_object_set_new(
		    pairs, kv.pair[i].key, query_text(kv.pair[i].value, kv.pair[i].len));
	event_words(&kv, words, sizeof(words));
	query_set_text(object, "text", words);
	if (json_object_set_new(object, "pairs", pairs) == 0)
		return object;
	json_decref(object);
	return NULL;
}

int query_append(json_t *list, json_t *item)
{
	return json_array_append_new(list, item);
}

json_t *query_done(struct err *err, json_t *document, int rc)
{
	if (rc == 0 && !document)
		err_set(err, "out of memory");
	if (rc == 0)
		return document;
	json_decref(document);
	return NULL;
}

int query_limit(int limit)
{
	return limit <= 0 ? QUERY_PAGE : limit < QUERY_PAGE_MAX ? limit : QUERY_PAGE_MAX;
}

int query_state(struct err *err, struct query *query, const char *name, int *state)
{
	*state = DB_ANY_STATE;
	if (!name || !name[0])
		return 0;
	for (int i = 0; i <= SESSION_ENDED; i++) {
		const char *full = session_state_name((enum session_state)i);

		/* the whole name wins: "died" is the beginning of another */
		if (strcasecmp(full, name) == 0) {
			*state = i;
			return 0;
		}
		if (*state == DB_ANY_STATE && strncasecmp(full, name, strlen(name)) == 0)
			*state = i;
	}
	if (*state != DB_ANY_STATE)
		return 0;
	query->missing = 1;
	return err_set(err,
	    "there is no state \"%.40s\"; use requested, stalled, not armed, armed, running, died, captured or ended",
	    name);
}
