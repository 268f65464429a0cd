/* SPDX-License-Identifier: MIT */
/*
 * journal: the lines of the journal; see fsck.h. Its files keep their length, whatever is mended:
 * a torn line becomes empty lines, so every reader's place stays right and writers may go on.
 */
#include "fsck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/journal.h"

enum { BLANK_CHUNK = 4096 };

static int words_add(struct fsck *fsck, const char *session, enum fsck_kind kind, const char *file)
{
	struct fsck_word *word;

	if (fsck->count == fsck->room) {
		size_t room = fsck->room ? 2 * fsck->room : 1024;

		word = realloc(fsck->words, room * sizeof(*word));
		if (!word)
			return -1;
		fsck->words = word;
		fsck->room = room;
	}
	word = &fsck->words[fsck->count];
	memset(word, 0, sizeof(*word));
	snprintf(word->session, sizeof(word->session), "%s", session);
	snprintf(word->file, sizeof(word->file), "%s", file ? file : "");
	word->kind = kind;
	word->order = fsck->count++;
	return 0;
}

static int words_entry(struct fsck *fsck, const struct journal_entry *entry)
{
	const char *file = kv_get(&entry->kv, "file"), *last = "";

	if (strcmp(entry->session, "-") == 0)
		return 0;
	if (strcmp(entry->event, "pruned") == 0)
		return words_add(fsck, entry->session, FSCK_PRUNED, NULL);
	if (strcmp(entry->event, "uploaded") == 0 && file)
		return words_add(fsck, entry->session, FSCK_UPLOADED, file);
	if (strcmp(entry->event, "lost") == 0 && file)
		return words_add(fsck, entry->session, FSCK_LOST, file);
	if (fsck->count && fsck->words[fsck->count - 1].kind == FSCK_SEEN)
		last = fsck->words[fsck->count - 1].session;
	return strcmp(last, entry->session) == 0 ? 0
						 : words_add(fsck, entry->session, FSCK_SEEN, NULL);
}

static int words_order(const void *a, const void *b)
{
	const struct fsck_word *x = a, *y = b;
	int sessions = strcmp(x->session, y->session);

	return sessions ? sessions : (x->order > y->order) - (x->order < y->order);
}

/* What holds at the end: of each session one FSCK_SEEN, and each file that must be there. */
static void words_settle(struct fsck *fsck)
{
	char session[SESSION_ID_MAX + 1] = "";
	size_t kept = 0, first = 0;

	if (fsck->count)
		qsort(fsck->words, fsck->count, sizeof(*fsck->words), words_order);
	for (size_t i = 0; i < fsck->count; i++) {
		const struct fsck_word word = fsck->words[i];
		size_t at = first;

		if (strcmp(word.session, session) != 0) {
			memcpy(session, word.session, sizeof(session));
			at = first = kept;
		}
		while (at < kept && strcmp(fsck->words[at].file, word.file) != 0)
			at++;
		if (word.kind == FSCK_PRUNED)
			kept = first;
		else if (word.kind != FSCK_LOST && at == kept)
			fsck->words[kept++] = word;
		else if (word.kind == FSCK_LOST && at < kept)
			fsck->words[at] = fsck->words[--kept];
	}
	fsck->count = kept;
}

/* --- torn lines ---------------------------------------------------------------------------------------- */

static int torn_keep(struct err *err, const struct fsck *fsck, const char *line, size_t len)
{
	char path[FILE_PATH_MAX];
	FILE *out;

	if (fsck_path(fsck, "journal/torn.txt", path))
		return err_set(err, "path too long");
	out = fopen(path, "ae");
	if (!out)
		return err_errno(err, "%s", path);
	fchmod(fileno(out), 0640);
	fwrite(line, 1, len, out);
	fputc('\n', out);
	if (fflush(out) || fsync(fileno(out))) {
		err_errno(err, "%s", path);
		fclose(out);
		return -1;
	}
	fclose(out);
	return 0;
}

static int torn_blank(struct err *err, const char *path, int64_t offset, size_t len)
{
	char blank[BLANK_CHUNK];
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_errno(err, "%s", path);
	memset(blank, '\n', sizeof(blank));
	while (len > 0 && rc == 0) {
		size_t n = len < sizeof(blank) ? len : sizeof(blank);

		if (pwrite(fd, blank, n, offset) != (ssize_t)n)
			rc = err_errno(err, "%s", path);
		offset += (int64_t)n;
		len -= n;
	}
	if (rc == 0 && fsync(fd))
		rc = err_errno(err, "%s", path);
	close(fd);
	return rc;
}

static void torn_line(struct fsck *fsck, const char *name, const char *path, int64_t offset,
    const char *line, size_t len)
{
	char at[64], what[120];
	struct err err;
	int rc = 1;

	snprintf(at, sizeof(at), "journal/%.11s", name);
	snprintf(what, sizeof(what), "%zu bytes at %lld are no line of the journal", len,
	    (long long)offset);
	if (fsck->mend)
		rc = torn_keep(&err, fsck, line, len) || torn_blank(&err, path, offset, len) ? -1
											     : 0;
	fsck_tell(fsck, at, what, "blanked, and kept in journal/torn.txt", rc, &err);
}

static int journal_file_read(struct err *err, struct fsck *fsck, const char *name, const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL, *copy = NULL;
	struct journal_entry entry;
	size_t room = 0;
	int64_t offset = 0;
	struct stat st;
	ssize_t n;
	int rc = 0;

	if (!in)
		return err_errno(err, "%s", path);
	while (rc == 0 && (n = getline(&line, &room, in)) > 0) {
		size_t len = (size_t)n - (line[n - 1] == '\n');

		free(copy);
		copy = malloc(len + 1);
		if (!copy) {
			rc = err_set(err, "out of memory");
			break;
		}
		memcpy(copy, line, len);
		copy[len] = '\0';
		if (len == 0) {
			;
		} else if (len == (size_t)n && (fsck->collector || (fstat(fileno(in), &st) == 0 &&
								       st.st_size > offset + n))) {
			break; /* the end, and somebody may be writing it */
		} else if (len == (size_t)n || journal_parse(copy, len, &entry)) {
			torn_line(fsck, name, path, offset, line, len);
		} else if (words_entry(fsck, &entry)) {
			rc = err_set(err, "out of memory");
		}
		offset += n;
	}
	if (rc == 0 && ferror(in))
		rc = err_errno(err, "%s", path);
	free(copy);
	free(line);
	fclose(in);
	return rc;
}

int fsck_journal_read(struct err *err, struct fsck *fsck)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct dirent **names = NULL;
	int n, rc = 0;

	if (fsck_path(fsck, "journal", dir))
		return err_set(err, "path too long");
	n = scandir(dir, &names, journal_is_name, alphasort);
	if (n < 0 && errno != ENOENT)
		return err_errno(err, "%s", dir);
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = file_path(err, dir, names[i]->d_name, path) ||
				     journal_file_read(err, fsck, names[i]->d_name, path)
				 ? -1
				 : 0;
		free(names[i]);
	}
	free(names);
	words_settle(fsck);
	return rc;
}

/* --- journal and files ----------------------------------------------------------------------------- */

static int journal_knows(const struct fsck *fsck, const char *session, const char *file)
{
	size_t low = 0, high = fsck->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(fsck->words[middle].session, session) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < fsck->count && strcmp(fsck->words[low].session, session) == 0; low++)
		if (strcmp(fsck->words[low].file, file) == 0)
			return 1;
	return 0;
}

void fsck_journal_dump(struct fsck *fsck, const struct session *session, const char *path,
    const char *file, const struct stat *st)
{
	int64_t when = clock_of(&st->st_mtim);
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;
	int rc = 1;

	if (journal_knows(fsck, session->id, file) ||
	    (fsck->collector && fsck->now_s - st->st_mtim.tv_sec < FSCK_BUSY_S))
		return;
	if (fsck->mend) {
		journal_begin(&out, line, sizeof(line), when, "uploaded", session->id);
		kv_out_pair(&out, ' ', "file", file);
		kv_out_num(&out, ' ', "bytes", (unsigned long long)st->st_size);
		kv_out_pair(&out, ' ', "by", "fsck");
		rc = journal_append_durable(&err, fsck->state, &out);
	}
	fsck_tell(fsck, path, "the journal does not tell of it", "told", rc, &err);
}

void fsck_journal_lost(struct fsck *fsck)
{
	char path[FILE_PATH_MAX], full[FILE_PATH_MAX], line[JOURNAL_LINE_MAX];

	for (size_t i = 0; i < fsck->count; i++) {
		const struct fsck_word *word = &fsck->words[i];
		struct kv_out out;
		struct err err;
		int rc = 1;

		if (word->kind != FSCK_UPLOADED || strchr(word->file, '/') ||
		    fsck_session_path(word->session, word->file, path) ||
		    fsck_path(fsck, path, full) || access(full, F_OK) == 0 || errno != ENOENT)
			continue;
		if (fsck->mend) {
			journal_begin(&out, line, sizeof(line), clock_now(), "lost", word->session);
			kv_out_pair(&out, ' ', "file", word->file);
			rc = journal_append_durable(&err, fsck->state, &out);
		}
		fsck_tell(fsck, path, "was acknowledged and is not there: lost",
		    "told in the journal; a backup may have it", rc, &err);
	}
}
