/* SPDX-License-Identifier: MIT */
/* index: the journal and the session files into the store; see index.h. */
#include "index.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "num.h"
#include "record.h"
#include "title.h"

int index_open(struct err *err, const char *state, struct index *index)
{
	memset(index, 0, sizeof(*index));
	if (snprintf(index->state, sizeof(index->state), "%s", state) >= (int)sizeof(index->state))
		return err_set(err, "%s: path too long", state);
	index->store = store_open(err, state, 1);
	if (!index->store)
		return -1;
	if (store_get_scanned(err, index->store, &index->scanned)) {
		index_close(index);
		return -1;
	}
	return 0;
}

static void index_forget_machines(struct index *index)
{
	for (size_t i = 0; i < index->machine_count; i++)
		free(index->machines[i]);
	free(index->machines);
	index->machines = NULL;
	index->machine_count = 0;
}

void index_close(struct index *index)
{
	index_forget_machines(index);
	store_close(index->store);
	index->store = NULL;
}

/* Titles what one rope (or two) brought. 1 with a crash in it, 0 without, -1 it brought nothing. */
static int index_title_rope(const struct record *record, unsigned int ropes, struct title *title)
{
	int found = -1;

	memset(title, 0, sizeof(*title));
	for (size_t i = 0; i < record->texts && found <= 0; i++)
		if (record->text[i].rope & ropes)
			found = title_find(record->text[i].text, record->text[i].len, title);
	return found;
}

int index_title(struct err *err, struct index *index, const char *id, int64_t time_ms)
{
	struct store_crash crash = {.time_ms = time_ms};
	struct store_session known = {.product = ""};
	struct session session;
	struct record record;
	struct err trouble;
	struct title stream;
	char dir[STATE_PATH_MAX];

	if (session_parse(err, id, strlen(id), &session) ||
	    state_session_dir(err, index->state, &session, 0, dir))
		return -1;
	memcpy(crash.session, session.id, sizeof(session.id));
	/* What cannot be read now must not stop the index: it is only this one's title. */
	if (record_load(&trouble, dir, &record)) {
		err_print("lastwords", &trouble);
		return 0;
	}
	crash.by_http = (record.ropes & (TIMELINE_HTTP | TIMELINE_AGAIN)) != 0;
	crash.by_pstore = (record.ropes & TIMELINE_PSTORE) != 0;
	crash.by_netconsole =
	    index_title_rope(&record, TIMELINE_NETCONSOLE | TIMELINE_UDP, &stream) > 0;
	if (record_title(&trouble, &record, &crash.title))
		err_print("lastwords", &trouble);
	if (store_session_by_id(err, index->store, session.id, &known) < 0) {
		record_free(&record);
		return -1;
	}
	if (record.texts && record_write(&trouble, dir, &record, &crash.title, known.product))
		err_print("lastwords", &trouble);
	record_free(&record);
	if (!crash.by_http && !crash.by_netconsole && !crash.by_pstore)
		return 0;
	return store_put_crash(err, index->store, &crash);
}

/* --- the journal ---------------------------------------------------------------------------------- */

struct index_batch {
	struct index *index;
	struct err err;
	int left, failed;
};

static int index_entry(void *arg, struct journal_entry *entry)
{
	struct index_batch *batch = arg;
	int heavy = strcmp(entry->event, "uploaded") == 0 || strcmp(entry->event, "died") == 0;

	if (store_apply(&batch->err, batch->index->store, entry) ||
	    (heavy && strcmp(entry->session, "-") != 0 &&
		index_title(&batch->err, batch->index, entry->session, entry->time_ms))) {
		batch->failed = 1;
		return 1;
	}
	if (batch->index->pruned && strcmp(entry->event, "pruned") == 0)
		batch->index->pruned(batch->index->pruned_arg, entry);
	return heavy || --batch->left <= 0;
}

static long index_journal(struct err *err, struct index *index, int max)
{
	struct index_batch batch = {.index = index, .left = max};
	struct journal_pos pos, before;
	long count;

	if (store_get_pos(err, index->store, &pos))
		return -1;
	before = pos;
	count = journal_read(err, index->state, &pos, index_entry, &batch);
	if (batch.failed) {
		*err = batch.err;
		return -1;
	}
	if (count < 0)
		return -1;
	if ((pos.offset != before.offset || strcmp(pos.file, before.file) != 0) &&
	    store_set_pos(err, index->store, &pos))
		return -1;
	return count;
}

/* --- the search of the session files --------------------------------------------------------------- */

static int index_list_machines(struct err *err, struct index *index)
{
	char dir[STATE_PATH_MAX];
	struct dirent **names = NULL;
	int n;

	if (state_path(err, index->state, "sessions", dir))
		return -1;
	n = scandir(dir, &names, state_is_machine, NULL);
	if (n < 0 && errno != ENOENT)
		return err_errno(err, "%s", dir);
	index->machines = calloc((size_t)(n > 0 ? n : 0) + 1, sizeof(*index->machines));
	for (int i = 0; i < n; i++) {
		if (index->machines &&
		    (index->machines[index->machine_count] = strdup(names[i]->d_name)) != NULL)
			index->machine_count++;
		free(names[i]);
	}
	free(names);
	return index->machines ? 0 : err_set(err, "out of memory");
}

/* Applies an entry that the journal should have had: the upload, at its file's own time. */
static int index_lost_upload(
    struct err *err, struct index *index, const struct session *session, const char *dir)
{
	struct store_session known = {.captured_ms = 0};
	struct journal_entry entry = {.event = "uploaded"};
	char path[STATE_PATH_MAX];
	struct stat st;

	if (state_path(err, dir, "dmesg.txt", path))
		return -1;
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	if (store_session_by_id(err, index->store, session->id, &known) < 0)
		return -1;
	if (known.captured_ms)
		return 0;
	memcpy(entry.session, session->id, sizeof(session->id));
	entry.time_ms = clock_of(&st.st_mtim);
	entry.kv.count = 1;
	entry.kv.pair[0] = (struct kv_pair){.key = "file", .value = "dmesg.txt", .len = 9};
	if (store_apply(err, index->store, &entry))
		return -1;
	return index_title(err, index, session->id, entry.time_ms);
}

static uint64_t index_number(const struct kv *kv, const char *key)
{
	const char *text = kv_get(kv, key);
	struct err ignored;
	uint64_t n = 0;

	if (!text || num_u64(&ignored, key, text, strlen(text), 0, INT64_MAX, &n))
		return 0;
	return n;
}

static int index_counts(
    struct err *err, struct index *index, const struct session *session, const char *dir)
{
	char path[STATE_PATH_MAX], text[4096];
	struct store_stream stream;
	struct err ignored;
	struct kv kv;

	if (state_path(err, dir, "netconsole.meta", path))
		return -1;
	if (kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return 0;
	stream = (struct store_stream){
	    .packets = index_number(&kv, "packets"),
	    .lines = index_number(&kv, "lines"),
	    .bytes = index_number(&kv, "bytes"),
	    .lost = index_number(&kv, "lost"),
	    .truncated = index_number(&kv, "truncated"),
	    .late = index_number(&kv, "late"),
	    .duplicates = index_number(&kv, "duplicates"),
	};
	return store_put_stream(err, index->store, session->id, &stream);
}

static int index_scan_machine(struct err *err, struct index *index, const char *mac)
{
	char dir[STATE_PATH_MAX], path[STATE_PATH_MAX];
	struct dirent **names = NULL;
	int n, rc = 0;

	if (snprintf(dir, sizeof(dir), "%s/sessions/%s", index->state, mac) >= (int)sizeof(dir))
		return err_set(err, "%s: path too long", index->state);
	n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct session session;
		struct err ignored;
		const char *name = names[i]->d_name;

		if (rc == 0 && !session_parse(&ignored, name, strlen(name), &session) &&
		    strncmp(name, mac, 12) == 0)
			rc = state_session_dir(err, index->state, &session, 0, path) ||
				     index_lost_upload(err, index, &session, path) ||
				     index_counts(err, index, &session, path)
				 ? -1
				 : 0;
		free(names[i]);
	}
	free(names);
	return rc;
}

/* How many machines were searched; the list is made on the first call. */
static long index_scan(struct err *err, struct index *index, int max)
{
	long count = 0;

	if (!index->machines && index_list_machines(err, index))
		return -1;
	while (index->machine_count && count < max) {
		size_t last = index->machine_count - 1;

		if (index_scan_machine(err, index, index->machines[last]))
			return -1;
		free(index->machines[last]);
		index->machine_count--;
		count++;
	}
	if (index->machine_count == 0 && store_set_scanned(err, index->store, 1))
		return -1;
	return count;
}

long index_step(struct err *err, struct index *index, int max)
{
	int searching = 0;
	long count;

	if (store_begin(err, index->store))
		return -1;
	count = index_journal(err, index, max);
	if (count == 0 && !index->scanned) {
		searching = 1;
		count = index_scan(err, index, max);
	}
	if (count < 0 || store_commit(err, index->store)) {
		store_rollback(index->store);
		index_forget_machines(index);
		return -1;
	}
	if (searching && index->machine_count == 0) {
		index_forget_machines(index);
		index->scanned = 1;
		count++; /* so that the caller comes again: the journal may have grown meanwhile */
	}
	return count;
}
