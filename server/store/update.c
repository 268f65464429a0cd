/* SPDX-License-Identifier: MIT */
/* update: the journal and the session files into the index; see update.h. */
#include "update.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "journal.h"
#include "record/record.h"

enum { UPDATE_FRESH_S = 2 };

static void update_give_up(struct update *update, const char *id, const struct err *why);

int update_open(struct err *err, const char *state, struct update *update)
{
	char id[SESSION_ID_MAX + 1];
	struct err why;
	int rc;

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
	while ((rc = db_merge_resume(&why, update->db, id)) > 0) {
		err_set(&why, "the process that tried ended twice");
		update_give_up(update, id, &why);
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
	struct err ignored;

	if (update->decoding)
		merge_stop(&update->merge);
	if (update->merge.pid) {
		/* Interrupted, not at fault. */
		merge_stop(&update->merge);
		db_merge_due(&ignored, update->db, update->merging, update->merging_ms);
	}
	update_end_search(update);
	db_close(update->db);
	update->db = NULL;
}

/* --- one session's record -------------------------------------------------------------------------- */

static void update_trouble(const struct update *update, const struct err *err)
{
	if (update->report)
		update->report(update->arg, err->msg);
}

static int update_dir(
    struct err *err, const struct update *update, const char *id, char dir[FILE_PATH_MAX])
{
	struct session session;

	if (session_parse(err, id, strlen(id), &session))
		return -1;
	return layout_session_dir(err, update->state, &session, LAYOUT_LOOK, dir);
}

/* The record's crash into the index. */
static int update_put(
    struct err *err, struct update *update, const char *id, const char *dir, int64_t time_ms)
{
	struct db_crash crash = {.time_ms = time_ms};
	struct record_channels has;
	char *text;
	int rc;

	if (record_read_channels(dir, &has))
		return 0; /* no logs */
	snprintf(crash.session, sizeof(crash.session), "%s", id);
	crash.by_http = (has.channels & (TIMELINE_HTTP | TIMELINE_AGAIN)) != 0;
	crash.by_pstore = (has.channels & TIMELINE_PSTORE) != 0;
	crash.by_netconsole = has.stream_crash;
	crash.by_console = has.console_crash;
	record_read_report(dir, &crash.report);
	if (!crash.by_http && !crash.by_netconsole && !crash.by_console && !crash.by_pstore)
		return 0;
	text = record_read_excerpt(dir, &has, DB_REPORT_MAX);
	crash.text = text;
	rc = db_put_crash(err, update->db, &crash);
	free(text);
	return rc;
}

/* A record that cannot be made is reported, here and with its session. */
static void update_give_up(struct update *update, const char *id, const struct err *why)
{
	char line[JOURNAL_LINE_MAX];
	struct err err = *why;
	struct kv_out out;

	err_prefix(&err, "the logs of %s cannot be merged", id);
	update_trouble(update, &err);
	journal_begin(&out, line, sizeof(line), clock_now(), "event", id);
	kv_out_pair(&out, ' ', "what", "merge");
	kv_out_pair(&out, ' ', "text", err.msg);
	if (journal_append(&err, update->state, &out))
		update_trouble(update, &err);
}

/* 1 if the log may have grown since the record was begun. */
static int update_is_newer(const char *dir, const char *name, const struct stat *record)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct stat log;

	return file_path(&ignored, dir, name, path) == 0 && stat(path, &log) == 0 &&
	       log.st_mtim.tv_sec + UPDATE_FRESH_S >= record->st_mtim.tv_sec;
}

/* 1 if the record has a report, and not where it is: it was written by a version before 0.2. */
static int update_is_old(const char *dir)
{
	struct record_channels has;
	struct report report;

	return record_read_channels(dir, &has) == 0 && !has.report_line &&
	       record_read_report(dir, &report) == 0;
}

/* 1 if the record is surely newer than the logs that it is made of. */
static int update_is_fresh(const char *dir)
{
	static const char *const logs[] = {"netconsole.log", "console.log"};
	char path[FILE_PATH_MAX], name[RECORD_NAME_MAX];
	struct err ignored;
	struct stat record;

	if (file_path(&ignored, dir, "record.meta", path) || stat(path, &record))
		return 0;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++)
		if (update_is_newer(dir, logs[i], &record))
			return 0;
	for (int number = 1; number <= RECORD_UPLOADS_MAX; number++) {
		record_upload_name(number, "txt", name);
		if (update_is_newer(dir, name, &record))
			return 0;
	}
	return !update_is_old(dir);
}

/* Bytes of the logs, and so of their record at most. */
static uint64_t update_bytes(const char *dir)
{
	struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;
	DIR *open_dir = opendir(dir);

	while (open_dir && (entry = readdir(open_dir)) != NULL)
		if (strncmp(entry->d_name, "record.", 7) != 0 &&
		    fstatat(dirfd(open_dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_size;
	if (open_dir)
		closedir(open_dir);
	return bytes;
}

/* Starts the process for the record that was begun. 1, 0 the disk has no room now, -1. */
static int update_start_merge(
    struct err *err, struct update *update, const struct db_merge *next, const char *dir)
{
	enum update_room room = update->room
				    ? update->room(update->arg, next->session, update_bytes(dir))
				    : UPDATE_ROOM;
	struct err why;

	if (room == UPDATE_LATER) {
		update->crowded = 1;
		update->merging[0] = '\0';
		return db_merge_due(err, update->db, next->session, next->time_ms);
	}
	if (room == UPDATE_NEVER)
		err_set(&why, "too little of the disk is free for a record of a new machine");
	else if (merge_start(&why, &update->merge, dir, next->product) == 0)
		return 1;
	update_give_up(update, next->session, &why);
	return 1;
}

/* Begins the next record that is due. 1, 0 none, -1. */
static int update_begin_merge(struct err *err, struct update *update)
{
	char dir[FILE_PATH_MAX];
	struct db_merge next;
	struct err why;
	int rc;

	if (db_begin(err, update->db))
		return -1;
	rc = db_merge_start(err, update->db, &next);
	if (rc <= 0 || db_commit(err, update->db)) {
		db_rollback(update->db);
		return rc == 0 ? 0 : -1;
	}
	snprintf(update->merging, sizeof(update->merging), "%s", next.session);
	update->merging_ms = next.time_ms;
	update->merged = 0;
	if (update_dir(&why, update, next.session, dir))
		update_give_up(update, next.session, &why);
	else if (!update->again && update_is_fresh(dir))
		update->merged = 1;
	else
		return update_start_merge(err, update, &next, dir);
	return 1;
}

/* --- its source lines ------------------------------------------------------------------------------ */

/* The image that a session booted: "image" of its request. */
static int update_image(void *arg, int64_t time_ms, const char *event, const char *text)
{
	char pairs[JOURNAL_LINE_MAX + 1], *image = arg;
	size_t len = strnlen(text, sizeof(pairs) - 1);
	const char *value;
	struct kv kv;

	(void)time_ms;
	if (strcmp(event, "requested") != 0)
		return 0;
	memcpy(pairs, text, len);
	kv_parse(&kv, pairs, len, ' ');
	value = kv_get(&kv, "image");
	snprintf(image, PROFILE_NAME_MAX + 1, "%s", value ? value : "");
	return 0;
}

/* Starts the decoder, where the session's image names a vmlinux. It is worth no error. */
static void update_decode(struct update *update, const char *id, const char *dir)
{
	char image[PROFILE_NAME_MAX + 1] = "", vmlinux[FILE_PATH_MAX];
	struct err err;

	if (!update->vmlinux || db_events(&err, update->db, id, update_image, image) < 0 ||
	    !image[0] || !update->vmlinux(update->arg, image, vmlinux))
		return;
	if (merge_start_decoder(&err, &update->merge, update->decoder, vmlinux, dir))
		update_trouble(update, &err);
	else
		update->decoding = 1;
}

/* 1 when it has ended, 0 while it runs. */
static int update_end_decode(struct update *update, int wait)
{
	enum merge_state state;
	struct err err;

	state = merge_poll(&err, &update->merge, wait);
	if (state == MERGE_RUNNING)
		return 0;
	update->decoding = 0;
	if (state != MERGE_DONE) {
		err_prefix(&err, "a report has no source lines");
		update_trouble(update, &err);
	}
	return 1;
}

/* --- the end of both ------------------------------------------------------------------------------- */

/* Ends the one that has been made, or given up. 1, or -1. */
static int update_end_merge(struct err *err, struct update *update)
{
	char dir[FILE_PATH_MAX], id[SESSION_ID_MAX + 1];

	if (db_begin(err, update->db))
		return -1;
	if ((update->merged &&
		(update_dir(err, update, update->merging, dir) ||
		    update_put(err, update, update->merging, dir, update->merging_ms))) ||
	    db_merge_end(err, update->db, update->merging) || db_commit(err, update->db)) {
		db_rollback(update->db);
		return -1;
	}
	memcpy(id, update->merging, sizeof(id));
	update->merging[0] = '\0';
	if (update->merged)
		update_decode(update, id, dir);
	return 1;
}

int update_merge(struct err *err, struct update *update, int wait)
{
	struct err why;
	int rc;

	if (update->decoding)
		return update_end_decode(update, wait);
	if (!update->merging[0]) {
		rc = update_begin_merge(err, update);
		if (rc <= 0)
			return rc;
	}
	if (update->merge.pid) {
		switch (merge_poll(&why, &update->merge, wait)) {
		case MERGE_RUNNING:
			return 0;
		case MERGE_DONE:
			update->merged = 1;
			break;
		case MERGE_INTERRUPTED:
			rc = db_merge_again(err, update->db, update->merging);
			if (rc > 0)
				update->merging[0] = '\0';
			if (rc != 0)
				return rc;
			err_prefix(&why, "tried twice");
			update_give_up(update, update->merging, &why);
			break;
		case MERGE_FAILED:
			update_give_up(update, update->merging, &why);
			break;
		}
	}
	return update_end_merge(err, update);
}

int update_is_merging(const struct update *update)
{
	return update->merge.pid != 0;
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
	const char *channel = kv_get(&entry->kv, "channel");
	int died = strcmp(entry->event, "died") == 0;
	/* (of a death that only the capture kernel reports there is no line yet) */
	int heavy = strcmp(entry->event, "uploaded") == 0 ||
		    (died && !(channel && strcmp(channel, "capture") == 0));

	if (db_apply(&batch->err, batch->update->db, entry) ||
	    (heavy && strcmp(entry->session, "-") != 0 &&
		db_merge_due(&batch->err, batch->update->db, entry->session, entry->time_ms))) {
		batch->failed = 1;
		return 1;
	}
	if (batch->update->pruned && strcmp(entry->event, "pruned") == 0)
		batch->update->pruned(batch->update->arg, entry);
	if (batch->update->died && died)
		batch->update->died(batch->update->arg, entry);
	return --batch->left <= 0;
}

/* Reports that the position went into a file of a month to come: all events are now written there. */
static void update_ahead(const struct update *update, const struct journal_pos *pos)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	err_set(&err,
	    "journal/%s is of a month to come: the clock was wrong; stop the server and run "
	    "lastwords fsck --repair",
	    pos->file);
	update_trouble(update, &err);
	journal_begin(&out, line, sizeof(line), clock_now(), "event", NULL);
	kv_out_pair(&out, ' ', "what", "clock");
	kv_out_pair(&out, ' ', "text", err.msg);
	if (!update->again && journal_append(&err, update->state, &out))
		update_trouble(update, &err);
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
	if (strcmp(pos.file, before.file) != 0 && journal_is_ahead(pos.file))
		update_ahead(update, &pos);
	return count;
}

/* --- the search of STATE/sessions ------------------------------------------------------------------ */

/* Applies the entry that the journal should have: the upload, at its file's own time. */
static int update_lost_upload(
    struct err *err, struct update *update, const struct session *session, const char *dir)
{
	struct db_session known = {.captured_ms = 0};
	struct journal_entry entry = {.event = "uploaded"};
	char path[FILE_PATH_MAX], name[RECORD_NAME_MAX];
	int found = 0;
	struct stat st;

	for (int kind = 0; kind < RECORD_KINDS && !found; kind++) {
		if (!record_kinds[kind].line_channel)
			continue; /* it is no log */
		record_upload_name(record_kinds[kind].first, "txt", name);
		if (file_path(err, dir, name, path))
			return -1;
		found = stat(path, &st) == 0 && S_ISREG(st.st_mode);
	}
	if (!found)
		return 0;
	if (db_session_by_id(err, update->db, session->id, &known) < 0)
		return -1;
	if (known.captured_ms)
		return 0;
	memcpy(entry.session, session->id, sizeof(session->id));
	entry.time_ms = clock_of(&st.st_mtim);
	entry.kv.count = 1;
	entry.kv.pair[0] = (struct kv_pair){.key = "file", .value = name, .len = strlen(name)};
	if (db_apply(err, update->db, &entry))
		return -1;
	return db_merge_due(err, update->db, session->id, entry.time_ms);
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
