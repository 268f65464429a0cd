/* SPDX-License-Identifier: MIT */
/* session_json: see session_json.h. It must not write into STATE. */
#include "session_json.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/json.h"
#include "record/record.h"
#include "store/crash_json.h"

/* --- events ----------------------------------------------------------------------------------------- */

struct session_events {
	FILE *out;
	const char *id;
	int json, count;
};

static void event_json(
    struct session_events *events, int64_t time_ms, const char *event, const char *text)
{
	static char piece[8 * JOURNAL_LINE_MAX];
	char pairs[JOURNAL_LINE_MAX + 1], when[25];
	size_t len = strnlen(text, sizeof(pairs) - 1);
	struct kv_out out;
	struct kv kv;

	memcpy(pairs, text, len);
	kv_parse(&kv, pairs, len, ' ');
	clock_format(time_ms, when);
	kv_out_init(&out, piece, sizeof(piece));
	kv_out_raw(&out, "{");
	json_pair(&out, "time", when);
	json_pair(&out, "event", event);
	json_key(&out, "pairs");
	kv_out_raw(&out, "{");
	for (size_t i = 0; i < kv.count; i++)
		json_pair(&out, kv.pair[i].key, kv.pair[i].value);
	kv_out_raw(&out, "}}");
	fputs(events->count++ ? "," : "", events->out);
	fputs(out.overflow ? "{}" : out.buf, events->out);
}

static int event_got(void *arg, int64_t time_ms, const char *event, const char *text)
{
	struct session_events *events = arg;
	char when[25];

	if (events->json) {
		event_json(events, time_ms, event, text);
	} else {
		clock_format(time_ms, when);
		fprintf(events->out, "%s %s %s%s%s\n", when, event, events->id, text[0] ? " " : "",
		    text);
	}
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

static int events_write(
    struct err *err, const char *state, struct db *db, struct session_events *events)
{
	struct journal_pos pos = {.offset = 0};

	if (db)
		return db_events(err, db, events->id, event_got, events) < 0 ? -1 : 0;
	return journal_read(err, state, &pos, event_read, events) < 0 ? -1 : 0;
}

int session_events_write(
    struct err *err, FILE *out, const char *state, struct db *db, const char *id)
{
	struct session_events events = {.out = out, .id = id};

	return events_write(err, state, db, &events);
}

/* --- the rest --------------------------------------------------------------------------------------- */

static int files_seen(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void files_write(FILE *out, const char *dir)
{
	char path[FILE_PATH_MAX], text[2048];
	struct dirent **names = NULL;
	int n = scandir(dir, &names, files_seen, alphasort), count = 0;
	struct err ignored;
	struct stat st;
	struct kv_out piece;

	fputs(",\"files\":[", out);
	for (int i = 0; i < n; i++) {
		if (file_path(&ignored, dir, names[i]->d_name, path) == 0 &&
		    lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			kv_out_init(&piece, text, sizeof(text));
			kv_out_raw(&piece, count++ ? ",{" : "{");
			json_pair(&piece, "name", names[i]->d_name);
			json_number(&piece, "bytes", (long long)st.st_size);
			kv_out_raw(&piece, "}");
			fputs(text, out);
		}
		free(names[i]);
	}
	free(names);
	fputs("]", out);
}

static void json_time(struct kv_out *out, const char *key, int64_t ms)
{
	char when[25];

	if (!ms)
		return;
	clock_format(ms, when);
	json_pair(out, key, when);
}

static void json_counts(struct kv_out *out, const struct db_stream *stream)
{
	json_key(out, "counts");
	kv_out_raw(out, "{");
	json_number(out, "packets", (long long)stream->packets);
	json_number(out, "lines", (long long)stream->lines);
	json_number(out, "bytes", (long long)stream->bytes);
	json_number(out, "lost", (long long)stream->lost);
	json_number(out, "truncated", (long long)stream->truncated);
	json_number(out, "late", (long long)stream->late);
	json_number(out, "duplicates", (long long)stream->duplicates);
	kv_out_raw(out, "}");
}

int session_json_write(
    struct err *err, FILE *out, const char *state, struct db *db, const struct db_session *known)
{
	static struct crash_json_all all;
	static char text[CRASH_JSON_MAX];
	struct session_events events = {.out = out, .id = known->id, .json = 1};
	char dir[FILE_PATH_MAX], keep[FILE_PATH_MAX];
	struct stat st;
	struct kv_out head;

	if (crash_json_load(err, state, known, &all) ||
	    layout_session_dir(err, state, &all.session, LAYOUT_LOOK, dir) ||
	    file_path(err, dir, "keep", keep))
		return -1;
	if (!db)
		all.crash.state = NULL;
	kv_out_init(&head, text, sizeof(text));
	crash_json_begin(&head, &all.crash);
	json_known(&head, "why", known->why);
	json_time(&head, "armed", known->armed_ms);
	json_time(&head, "running", known->running_ms);
	json_time(&head, "died", known->died_ms);
	json_time(&head, "captured", known->captured_ms);
	json_time(&head, "ended", known->ended_ms);
	json_key(&head, "kept");
	kv_out_raw(&head, lstat(keep, &st) == 0 ? "true" : "false");
	if (db)
		json_counts(&head, &known->stream);
	if (head.overflow)
		return err_set(err, "%s: session too large for the JSON buffer", known->id);
	fputs(head.buf, out);
	files_write(out, dir);
	fputs(",\"events\":[", out);
	if (events_write(err, state, db, &events))
		return -1;
	fputs("]}\n", out);
	return ferror(out) ? err_errno(err, "cannot write") : 0;
}
