/* SPDX-License-Identifier: MIT */
/*
 * journal: the lines of the journal, and what it records of uploads; see fsck.h. A torn line becomes
 * empty lines of the same length, so that the places of readers stay valid and writers may go on.
 */
#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fsck.h"
#include "record/record.h"

/* A session that the journal records; in the tree fsck->sessions, by id. */
struct seen {
	char id[SESSION_ID_MAX + 1];
	uint32_t uploads; /* 1 << number for each dump that must be there */
};

static int seen_order(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->id, ((const struct seen *)b)->id);
}

static struct seen *seen_find(const struct fsck *fsck, const char *id)
{
	struct seen key, **at;

	snprintf(key.id, sizeof(key.id), "%s", id);
	at = tfind(&key, &fsck->sessions, seen_order);
	return at ? *at : NULL;
}

static struct seen *seen_add(struct fsck *fsck, const char *id)
{
	struct seen *seen = seen_find(fsck, id);

	if (seen)
		return seen;
	seen = calloc(1, sizeof(*seen));
	if (!seen)
		return NULL;
	snprintf(seen->id, sizeof(seen->id), "%s", id);
	if (!tsearch(seen, &fsck->sessions, seen_order)) {
		free(seen);
		return NULL;
	}
	fsck->session_count++;
	return seen;
}

/* The bit of an upload's file name; 1, which has no meaning, for any other file. */
static uint32_t upload_bit(const char *file)
{
	return 1U << (file ? record_upload_number(file) : 0);
}

static int seen_entry(struct fsck *fsck, const struct journal_entry *entry)
{
	uint32_t bit = upload_bit(kv_get(&entry->kv, "file"));
	struct seen *seen;

	if (strcmp(entry->session, "-") == 0)
		return 0;
	if (strcmp(entry->event, "pruned") == 0) {
		seen = seen_find(fsck, entry->session);
		if (seen) {
			tdelete(seen, &fsck->sessions, seen_order);
			free(seen);
			fsck->session_count--;
		}
		return 0;
	}
	seen = seen_add(fsck, entry->session);
	if (!seen)
		return -1;
	if (strcmp(entry->event, "uploaded") == 0 || strcmp(entry->event, "script") == 0)
		seen->uploads |= bit;
	if (strcmp(entry->event, "lost") == 0)
		seen->uploads &= ~bit;
	return 0;
}

int fsck_journal_has(const struct fsck *fsck, const char *session)
{
	return seen_find(fsck, session) != NULL;
}

void fsck_journal_free(struct fsck *fsck)
{
	tdestroy(fsck->sessions, free);
	fsck->sessions = NULL;
}

/* --- torn lines ----------------------------------------------------------------------------------- */

static int torn_repair(
    struct err *err, const char *path, int64_t offset, const char *line, size_t len)
{
	int in = open(path, O_WRONLY | O_CLOEXEC), rc = -1;
	int torn = open("journal/torn.txt", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	char *blank = malloc(len);

	if (blank)
		memset(blank, '\n', len);
	if (torn < 0 || write(torn, line, len) != (ssize_t)len || write(torn, "\n", 1) != 1 ||
	    fsync(torn))
		err_errno(err, "journal/torn.txt");
	else if (in < 0 || !blank || pwrite(in, blank, len, offset) != (ssize_t)len || fsync(in))
		err_errno(err, "%s", path);
	else
		rc = 0;
	free(blank);
	if (torn >= 0)
		close(torn);
	if (in >= 0)
		close(in);
	return rc;
}

/* One line of a file, which ends at end: with its newline, unless it has none. */
static int journal_line(
    struct fsck *fsck, const char *path, int64_t end, const char *line, size_t n)
{
	int whole = line[n - 1] == '\n';
	size_t len = n - (size_t)whole;
	struct journal_entry entry;
	char detail[64], *copy;
	int rc = 0;

	if (len == 0)
		return 0;
	copy = malloc(len + 1);
	if (!copy)
		return -1;
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (whole && journal_parse(copy, len, &entry) == 0) {
		rc = seen_entry(fsck, &entry);
	} else {
		snprintf(detail, sizeof(detail), "%zu bytes at %lld", len,
		    (long long)(end - (int64_t)n));
		finding_add(fsck, FINDING_LINE, path, detail,
		    fsck->repair ? torn_repair(&fsck->err, path, end - (int64_t)n, line, len) : 1);
	}
	free(copy);
	return rc;
}

static int journal_file(struct err *err, struct fsck *fsck, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	int64_t end = 0;
	size_t room = 0;
	struct stat st;
	ssize_t n;
	int rc = 0;

	if (!in)
		return err_errno(err, "%s", path);
	while (rc == 0 && (n = getline(&line, &room, in)) > 0) {
		end += n;
		/* The last line, which somebody may be writing. */
		if (line[n - 1] != '\n' &&
		    (fsck->collector || (fstat(fileno(in), &st) == 0 && st.st_size > end)))
			break;
		if (journal_line(fsck, path, end, line, (size_t)n))
			rc = err_set(err, "out of memory");
	}
	if (rc == 0 && ferror(in))
		rc = err_errno(err, "%s", path);
	free(line);
	fclose(in);
	return rc;
}

/* --- a file of a month to come --------------------------------------------------------------------- */

/* Copies what is left of in to out; *to is where out ends. */
static int ahead_copy(int in, int out, off_t *to)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0) {
		if (write(out, buf, (size_t)n) != n)
			return -1;
		*to += n;
	}
	return n < 0 || fsync(out) ? -1 : 0;
}

/* The hook goes on where it was. */
static int ahead_hook(struct err *err, const char *name, const char *month, off_t from)
{
	char text[256];
	struct err ignored;
	struct kv_out out;
	struct kv kv;

	if (kv_read_file(&ignored, "hook.pos", text, sizeof(text), &kv) || !kv_get(&kv, "file") ||
	    strcmp(kv_get(&kv, "file"), name) != 0)
		return 0;
	from += (off_t)kv_u64(&kv, "offset", INT64_MAX, 0);
	kv_out_init(&out, text, sizeof(text));
	kv_out_pair(&out, '\n', "file", month);
	kv_out_num(&out, '\n', "offset", (unsigned long long)from);
	kv_out_raw(&out, "\n");
	return file_write(err, ".", "hook.pos", text, out.len);
}

/* Its lines go to the end of this month's file, which readers and writers then go on with. */
static int ahead_repair(struct err *err, const struct fsck *fsck, const char *path)
{
	char month[25], to[32];
	int in, out, rc = -1;
	off_t from, end;

	if (fsck->collector)
		return err_set(err, "the server runs; stop it first");
	clock_format(clock_now(), month);
	memcpy(month + 7, ".log", sizeof(".log"));
	snprintf(to, sizeof(to), "journal/%.11s", month);
	in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	out = open(to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	from = end = out < 0 ? -1 : lseek(out, 0, SEEK_END);
	if (in < 0 || from < 0 || ahead_copy(in, out, &end)) {
		err_errno(err, "%s", to);
	} else if (ahead_hook(err, strrchr(path, '/') + 1, month, from) == 0) {
		/* A program that still writes to the removed file has its last lines copied as well. */
		rc = unlink(path) || ahead_copy(in, out, &end) ? err_errno(err, "%s", path) : 0;
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return rc;
}

int fsck_journal(struct err *err, struct fsck *fsck)
{
	struct dirent **names = NULL;
	char path[32];
	int n = file_list(err, "journal", journal_is_name, &names), rc = 0;

	for (int i = 0; i < n; i++) {
		if (!journal_is_ahead(names[i]->d_name))
			continue;
		snprintf(path, sizeof(path), "journal/%.16s", names[i]->d_name);
		finding_add(fsck, FINDING_AHEAD, path, NULL,
		    fsck->repair ? ahead_repair(&fsck->err, fsck, path) : 1);
	}
	file_list_free(names, n);
	n = file_list(err, "journal", journal_is_name, &names);
	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "journal/%.16s", names[i]->d_name);
		if (rc == 0)
			rc = journal_file(err, fsck, path);
	}
	file_list_free(names, n);
	return rc;
}

/* --- journal and dumps ---------------------------------------------------------------------------- */

void fsck_journal_dump(
    struct fsck *fsck, const char *session, int number, const char *path, const struct stat *st)
{
	const struct seen *seen = seen_find(fsck, session);
	const struct record_kind *kind;
	char line[JOURNAL_LINE_MAX], file[RECORD_NAME_MAX];
	struct kv_out out;

	if ((seen && seen->uploads & 1U << number) ||
	    (fsck->collector && fsck->now_s - st->st_mtim.tv_sec < FSCK_BUSY_S))
		return;
	kind = record_upload_name(number, "txt", file);
	journal_begin(&out, line, sizeof(line), clock_of(&st->st_mtim), kind->event, session);
	kv_out_pair(&out, ' ', "file", file);
	kv_out_num(&out, ' ', "bytes", (unsigned long long)st->st_size);
	kv_out_pair(&out, ' ', "by", "fsck");
	finding_add(fsck, FINDING_UNRECORDED, path, NULL,
	    fsck->repair ? journal_append_durable(&fsck->err, ".", &out) : 1);
}

static void seen_lost(const void *node, VISIT visit, void *arg)
{
	const struct seen *seen = *(const struct seen *const *)node;
	char path[FILE_PATH_MAX], line[JOURNAL_LINE_MAX], file[RECORD_NAME_MAX];
	struct fsck *fsck = arg;
	struct kv_out out;

	if (visit != postorder && visit != leaf)
		return; /* each node once, in order */
	for (int number = 1; number <= RECORD_UPLOADS_MAX; number++) {
		record_upload_name(number, "txt", file);
		if (!(seen->uploads & 1U << number) || fsck_session_path(seen->id, file, path) ||
		    access(path, F_OK) == 0 || errno != ENOENT)
			continue;
		journal_begin(&out, line, sizeof(line), clock_now(), "lost", seen->id);
		kv_out_pair(&out, ' ', "file", file);
		finding_add(fsck, FINDING_LOST, path, NULL,
		    fsck->repair ? journal_append_durable(&fsck->err, ".", &out) : 1);
	}
}

void fsck_journal_lost(struct fsck *fsck)
{
	twalk_r(fsck->sessions, seen_lost, fsck);
}
