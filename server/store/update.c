/* SPDX-License-Identifier: MIT */
/* update: the journal and the session files into the store; see update.h. */
#include "update.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/num.h"
#include "record/record.h"
#include "report/report.h"

int update_open(struct err *err, const char *state, struct update *update)
{
	memset(update, 0, sizeof(*update));
	if (snprintf(update->state, sizeof(update->state), "%s", state) >=
	    (int)sizeof(update->state))
		return err_set(err, "%s: path too long", state);
	update->db = db_open(err, state, 1);
	if (!update->db)
		return -1;
	if (db_get_scanned(err, update->db, &update->scanned)) {
		update_close(update);
		return -1;
	}
	return 0;
}

static void update_forget_machines(struct update *update)
{
	for (size_t i = 0; i < update->machine_count; i++)
		free(update->machines[i]);
	free(update->machines);
	update->machines = NULL;
	update->machine_count = 0;
}

void update_close(struct update *update)
{
	update_forget_machines(update);
	db_close(update->db);
	update->db = NULL;
}

/* Titles what one channel (or two) brought. 1 with a crash in it, 0 without, -1 it brought nothing. */
static int update_title_channel(
    const struct record *record, unsigned int channels, struct report *report)
{
	int found = -1;

	memset(report, 0, sizeof(*report));
	for (size_t i = 0; i < record->texts && found <= 0; i++)
		if (record->text[i].channel & channels)
			found = report_find(record->text[i].text, record->text[i].len, report);
	return found;
}

static void update_trouble(const struct update *update, const struct err *err)
{
	if (update->report)
		update->report(update->arg, err->msg);
}

int update_report(struct err *err, struct update *update, const char *id, int64_t time_ms)
{
	struct db_crash crash = {.time_ms = time_ms};
	struct db_session known = {.product = ""};
	struct session session;
	struct record record;
	struct err trouble;
	struct report stream;
	char dir[FILE_PATH_MAX];

	if (session_parse(err, id, strlen(id), &session) ||
	    layout_session_dir(err, update->state, &session, 0, dir))
		return -1;
	memcpy(crash.session, session.id, sizeof(session.id));
	/* What cannot be read now must not stop the index: it is only this one's report. */
	if (record_load(&trouble, dir, &record)) {
		update_trouble(update, &trouble);
		return 0;
	}
	crash.by_http = (record.channels & (TIMELINE_HTTP | TIMELINE_AGAIN)) != 0;
	crash.by_pstore = (record.channels & TIMELINE_PSTORE) != 0;
	crash.by_netconsole =
	    update_title_channel(&record, TIMELINE_NETCONSOLE | TIMELINE_UDP, &stream) > 0;
	if (record_report(&trouble, &record, &crash.report))
		update_trouble(update, &trouble);
	if (db_session_by_id(err, update->db, session.id, &known) < 0) {
		record_free(&record);
		return -1;
	}
	if (record.texts && record_write(&trouble, dir, &record, &crash.report, known.product))
		update_trouble(update, &trouble);
	record_free(&record);
	if (!crash.by_http && !crash.by_netconsole && !crash.by_pstore)
		return 0;
	return db_put_crash(err, update->db, &crash);
}

/* --- the journal ---------------------------------------------------------------------------------- */

struct update_batch {
	struct update *update;
	struct err err;
	int left, failed;
};

static int update_entry(void *arg, struct journal_entry *entry)
{
	struct update_batch *batch = arg;
	int heavy = strcmp(entry->event, "uploaded") == 0 || strcmp(entry->event, "died") == 0;

	if (db_apply(&batch->err, batch->update->db, entry) ||
	    (heavy && strcmp(entry->session, "-") != 0 &&
		update_report(&batch->err, batch->update, entry->session, entry->time_ms))) {
		batch->failed = 1;
		return 1;
	}
	if (batch->update->pruned && strcmp(entry->event, "pruned") == 0)
		batch->update->pruned(batch->update->arg, entry);
	return heavy || --batch->left <= 0;
}

static long update_journal(struct err *err, struct update *update, int max)
{
	struct update_batch batch = {.update = update, .left = max};
	struct journal_pos pos, before;
	long count;

	if (db_get_pos(err, update->db, &pos))
		return -1;
	before = pos;
	count = journal_read(err, update->state, &pos, update_entry, &batch);
	if (batch.failed) {
		*err = batch.err;
		return -1;
	}
	if (count < 0)
		return -1;
	if ((pos.offset != before.offset || strcmp(pos.file, before.file) != 0) &&
	    db_set_pos(err, update->db, &pos))
		return -1;
	return count;
}

/* --- the search of the session files --------------------------------------------------------------- */

static int update_list_machines(struct err *err, struct update *update)
{
	char dir[FILE_PATH_MAX];
	struct dirent **names = NULL;
	int n;

	if (file_path(err, update->state, "sessions", dir))
		return -1;
	n = scandir(dir, &names, layout_is_machine, NULL);
	if (n < 0 && errno != ENOENT)
		return err_errno(err, "%s", dir);
	update->machines = calloc((size_t)(n > 0 ? n : 0) + 1, sizeof(*update->machines));
	for (int i = 0; i < n; i++) {
		if (update->machines &&
		    (update->machines[update->machine_count] = strdup(names[i]->d_name)) != NULL)
			update->machine_count++;
		free(names[i]);
	}
	free(names);
	return update->machines ? 0 : err_set(err, "out of memory");
}

/* Applies an entry that the journal should have had: the upload, at its file's own time. */
static int update_lost_upload(
    struct err *err, struct update *update, const struct session *session, const char *dir)
{
	struct db_session known = {.captured_ms = 0};
	struct journal_entry entry = {.event = "uploaded"};
	char path[FILE_PATH_MAX];
	struct stat st;

	if (file_path(err, dir, "dmesg.txt", path))
		return -1;
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	if (db_session_by_id(err, update->db, session->id, &known) < 0)
		return -1;
	if (known.captured_ms)
		return 0;
	memcpy(entry.session, session->id, sizeof(session->id));
	entry.time_ms = clock_of(&st.st_mtim);
	entry.kv.count = 1;
	entry.kv.pair[0] = (struct kv_pair){.key = "file", .value = "dmesg.txt", .len = 9};
	if (db_apply(err, update->db, &entry))
		return -1;
	return update_report(err, update, session->id, entry.time_ms);
}

static uint64_t update_number(const struct kv *kv, const char *key)
{
	const char *text = kv_get(kv, key);
	struct err ignored;
	uint64_t n = 0;

	if (!text || num_u64(&ignored, key, text, strlen(text), 0, INT64_MAX, &n))
		return 0;
	return n;
}

static int update_counts(
    struct err *err, struct update *update, const struct session *session, const char *dir)
{
	char path[FILE_PATH_MAX], text[4096];
	struct db_stream stream;
	struct err ignored;
	struct kv kv;

	if (file_path(err, dir, "netconsole.meta", path))
		return -1;
	if (kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return 0;
	stream = (struct db_stream){
	    .packets = update_number(&kv, "packets"),
	    .lines = update_number(&kv, "lines"),
	    .bytes = update_number(&kv, "bytes"),
	    .lost = update_number(&kv, "lost"),
	    .truncated = update_number(&kv, "truncated"),
	    .late = update_number(&kv, "late"),
	    .duplicates = update_number(&kv, "duplicates"),
	};
	return db_put_stream(err, update->db, session->id, &stream);
}

static int update_scan_machine(struct err *err, struct update *update, const char *mac)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct dirent **names = NULL;
	int n, rc = 0;

	if (snprintf(dir, sizeof(dir), "%s/sessions/%s", update->state, mac) >= (int)sizeof(dir))
		return err_set(err, "%s: path too long", update->state);
	n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct session session;
		struct err ignored;
		const char *name = names[i]->d_name;

		if (rc == 0 && !session_parse(&ignored, name, strlen(name), &session) &&
		    strncmp(name, mac, 12) == 0)
			rc = layout_session_dir(err, update->state, &session, 0, path) ||
				     update_lost_upload(err, update, &session, path) ||
				     update_counts(err, update, &session, path)
				 ? -1
				 : 0;
		free(names[i]);
	}
	free(names);
	return rc;
}

/* How many machines were searched; the list is made on the first call. */
static long update_scan(struct err *err, struct update *update, int max)
{
	long count = 0;

	if (!update->machines && update_list_machines(err, update))
		return -1;
	while (update->machine_count && count < max) {
		size_t last = update->machine_count - 1;

		if (update_scan_machine(err, update, update->machines[last]))
			return -1;
		free(update->machines[last]);
		update->machine_count--;
		count++;
	}
	if (update->machine_count == 0 && db_set_scanned(err, update->db, 1))
		return -1;
	return count;
}

long update_step(struct err *err, struct update *update, int max)
{
	int searching = 0;
	long count;

	if (db_begin(err, update->db))
		return -1;
	count = update_journal(err, update, max);
	if (count == 0 && !update->scanned) {
		searching = 1;
		count = update_scan(err, update, max);
	}
	if (count < 0 || db_commit(err, update->db)) {
		db_rollback(update->db);
		update_forget_machines(update);
		return -1;
	}
	if (searching && update->machine_count == 0) {
		update_forget_machines(update);
		update->scanned = 1;
		count++; /* so that the caller comes again: the journal may have grown meanwhile */
	}
	return count;
}
