/* SPDX-License-Identifier: MIT */
/* session: one session, and lists of them; see query.h. It must not write. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ask.h"
#include "base/clock.h"
#include "base/mac.h"
#include "crash_fields.h"
#include "fields.h"
#include "log_files.h"
#include "record/autopsy.h"
#include "record/record.h"

/* --- one session ------------------------------------------------------------------------------------ */

static int session_add_times(json_t *object, const struct db_session *known)
{
	const struct {
		const char *what;
		int64_t ms;
	} steps[] = {
	    {"requested", known->requested_ms},
	    {"armed", known->armed_ms},
	    {"running", known->running_ms},
	    {"died", known->died_ms},
	    {"stored", known->captured_ms},
	    {"ended", known->ended_ms},
	};
	json_t *timeline = json_array();

	query_set_time(object, "armed", known->armed_ms);
	query_set_time(object, "running", known->running_ms);
	query_set_time(object, "died", known->died_ms);
	query_set_time(object, "captured", known->captured_ms);
	query_set_time(object, "ended", known->ended_ms);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		json_t *step;

		if (!steps[i].ms)
			continue;
		step = json_object();
		query_set_text(step, "what", steps[i].what);
		query_set_time(step, "time", steps[i].ms);
		json_object_set_new(
		    step, "seconds", json_real((double)(steps[i].ms - known->requested_ms) / 1000));
		query_append(timeline, step);
	}
	return json_object_set_new(object, "timeline", timeline);
}

static int session_add_counts(json_t *object, const struct db_stream *stream)
{
	return json_object_set_new(object, "counts",
	    json_pack("{sIsIsIsIsIsIsI}", "packets", (json_int_t)stream->packets, "lines",
		(json_int_t)stream->lines, "bytes", (json_int_t)stream->bytes, "lost",
		(json_int_t)stream->lost, "truncated", (json_int_t)stream->truncated, "late",
		(json_int_t)stream->late, "duplicates", (json_int_t)stream->duplicates));
}

static void session_number(json_t *to, const struct kv *kv, const char *key)
{
	uint64_t value = kv_u64(kv, key, INT64_MAX, UINT64_MAX);

	if (value != UINT64_MAX)
		json_object_set_new(to, key, json_integer((json_int_t)value));
}

/* From record.meta; nothing without one. */
static int session_add_record(json_t *object, const char *dir)
{
	char path[FILE_PATH_MAX], text[8192], names[48];
	json_t *record, *channels;
	struct err ignored;
	int64_t report;
	struct kv kv;

	if (file_path(&ignored, dir, "record.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return 0;
	record = json_object();
	channels = json_array();
	session_number(record, &kv, "lines");
	session_number(record, &kv, "holes");
	session_number(record, &kv, "differing");
	report = query_report_line(dir);
	if (report)
		json_object_set_new(record, "report", json_integer(report));
	for (unsigned int i = 0; i < TIMELINE_CHANNELS; i++) {
		const char *name = timeline_channel_names(1u << i, names);
		uint64_t lines = kv_u64(&kv, name, INT64_MAX, 0);

		if (lines)
			query_append(channels,
			    json_pack("{sssI}", "name", name, "lines", (json_int_t)lines));
	}
	json_object_set_new(record, "channels", channels);
	return json_object_set_new(object, "record", record);
}

/* The autopsy's own sentences. */
static int session_add_summary(json_t *object, const char *dir)
{
	static char line[AUTOPSY_LINES][AUTOPSY_LINE];
	char *text;
	size_t len, count;
	json_t *list;

	text = autopsy_read(dir, &len);
	if (!text)
		return 0;
	list = json_array();
	count = autopsy_summary(text, len, line);
	for (size_t i = 0; i < count; i++)
		query_append(list, query_text(line[i], strlen(line[i])));
	free(text);
	return json_object_set_new(object, "summary", list);
}

static int session_is_seen(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int session_add_files(json_t *object, const char *dir)
{
	json_t *list = json_array(), *file;
	char path[FILE_PATH_MAX];
	struct dirent **names;
	struct err ignored;
	struct stat st;
	int n = file_list(&ignored, dir, session_is_seen, &names), decoded = 0;

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (file_path(&ignored, dir, name, path) || lstat(path, &st) ||
		    !S_ISREG(st.st_mode))
			continue;
		decoded |= strcmp(name, "decoded.txt") == 0;
		file = json_object();
		query_set_text(file, "name", name);
		json_object_set_new(file, "bytes", json_integer((json_int_t)st.st_size));
		if (query_log_has(name))
			json_object_set_new(file, "shown", json_true());
		query_append(list, file);
	}
	if (n >= 0)
		file_list_free(names, n);
	json_object_set_new(object, "decoded", json_boolean(decoded));
	return json_object_set_new(object, "files", list);
}

struct session_events {
	json_t *list;
	const char *id;
	int failed;
};

static int session_event(void *arg, int64_t time_ms, const char *event, const char *text)
{
	struct session_events *events = arg;

	events->failed |= query_append(events->list, query_event(time_ms, event, events->id, text));
	return events->failed;
}

/* From the index, or without one from the journal. */
static int session_add_events(struct err *err, struct query *query, json_t *object, const char *id)
{
	struct session_events events = {.list = json_array(), .id = id};
	long count;

	if (json_object_set_new(object, "events", events.list))
		return err_set(err, "out of memory");
	count = query->db ? db_events(err, query->db, id, session_event, &events)
			  : journal_events(err, query->state, id, session_event, &events);
	if (count < 0)
		return -1;
	return events.failed ? err_set(err, "out of memory") : 0;
}

static int session_is_kept(const char *dir)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;

	return file_path(&ignored, dir, "keep", path) == 0 && lstat(path, &st) == 0;
}

json_t *query_session(struct err *err, struct query *query, const char *id)
{
	const struct request request = {.query = "session", .session = id};
	struct db_session known;
	struct session session;
	struct report report;
	char dir[FILE_PATH_MAX];
	json_t *object;
	int failed;

	if (query_ask(err, query, &request, &object))
		return object;
	if (query_find(err, query, id, &known, &session, dir))
		return NULL;
	object = json_object();
	query_crash_report(dir, &known, &report);
	failed = query_crash_add(object, &session, &report, query->db ? &known : NULL, dir,
	    query->paths ? QUERY_PATHS : 0);
	if (query->db) {
		query_set_text(object, "why", known.why);
		query_set_text(object, "serial", known.serial);
		query_set_text(object, "asset", known.asset);
		failed |= session_add_times(object, &known);
		failed |= session_add_counts(object, &known.stream);
	}
	failed |= json_object_set_new(object, "kept", json_boolean(session_is_kept(dir)));
	failed |= session_add_record(object, dir);
	failed |= session_add_summary(object, dir);
	failed |= session_add_files(object, dir);
	if (failed) {
		json_decref(object);
		return query_done(err, NULL, 0);
	}
	return query_done(err, object, session_add_events(err, query, object, id));
}

/* --- lists ------------------------------------------------------------------------------------------ */

static int session_got(void *arg, const struct db_session *known)
{
	return query_append(arg, query_session_row(known));
}

json_t *query_sessions(struct err *err, struct query *query, const struct query_list *list)
{
	const struct request request = {.query = "sessions", .list = *list};
	struct db_list what = {.like = list->like && list->like[0] ? list->like : NULL,
	    .mac = list->mac && list->mac[0] ? list->mac : NULL,
	    .since_ms = list->since_ms,
	    .until_ms = list->until_ms,
	    .limit = query_limit(list->limit),
	    .offset = list->offset > 0 ? list->offset : 0};
	json_t *rows, *document;
	long total, count;

	if (query_ask(err, query, &request, &document))
		return document;
	query->missing = 0;
	if (query_state(err, query, list->state, &what.state))
		return NULL;
	rows = json_array();
	count = db_list(err, query->db, &what, &total, session_got, rows);
	if (count < 0) {
		json_decref(rows);
		return NULL;
	}
	if (json_array_size(rows) != (size_t)count) {
		json_decref(rows);
		return query_done(err, NULL, 0);
	}
	document = json_pack(
	    "{sIsisO}", "total", (json_int_t)total, "offset", what.offset, "sessions", rows);
	json_decref(rows);
	return query_done(err, document, 0);
}

static int session_pick(void *arg, const struct db_session *known)
{
	json_t **row = arg;

	*row = query_session_row(known);
	return 1;
}

/* The one with exactly this id. 1 found, 0, -1. */
static int session_exact(struct err *err, struct query *query, const char *id, json_t **row)
{
	struct db_session known;
	struct session session;
	struct err ignored;
	int found;

	if (!id || session_parse(&ignored, id, strlen(id), &session))
		return 0;
	found = db_session_by_id(err, query->db, id, &known);
	if (found > 0)
		*row = query_session_row(&known);
	return found;
}

json_t *query_newest(struct err *err, struct query *query, const char *like, const char *machine)
{
	const struct request request = {.query = "newest", .a = like, .b = machine};
	struct db_query what = {
	    .like = like, .machine = machine, .limit = 1, .until_ms = clock_ahead()};
	json_t *row = NULL;
	struct err ignored;
	uint8_t mac[6];
	char hex[13];
	int found;

	if (query_ask(err, query, &request, &row))
		return row;
	query->missing = 0;
	found = session_exact(err, query, like, &row);
	if (found)
		return query_done(err, row, found < 0 ? -1 : 0);
	if (like && mac_parse(&ignored, like, mac) == 0) {
		mac_format_hex(mac, hex);
		what.like = hex;
	}
	for (int tries = 0; tries < 2 && found == 0; tries++, what.until_ms = 0)
		found = (int)db_sessions(err, query->db, &what, session_pick, &row);
	if (found == 0)
		query_miss(err, query, "session", like ? like : machine ? machine : "");
	return query_done(err, row, found > 0 ? 0 : -1);
}
