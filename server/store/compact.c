/* SPDX-License-Identifier: MIT */
/* compact: removes the entries of pruned sessions; see compact.h. */
#include "compact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "db.h"
#include "journal.h"
#include "layout.h"

enum { COMPACT_PART = 20 }; /* a twentieth must go */
#define COMPACT_DAY_MS (86400LL * 1000)

/* The last "pruned" line of a session. */
struct tombstone {
	char session[SESSION_ID_MAX + 1], file[16];
	int64_t offset;
};

struct compact {
	const char *state;
	int64_t age_ms, now_ms;
	int dry_run;
	struct journal_compacted *done;
	struct tombstone *tombstones;
	size_t count, room;
	struct journal_pos pos; /* while the journal is read */
	struct err err;
	int failed;
};

static int compact_collect(void *arg, struct journal_entry *entry)
{
	struct compact *compact = arg;
	struct tombstone *to;

	if (strcmp(entry->event, "pruned") != 0 || strcmp(entry->session, "-") == 0)
		return 0;
	to = array_grow(
	    &compact->err, compact->tombstones, &compact->room, compact->count, sizeof(*to));
	if (!to) {
		compact->failed = 1;
		return 1;
	}
	compact->tombstones = to;
	to += compact->count++;
	memcpy(to->session, entry->session, sizeof(to->session));
	memcpy(to->file, compact->pos.file, sizeof(to->file));
	to->offset = compact->pos.offset;
	return 0;
}

static int tombstone_place(const struct tombstone *x, const char *file, int64_t offset)
{
	int files = strcmp(x->file, file);

	return files ? files : (x->offset > offset) - (x->offset < offset);
}

static int tombstone_order(const void *a, const void *b)
{
	const struct tombstone *x = a, *y = b;
	int sessions = strcmp(x->session, y->session);

	return sessions ? sessions : tombstone_place(x, y->file, y->offset);
}

static int tombstone_session(const void *key, const void *item)
{
	return strcmp(key, ((const struct tombstone *)item)->session);
}

/* Sorts the tombstones and keeps the last of each session. */
static void compact_sort(struct compact *compact)
{
	size_t kept = 0;

	if (compact->count == 0)
		return;
	qsort(compact->tombstones, compact->count, sizeof(*compact->tombstones), tombstone_order);
	for (size_t i = 0; i < compact->count; i++)
		if (i + 1 == compact->count ||
		    strcmp(compact->tombstones[i].session, compact->tombstones[i + 1].session) != 0)
			compact->tombstones[kept++] = compact->tombstones[i];
	compact->count = kept;
}

/* 1 if the line can be removed. */
static int compact_goes(
    const struct compact *compact, const char *file, int64_t offset, const char *line, size_t len)
{
	char copy[JOURNAL_LINE_MAX + 1];
	const struct tombstone *tombstone;
	struct journal_entry entry;

	if (len >= sizeof(copy))
		return 0;
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (len == 0)
		return 1;
	if (journal_parse(copy, len, &entry))
		return 0;
	if (strcmp(entry.event, "triage") == 0)
		return 0;
	if (strcmp(entry.session, "-") == 0 && strcmp(entry.event, "pruned") != 0)
		return compact->age_ms && entry.time_ms < compact->now_ms - compact->age_ms;
	if (strcmp(entry.event, "pruned") == 0 &&
	    entry.time_ms < compact->now_ms - JOURNAL_PRUNED_MS)
		return 1;
	if (compact->count == 0)
		return 0;
	tombstone = bsearch(entry.session, compact->tombstones, compact->count, sizeof(*tombstone),
	    tombstone_session);
	return tombstone && tombstone_place(tombstone, file, offset) > 0;
}

/* 1 if the index and the hook have read past the file. */
static int compact_passed(const char *state, const char *file)
{
	struct journal_pos pos = {.offset = 0};
	char path[FILE_PATH_MAX], text[256];
	struct db *db;
	struct err ignored;
	const char *hook;
	struct kv kv;
	int passed;

	db = db_open(&ignored, state, 0);
	passed = db && db_get_pos(&ignored, db, &pos) == 0 && strcmp(pos.file, file) > 0;
	db_close(db);
	if (!passed || file_path(&ignored, state, "hook.pos", path))
		return 0;
	if (access(path, F_OK) && errno == ENOENT)
		return 1;
	if (kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return 0;
	hook = kv_get(&kv, "file");
	return hook && strcmp(hook, file) > 0;
}

/* Copies the lines that stay to out (NULL: only counts). 0/-1. */
static int compact_copy(struct err *err, const struct compact *compact, const char *path,
    const char *file, FILE *out, struct journal_compacted *gone, int64_t *left)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;
	int64_t offset = 0;
	ssize_t len;
	int rc = 0;

	if (!in)
		return err_errno(err, "%s", path);
	while (rc == 0 && (len = getline(&line, &room, in)) > 0) {
		size_t text = (size_t)len - (line[len - 1] == '\n');

		if (compact_goes(compact, file, offset, line, text)) {
			gone->lines++;
			gone->bytes += (uint64_t)len;
		} else {
			*left += len;
			if (out && fwrite(line, 1, (size_t)len, out) != (size_t)len)
				rc = err_errno(err, "%s", path);
		}
		offset += len;
	}
	if (rc == 0 && ferror(in))
		rc = err_errno(err, "%s", path);
	free(line);
	fclose(in);
	return rc;
}

/* Replaces path by temp, which has left bytes. */
static int compact_replace(
    struct err *err, const char *dir, const char *temp, const char *path, int64_t left)
{
	if (left ? rename(temp, path) : unlink(path))
		return err_errno(err, "%s", path);
	if (left == 0)
		unlink(temp);
	return file_sync_dir(err, dir);
}

static int compact_rewrite(struct err *err, const struct compact *compact, const char *dir,
    const char *path, const char *file)
{
	struct journal_compacted gone = {0};
	char temp[FILE_PATH_MAX], name[64];
	int64_t left = 0;
	FILE *out;
	int rc;

	snprintf(name, sizeof(name), ".%.11s.%ld", file, (long)getpid());
	if (file_path(err, dir, name, temp))
		return -1;
	out = fopen(temp, "we");
	if (!out)
		return err_errno(err, "%s", temp);
	rc = compact_copy(err, compact, path, file, out, &gone, &left);
	if (rc == 0 && (fchmod(fileno(out), 0640) || fflush(out) || fsync(fileno(out))))
		rc = err_errno(err, "%s", temp);
	fclose(out);
	/* The index may have been lost, and begun again, just now. */
	if (rc == 0 && compact_passed(compact->state, file))
		return compact_replace(err, dir, temp, path, left);
	unlink(temp);
	return rc;
}

static int compact_file(struct err *err, struct compact *compact, const char *dir, const char *file)
{
	struct journal_compacted gone = {0};
	char path[FILE_PATH_MAX];
	int64_t left = 0;

	if (!compact_passed(compact->state, file))
		return 0;
	if (file_path(err, dir, file, path) ||
	    compact_copy(err, compact, path, file, NULL, &gone, &left))
		return -1;
	if (gone.bytes == 0 || gone.bytes * COMPACT_PART < gone.bytes + (uint64_t)left)
		return 0;
	if (!compact->dry_run && compact_rewrite(err, compact, dir, path, file))
		return -1;
	compact->done->files++;
	compact->done->lines += gone.lines;
	compact->done->bytes += gone.bytes;
	return 0;
}

int journal_compact(struct err *err, const char *state, int64_t age_ms, int64_t unsent_ms,
    int64_t now_ms, int dry_run, struct journal_compacted *done)
{
	struct compact compact = {
	    .state = state, .age_ms = age_ms, .now_ms = now_ms, .dry_run = dry_run, .done = done};
	char dir[FILE_PATH_MAX], before[25], month[16];
	struct dirent **files;
	int n, rc = 0;

	memset(done, 0, sizeof(*done));
	clock_format(
	    unsent_ms < now_ms - COMPACT_DAY_MS ? unsent_ms : now_ms - COMPACT_DAY_MS, before);
	snprintf(month, sizeof(month), "%.7s.log", before);
	if (file_path(err, state, LAYOUT_JOURNAL, dir))
		return -1;
	n = file_list(err, dir, journal_is_name, &files);
	if (n < 0)
		return -1;
	if (n > 1) {
		if (journal_read(err, state, &compact.pos, compact_collect, &compact) < 0)
			rc = -1;
		if (compact.failed) {
			*err = compact.err;
			rc = -1;
		}
		compact_sort(&compact);
	}
	/* The newest file stays as it is, and every one of yesterday's month or later, or that is to be sent. */
	for (int i = 0; i + 1 < n && rc == 0; i++)
		if (strcmp(files[i]->d_name, month) < 0)
			rc = compact_file(err, &compact, dir, files[i]->d_name);
	file_list_free(files, n);
	free(compact.tombstones);
	return rc;
}
