/* SPDX-License-Identifier: MIT */
/* inventory: what STATE holds; see inventory.h. It must not change anything. */
#include "inventory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/layout.h"

static struct retain_item *inventory_add(
    struct inventory *inventory, enum retain_kind kind, const char *name)
{
	struct retain_item *item;

	if (inventory->count == inventory->room) {
		size_t room = inventory->room ? 2 * inventory->room : 256;

		item = realloc(inventory->items, room * sizeof(*item));
		if (!item)
			return NULL;
		inventory->items = item;
		inventory->room = room;
	}
	item = &inventory->items[inventory->count++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	snprintf(item->name, sizeof(item->name), "%.*s", RETAIN_NAME_MAX - 1, name);
	return item;
}

static void inventory_count(struct retain_item *item, const struct stat *st)
{
	int64_t when = clock_of(&st->st_mtim);

	item->bytes += (uint64_t)st->st_size;
	if (when > item->last_ms)
		item->last_ms = when;
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

		if (fstatat(dirfd(open_dir), name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		/* A record is made again at any time, and a mark is no sign of life. */
		if (strncmp(name, "record.", 7) == 0 || strcmp(name, "keep") == 0)
			item->bytes += (uint64_t)st.st_size;
		else
			inventory_count(item, &st);
		item->marked |= strcmp(name, "keep") == 0;
		item->crashed |= strcmp(name, "record.meta") == 0 || strncmp(name, "dmesg", 5) == 0;
	}
	closedir(open_dir);
	item->stored = 1;
	return 0;
}

/* sessions/MAC: its sessions come sorted by time, so the last is the newest. */
static int inventory_machine(
    struct err *err, struct inventory *inventory, const char *sessions, const char *mac)
{
	char path[FILE_PATH_MAX], dir[FILE_PATH_MAX], name[RETAIN_NAME_MAX];
	struct dirent **names = NULL;
	size_t first = inventory->count;
	int n, rc = 0;

	if (file_path(err, sessions, mac, path))
		return -1;
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		struct retain_item *item = NULL;
		struct session session;
		struct err ignored;
		int pstore = strcmp(names[i]->d_name, "pstore") == 0;

		if (rc == 0 &&
		    (pstore || (!session_parse(&ignored, names[i]->d_name, strlen(names[i]->d_name),
				    &session) &&
				   strncmp(names[i]->d_name, mac, 12) == 0)) &&
		    file_path(&ignored, path, names[i]->d_name, dir) == 0) {
			snprintf(name, sizeof(name), "%.12s/pstore", mac);
			item = inventory_add(inventory, pstore ? RETAIN_PSTORE : RETAIN_SESSION,
			    pstore ? name : names[i]->d_name);
			if (!item)
				rc = err_set(err, "out of memory");
		}
		if (item) {
			item->last_ms = pstore ? 0 : session.time_ms;
			if (inventory_directory(dir, item))
				inventory->count--;
			item->crashed |= pstore;
		}
		free(names[i]);
	}
	free(names);
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
	struct dirent **names = NULL;
	int n, rc = 0;

	if (file_path(err, state, "sessions", sessions))
		return -1;
	n = scandir(sessions, &names, layout_is_machine, alphasort);
	if (n < 0 && errno != ENOENT)
		return err_errno(err, "%s", sessions);
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = inventory_machine(err, inventory, sessions, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return rc;
}

const char *const inventory_stream_suffixes[] = {".log", ".log.1", ".meta", ".bound", NULL};

/* How much of a file's name is its stream's; 0: it is no stream's. */
static size_t inventory_stream_name(const char *file)
{
	size_t len = strlen(file);

	for (const char *const *suffix = inventory_stream_suffixes; *suffix; suffix++) {
		size_t n = strlen(*suffix);

		if (len > n && strcmp(file + len - n, *suffix) == 0)
			return len - n;
	}
	return 0;
}

static int inventory_streams(struct err *err, const char *state, struct inventory *inventory)
{
	char dir[FILE_PATH_MAX], name[RETAIN_NAME_MAX];
	struct dirent **names = NULL;
	int n, rc = 0;

	if (file_path(err, state, "streams", dir))
		return -1;
	n = scandir(dir, &names, NULL, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", dir);
	for (int i = 0; i < n; i++) {
		struct retain_item *item =
		    inventory->count ? &inventory->items[inventory->count - 1] : NULL;
		size_t cut = inventory_stream_name(names[i]->d_name);
		char path[FILE_PATH_MAX];
		struct stat st;

		if (rc == 0 && cut && cut < sizeof(name) && names[i]->d_name[0] != '.' &&
		    file_path(err, dir, names[i]->d_name, path) == 0 && lstat(path, &st) == 0 &&
		    S_ISREG(st.st_mode)) {
			snprintf(name, sizeof(name), "%.*s", (int)cut, names[i]->d_name);
			if (!item || item->kind != RETAIN_STREAM || strcmp(item->name, name) != 0)
				item = inventory_add(inventory, RETAIN_STREAM, name);
			if (!item) {
				rc = err_set(err, "out of memory");
			} else {
				inventory_count(item, &st);
				item->stored = 1;
			}
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

/* --- the index ---------------------------------------------------------------------------------------- */

struct inventory_known {
	struct inventory *inventory;
	size_t stored; /* those at the beginning, sorted by name */
	int no_memory;
};

static int inventory_by_name(const void *a, const void *b)
{
	return strcmp(((const struct retain_item *)a)->name, ((const struct retain_item *)b)->name);
}

static int64_t inventory_newest_of(const struct db_session *s)
{
	const int64_t times[] = {s->armed_ms, s->running_ms, s->died_ms, s->captured_ms};
	int64_t newest = s->requested_ms;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i] > newest)
			newest = times[i];
	return newest;
}

static int inventory_row(void *arg, const struct db_session *row)
{
	struct inventory_known *known = arg;
	struct retain_item key, *item;
	int64_t when = inventory_newest_of(row);

	memset(&key, 0, sizeof(key));
	snprintf(key.name, sizeof(key.name), "%s", row->id);
	item = known->stored ? bsearch(&key, known->inventory->items, known->stored, sizeof(key),
				   inventory_by_name)
			     : NULL;
	if (!item && !(item = inventory_add(known->inventory, RETAIN_SESSION, row->id))) {
		known->no_memory = 1;
		return 1;
	}
	if (when > item->last_ms)
		item->last_ms = when;
	item->up_ms = row->up_ms;
	item->crashed |= row->died_ms || row->captured_ms;
	/* For the index to say: whoever only asked for a script has no machine at it. */
	item->newest = row->armed_ms || row->running_ms || row->stream.packets;
	return 0;
}

static int inventory_order(const void *a, const void *b)
{
	const struct retain_item *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(y->name, x->name);
}

/* Of all that could be the newest of their machine only the first that ran is. */
static void inventory_settle_newest(struct inventory *inventory)
{
	const char *mac = NULL;

	qsort(inventory->items, inventory->count, sizeof(*inventory->items), inventory_order);
	for (size_t i = 0; i < inventory->count; i++) {
		struct retain_item *item = &inventory->items[i];

		if (item->kind != RETAIN_SESSION || !item->newest)
			continue;
		if (mac && strncmp(mac, item->name, 12) == 0)
			item->newest = 0;
		mac = item->name;
	}
}

static int inventory_index(struct err *err, struct db *db, struct inventory *inventory)
{
	struct db_query query = {.limit = DB_ALL};
	struct inventory_known known = {.inventory = inventory, .stored = inventory->count};

	if (inventory->count)
		qsort(inventory->items, inventory->count, sizeof(*inventory->items),
		    inventory_by_name);
	if (db_sessions(err, db, &query, inventory_row, &known) < 0)
		return -1;
	if (known.no_memory)
		return err_set(err, "out of memory");
	return 0;
}

int inventory_read(struct err *err, const char *state, struct db *db, struct inventory *inventory)
{
	memset(inventory, 0, sizeof(*inventory));
	if (inventory_sessions(err, state, inventory) || inventory_streams(err, state, inventory) ||
	    (db && inventory_index(err, db, inventory))) {
		inventory_free(inventory);
		return -1;
	}
	if (inventory->count)
		inventory_settle_newest(inventory);
	for (size_t i = 0; i < inventory->count; i++)
		inventory->bytes += inventory->items[i].bytes;
	return 0;
}

void inventory_free(struct inventory *inventory)
{
	free(inventory->items);
	memset(inventory, 0, sizeof(*inventory));
}
