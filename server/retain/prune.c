/* SPDX-License-Identifier: MIT */
/* prune: removes what retain.h chooses; see prune.h. */
#include "prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/num.h"
#include "inventory.h"
#include "store/journal.h"
#include "store/layout.h"

/* --- removing ---------------------------------------------------------------------------------------- */

static int prune_tell(
    struct err *err, const char *state, const struct retain_item *item, const char *why)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	journal_begin(&out, line, sizeof(line), clock_now(), "pruned",
	    item->kind == RETAIN_SESSION ? item->name : NULL);
	if (item->kind != RETAIN_SESSION)
		kv_out_pair(&out, ' ', item->kind == RETAIN_STREAM ? "stream" : "what", item->name);
	kv_out_pair(&out, ' ', "why", why);
	kv_out_num(&out, ' ', "bytes", item->bytes);
	if (item->kind == RETAIN_SESSION)
		kv_out_num(&out, ' ', "crash", item->crashed != 0);
	if (item->up_ms)
		kv_out_num(&out, ' ', "up", (unsigned long long)item->up_ms);
	return journal_append_durable(err, state, &out);
}

/* The files of a directory, and nothing below: there is nothing. 0/-1. */
static int prune_empty(struct err *err, const char *dir)
{
	struct dirent *entry;
	DIR *open_dir = opendir(dir);
	int rc = 0;

	if (!open_dir)
		return errno == ENOENT ? 0 : err_errno(err, "%s", dir);
	while (rc == 0 && (entry = readdir(open_dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(open_dir), entry->d_name, 0) && errno != ENOENT)
			rc = err_errno(err, "%s/%s", dir, entry->d_name);
	}
	closedir(open_dir);
	return rc;
}

/* Steps 2 to 4. */
static int prune_end(struct err *err, const char *state, const char *dir,
    const struct retain_item *item, const char *why)
{
	if (prune_empty(err, dir) || prune_tell(err, state, item, why))
		return -1;
	if (rmdir(dir) && errno != ENOENT)
		return err_errno(err, "%s", dir);
	return 0;
}

/* sessions/MAC and the name in it. 0/-1. */
static int prune_split(struct err *err, const char *state, const struct retain_item *item,
    char parent[FILE_PATH_MAX], const char **name)
{
	if (snprintf(parent, FILE_PATH_MAX, "%s/sessions/%.12s", state, item->name) >=
	    FILE_PATH_MAX)
		return err_set(err, "%s: path too long", state);
	*name = item->kind == RETAIN_PSTORE ? item->name + 13 : item->name;
	return 0;
}

/* Step 1. 0 done, 1 it is not as it was: it stays, -1. */
static int prune_take(struct err *err, const char *parent, const char *name,
    const struct retain_item *item, char taken[FILE_PATH_MAX])
{
	char dir[FILE_PATH_MAX], prefixed[RETAIN_NAME_MAX + sizeof(PRUNE_PREFIX)];
	struct retain_item now = {.last_ms = 0};
	int fd, rc = 0;

	snprintf(prefixed, sizeof(prefixed), PRUNE_PREFIX "%s", name);
	if (file_path(err, parent, name, dir) || file_path(err, parent, prefixed, taken))
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 1 : err_errno(err, "%s", dir);
	/* An upload is being published: it is alive. */
	if (flock(fd, LOCK_EX | LOCK_NB) || inventory_directory(dir, &now) ||
	    now.last_ms > item->last_ms || now.marked || now.bytes != item->bytes)
		rc = 1;
	else if (rename(dir, taken))
		rc = err_errno(err, "%s", taken);
	else
		rc = file_sync_dir(err, parent);
	close(fd);
	return rc;
}

static int prune_stream(struct err *err, const char *state, const struct retain_item *item)
{
	char path[FILE_PATH_MAX];

	if (prune_tell(err, state, item, retain_why_name(item->why)))
		return -1;
	for (const char *const *suffix = inventory_stream_suffixes; *suffix; suffix++) {
		if (snprintf(path, sizeof(path), "%s/streams/%s%s", state, item->name, *suffix) >=
		    (int)sizeof(path))
			return err_set(err, "%s: path too long", state);
		if (unlink(path) && errno != ENOENT)
			return err_errno(err, "%s", path);
	}
	return 0;
}

/* 0 removed, 1 it stays after all, -1. */
static int prune_item(struct err *err, const char *state, const struct retain_item *item)
{
	char parent[FILE_PATH_MAX], taken[FILE_PATH_MAX];
	const char *name = "";
	int rc;

	if (item->kind == RETAIN_STREAM)
		return prune_stream(err, state, item);
	if (!item->stored)
		return prune_tell(err, state, item, retain_why_name(item->why));
	if (prune_split(err, state, item, parent, &name))
		return -1;
	rc = prune_take(err, parent, name, item, taken);
	if (rc)
		return rc;
	if (prune_end(err, state, taken, item, retain_why_name(item->why)))
		return -1;
	rmdir(parent); /* if it was the machine's last */
	return 0;
}

/* --- what a run that was killed has left -------------------------------------------------------------- */

int prune_finish(struct err *err, const char *state, const char *mac, const char *name)
{
	struct retain_item item = {.kind = RETAIN_SESSION};
	const char *id = name + strlen(PRUNE_PREFIX);
	char dir[FILE_PATH_MAX];
	struct session session;
	struct err ignored;

	if (snprintf(dir, sizeof(dir), "%s/sessions/%s/%s", state, mac, name) >= (int)sizeof(dir))
		return err_set(err, "%s: path too long", state);
	if (strcmp(id, "pstore") == 0)
		item.kind = RETAIN_PSTORE;
	else if (session_parse(&ignored, id, strlen(id), &session))
		return 0;
	snprintf(item.name, sizeof(item.name), "%s%s%s", item.kind == RETAIN_PSTORE ? mac : "",
	    item.kind == RETAIN_PSTORE ? "/" : "", id);
	if (inventory_directory(dir, &item))
		return 0;
	return prune_end(err, state, dir, &item, "unfinished");
}

static void prune_trouble(const struct prune *prune, const struct err *err)
{
	if (prune->report)
		prune->report(prune->arg, err->msg);
}

static void prune_finish_machine(const struct prune *prune, const char *sessions, const char *mac)
{
	char path[FILE_PATH_MAX];
	struct dirent *entry;
	struct stat st;
	struct err err;
	DIR *dir;
	int others = 0;

	if (file_path(&err, sessions, mac, path) || !(dir = opendir(path)))
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, PRUNE_PREFIX, strlen(PRUNE_PREFIX)) != 0)
			others += entry->d_name[0] != '.';
		else if (prune_finish(&err, prune->config->state, mac, entry->d_name))
			prune_trouble(prune, &err);
	}
	/* Of a machine of which nothing is left; not if somebody may have made it just now. */
	if (!others && fstat(dirfd(dir), &st) == 0 &&
	    st.st_mtim.tv_sec < clock_now() / 1000 - RETAIN_FRESH_MS / 1000)
		rmdir(path);
	closedir(dir);
}

static void prune_finish_all(const struct prune *prune)
{
	char sessions[FILE_PATH_MAX];
	struct dirent *entry;
	struct err ignored;
	DIR *dir;

	if (file_path(&ignored, prune->config->state, "sessions", sessions) ||
	    !(dir = opendir(sessions)))
		return;
	while ((entry = readdir(dir)) != NULL)
		if (layout_is_machine(entry))
			prune_finish_machine(prune, sessions, entry->d_name);
	closedir(dir);
}

/* --- a run ------------------------------------------------------------------------------------------- */

static int prune_lock(struct err *err, const char *state)
{
	int fd = layout_lock(err, state, "prune.lock");

	if (fd < 0 && errno == EWOULDBLOCK)
		err_set(err, "another prune is at work; try again when it has ended");
	return fd;
}

static void prune_chosen(struct prune *prune, struct inventory *inventory, size_t go)
{
	struct err err;

	for (size_t i = 0; i < inventory->count; i++) {
		const struct retain_item *item = &inventory->items[i];
		int rc = i >= go          ? 1
			 : prune->dry_run ? 0
					  : prune_item(&err, prune->config->state, item);

		if (rc < 0)
			prune_trouble(prune, &err);
		if (rc == 0) {
			prune->removed++;
			prune->removed_bytes += item->bytes;
			if (prune->chosen)
				prune->chosen(prune->arg, item);
		}
		if (rc == 0 && !prune->dry_run)
			continue;
		prune->bytes += item->bytes;
		prune->streams += item->kind == RETAIN_STREAM;
		prune->sessions += item->kind != RETAIN_STREAM && item->stored;
		prune->crashes += item->crashed && item->stored;
	}
}

void prune_note_read(const char *state, struct prune_note *note)
{
	char path[FILE_PATH_MAX], text[1024];
	const struct {
		const char *key;
		uint64_t *to;
	} keys[] = {
	    {"time", &note->time_ms},
	    {"sessions", &note->sessions},
	    {"crashes", &note->crashes},
	    {"bytes", &note->bytes},
	    {"streams", &note->streams},
	    {"compacted", &note->compacted_ms},
	};
	struct err ignored;
	struct kv kv;

	memset(note, 0, sizeof(*note));
	if (file_path(&ignored, state, "run/prune.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = kv_get(&kv, keys[i].key);

		if (value)
			(void)num_u64(
			    &ignored, keys[i].key, value, strlen(value), 0, INT64_MAX, keys[i].to);
	}
}

static int prune_note_write(
    struct err *err, const struct prune *prune, int64_t now_ms, uint64_t compacted)
{
	char run[FILE_PATH_MAX], text[1024];
	struct kv_out out;

	if (file_path(err, prune->config->state, "run", run))
		return -1;
	kv_out_init(&out, text, sizeof(text));
	kv_out_num(&out, '\n', "time", (unsigned long long)now_ms);
	kv_out_num(&out, '\n', "sessions", prune->sessions);
	kv_out_num(&out, '\n', "crashes", prune->crashes);
	kv_out_num(&out, '\n', "bytes", prune->bytes);
	kv_out_num(&out, '\n', "streams", prune->streams);
	kv_out_num(&out, '\n', "removed", prune->removed);
	kv_out_num(&out, '\n', "removed-bytes", prune->removed_bytes);
	kv_out_num(&out, '\n', "compacted", compacted);
	kv_out_raw(&out, "\n");
	return file_write(err, run, "prune.meta", text, out.len);
}

static int prune_with_lock(struct err *err, struct prune *prune)
{
	const struct config *config = prune->config;
	const int64_t day = 86400LL * 1000, now_ms = clock_now();
	uint64_t compacted, size = 0;
	struct retain_policy policy = {.age_ms = config->keep_days * day,
	    .age_crash_ms = config->keep_days_crash * day,
	    .size = config->keep_size,
	    .size_machine = config->keep_size_machine};
	struct prune_note before;
	struct inventory inventory;
	struct db *db;
	struct err ignored;
	int rc;

	prune_note_read(config->state, &before);
	compacted = before.compacted_ms;
	if (!prune->dry_run)
		prune_finish_all(prune);
	if (disk_look(err, config->state, &policy.free, &size))
		return -1;
	policy.floor = prune->floor = disk_floor_of(config->disk_floor, size);
	prune->free = policy.free;
	/* Without an index there are still the files. */
	db = db_open(&ignored, config->state, 0);
	rc = inventory_read(err, config->state, db, &inventory);
	db_close(db);
	if (rc)
		return -1;
	prune_chosen(
	    prune, &inventory, retain_choose(inventory.items, inventory.count, &policy, now_ms));
	inventory_free(&inventory);
	if (prune->always_compact || (uint64_t)now_ms >= compacted + PRUNE_COMPACT_MS) {
		if (journal_compact(err, config->state, policy.age_ms, now_ms, prune->dry_run,
			&prune->compacted))
			return -1;
		compacted = (uint64_t)now_ms;
	}
	return prune->dry_run ? 0 : prune_note_write(err, prune, now_ms, compacted);
}

int prune_run(struct err *err, struct prune *prune)
{
	int lock = -1, rc;

	if (!prune->dry_run && (lock = prune_lock(err, prune->config->state)) < 0)
		return -1;
	rc = prune_with_lock(err, prune);
	if (lock >= 0)
		close(lock);
	return rc;
}
