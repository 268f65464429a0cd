/* SPDX-License-Identifier: MIT */
/* fsck_session: the files of one session; see fsck.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fsck.h"
#include "hex.h"
#include "kv.h"
#include "num.h"
#include "record.h"

enum { META_MAX = 8192, TAIL_MAX = 1 << 20 };

struct look {
	struct fsck *fsck;
	const struct session *session; /* NULL: pstore */
	const char *dir; /* relative to STATE */
	char full[STATE_PATH_MAX]; /* of dir */
	struct timespec newest; /* of the ropes */
	int dumps;
};

static int look_stat(const struct look *look, const char *name, struct stat *st)
{
	char path[STATE_PATH_MAX];
	struct err ignored;

	return state_path(&ignored, look->full, name, path) || lstat(path, st) ||
	       !S_ISREG(st->st_mode);
}

static void look_path(const struct look *look, const char *name, char path[STATE_PATH_MAX])
{
	if (snprintf(path, STATE_PATH_MAX, "%s/%s", look->dir, name) >= STATE_PATH_MAX)
		path[0] = '\0';
}

static int look_sha256(const struct look *look, const char *name, char text[65])
{
	static uint8_t buf[65536];
	uint8_t digest[SHA256_DIGEST_SIZE];
	char path[STATE_PATH_MAX];
	struct sha256_ctx hash;
	struct err ignored;
	ssize_t n = -1;
	int fd;

	if (state_path(&ignored, look->full, name, path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return -1;
	sha256_init(&hash);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sha256_update(&hash, (size_t)n, buf);
	close(fd);
	sha256_digest(&hash, sizeof(digest), digest);
	hex_text(digest, sizeof(digest), text);
	return n == 0 ? 0 : -1;
}

static void look_newer(struct look *look, const struct stat *st)
{
	if (st->st_mtim.tv_sec > look->newest.tv_sec ||
	    (st->st_mtim.tv_sec == look->newest.tv_sec &&
		st->st_mtim.tv_nsec > look->newest.tv_nsec))
		look->newest = st->st_mtim;
}

/* --- dumps --------------------------------------------------------------------------------------- */

/* The metadata of a dump, made from the dump, with what an older one said (kv NULL: nothing). */
static int dump_write_meta(struct err *err, const struct look *look, const char *meta,
    const struct kv *kv, const struct stat *st, const char *sha256)
{
	char text[META_MAX], when[25];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	if (kv && kv_get(kv, "sha256")) {
		for (size_t i = 0; i < kv->count; i++)
			if (strcmp(kv->pair[i].key, "damaged") != 0)
				kv_out_pair(&out, '\n', kv->pair[i].key, kv->pair[i].value);
		kv_out_pair(&out, '\n', "damaged", sha256);
	} else {
		clock_format((int64_t)st->st_mtim.tv_sec * 1000, when);
		if (look->session)
			kv_out_pair(&out, '\n', "session", look->session->id);
		kv_out_pair(&out, '\n', "received", when);
		kv_out_num(&out, '\n', "bytes", (unsigned long long)st->st_size);
		kv_out_pair(&out, '\n', "sha256", sha256);
		kv_out_pair(&out, '\n', "rope",
		    kv && kv_get(kv, "rope") ? kv_get(kv, "rope")
		    : look->session          ? "http"
					     : "pstore");
		kv_out_pair(&out, '\n', "agent", "fsck");
	}
	kv_out_raw(&out, "\n");
	if (out.overflow)
		return err_set(err, "%s: metadata too long", meta);
	return state_write(err, look->full, meta, text, out.len);
}

/* An upload that was killed between its metadata and its name: the bytes may be there, whole. 0 if
 * they have their name now. */
static int dump_publish(struct err *err, const struct look *look, const char *txt, const char *want)
{
	char sha256[65];
	struct dirent *entry;
	DIR *dir = opendir(look->full);
	int rc = 1;

	while (dir && rc && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, ".upload-", 8) == 0 &&
		    look_sha256(look, entry->d_name, sha256) == 0 && strcmp(sha256, want) == 0)
			rc = state_publish(err, look->full, entry->d_name, txt);
	if (dir)
		closedir(dir);
	return rc;
}

/* Whether the writer of an upload of this session lives: its temporary file is named after it. */
static int dump_writer(const struct look *look)
{
	struct dirent *entry;
	DIR *dir = opendir(look->full);
	int lives = 0;

	while (dir && (entry = readdir(dir)) != NULL)
		lives |= strncmp(entry->d_name, ".upload-", 8) == 0 && fsck_writer(entry->d_name);
	if (dir)
		closedir(dir);
	return lives;
}

static void dump_orphan(struct look *look, const char *txt, const char *meta, const struct kv *kv)
{
	const char *want = kv ? kv_get(kv, "sha256") : NULL;
	struct fsck *fsck = look->fsck;
	char path[STATE_PATH_MAX];
	struct stat st;
	struct err err;

	if (look_stat(look, meta, &st) || dump_writer(look))
		return; /* on its way */
	look_path(look, txt, path);
	if (want && fsck->mend && dump_publish(&err, look, txt, want) == 0) {
		fsck_tell(
		    fsck, path, "an upload that was whole had not got its name", "named", 0, NULL);
		fsck->reindex = 1;
		return;
	}
	look_path(look, meta, path);
	fsck_remove(fsck, path, "metadata of an upload that did not come to its end");
}

static void dump_whole(struct look *look, const char *txt, const char *meta, const struct stat *st,
    const struct kv *kv)
{
	const char *want = kv ? kv_get(kv, "sha256") : NULL;
	const char *damaged = kv ? kv_get(kv, "damaged") : NULL;
	struct fsck *fsck = look->fsck;
	char path[STATE_PATH_MAX], sha256[65];
	struct err err;
	int rc = 1;

	look_path(look, want ? txt : meta, path);
	if (look_sha256(look, txt, sha256)) {
		look_path(look, txt, path);
		fsck_tell(fsck, path, "cannot be read", NULL, 1, NULL);
		return;
	}
	if (want && (strcmp(want, sha256) == 0 || (damaged && strcmp(damaged, sha256) == 0)))
		return;
	if (fsck->mend)
		rc = dump_write_meta(&err, look, meta, kv, st, sha256);
	if (want)
		fsck_tell(fsck, path, "is not what was acknowledged (SHA-256)",
		    "its metadata says so; a backup may have it", rc, &err);
	else
		fsck_tell(
		    fsck, path, "missing or without a SHA-256", "made from the dump", rc, &err);
}

static void look_dump(struct look *look, int number)
{
	char txt[32], meta[32], path[STATE_PATH_MAX], text[META_MAX];
	struct fsck *fsck = look->fsck;
	struct err ignored;
	struct kv kv, *known = &kv;
	struct stat st;

	snprintf(txt, sizeof(txt), number == 1 ? "dmesg.txt" : "dmesg-%d.txt", number);
	snprintf(meta, sizeof(meta), number == 1 ? "dmesg.meta" : "dmesg-%d.meta", number);
	if (state_path(&ignored, look->full, meta, path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		known = NULL;
	if (look_stat(look, txt, &st)) {
		dump_orphan(look, txt, meta, known);
		if (look_stat(look, txt, &st))
			return;
	}
	if (st.st_size == 0) {
		look_path(look, txt, path);
		fsck_remove(fsck, path, "an empty dump");
		look_path(look, meta, path);
		if (look_stat(look, meta, &st) == 0)
			fsck_remove(fsck, path, "the metadata of an empty dump");
		fsck->reindex |= fsck->mend;
		return;
	}
	dump_whole(look, txt, meta, &st, known);
	look_newer(look, &st);
	look->dumps++;
	if (!look->session)
		return;
	look_path(look, txt, path);
	fsck_journal_dump(fsck, look->session, path, txt, &st);
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

static void look_log(struct look *look, const char *name)
{
	static char tail[TAIL_MAX];
	struct fsck *fsck = look->fsck;
	char path[STATE_PATH_MAX], full[STATE_PATH_MAX];
	struct stat st;
	struct err err;
	int64_t from;
	ssize_t n, zeros;
	int fd, rc = 1;

	if (look_stat(look, name, &st))
		return;
	look_path(look, name, path);
	if (fsck->collector || fsck->spool || st.st_size == 0 ||
	    state_path(&err, look->full, name, full) ||
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
	look_stat(look, name, &st);
out:
	look_newer(look, &st);
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
static int look_meta(struct look *look, const char *name, const char *key, int *died)
{
	char path[STATE_PATH_MAX], full[STATE_PATH_MAX], text[META_MAX];
	struct err ignored;
	struct stat st;
	struct kv kv;

	if (look_stat(look, name, &st) || state_path(&ignored, look->full, name, full))
		return 0;
	if (kv_read_file(&ignored, full, text, sizeof(text), &kv) == 0 &&
	    meta_number(&kv, key, UINT64_MAX) != UINT64_MAX) {
		if (died)
			*died = meta_number(&kv, "died", 0) != 0;
		return 0;
	}
	if (look->fsck->collector && look->fsck->now_s - st.st_mtim.tv_sec < FSCK_BUSY_S)
		return 0;
	look_path(look, name, path);
	fsck_remove(look->fsck, path, "damaged metadata");
	return 1;
}

/* --- the record ------------------------------------------------------------------------------------ */

static size_t record_lines(const struct look *look)
{
	char path[STATE_PATH_MAX], buf[65536];
	struct err ignored;
	size_t lines = 0;
	ssize_t n;
	int fd;

	if (state_path(&ignored, look->full, "record.txt", path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return SIZE_MAX;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += buf[i] == '\n';
	close(fd);
	return lines;
}

/* NULL if the record is well, else what it is not. */
static const char *record_fault(const struct look *look, char product[128])
{
	char path[STATE_PATH_MAX], text[META_MAX];
	struct stat meta, ropes, txt;
	struct err ignored;
	struct kv kv;

	product[0] = '\0';
	if (look_stat(look, "record.meta", &meta) || look_stat(look, "record.txt", &txt) ||
	    look_stat(look, "record.ropes", &ropes))
		return "the record is not whole";
	if (state_path(&ignored, look->full, "record.meta", path) ||
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

static int record_again(struct err *err, const struct look *look, const char *product)
{
	char *text;
	struct record record;
	struct title title;
	size_t len = 0;
	int rc;

	if (record_load(err, look->full, &record))
		return -1;
	text = record_render(&record, &len);
	title_find(text ? text : "", text ? len : 0, &title);
	free(text);
	rc = record_write(err, look->full, &record, &title, product);
	record_free(&record);
	return rc;
}

static void look_record(struct look *look, int died)
{
	struct fsck *fsck = look->fsck;
	char path[STATE_PATH_MAX], product[128];
	const char *fault;
	struct stat st;
	struct err err;
	int rc = 1;

	if (!look->newest.tv_sec || (!look->dumps && !died && look_stat(look, "record.meta", &st) &&
					look_stat(look, "record.txt", &st)))
		return;
	/* The collector makes it when a log has been quiet. */
	if (fsck->collector && fsck->now_s - look->newest.tv_sec < FSCK_BUSY_S)
		return;
	fault = record_fault(look, product);
	if (!fault)
		return;
	look_path(look, "record.txt", path);
	if (fsck->mend) {
		rc = record_again(&err, look, product);
		fsck->reindex = 1;
	}
	fsck_tell(fsck, path, fault, "made again", rc, &err);
}

/* --------------------------------------------------------------------------------------------------- */

void fsck_session(struct fsck *fsck, const struct session *session, const char *dir)
{
	struct look look = {.fsck = fsck, .session = session, .dir = dir};
	int died = 0;

	if (fsck_path(fsck, dir, look.full))
		return;
	for (int number = 1; number <= STATE_UPLOADS_MAX; number++)
		look_dump(&look, number);
	look_log(&look, "netconsole.log.1");
	look_log(&look, "netconsole.log");
	look_meta(&look, "netconsole.meta", "lines", &died);
	look_meta(&look, "hook.meta", "tries", NULL);
	if (session)
		look_record(&look, died);
}
