/* SPDX-License-Identifier: MIT */
/* fsck: the walk over STATE; see fsck.h. */
#include "fsck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/cli.h"
#include "retain/prune.h"

enum { MODE_FILE = 0640, MODE_DIR = 0750, MODE_KEY = 0600 };

/* --- telling ---------------------------------------------------------------------------------------- */

void fsck_tell(struct fsck *fsck, const char *path, const char *what, const char *mend, int rc,
    const struct err *err)
{
	fsck->found++;
	fsck->mended += rc == 0;
	cli_print_safe(path);
	printf(": ");
	cli_print_safe(what);
	if (rc == 0)
		printf("; mended: %s", mend);
	else if (rc < 0)
		printf("; not mended: %s", err ? err->msg : "no reason given");
	else if (!mend)
		printf("; cannot be mended here");
	else
		printf("; --mend: %s", mend);
	printf("\n");
}

int fsck_session_path(const char *id, const char *name, char path[FILE_PATH_MAX])
{
	int n = snprintf(
	    path, FILE_PATH_MAX, "sessions/%.12s/%s%s%s", id, id, name[0] ? "/" : "", name);

	return n < FILE_PATH_MAX ? 0 : -1;
}

int fsck_path(const struct fsck *fsck, const char *path, char full[FILE_PATH_MAX])
{
	struct err ignored;

	return file_path(&ignored, fsck->state, path, full);
}

void fsck_remove(struct fsck *fsck, const char *path, const char *what)
{
	char full[FILE_PATH_MAX];
	struct err err;
	int rc = 1;

	if (fsck_path(fsck, path, full))
		return;
	if (fsck->mend)
		rc = remove(full) ? err_errno(&err, "%s", full) : 0;
	fsck_tell(fsck, path, what, "removed", rc, &err);
}

/* --- one entry ------------------------------------------------------------------------------------------ */

/* "….1234", ".upload-1234-0": the writer's number; 0 none. */
static int temp_pid(const char *name)
{
	const char *digits = strncmp(name, ".upload-", 8) == 0 ? name + 8 : strrchr(name, '.') + 1;
	struct err ignored;
	uint64_t pid = 0;

	if (num_u64(&ignored, "pid", digits, strspn(digits, "0123456789"), 1, 1 << 30, &pid))
		return 0;
	return (int)pid;
}

int fsck_writer(const char *name)
{
	int pid = strchr(name, '.') ? temp_pid(name) : 0;

	return pid && (kill(pid, 0) == 0 || errno != ESRCH);
}

/* Whether a name is of a file on its way to another name. */
static int temp_is(const char *name)
{
	size_t len = strlen(name);
	const char *dot = strrchr(name, '.');

	if (strncmp(name, ".upload-", 8) == 0 || strncmp(name, "lighttpd-upload-", 16) == 0)
		return 1;
	if (name[len - 1] == '~')
		return 1;
	return dot && dot[1] && strspn(dot + 1, "0123456789") == strlen(dot + 1) &&
	       (name[0] == '.' || strncmp(name, "key.", 4) == 0);
}

static void walk_temp(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	int old = fsck->now_s - st->st_mtim.tv_sec > FSCK_OLD_S;
	int pid = strchr(name, '.') ? temp_pid(name) : 0;

	if (!old && fsck_writer(name))
		return;
	if (!pid && !old && (fsck->collector || name[0] == 'l'))
		return;
	fsck_remove(fsck, path, "left by a writer that was killed");
}

static void walk_mode(struct fsck *fsck, const char *path, const struct stat *st, mode_t most)
{
	mode_t mode = st->st_mode & 07777, least = S_ISDIR(st->st_mode) ? 0700 : 0600;
	char full[FILE_PATH_MAX], what[80], mend[32];
	struct err err;
	int rc = 1;

	if (((mode & ~most) == 0 && (mode & least) == least) || fsck_path(fsck, path, full))
		return;
	mode = (mode & most) | least;
	snprintf(what, sizeof(what), "mode %04o: others may read it, or its owner may not",
	    st->st_mode & 07777);
	snprintf(mend, sizeof(mend), "mode %04o", mode);
	if (fsck->mend)
		rc = chmod(full, mode) ? err_errno(&err, "%s", full) : 0;
	fsck_tell(fsck, path, what, mend, rc, &err);
}

/* --- directories ----------------------------------------------------------------------------------------- */

static int walk_all(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Calls got() for each entry, by name. got gets the path relative to STATE. */
static void walk(struct fsck *fsck, const char *dir,
    void (*got)(struct fsck *fsck, const char *path, const char *name, const struct stat *st))
{
	char full[FILE_PATH_MAX], path[FILE_PATH_MAX], entry[FILE_PATH_MAX];
	struct dirent **names = NULL;
	struct stat st;
	int n;

	if (fsck_path(fsck, dir, full))
		return;
	n = scandir(full, &names, walk_all, alphasort);
	if (n < 0 && errno != ENOENT) {
		struct err err;

		err_errno(&err, "%s", full);
		fsck_tell(fsck, dir, err.msg, NULL, 1, NULL);
	}
	for (int i = 0; i < n; i++) {
		if (snprintf(path, sizeof(path), "%s%s%s", dir, dir[0] ? "/" : "",
			names[i]->d_name) < (int)sizeof(path) &&
		    fsck_path(fsck, path, entry) == 0 && lstat(entry, &st) == 0)
			got(fsck, path, names[i]->d_name, &st);
		free(names[i]);
	}
	free(names);
}

static void got_file(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return;
	if (temp_is(name))
		walk_temp(fsck, path, name, st);
	else
		walk_mode(fsck, path, st, MODE_FILE);
}

/* What is written whole and never empty: overrides, bindings. */
static void got_small(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	size_t len = strlen(name);
	int bound = len > 6 && strcmp(name + len - 6, ".bound") == 0;

	if (S_ISREG(st->st_mode) && st->st_size == 0 && !temp_is(name) &&
	    (bound || strspn(name, "0123456789abcdef") == 12) &&
	    fsck->now_s - st->st_mtim.tv_sec > 5)
		fsck_remove(fsck, path, "empty");
	else
		got_file(fsck, path, name, st);
}

static int walk_empty(const struct fsck *fsck, const char *path)
{
	char full[FILE_PATH_MAX];
	struct dirent *entry;
	int empty = 1;
	DIR *dir;

	if (fsck_path(fsck, path, full) || (dir = opendir(full)) == NULL)
		return 0;
	while (empty && (entry = readdir(dir)) != NULL)
		empty = !walk_all(entry);
	closedir(dir);
	return empty;
}

static void got_session(
    struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	struct session session;
	struct err err;
	char mac[13];
	int pstore = strcmp(name, "pstore") == 0, rc = 1;

	if (!S_ISDIR(st->st_mode))
		return;
	snprintf(mac, sizeof(mac), "%.12s", path + strlen("sessions/"));
	if (strncmp(name, PRUNE_PREFIX, strlen(PRUNE_PREFIX)) == 0) {
		if (fsck->mend)
			rc = prune_finish(&err, fsck->state, mac, name);
		fsck_tell(fsck, path, "its removal was not ended", "ended", rc, &err);
		return;
	}
	if (!pstore &&
	    (session_parse(&err, name, strlen(name), &session) || strncmp(name, mac, 12) != 0)) {
		fsck_tell(fsck, path, "is no session; move it away", NULL, 1, NULL);
		return;
	}
	if (walk_empty(fsck, path)) {
		if (fsck->now_s - st->st_mtim.tv_sec > FSCK_OLD_S)
			fsck_remove(fsck, path, "an empty directory: its upload never came");
		return;
	}
	fsck_session(fsck, pstore ? NULL : &session, path);
	walk(fsck, path, got_file);
	walk_mode(fsck, path, st, MODE_DIR);
}

static void got_machine(
    struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		return;
	if (strlen(name) != 12 || strspn(name, "0123456789abcdef") != 12) {
		fsck_tell(fsck, path, "is no machine; move it away", NULL, 1, NULL);
		return;
	}
	walk(fsck, path, got_session);
	walk_mode(fsck, path, st, MODE_DIR);
	if (fsck->now_s - st->st_mtim.tv_sec > FSCK_OLD_S && walk_empty(fsck, path))
		fsck_remove(fsck, path, "an empty directory");
}

static void got_top(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return;
	if (temp_is(name))
		walk_temp(fsck, path, name, st);
	else if (strncmp(name, "index.db.bad-", 13) == 0)
		fsck_remove(fsck, path, "an index that was damaged and put aside");
}

/* Leftovers only: the rest of it is of no worth. */
static void got_run(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	if (S_ISREG(st->st_mode) && temp_is(name))
		walk_temp(fsck, path, name, st);
}

static void fsck_key(struct fsck *fsck)
{
	char full[FILE_PATH_MAX];
	struct session_key key;
	struct stat st;
	struct err err;

	if (fsck_path(fsck, "key", full))
		return;
	if (lstat(full, &st)) {
		if (fsck->count)
			fsck_tell(fsck, "key",
			    "is missing: restore it, or the server makes a new one, and machines "
			    "that "
			    "run now cannot upload",
			    NULL, 1, NULL);
		return;
	}
	walk_mode(fsck, "key", &st, MODE_KEY);
	if (session_key_load(&err, full, 0, &key))
		fsck_tell(fsck, "key", err.msg, NULL, 1, NULL);
}

static int fsck_spool(const struct fsck *fsck)
{
	static const char *const names[] = {"run/lines.0", "run/lines.1"};
	char full[FILE_PATH_MAX];
	struct stat st;
	int waits = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		waits |=
		    fsck_path(fsck, names[i], full) == 0 && lstat(full, &st) == 0 && st.st_size > 0;
	return waits;
}

static void fsck_directories(struct fsck *fsck)
{
	static const char *const names[] = {"journal", "machines", "sessions", "streams", "run"};
	char full[FILE_PATH_MAX];
	struct stat st;
	struct err err;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fsck_path(fsck, names[i], full))
			continue;
		if (lstat(full, &st) == 0)
			walk_mode(fsck, names[i], &st, MODE_DIR);
		else if (errno == ENOENT)
			fsck_tell(fsck, names[i], "is missing", "made",
			    fsck->mend ? layout_make(&err, fsck->state) : 1, &err);
	}
}

int fsck_run(struct err *err, struct fsck *fsck)
{
	fsck->now_s = time(NULL);
	fsck->collector = cli_collector_runs(fsck->state);
	fsck->spool = fsck_spool(fsck);
	fsck_directories(fsck);
	if (fsck_journal_read(err, fsck))
		return -1;
	fsck_key(fsck);
	walk(fsck, "", got_top);
	walk(fsck, "journal", got_file);
	walk(fsck, "machines", got_small);
	walk(fsck, "streams", got_small);
	walk(fsck, "run", got_run);
	walk(fsck, "sessions", got_machine);
	fsck_journal_lost(fsck);
	return fsck_index(err, fsck);
}

void fsck_free(struct fsck *fsck)
{
	free(fsck->words);
	fsck->words = NULL;
	fsck->count = fsck->room = 0;
}
