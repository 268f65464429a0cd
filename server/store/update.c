/* SPDX-License-Identifier: MIT */
/* update: the journal and the session files into the index; see update.h. */
#include "update.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
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

static void update_end_search(struct update *update)
{
	file_list_free(update->machines, update->machine_count);
	update->machines = NULL;
	update->machine_count = update->machine_left = 0;
}

void update_close(struct update *update)
{
	update_end_search(update);
	db_close(update->db);
	update->db = NULL;
}

/* --- one session's report -------------------------------------------------------------------------- */

static void update_trouble(const struct update *update, const struct err *err)
{
	if (update->report)
		update->report(update->arg, err->msg);
}

/* 1 if one of the texts of these channels has a crash. */
static int update_has_crash(const struct record *record, unsigned int channels)
{
	struct report report;
	int found = 0;

	for (size_t i = 0; i < record->texts && !found; i++)
		if (record->text[i].channel & channels)
			found = report_find(record->text[i].text, record->text[i].len, &report) > 0;
	return found;
}

int update_report(struct err *err, struct update *update, const char *id, int64_t time_ms)
{
	struct db_crash crash = {.time_ms = time_ms};
	struct db_session known = {.product = ""};
	struct session session;
	struct record record;
	struct err trouble;
	char dir[FILE_PATH_MAX];
	int rc = -1;

	if (session_parse(err, id, strlen(id), &session) ||
	    layout_session_dir(err, update->state, &session, LAYOUT_LOOK, dir))
		return -1;
	memcpy(crash.session, session.id, sizeof(session.id));
	/* What cannot be read must not stop the index. */
	if (record_load(&trouble, dir, &record)) {
		update_trouble(update, &trouble);
		return 0;
	}
	crash.by_http = (record.channels & (TIMELINE_HTTP | TIMELINE_AGAIN)) != 0;
	crash.by_pstore = (record.channels & TIMELINE_PSTORE) != 0;
	crash.by_netconsole = update_has_crash(&record, TIMELINE_NETCONSOLE | TIMELINE_UDP);
	if (record_report(&trouble, &record, &crash.report))
		update_trouble(update, &trouble);
	if (db_session_by_id(err, update->db, session.id, &known) < 0)
		goto out;
	if (record.texts && record_write(&trouble, dir, &record, &crash.report, known.product))
		update_trouble(update, &trouble);
	rc = 0;
	if (crash.by_http || crash.by_netconsole || crash.by_pstore)
		rc = db_put_crash(err, update->db, &crash);
out:
	record_free(&record);
	return rc;
}

/* --- the journal ----------------------------------------------------------------------------------- */

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

/* --- the search of STATE/sessions ------------------------------------------------------------------ */

/* Applies the entry that the journal should have: the upload, at its file's own time. */
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
	    .packets = kv_u64(&kv, "packets", INT64_MAX, 0),
	    .lines = kv_u64(&kv, "lines", INT64_MAX, 0),
	    .bytes = kv_u64(&kv, "bytes", INT64_MAX, 0),
	    .lost = kv_u64(&kv, "lost", INT64_MAX, 0),
	    .truncated = kv_u64(&kv, "truncated", INT64_MAX, 0),
	    .late = kv_u64(&kv, "late", INT64_MAX, 0),
	    .duplicates = kv_u64(&kv, "duplicates", INT64_MAX, 0),
	};
	return db_put_stream(err, update->db, session->id, &stream);
}

static int update_search_session(
    struct err *err, struct update *update, const char *mac, const char *name)
{
	struct session session;
	char dir[FILE_PATH_MAX];
	struct err ignored;

	if (session_parse(&ignored, name, strlen(name), &session) || strncmp(name, mac, 12) != 0)
		return 0;
	if (layout_session_dir(err, update->state, &session, LAYOUT_LOOK, dir) ||
	    update_lost_upload(err, update, &session, dir))
		return -1;
	return update_counts(err, update, &session, dir);
}

static int update_search_machine(struct err *err, struct update *update, const char *mac)
{
	char dir[FILE_PATH_MAX];
	struct dirent **names;
	struct err ignored;
	int n, rc = 0;

	if (layout_machine_dir(err, update->state, mac, dir))
		return -1;
	n = file_list(&ignored, dir, NULL, &names);
	for (int i = 0; i < n && rc == 0; i++)
		rc = update_search_session(err, update, mac, names[i]->d_name);
	file_list_free(names, n);
	return rc;
}

/* Returns how many machines were searched; the first call lists them. */
static long update_search(struct err *err, struct update *update, int max)
{
	char dir[FILE_PATH_MAX];
	long count = 0;

	if (!update->machines) {
		int n = file_path(err, update->state, LAYOUT_SESSIONS, dir)
			    ? -1
			    : file_list(err, dir, layout_is_machine, &update->machines);

		if (n < 0)
			return -1;
		update->machine_count = update->machine_left = n;
	}
	for (; update->machine_left && count < max; update->machine_left--, count++)
		if (update_search_machine(
			err, update, update->machines[update->machine_left - 1]->d_name))
			return -1;
	if (update->machine_left == 0 && db_set_scanned(err, update->db, 1))
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
		count = update_search(err, update, max);
	}
	if (count < 0 || db_commit(err, update->db)) {
		db_rollback(update->db);
		update_end_search(update);
		return -1;
	}
	if (searching && update->machine_left == 0) {
		update_end_search(update);
		update->scanned = 1;
		count++; /* not 0: the journal may have grown in the meantime */
	}
	return count;
}
