/* SPDX-License-Identifier: MIT */
/* inventory: the contents of STATE; see inventory.h. It must not change anything. */
#include "inventory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/clock.h"
#include "record/record.h"
#include "store/layout.h"

static struct retain_item *inventory_add(
    struct err *err, struct inventory *inventory, enum retain_kind kind, const char *name)
{
	struct retain_item *item =
	    array_grow(err, inventory->items, &inventory->room, inventory->count, sizeof(*item));

	if (!item)
		return NULL;
	inventory->items = item;
	item += inventory->count++;
	*item = (struct retain_item){.kind = kind};
	snprintf(item->name, sizeof(item->name), "%.*s", RETAIN_NAME_MAX - 1, name);
	return item;
}

/* When a file was made, where the file system knows, but not after its last change. */
static int64_t inventory_made(int dir, const char *name, const struct stat *st)
{
	int64_t changed = clock_of(&st->st_mtim), made;
	struct statx stx;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &stx) ||
	    !(stx.stx_mask & STATX_BTIME))
		return changed;
	made = stx.stx_btime.tv_sec * 1000 + stx.stx_btime.tv_nsec / 1000000;
	return made < changed ? made : changed;
}

static void inventory_began(struct retain_item *item, int64_t made_ms)
{
	if (item->began_ms == 0 || made_ms < item->began_ms)
		item->began_ms = made_ms;
}

static void inventory_seen(struct retain_item *item, int64_t when_ms)
{
	if (when_ms > item->last_ms)
		item->last_ms = when_ms;
}

/* --- session directories --------------------------------------------------------------------------- */

/* 1 if the file is an upload of a machine that has crashed. */
static int inventory_is_of_crash(const char *name)
{
	int number = record_upload_number(name);
	char same[RECORD_NAME_MAX];

	return number && record_upload_name(number, "txt", same)->of_crash;
}

int inventory_directory(const char *dir, struct retain_item *item)
{
	struct dirent *entry;
	struct stat st;
	DIR *open_dir = opendir(dir);

	if (!open_dir)
		return -1;
	while ((entry = readdir(open_dir)) != NULL) {
		const char *name = entry->d_name;
		int keep = strcmp(name, "keep") == 0;

		if (fstatat(dirfd(open_dir), name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		item->bytes += (uint64_t)st.st_size;
		/* A record is made again at any time, and a person's mark is no activity either. */
		if (!keep && strncmp(name, "record.", 7) != 0)
			inventory_seen(item, clock_of(&st.st_mtim));
		item->marked |= keep;
		item->crashed |= strcmp(name, "record.meta") == 0 || inventory_is_of_crash(name);
	}
	closedir(open_dir);
	item->stored = 1;
	return 0;
}

/* One entry of sessions/MAC, which is dir. */
static int inventory_session(struct err *err, struct inventory *inventory, const char *dir,
    const char *mac, const char *entry)
{
	char path[FILE_PATH_MAX], name[RETAIN_NAME_MAX];
	struct retain_item *item;
	struct session session = {.time_ms = 0};
	struct err ignored;
	int pstore = strcmp(entry, "pstore") == 0;

	if (file_path(&ignored, dir, entry, path))
		return 0;
	if (!pstore && (session_parse(&ignored, entry, strlen(entry), &session) ||
			   strncmp(entry, mac, 12) != 0))
		return 0;
	snprintf(name, sizeof(name), "%.12s/pstore", mac);
	item = pstore ? inventory_add(err, inventory, RETAIN_PSTORE, name)
		      : inventory_add(err, inventory, RETAIN_SESSION, entry);
	if (!item)
		return -1;
	item->began_ms = item->last_ms = session.time_ms;
	item->crashed = pstore;
	if (inventory_directory(path, item))
		inventory->count--;
	return 0;
}

static int inventory_machine(
    struct err *err, struct inventory *inventory, const char *state, const char *mac)
{
	size_t first = inventory->count;
	char dir[FILE_PATH_MAX];
	struct dirent **names;
	struct err ignored;
	int n, rc = 0;

	if (layout_machine_dir(err, state, mac, dir))
		return -1;
	n = file_list(&ignored, dir, NULL, &names);
	for (int i = 0; i < n && rc == 0; i++)
		rc = inventory_session(err, inventory, dir, mac, names[i]->d_name);
	file_list_free(names, n);
	/* Names sort by time: the last session is the newest. */
	for (size_t i = inventory->count; i > first; i--) {
		if (inventory->items[i - 1].kind == RETAIN_SESSION) {
			inventory->items[i - 1].newest = 1;
			break;
		}
	}
	return rc;
}

static int inventory_sessions(struct err *err, const char *state, struct inventory *inventory)
{
	char sessions[FILE_PATH_MAX];
	struct dirent **names;
	int n, rc = 0;

	if (file_path(err, state, LAYOUT_SESSIONS, sessions))
		return -1;
	n = file_list(err, sessions, layout_is_machine, &names);
	if (n < 0)
		return -1;
	for (int i = 0; i < n && rc == 0; i++)
		rc = inventory_machine(err, inventory, state, names[i]->d_name);
	file_list_free(names, n);
	return rc;
}

/* --- streams --------------------------------------------------------------------------------------- */

const char *const inventory_stream_suffixes[] = {".log", ".log.1", ".meta", ".bound", NULL};

/* The length of the stream's name in a file's name; 0: not a file of a stream. */
static size_t inventory_stream_name(const char *file)
{
	size_t len = strlen(file);

	if (file[0] == '.')
		return 0;
	for (const char *const *suffix = inventory_stream_suffixes; *suffix; suffix++) {
		size_t n = strlen(*suffix);

		if (len > n && strcmp(file + len - n, *suffix) == 0)
			return len - n;
	}
	return 0;
}

/* One file of dir, which is STATE/streams; the files of a stream follow each other. */
static int inventory_stream(
    struct err *err, struct inventory *inventory, const char *dir, const char *file)
{
	struct retain_item *item = NULL;
	size_t len = inventory_stream_name(file);
	char path[FILE_PATH_MAX], name[RETAIN_NAME_MAX];
	struct err ignored;
	struct stat st;

	if (len == 0 || len >= sizeof(name) || file_path(&ignored, dir, file, path) ||
	    lstat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)len, file);
	if (inventory->count)
		item = &inventory->items[inventory->count - 1];
	if (!item || item->kind != RETAIN_STREAM || strcmp(item->name, name) != 0)
		item = inventory_add(err, inventory, RETAIN_STREAM, name);
	if (!item)
		return -1;
	item->bytes += (uint64_t)st.st_size;
	inventory_seen(item, clock_of(&st.st_mtim));
	inventory_began(item, inventory_made(AT_FDCWD, path, &st));
	item->stored = 1;
	return 0;
}

static int inventory_streams(struct err *err, const char *state, struct inventory *inventory)
{
	char dir[FILE_PATH_MAX];
	struct dirent **names;
	int n, rc = 0;

	if (file_path(err, state, LAYOUT_STREAMS, dir))
		return -1;
	n = file_list(err, dir, NULL, &names);
	if (n < 0)
		return -1;
	for (int i = 0; i < n && rc == 0; i++)
		rc = inventory_stream(err, inventory, dir, names[i]->d_name);
	file_list_free(names, n);
	return rc;
}

/* --- consoles -------------------------------------------------------------------------------------- */

int inventory_console_is_old(const char *file)
{
	size_t len = strlen(file);

	return len > 2 && strcmp(file + len - 2, ".1") == 0;
}

int inventory_console(const char *dir, int old, struct retain_item *item)
{
	struct dirent *entry;
	struct stat st;
	DIR *open_dir = opendir(dir);

	if (!open_dir)
		return -1;
	while ((entry = readdir(open_dir)) != NULL) {
		if (inventory_console_is_old(entry->d_name) != old ||
		    fstatat(dirfd(open_dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		item->bytes += (uint64_t)st.st_size;
		inventory_seen(item, clock_of(&st.st_mtim));
		inventory_began(item, inventory_made(dirfd(open_dir), entry->d_name, &st));
		item->stored = 1;
	}
	closedir(open_dir);
	return 0;
}

/* One part of STATE/consoles/TARGET, which is dir, if it has files. */
static int inventory_console_part(
    struct err *err, struct inventory *inventory, const char *dir, const char *target, int old)
{
	struct retain_item part = {.bytes = 0}, *item;
	char name[RETAIN_NAME_MAX];

	if (snprintf(name, sizeof(name), "%s%s", target, old ? "/1" : "") >= (int)sizeof(name) ||
	    inventory_console(dir, old, &part) || !part.stored)
		return 0;
	item = inventory_add(err, inventory, RETAIN_CONSOLE, name);
	if (!item)
		return -1;
	item->bytes = part.bytes;
	item->began_ms = part.began_ms;
	item->last_ms = part.last_ms;
	item->stored = 1;
	return 0;
}

static int inventory_consoles(struct err *err, const char *state, struct inventory *inventory)
{
	char consoles[FILE_PATH_MAX], dir[FILE_PATH_MAX];
	struct dirent **names;
	struct err ignored;
	int n, rc = 0;

	if (file_path(err, state, LAYOUT_CONSOLES, consoles))
		return -1;
	n = file_list(err, consoles, NULL, &names);
	if (n < 0)
		return -1;
	for (int i = 0; i < n && rc == 0; i++) {
		const char *target = names[i]->d_name;

		if (target[0] == '.' || file_path(&ignored, consoles, target, dir))
			continue;
		rc = inventory_console_part(err, inventory, dir, target, 1) ||
			     inventory_console_part(err, inventory, dir, target, 0)
			 ? -1
			 : 0;
	}
	file_list_free(names, n);
	return rc;
}

/* --- the index ------------------------------------------------------------------------------------- */

struct inventory_query {
	struct inventory *inventory;
	size_t stored; /* items with files: the first ones, sorted by name */
	struct err err;
	int failed;
};

static int inventory_by_name(const void *a, const void *b)
{
	return strcmp(((const struct retain_item *)a)->name, ((const struct retain_item *)b)->name);
}

static int inventory_row(void *arg, const struct db_session *row)
{
	const int64_t times[] = {
	    row->requested_ms, row->armed_ms, row->running_ms, row->died_ms, row->captured_ms};
	struct inventory_query *query = arg;
	struct retain_item key, *item = NULL;

	snprintf(key.name, sizeof(key.name), "%s", row->id);
	if (query->stored)
		item = bsearch(
		    &key, query->inventory->items, query->stored, sizeof(key), inventory_by_name);
	if (!item)
		item = inventory_add(&query->err, query->inventory, RETAIN_SESSION, row->id);
	if (!item) {
		query->failed = 1;
		return 1;
	}
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		inventory_seen(item, times[i]);
	item->up_ms = row->up_ms;
	item->crashed |= row->died_ms || row->captured_ms;
	/* A machine that has only requested a script does not run. */
	item->newest = row->armed_ms || row->running_ms || row->stream.packets;
	return 0;
}

static int inventory_index(struct err *err, struct db *db, struct inventory *inventory)
{
	struct db_query all = {.limit = DB_ALL};
	struct inventory_query query = {.inventory = inventory, .stored = inventory->count};

	if (inventory->count)
		qsort(inventory->items, inventory->count, sizeof(*inventory->items),
		    inventory_by_name);
	if (db_sessions(err, db, &all, inventory_row, &query) < 0)
		return -1;
	if (query.failed)
		*err = query.err;
	return query.failed ? -1 : 0;
}

/* --- all ------------------------------------------------------------------------------------------- */

/* Sessions first, newest first. */
static int inventory_order(const void *a, const void *b)
{
	const struct retain_item *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(y->name, x->name);
}

/* Of a machine's sessions that have run only the first in this order is the newest; those of the future do
 * not count. */
static void inventory_mark_newest(struct inventory *inventory)
{
	const char *mac = NULL;
	int64_t ahead = clock_ahead();

	if (inventory->count == 0)
		return;
	qsort(inventory->items, inventory->count, sizeof(*inventory->items), inventory_order);
	for (size_t i = 0; i < inventory->count; i++) {
		struct retain_item *item = &inventory->items[i];

		if (item->kind != RETAIN_SESSION || !item->newest)
			continue;
		if (item->last_ms > ahead || (mac && strncmp(mac, item->name, 12) == 0))
			item->newest = 0;
		else
			mac = item->name;
	}
}

int inventory_read(struct err *err, const char *state, struct db *db, struct inventory *inventory)
{
	memset(inventory, 0, sizeof(*inventory));
	if (inventory_sessions(err, state, inventory) || inventory_streams(err, state, inventory) ||
	    (db && inventory_index(err, db, inventory)) ||
	    inventory_consoles(err, state, inventory)) {
		inventory_free(inventory);
		return -1;
	}
	inventory_mark_newest(inventory);
	return 0;
}

void inventory_free(struct inventory *inventory)
{
	free(inventory->items);
	memset(inventory, 0, sizeof(*inventory));
}
