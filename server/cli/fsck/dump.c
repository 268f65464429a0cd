/* SPDX-License-Identifier: MIT */
/*
 * dump: uploaded dumps and their metadata; see fsck.h. A dump itself is never changed, and removed
 * only where it is empty.
 */
#include <dirent.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/kv.h"
#include "look.h"

static int dump_sha256(const struct fsck_look *look, const char *name, char text[65])
{
	static uint8_t buf[65536];
	uint8_t digest[SHA256_DIGEST_SIZE];
	char path[FILE_PATH_MAX];
	struct sha256_ctx hash;
	struct err ignored;
	ssize_t n = -1;
	int fd;

	if (file_path(&ignored, look->full, name, path) ||
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

/* The metadata of a dump, made from the dump, with what an older one said (kv NULL: nothing). */
static int dump_write_meta(struct err *err, const struct fsck_look *look, const char *meta,
    const struct kv *kv, const struct stat *st, const char *sha256)
{
	char text[FSCK_META_MAX], when[25];
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
		kv_out_pair(&out, '\n', "channel",
		    kv && kv_get(kv, "channel") ? kv_get(kv, "channel")
		    : look->session             ? "http"
						: "pstore");
		kv_out_pair(&out, '\n', "agent", "fsck");
	}
	kv_out_raw(&out, "\n");
	if (out.overflow)
		return err_set(err, "%s: metadata too long", meta);
	return file_write(err, look->full, meta, text, out.len);
}

/* An upload that was killed between its metadata and its name: the bytes may be there, whole. 0 if
 * they have their name now. */
static int dump_publish(
    struct err *err, const struct fsck_look *look, const char *txt, const char *want)
{
	char sha256[65];
	struct dirent *entry;
	DIR *dir = opendir(look->full);
	int rc = 1;

	while (dir && rc && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, ".upload-", 8) == 0 &&
		    dump_sha256(look, entry->d_name, sha256) == 0 && strcmp(sha256, want) == 0)
			rc = file_publish(err, look->full, entry->d_name, txt);
	if (dir)
		closedir(dir);
	return rc;
}

/* Whether the writer of an upload of this session lives: its temporary file is named after it. */
static int dump_writer(const struct fsck_look *look)
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

static void dump_orphan(
    struct fsck_look *look, const char *txt, const char *meta, const struct kv *kv)
{
	const char *want = kv ? kv_get(kv, "sha256") : NULL;
	struct fsck *fsck = look->fsck;
	char path[FILE_PATH_MAX];
	struct stat st;
	struct err err;

	if (fsck_look_stat(look, meta, &st) || dump_writer(look))
		return; /* on its way */
	fsck_look_path(look, txt, path);
	if (want && fsck->mend && dump_publish(&err, look, txt, want) == 0) {
		fsck_tell(
		    fsck, path, "an upload that was whole had not got its name", "named", 0, NULL);
		fsck->reindex = 1;
		return;
	}
	fsck_look_path(look, meta, path);
	fsck_remove(fsck, path, "metadata of an upload that did not come to its end");
}

static void dump_whole(struct fsck_look *look, const char *txt, const char *meta,
    const struct stat *st, const struct kv *kv)
{
	const char *want = kv ? kv_get(kv, "sha256") : NULL;
	const char *damaged = kv ? kv_get(kv, "damaged") : NULL;
	struct fsck *fsck = look->fsck;
	char path[FILE_PATH_MAX], sha256[65];
	struct err err;
	int rc = 1;

	fsck_look_path(look, want ? txt : meta, path);
	if (dump_sha256(look, txt, sha256)) {
		fsck_look_path(look, txt, path);
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

void fsck_dump(struct fsck_look *look, int number)
{
	char txt[32], meta[32], path[FILE_PATH_MAX], text[FSCK_META_MAX];
	struct fsck *fsck = look->fsck;
	struct err ignored;
	struct kv kv, *known = &kv;
	struct stat st;

	snprintf(txt, sizeof(txt), number == 1 ? "dmesg.txt" : "dmesg-%d.txt", number);
	snprintf(meta, sizeof(meta), number == 1 ? "dmesg.meta" : "dmesg-%d.meta", number);
	if (file_path(&ignored, look->full, meta, path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		known = NULL;
	if (fsck_look_stat(look, txt, &st)) {
		dump_orphan(look, txt, meta, known);
		if (fsck_look_stat(look, txt, &st))
			return;
	}
	if (st.st_size == 0) {
		fsck_look_path(look, txt, path);
		fsck_remove(fsck, path, "an empty dump");
		fsck_look_path(look, meta, path);
		if (fsck_look_stat(look, meta, &st) == 0)
			fsck_remove(fsck, path, "the metadata of an empty dump");
		fsck->reindex |= fsck->mend;
		return;
	}
	dump_whole(look, txt, meta, &st, known);
	fsck_look_newer(look, &st);
	look->dumps++;
	if (!look->session)
		return;
	fsck_look_path(look, txt, path);
	fsck_journal_dump(fsck, look->session, path, txt, &st);
}
