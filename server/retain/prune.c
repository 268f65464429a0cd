/* SPDX-License-Identifier: MIT */
/* prune: removes what retain.h chooses; see prune.h. */
#include "prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "inventory.h"
#include "store/journal.h"
#include "store/layout.h"

#define DAY_MS (86400LL * 1000)

/* --- one item -------------------------------------------------------------------------------------- */

/* The journal's key for the name of what is no session. */
static const char *const prune_key[] = {
    [RETAIN_PSTORE] = "what", [RETAIN_STREAM] = "stream", [RETAIN_CONSOLE] = "console"};

/* For how long the session ran, and on what, so that rates of crashes stay right without it (db_exposure). */
static void prune_add_run(struct kv_out *out, struct db *db, const struct retain_item *item)
{
	struct db_session known;
	struct err ignored;
	int64_t end;

	if (!db || !item->up_ms || db_session_by_id(&ignored, db, item->name, &known) <= 0)
		return;
	{
		const int64_t times[] = {known.died_ms, known.captured_ms, known.ended_ms};

		end = clock_now();
		for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
			if (times[i] && times[i] < end)
				end = times[i];
	}
	kv_out_num(out, ' ', "end", (unsigned long long)end);
	if (known.release[0])
		kv_out_pair(out, ' ', "release", known.release);
	if (known.product[0])
		kv_out_pair(out, ' ', "product", known.product);
	if (known.signature[0])
		kv_out_pair(out, ' ', "signature", known.signature);
}

/* db: may be NULL. */
static int prune_record(struct err *err, const char *state, struct db *db,
    const struct retain_item *item, const char *why)
{
	int session = item->kind == RETAIN_SESSION;
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	journal_begin(&out, line, sizeof(line), clock_now(), "pruned", session ? item->name : NULL);
	if (!session)
		kv_out_pair(&out, ' ', prune_key[item->kind], item->name);
	kv_out_pair(&out, ' ', "why", why);
	kv_out_num(&out, ' ', "bytes", item->bytes);
	if (session)
		kv_out_num(&out, ' ', "crash", item->crashed != 0);
	if (item->up_ms)
		kv_out_num(&out, ' ', "up", (unsigned long long)item->up_ms);
	if (session)
		prune_add_run(&out, db, item);
	return journal_append_durable(err, state, &out);
}

/* Removes the files of a directory, which has no subdirectories. 0/-1. */
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
static int prune_end(struct err *err, const char *state, struct db *db, const char *dir,
    const struct retain_item *item, const char *why)
{
	if (prune_empty(err, dir) || prune_record(err, state, db, item, why))
		return -1;
	if (rmdir(dir) && errno != ENOENT)
		return err_errno(err, "%s", dir);
	return 0;
}

/* Step 1. 0 done, 1 it has changed and stays, -1. */
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
	/* (locked: an upload is being published) */
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

	if (prune_record(err, state, NULL, item, retain_why_name(item->why)))
		return -1;
	for (const char *const *suffix = inventory_stream_suffixes; *suffix; suffix++) {
		if (snprintf(path, sizeof(path), "%s/" LAYOUT_STREAMS "/%s%s", state, item->name,
			*suffix) >= (int)sizeof(path))
			return err_set(err, "%s: path too long", state);
		if (unlink(path) && errno != ENOENT)
			return err_errno(err, "%s", path);
	}
	return 0;
}

/* One part of STATE/consoles/TARGET; lastwords-console notices, and begins a new one. 0 removed, 1 it has
 * changed and stays, -1. */
static int prune_console(struct err *err, const char *state, const struct retain_item *item)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	const size_t len = strcspn(item->name, "/");
	const int old = item->name[len] != '\0';
	struct retain_item now = {.bytes = 0};
	struct dirent **names;
	int n, rc = 0;

	if (snprintf(dir, sizeof(dir), "%s/" LAYOUT_CONSOLES "/%.*s", state, (int)len,
		item->name) >= (int)sizeof(dir))
		return err_set(err, "%s: path too long", state);
	if (inventory_console(dir, old, &now) || now.last_ms > item->last_ms ||
	    now.bytes != item->bytes)
		return 1;
	if (prune_record(err, state, NULL, item, retain_why_name(item->why)))
		return -1;
	n = file_list(err, dir, NULL, &names);
	if (n < 0)
		return -1;
	for (int i = 0; i < n && rc == 0; i++) {
		const char *name = names[i]->d_name;

		if (name[0] == '.' || inventory_console_is_old(name) != old)
			continue;
		rc = file_path(err, dir, name, path);
		if (rc == 0 && unlink(path) && errno != ENOENT)
			rc = err_errno(err, "%s", path);
	}
	file_list_free(names, n);
	rmdir(dir); /* if it was the last */
	return rc;
}

/* 0 removed, 1 it has changed and stays, -1. */
static int prune_item(
    struct err *err, const char *state, struct db *db, const struct retain_item *item)
{
	const char *name = item->kind == RETAIN_PSTORE ? "pstore" : item->name;
	char machine[FILE_PATH_MAX], taken[FILE_PATH_MAX];
	int rc;

	if (item->kind == RETAIN_STREAM)
		return prune_stream(err, state, item);
	if (item->kind == RETAIN_CONSOLE)
		return prune_console(err, state, item);
	if (!item->stored)
		return prune_record(err, state, db, item, retain_why_name(item->why));
	if (layout_machine_dir(err, state, item->name, machine))
		return -1;
	rc = prune_take(err, machine, name, item, taken);
	if (rc)
		return rc;
	if (prune_end(err, state, db, taken, item, retain_why_name(item->why)))
		return -1;
	rmdir(machine); /* if it was the machine's last */
	return 0;
}

/* --- what a killed run has left -------------------------------------------------------------------- */

int prune_finish(struct err *err, const char *state, const char *mac, const char *name)
{
	struct retain_item item = {.kind = RETAIN_SESSION};
	const char *id = name + strlen(PRUNE_PREFIX);
	char machine[FILE_PATH_MAX], dir[FILE_PATH_MAX];
	struct session session;
	struct err ignored;

	if (layout_machine_dir(err, state, mac, machine) || file_path(err, machine, name, dir))
		return -1;
	if (strcmp(id, "pstore") == 0) {
		item.kind = RETAIN_PSTORE;
		snprintf(item.name, sizeof(item.name), "%s/pstore", mac);
	} else if (session_parse(&ignored, id, strlen(id), &session) == 0) {
		snprintf(item.name, sizeof(item.name), "%s", session.id);
	} else {
		return 0;
	}
	if (inventory_directory(dir, &item))
		return 0;
	return prune_end(err, state, NULL, dir, &item, "unfinished");
}

static void prune_trouble(const struct prune *prune, const struct err *err)
{
	if (prune->report)
		prune->report(prune->arg, err->msg);
}

static void prune_finish_machine(const struct prune *prune, const char *mac)
{
	const char *state = prune->config->state;
	char machine[FILE_PATH_MAX];
	struct dirent **names;
	struct stat st;
	struct err err;
	int n, others = 0;

	if (layout_machine_dir(&err, state, mac, machine))
		return;
	n = file_list(&err, machine, NULL, &names);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (strncmp(name, PRUNE_PREFIX, strlen(PRUNE_PREFIX)) != 0)
			others += name[0] != '.';
		else if (prune_finish(&err, state, mac, name))
			prune_trouble(prune, &err);
	}
	file_list_free(names, n);
	/* An empty machine directory goes, but not one that may have been made just now. */
	if (n >= 0 && !others && stat(machine, &st) == 0 &&
	    clock_of(&st.st_mtim) < clock_now() - RETAIN_FRESH_MS)
		rmdir(machine);
}

static void prune_finish_all(const struct prune *prune)
{
	char sessions[FILE_PATH_MAX];
	struct dirent **machines;
	struct err err;
	int n;

	if (file_path(&err, prune->config->state, LAYOUT_SESSIONS, sessions))
		return;
	n = file_list(&err, sessions, layout_is_machine, &machines);
	for (int i = 0; i < n; i++)
		prune_finish_machine(prune, machines[i]->d_name);
	file_list_free(machines, n);
}

/* --- prune.meta ------------------------------------------------------------------------------------ */

uint64_t prune_transient(const char *state)
{
	static const char prefix[] = "lighttpd-upload-";
	char path[FILE_PATH_MAX];
	struct dirent *entry;
	struct err ignored;
	uint64_t bytes = 0;
	struct stat st;
	DIR *dir;

	if (file_path(&ignored, state, LAYOUT_RUN, path) || !(dir = opendir(path)))
		return 0;
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) == 0 &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)st.st_blocks * 512;
	closedir(dir);
	return bytes;
}

void prune_note_read(const char *state, struct prune_note *note)
{
	char path[FILE_PATH_MAX], text[1024];
	struct err ignored;
	struct kv kv;

	memset(note, 0, sizeof(*note));
	if (file_path(&ignored, state, LAYOUT_RUN "/prune.meta", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return;
	note->time_ms = kv_u64(&kv, "time", INT64_MAX, 0);
	note->aged_ms = kv_u64(&kv, "aged", INT64_MAX, note->time_ms);
	note->sessions = kv_u64(&kv, "sessions", INT64_MAX, 0);
	note->crashes = kv_u64(&kv, "crashes", INT64_MAX, 0);
	note->bytes = kv_u64(&kv, "bytes", INT64_MAX, 0);
	note->streams = kv_u64(&kv, "streams", INT64_MAX, 0);
	note->compacted_ms = kv_u64(&kv, "compacted", INT64_MAX, 0);
}

static int prune_note_write(
    struct err *err, const struct prune *prune, int64_t now_ms, uint64_t compacted)
{
	char run[FILE_PATH_MAX], text[1024];
	struct kv_out out;

	if (file_path(err, prune->config->state, LAYOUT_RUN, run))
		return -1;
	kv_out_init(&out, text, sizeof(text));
	kv_out_num(&out, '\n', "time", (unsigned long long)now_ms);
	kv_out_num(&out, '\n', "aged", (unsigned long long)prune->aged_ms);
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

/* --- a run ----------------------------------------------------------------------------------------- */

static void prune_count_stored(struct prune *prune, const struct retain_item *item)
{
	prune->bytes += item->bytes;
	prune->streams += item->kind == RETAIN_STREAM;
	prune->sessions += item->kind <= RETAIN_PSTORE && item->stored;
	prune->crashes += item->crashed && item->stored;
}

/* Removes (or would remove) the first go items. */
static void prune_items(
    struct prune *prune, struct db *db, const struct inventory *inventory, size_t go)
{
	for (size_t i = 0; i < inventory->count; i++) {
		const struct retain_item *item = &inventory->items[i];
		struct err err;
		int rc = 0;

		if (i < go && !prune->dry_run)
			rc = prune_item(&err, prune->config->state, db, item);
		if (rc < 0)
			prune_trouble(prune, &err);
		if (i < go && rc == 0) {
			prune->removed++;
			prune->removed_bytes += item->bytes;
			if (prune->chosen)
				prune->chosen(prune->arg, item);
		}
		if (i >= go || rc != 0 || prune->dry_run)
			prune_count_stored(prune, item);
	}
}

/* Up to which time lastwords-relay has sent all to the central database (STATE/run/relay.meta); 0: unknown. */
static int64_t prune_unsent(const char *state)
{
	char path[FILE_PATH_MAX], text[LAYOUT_RELAY_MAX];
	struct err ignored;
	struct kv kv;

	if (file_path(&ignored, state, LAYOUT_RELAY, path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return 0;
	return (int64_t)kv_u64(&kv, "unsent", INT64_MAX, 0);
}

static int prune_inventory(struct err *err, struct prune *prune, int64_t now_ms)
{
	const struct config *config = prune->config;
	struct retain_policy policy = {.age_ms = config->keep_days * DAY_MS,
	    .age_crash_ms = config->keep_days_crash * DAY_MS,
	    .aged_ms = prune->aged_ms,
	    .size = config->keep_size,
	    .size_machine = config->keep_size_machine,
	    .waits = config->central[0] && config->keep_until_central,
	    .unsent_ms = prune_unsent(config->state)};
	struct inventory inventory;
	uint64_t size;
	struct err ignored;
	struct db *db;
	int rc;

	if (disk_look(err, config->state, &policy.free, &size))
		return -1;
	policy.free += prune_transient(config->state);
	prune->floor = disk_floor_of(config->disk_floor, size);
	policy.floor = prune->ignore_floor ? 0 : prune->floor;
	prune->free = policy.free;
	/* (without an index there are still the files) */
	db = db_open(&ignored, config->state, 0);
	rc = inventory_read(err, config->state, db, &inventory);
	if (rc == 0) {
		prune_items(prune, db, &inventory,
		    retain_choose(inventory.items, inventory.count, &policy, now_ms));
		inventory_free(&inventory);
	}
	db_close(db);
	return rc;
}

/* As sessions are, lines are kept until they are sent, while the disk has room (keep_until_central). */
static int64_t prune_compact_until(const struct prune *prune)
{
	const struct config *config = prune->config;

	if (!config->central[0] || !config->keep_until_central || prune->free < prune->floor)
		return INT64_MAX;
	return prune_unsent(config->state);
}

/* Until when ages are counted. The first run after a jump of the clock reports it. */
static void prune_set_aged(struct prune *prune, const struct prune_note *last, int64_t now_ms)
{
	int64_t most = (int64_t)last->aged_ms + PRUNE_AGED_MS;
	struct err err;

	prune->aged_ms = last->aged_ms && most < now_ms ? most : now_ms;
	if (last->time_ms && now_ms - DAY_MS > (int64_t)last->time_ms) {
		err_set(&err,
		    "the clock is %lld days ahead of the last run: ages are counted slowly until they are right",
		    (long long)((now_ms - (int64_t)last->time_ms) / DAY_MS));
		prune_trouble(prune, &err);
	}
}

static int prune_with_lock(struct err *err, struct prune *prune)
{
	const struct config *config = prune->config;
	int64_t now_ms = clock_now();
	struct prune_note last;

	prune_note_read(config->state, &last);
	prune_set_aged(prune, &last, now_ms);
	if (!prune->dry_run)
		prune_finish_all(prune);
	if (prune_inventory(err, prune, now_ms))
		return -1;
	if (prune->always_compact || (uint64_t)now_ms >= last.compacted_ms + PRUNE_COMPACT_MS ||
	    (uint64_t)now_ms < last.compacted_ms) {
		if (journal_compact(err, config->state, config->keep_days * DAY_MS,
			prune_compact_until(prune), prune->aged_ms, prune->dry_run,
			&prune->compacted))
			return -1;
		last.compacted_ms = (uint64_t)now_ms;
	}
	return prune->dry_run ? 0 : prune_note_write(err, prune, now_ms, last.compacted_ms);
}

int prune_run(struct err *err, struct prune *prune)
{
	int lock, rc;

	if (prune->dry_run)
		return prune_with_lock(err, prune);
	lock = layout_lock(err, prune->config->state, "prune.lock");
	if (lock < 0 && errno == EWOULDBLOCK)
		return err_set(err, "another prune is running; try again when it has ended");
	if (lock < 0)
		return -1;
	rc = prune_with_lock(err, prune);
	close(lock);
	return rc;
}
