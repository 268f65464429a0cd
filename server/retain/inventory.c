/* SPDX-License-Identifier: MIT */
/* holdings: what STATE holds; see holdings.h. It must not change anything. */
#include "holdings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "state.h"

static struct retain_item *holdings_add(
    struct holdings *holdings, enum retain_kind kind, const char *name)
{
	struct retain_item *item;

	if (holdings->count == holdings->room) {
		size_t room = holdings->room ? 2 * holdings->room : 256;

		item = realloc(holdings->items, room * sizeof(*item));
		if (!item)
			return NULL;
		holdings->items = item;
		holdings->room = room;
	}
	item = &holdings->items[holdings->count++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	snprintf(item->name, sizeof(item->name), "%.*s", RETAIN_NAME_MAX - 1, name);
	return item;
}

static void holdings_count(struct retain_item *item, const struct stat *st)
{
	int64_t when = clock_of(&st->st_mtim);

	item->bytes += (uint64_t)st->st_size;
	if (when > item->last_ms)
		item->last_ms = when;
}

int holdings_directory(const char *dir, struct retain_item *item)
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
			holdings_count(item, &st);
		item->marked |= strcmp(name, "keep") == 0;
		item->crashed |= strcmp(name, "record.meta") == 0 || strncmp(name, "dmesg", 5) == 0;
	}
	closedir(open_dir);
	item->stored = 1;
	return 0;
}

/* sessions/MAC: its sessions come sorted by time, so the last is the newest. */
static int holdings_machine(
    struct err *err, struct holdings *holdings, const char *sessions, const char *mac)
{
	char path[STATE_PATH_MAX], dir[STATE_PATH_MAX], name[RETAIN_NAME_MAX];
	struct dirent **names = NULL;
	size_t first = holdings->count;
	int n, rc = 0;

	if (state_path(err, sessions, mac, path))
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
		    state_path(&ignored, path, names[i]->d_name, dir) == 0) {
			snprintf(name, sizeof(name), "%.12s/pstore", mac);
			item = holdings_add(holdings, pstore ? RETAIN_PSTORE : RETAIN_SESSION,
			    pstore ? name : names[i]->d_name);
			if (!item)
				rc = err_set(err, "out of memory");
		}
		if (item) {
			item->last_ms = pstore ? 0 : session.time_ms;
			if (holdings_directory(dir, item))
				holdings->count--;
			item->crashed |= pstore;
		}
		free(names[i]);
	}
	free(names);
	for (size_t i = holdings->count; i > first; i--) {
		if (holdings->items[i - 1].kind == RETAIN_SESSION) {
			holdings->items[i - 1].newest = 1;
			break;
		}
	}
	return rc;
}

static int holdings_sessions(struct err *err, const char *state, struct holdings *holdings)
{
	char sessions[STATE_PATH_MAX];
	struct dirent **names = NULL;
	int n, rc = 0;

	if (state_path(err, state, "sessions", sessions))
		return -1;
	n = scandir(sessions, &names, state_is_machine, alphasort);
	if (n < 0 && errno != ENOENT)
		return err_errno(err, "%s", sessions);
	for (int i = 0; i < n; i++) {
		if (rc == 0)
			rc = holdings_machine(err, holdings, sessions, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return rc;
}

const char *const holdings_stream_suffixes[] = {".log", ".log.1", ".meta", ".bound", NULL};

/* How much of a file's name is its stream's; 0: it is no stream's. */
static size_t holdings_stream_name(const char *file)
{
	size_t len = strlen(file);

	for (const char *const *suffix = holdings_stream_suffixes; *suffix; suffix++) {
		size_t n = strlen(*suffix);

		if (len > n && strcmp(file + len - n, *suffix) == 0)
			return len - n;
	}
	return 0;
}

static int holdings_streams(struct err *err, const char *state, struct holdings *holdings)
{
	char dir[STATE_PATH_MAX], name[RETAIN_NAME_MAX];
	struct dirent **names = NULL;
	int n, rc = 0;

	if (state_path(err, state, "streams", dir))
		return -1;
	n = scandir(dir, &names, NULL, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", dir);
	for (int i = 0; i < n; i++) {
		struct retain_item *item =
		    holdings->count ? &holdings->items[holdings->count - 1] : NULL;
		size_t cut = holdings_stream_name(names[i]->d_name);
		char path[STATE_PATH_MAX];
		struct stat st;

		if (rc == 0 && cut && cut < sizeof(name) && names[i]->d_name[0] != '.' &&
		    state_path(err, dir, names[i]->d_name, path) == 0 && lstat(path, &st) == 0 &&
		    S_ISREG(st.st_mode)) {
			snprintf(name, sizeof(name), "%.*s", (int)cut, names[i]->d_name);
			if (!item || item->kind != RETAIN_STREAM || strcmp(item->name, name) != 0)
				item = holdings_add(holdings, RETAIN_STREAM, name);
			if (!item) {
				rc = err_set(err, "out of memory");
			} else {
				holdings_count(item, &st);
				item->stored = 1;
			}
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

/* --- the index ---------------------------------------------------------------------------------------- */

struct holdings_known {
	struct holdings *holdings;
	size_t stored; /* those at the beginning, sorted by name */
	int no_memory;
};

static int holdings_by_name(const void *a, const void *b)
{
	return strcmp(((const struct retain_item *)a)->name, ((const struct retain_item *)b)->name);
}

static int64_t holdings_newest_of(const struct store_session *s)
{
	const int64_t times[] = {s->armed_ms, s->running_ms, s->died_ms, s->captured_ms};
	int64_t newest = s->requested_ms;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i] > newest)
			newest = times[i];
	return newest;
}

static int holdings_row(void *arg, const struct store_session *row)
{
	struct holdings_known *known = arg;
	struct retain_item key, *item;
	int64_t when = holdings_newest_of(row);

	memset(&key, 0, sizeof(key));
	snprintf(key.name, sizeof(key.name), "%s", row->id);
	item = known->stored ? bsearch(&key, known->holdings->items, known->stored, sizeof(key),
				   holdings_by_name)
			     : NULL;
	if (!item && !(item = holdings_add(known->holdings, RETAIN_SESSION, row->id))) {
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

static int holdings_order(const void *a, const void *b)
{
	const struct retain_item *x = a, *y = b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(y->name, x->name);
}

/* Of all that could be the newest of their machine only the first that ran is. */
static void holdings_settle_newest(struct holdings *holdings)
{
	const char *mac = NULL;

	qsort(holdings->items, holdings->count, sizeof(*holdings->items), holdings_order);
	for (size_t i = 0; i < holdings->count; i++) {
		struct retain_item *item = &holdings->items[i];

		if (item->kind != RETAIN_SESSION || !item->newest)
			continue;
		if (mac && strncmp(mac, item->name, 12) == 0)
			item->newest = 0;
		mac = item->name;
	}
}

static int holdings_index(struct err *err, struct store *store, struct holdings *holdings)
{
	struct store_query query = {.limit = STORE_ALL};
	struct holdings_known known = {.holdings = holdings, .stored = holdings->count};

	if (holdings->count)
		qsort(holdings->items, holdings->count, sizeof(*holdings->items), holdings_by_name);
	if (store_sessions(err, store, &query, holdings_row, &known) < 0)
		return -1;
	if (known.no_memory)
		return err_set(err, "out of memory");
	return 0;
}

int holdings_read(
    struct err *err, const char *state, struct store *store, struct holdings *holdings)
{
	memset(holdings, 0, sizeof(*holdings));
	if (holdings_sessions(err, state, holdings) || holdings_streams(err, state, holdings) ||
	    (store && holdings_index(err, store, holdings))) {
		holdings_free(holdings);
		return -1;
	}
	if (holdings->count)
		holdings_settle_newest(holdings);
	for (size_t i = 0; i < holdings->count; i++)
		holdings->bytes += holdings->items[i].bytes;
	return 0;
}

void holdings_free(struct holdings *holdings)
{
	free(holdings->items);
	memset(holdings, 0, sizeof(*holdings));
}
