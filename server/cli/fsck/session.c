/* SPDX-License-Identifier: MIT */
/*
 * session: the files of one session; see fsck.h. Dumps are dump.c's; here are netconsole's
 * logs, their metadata and the record, which is made of all of them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/kv.h"
#include "base/num.h"
#include "look.h"
#include "record/record.h"

enum { TAIL_MAX = 1 << 20 };

int fsck_look_stat(const struct fsck_look *look, const char *name, struct stat *st)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	return file_path(&ignored, look->full, name, path) || lstat(path, st) ||
	       !S_ISREG(st->st_mode);
}

void fsck_look_path(const struct fsck_look *look, const char *name, char path[FILE_PATH_MAX])
{
	if (snprintf(path, FILE_PATH_MAX, "%s/%s", look->dir, name) >= FILE_PATH_MAX)
		path[0] = '\0';
}

void fsck_look_newer(struct fsck_look *look, const struct stat *st)
{
	if (st->st_mtim.tv_sec > look->newest.tv_sec ||
	    (st->st_mtim.tv_sec == look->newest.tv_sec &&
		st->st_mtim.tv_nsec > look->newest.tv_nsec))
		look->newest = st->st_mtim;
}

/* --- what netconsole brought ------------------------------------------------------------------- */

/* Cuts what a power cut left as zeros and ends the last line. */
static int log_mend(struct err *err, const char *path, int64_t whole, int end)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW), rc = 0;

	if (fd < 0)
		return err_errno(err, "%s", path);
	if (ftruncate(fd, whole) || (end && write(fd, "\n", 1) != 1) || fsync(fd))
		rc = err_errno(err, "%s", path);
	close(fd);
	return rc;
}

static void look_log(struct fsck_look *look, const char *name)
{
	static char tail[TAIL_MAX];
	struct fsck *fsck = look->fsck;
	char path[FILE_PATH_MAX], full[FILE_PATH_MAX];
	struct stat st;
	struct err err;
	int64_t from;
	ssize_t n, zeros;
	int fd, rc = 1;

	if (fsck_look_stat(look, name, &st))
		return;
	fsck_look_path(look, name, path);
	if (fsck->collector || fsck->spool || st.st_size == 0 ||
	    file_path(&err, look->full, name, full) ||
	    (fd = open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		goto out;
	from = st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0;
	n = pread(fd, tail, sizeof(tail), from);
	close(fd);
	if (n <= 0)
		goto out;
	for (zeros = n; zeros > 0 && tail[zeros - 1] == '\0';)
		zeros--;
	if (zeros == n && tail[n - 1] == '\n')
		goto out;
	if (fsck->mend)
		rc = log_mend(&err, full, from + zeros,
		    from + zeros > 0 && (zeros == 0 || tail[zeros - 1] != '\n'));
	fsck_tell(fsck, path, zeros == n ? "its last line has no end" : "zeros at its end",
	    zeros == n ? "ended" : "cut", rc, &err);
	fsck_look_stat(look, name, &st);
out:
	fsck_look_newer(look, &st);
}

static uint64_t meta_number(const struct kv *kv, const char *key, uint64_t otherwise)
{
	const char *value = kv_get(kv, key);
	struct err ignored;
	uint64_t n;

	return value && num_u64(&ignored, key, value, strlen(value), 0, INT64_MAX, &n) == 0
		   ? n
		   : otherwise;
}

/* A metadata file that has not got the number key is none. died: netconsole's word of a death. */
static int look_meta(struct fsck_look *look, const char *name, const char *key, int *died)
{
	char path[FILE_PATH_MAX], full[FILE_PATH_MAX], text[FSCK_META_MAX];
	struct err ignored;
	struct stat st;
	struct kv kv;

	if (fsck_look_stat(look, name, &st) || file_path(&ignored, look->full, name, full))
		return 0;
	if (kv_read_file(&ignored, full, text, sizeof(text), &kv) == 0 &&
	    meta_number(&kv, key, UINT64_MAX) != UINT64_MAX) {
		if (died)
			*died = meta_number(&kv, "died", 0) != 0;
		return 0;
	}
	if (look->fsck->collector && look->fsck->now_s - st.st_mtim.tv_sec < FSCK_BUSY_S)
		return 0;
	fsck_look_path(look, name, path);
	fsck_remove(look->fsck, path, "damaged metadata");
	return 1;
}

/* --- the record ------------------------------------------------------------------------------------ */

static size_t record_lines(const struct fsck_look *look)
{
	char path[FILE_PATH_MAX], buf[65536];
	struct err ignored;
	size_t lines = 0;
	ssize_t n;
	int fd;

	if (file_path(&ignored, look->full, "record.txt", path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return SIZE_MAX;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += buf[i] == '\n';
	close(fd);
	return lines;
}

/* NULL if the record is well, else what it is not. */
static const char *record_fault(const struct fsck_look *look, char product[128])
{
	char path[FILE_PATH_MAX], text[FSCK_META_MAX];
	struct stat meta, channels, txt;
	struct err ignored;
	struct kv kv;

	product[0] = '\0';
	if (fsck_look_stat(look, "record.meta", &meta) ||
	    fsck_look_stat(look, "record.txt", &txt) ||
	    fsck_look_stat(look, "record.channels", &channels))
		return "the record is not whole";
	if (file_path(&ignored, look->full, "record.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv) ||
	    meta_number(&kv, "lines", SIZE_MAX - 1) != record_lines(look))
		return "the record's parts do not fit together";
	if (kv_get(&kv, "product"))
		snprintf(product, 128, "%.127s", kv_get(&kv, "product"));
	/* Against a time to come (a clock that was set back) nothing is new enough. */
	if (look->newest.tv_sec > look->fsck->now_s)
		return NULL;
	if (meta.st_mtim.tv_sec < look->newest.tv_sec ||
	    (meta.st_mtim.tv_sec == look->newest.tv_sec &&
		meta.st_mtim.tv_nsec < look->newest.tv_nsec))
		return "the record is older than what it is made of";
	return NULL;
}

static int record_again(struct err *err, const struct fsck_look *look, const char *product)
{
	char *text;
	struct record record;
	struct report report;
	size_t len = 0;
	int rc;

	if (record_load(err, look->full, &record))
		return -1;
	text = record_render(&record, &len);
	report_find(text ? text : "", text ? len : 0, &report);
	free(text);
	rc = record_write(err, look->full, &record, &report, product);
	record_free(&record);
	return rc;
}

static void look_record(struct fsck_look *look, int died)
{
	struct fsck *fsck = look->fsck;
	char path[FILE_PATH_MAX], product[128];
	const char *fault;
	struct stat st;
	struct err err;
	int rc = 1;

	if (!look->newest.tv_sec ||
	    (!look->dumps && !died && fsck_look_stat(look, "record.meta", &st) &&
		fsck_look_stat(look, "record.txt", &st)))
		return;
	/* The collector makes it when a log has been quiet. */
	if (fsck->collector && fsck->now_s - look->newest.tv_sec < FSCK_BUSY_S)
		return;
	fault = record_fault(look, product);
	if (!fault)
		return;
	fsck_look_path(look, "record.txt", path);
	if (fsck->mend) {
		rc = record_again(&err, look, product);
		fsck->reindex = 1;
	}
	fsck_tell(fsck, path, fault, "made again", rc, &err);
}

/* --------------------------------------------------------------------------------------------------- */

void fsck_session(struct fsck *fsck, const struct session *session, const char *dir)
{
	struct fsck_look look = {.fsck = fsck, .session = session, .dir = dir};
	int died = 0;

	if (fsck_path(fsck, dir, look.full))
		return;
	for (int number = 1; number <= RECORD_UPLOADS_MAX; number++)
		fsck_dump(&look, number);
	look_log(&look, "netconsole.log.1");
	look_log(&look, "netconsole.log");
	look_meta(&look, "netconsole.meta", "lines", &died);
	look_meta(&look, "hook.meta", "tries", NULL);
	if (session)
		look_record(&look, died);
}
