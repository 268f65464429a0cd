/* SPDX-License-Identifier: MIT */
/* session: dumps with their metadata, netconsole's logs, the record; see fsck.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/kv.h"
#include "fsck.h"
#include "record/record.h"

enum { META_MAX = 8192, LOG_TAIL_MAX = 1 << 20 };

struct look {
	struct fsck *fsck;
	const char *id, *dir; /* as fsck_session has them */
	struct timespec newest; /* of the dumps and logs */
	struct timespec due; /* the record has to be newer: of the dumps and the crash */
	int dumps, died;
};

/* One file of it, there or not. */
struct look_file {
	char path[FILE_PATH_MAX];
	struct stat st; /* st_mode 0: no regular file */
};

/* 1 if it is there. */
static int look_at(const struct look *look, const char *name, struct look_file *file)
{
	struct err ignored;
	int there = file_path(&ignored, look->dir, name, file->path) == 0 &&
		    lstat(file->path, &file->st) == 0 && S_ISREG(file->st.st_mode);

	if (!there)
		file->st.st_mode = 0;
	return there;
}

static int is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void look_newer(struct timespec *newest, const struct timespec *time)
{
	if (is_older(newest, time))
		*newest = *time;
}

/* Whether the collector may be working on what changed at this time. */
static int look_busy(const struct look *look, time_t changed)
{
	return look->fsck->collector && look->fsck->now_s - changed < FSCK_BUSY_S;
}

/* --- dumps ---------------------------------------------------------------------------------------- */

struct dump {
	struct look_file txt, meta;
	char name[RECORD_NAME_MAX], meta_name[RECORD_NAME_MAX];
	const struct record_kind *kind;
	const struct kv *kv; /* of meta; NULL if it cannot be read */
	char sha256[DIGEST_TEXT]; /* of txt */
};

static int dump_digest(const char *path, char text[DIGEST_TEXT])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc;
	struct err ignored;

	if (fd < 0)
		return -1;
	rc = digest_fd(&ignored, fd, text, NULL);
	close(fd);
	return rc;
}

/*
 * Metadata without its dump: the dump may have been on its way, or be complete under its temporary
 * name.
 */
static void dump_missing(struct look *look, struct dump *dump)
{
	const char *want = dump->kv ? kv_get(dump->kv, "sha256") : NULL;
	struct fsck *fsck = look->fsck;
	char upload[256] = "", sha256[DIGEST_TEXT];
	struct dirent *entry;
	struct look_file file;
	DIR *dir = opendir(look->dir);
	int alive = 0;

	while (dir && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, ".upload-", 8) != 0)
			continue;
		alive |= temp_writer(entry->d_name) == TEMP_ALIVE;
		if (want && look_at(look, entry->d_name, &file) &&
		    dump_digest(file.path, sha256) == 0 && strcmp(sha256, want) == 0)
			snprintf(upload, sizeof(upload), "%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (alive)
		return;
	if (!upload[0])
		finding_remove(fsck, FINDING_ORPHAN, dump->meta.path);
	else
		finding_add(fsck, FINDING_UNNAMED, dump->txt.path, NULL,
		    fsck->repair ? file_publish(&fsck->err, look->dir, upload, dump->name) : 1);
}

/* Metadata made from the dump, with what the older metadata has. */
static int dump_write_meta(struct err *err, const struct look *look, const struct dump *dump)
{
	const struct kv *kv = dump->kv;
	const char *channel = kv ? kv_get(kv, "channel") : NULL;
	char text[META_MAX], when[25];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	if (kv && kv_get(kv, "sha256")) {
		for (size_t i = 0; i < kv->count; i++)
			if (strcmp(kv->pair[i].key, "damaged") != 0)
				kv_out_pair(&out, '\n', kv->pair[i].key, kv->pair[i].value);
		kv_out_pair(&out, '\n', "damaged", dump->sha256);
	} else {
		clock_format((int64_t)dump->txt.st.st_mtim.tv_sec * 1000, when);
		if (!channel)
			channel = look->id ? dump->kind->channel : "pstore";
		kv_out_pair(&out, '\n', "session", look->id);
		kv_out_pair(&out, '\n', "received", when);
		kv_out_num(&out, '\n', "bytes", (unsigned long long)dump->txt.st.st_size);
		kv_out_pair(&out, '\n', "sha256", dump->sha256);
		kv_out_pair(&out, '\n', "channel", channel);
		kv_out_pair(&out, '\n', "agent", "fsck");
	}
	kv_out_raw(&out, "\n");
	if (out.overflow)
		return err_set(err, "metadata too long");
	return file_write(err, look->dir, dump->meta_name, text, out.len);
}

static void dump_content(struct look *look, struct dump *dump)
{
	const char *want = dump->kv ? kv_get(dump->kv, "sha256") : NULL;
	const char *damaged = dump->kv ? kv_get(dump->kv, "damaged") : NULL;
	struct fsck *fsck = look->fsck;

	if (dump_digest(dump->txt.path, dump->sha256)) {
		finding_add(fsck, FINDING_UNREADABLE, dump->txt.path, NULL, 1);
		return;
	}
	if (want &&
	    (strcmp(want, dump->sha256) == 0 || (damaged && strcmp(damaged, dump->sha256) == 0)))
		return;
	finding_add(fsck, want ? FINDING_CHANGED : FINDING_NO_DIGEST,
	    want ? dump->txt.path : dump->meta.path, NULL,
	    fsck->repair ? dump_write_meta(&fsck->err, look, dump) : 1);
}

static void look_dump(struct look *look, int number)
{
	char text[META_MAX];
	struct dump dump;
	struct err ignored;
	struct kv kv;

	dump.kind = record_upload_name(number, "txt", dump.name);
	record_upload_name(number, "meta", dump.meta_name);
	look_at(look, dump.meta_name, &dump.meta);
	dump.kv = kv_read_file(&ignored, dump.meta.path, text, sizeof(text), &kv) ? NULL : &kv;
	if (!look_at(look, dump.name, &dump.txt) && dump.meta.st.st_mode)
		dump_missing(look, &dump);
	if (!look_at(look, dump.name, &dump.txt))
		return;
	if (dump.txt.st.st_size == 0) {
		finding_remove(look->fsck, FINDING_EMPTY_DUMP, dump.txt.path);
		if (dump.meta.st.st_mode)
			finding_remove(look->fsck, FINDING_EMPTY_DUMP, dump.meta.path);
		return;
	}
	dump_content(look, &dump);
	look_newer(&look->newest, &dump.txt.st.st_mtim);
	look_newer(&look->due, &dump.txt.st.st_mtim);
	look->dumps++;
	if (look->id)
		fsck_journal_dump(look->fsck, look->id, number, dump.txt.path, &dump.txt.st);
}

/* --- netconsole ----------------------------------------------------------------------------------- */

/* Cuts the zeros that a power cut left, and ends the last line. */
static int log_repair(struct err *err, const char *path, int64_t whole, int newline)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW), rc = 0;

	if (fd < 0)
		return err_errno(err, "%s", path);
	if (ftruncate(fd, whole) || (newline && write(fd, "\n", 1) != 1) || fsync(fd))
		rc = err_errno(err, "%s", path);
	close(fd);
	return rc;
}

static void log_end(struct fsck *fsck, const struct look_file *file)
{
	static char tail[LOG_TAIL_MAX];
	int64_t from = file->st.st_size > LOG_TAIL_MAX ? file->st.st_size - LOG_TAIL_MAX : 0;
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), newline;
	ssize_t n = fd < 0 ? -1 : pread(fd, tail, sizeof(tail), from), text = n;

	if (fd >= 0)
		close(fd);
	while (text > 0 && tail[text - 1] == '\0')
		text--;
	newline = from + text > 0 && (text == 0 || tail[text - 1] != '\n');
	if (n > 0 && (text < n || newline))
		finding_add(fsck, text < n ? FINDING_LOG_ZEROS : FINDING_LOG_END, file->path, NULL,
		    fsck->repair ? log_repair(&fsck->err, file->path, from + text, newline) : 1);
}

static void look_log(struct look *look, const char *name)
{
	struct look_file file;

	if (!look_at(look, name, &file))
		return;
	if (!look->fsck->collector && !look->fsck->spool)
		log_end(look->fsck, &file);
	if (look_at(look, name, &file))
		look_newer(&look->newest, &file.st.st_mtim);
}

static void look_file_time(struct look *look, const char *name)
{
	struct look_file file;

	if (look_at(look, name, &file))
		look_newer(&look->newest, &file.st.st_mtim);
}

/* Metadata without a number for this key is damaged. */
static void look_meta(struct look *look, const char *name, const char *key)
{
	char text[META_MAX];
	struct look_file file;
	struct err ignored;
	struct kv kv;

	if (!look_at(look, name, &file))
		return;
	if (kv_read_file(&ignored, file.path, text, sizeof(text), &kv) == 0 &&
	    kv_u64(&kv, key, INT64_MAX, UINT64_MAX) != UINT64_MAX) {
		int64_t died = (int64_t)kv_u64(&kv, "died", INT64_MAX, 0);

		look->died |= died != 0;
		look_newer(&look->due, &(struct timespec){.tv_sec = died / 1000});
	} else if (!look_busy(look, file.st.st_mtim.tv_sec)) {
		finding_remove(look->fsck, FINDING_META, file.path);
	}
}

/* --- the record ----------------------------------------------------------------------------------- */

static uint64_t record_lines(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint64_t lines = 0;
	char buf[65536];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += buf[i] == '\n';
	if (fd >= 0)
		close(fd);
	return lines;
}

static void look_record(struct look *look)
{
	struct look_file meta, txt, channels;
	const char *product = NULL;
	enum finding what;
	struct fsck *fsck = look->fsck;
	char text[META_MAX];
	struct err ignored;
	struct kv kv;
	int whole;

	look_at(look, "record.meta", &meta);
	look_at(look, "record.txt", &txt);
	whole = look_at(look, "record.channels", &channels) && meta.st.st_mode && txt.st.st_mode;
	if (!look->newest.tv_sec ||
	    (!look->dumps && !look->died && !meta.st.st_mode && !txt.st.st_mode))
		return;
	/* The collector makes it when a log has been silent for a while. */
	if (look_busy(look, look->newest.tv_sec))
		return;
	if (kv_read_file(&ignored, meta.path, text, sizeof(text), &kv) == 0)
		product = kv_get(&kv, "product");
	else
		kv.count = 0;
	if (!whole)
		what = FINDING_RECORD_PART;
	else if (kv_u64(&kv, "lines", INT64_MAX, UINT64_MAX) != record_lines(txt.path))
		what = FINDING_RECORD_MISMATCH;
	/* A machine may go on after an oops: its record stays as it is. A time in the future (a clock that
	 * was set back) proves nothing. */
	else if (look->due.tv_sec <= clock_now() / 1000 && is_older(&meta.st.st_mtim, &look->due))
		what = FINDING_RECORD_OLD;
	else
		return;
	finding_add(fsck, what, txt.path, NULL,
	    fsck->repair ? record_make(&fsck->err, look->dir, product ? product : "") : 1);
}

void fsck_session(struct fsck *fsck, const char *id, const char *dir)
{
	struct look look = {.fsck = fsck, .id = id, .dir = dir};

	for (int number = 1; number <= RECORD_UPLOADS_MAX; number++)
		look_dump(&look, number);
	look_log(&look, "netconsole.log.0");
	look_log(&look, "netconsole.log.1");
	look_log(&look, "netconsole.log");
	fsck_console(fsck, dir);
	look_file_time(&look, "console.log");
	look_meta(&look, "netconsole.meta", "lines");
	look_meta(&look, "hook.meta", "tries");
	if (id)
		look_record(&look);
}
