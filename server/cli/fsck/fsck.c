/* SPDX-License-Identifier: MIT */
/* fsck: the walk over STATE; see fsck.h. */
#include "fsck.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/secret.h"
#include "retain/prune.h"
#include "session/keys.h"
#include "session/server.h"
#include "store/layout.h"

enum { MODE_FILE = 0640, MODE_DIR = 0750, MODE_KEY = 0600 };
/* Seconds: a file is not being written any more; one that is made in one piece is complete. */
enum { OLD_S = 3600, COMPLETE_S = 5 };

/* --- one entry ------------------------------------------------------------------------------------ */

static void check_temp(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	enum temp_writer writer = temp_writer(name);
	/* Unknown: the collector's, or of lighttpd ("lighttpd-upload-…"), which may be running. */
	int dead =
	    writer == TEMP_DEAD || (writer == TEMP_UNKNOWN && !fsck->collector && name[0] != 'l');

	if (dead || fsck->now_s - st->st_mtim.tv_sec > OLD_S)
		finding_remove(fsck, FINDING_LEFTOVER, path);
}

/* Others must not read it, its owner must be able to. */
static void check_mode(struct fsck *fsck, const char *path, const struct stat *st, mode_t most)
{
	mode_t least = S_ISDIR(st->st_mode) ? 0700 : 0600;
	mode_t is = st->st_mode & 07777, wanted = (is & most) | least;
	char detail[40];
	int rc = 1;

	if (is == wanted)
		return;
	if (fsck->repair)
		rc = chmod(path, wanted) ? err_errno(&fsck->err, "%s", path) : 0;
	snprintf(detail, sizeof(detail), "%04o, not %04o", is, wanted);
	finding_add(fsck, FINDING_MODE, path, detail, rc);
}

static void check_file(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return;
	if (temp_is(name))
		check_temp(fsck, path, name, st);
	else
		check_mode(fsck, path, st, MODE_FILE);
}

/* --- directories ---------------------------------------------------------------------------------- */

/* Calls check() for each entry, by name. dir is "." for STATE itself. */
static void walk(struct fsck *fsck, const char *dir,
    void (*check)(struct fsck *fsck, const char *path, const char *name, const struct stat *st))
{
	char path[FILE_PATH_MAX];
	struct dirent **names = NULL;
	struct stat st;
	struct err ignored;
	int n = file_list(&ignored, dir, fsck_is_entry, &names);

	if (n < 0)
		finding_add(fsck, FINDING_UNREADABLE, dir, strerror(errno), 1);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		int len = strcmp(dir, ".") == 0 ? snprintf(path, sizeof(path), "%s", name)
						: snprintf(path, sizeof(path), "%s/%s", dir, name);

		if (len < (int)sizeof(path) && lstat(path, &st) == 0)
			check(fsck, path, name, &st);
	}
	file_list_free(names, n);
}

static int is_empty(const char *path)
{
	struct dirent **names = NULL;
	struct err ignored;
	int n = file_list(&ignored, path, fsck_is_entry, &names);

	file_list_free(names, n);
	return n == 0;
}

/* Overrides and bindings are written in one piece and never empty. */
static void check_small(
    struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	size_t len = strlen(name);
	int bound = len > 6 && strcmp(name + len - 6, ".bound") == 0;

	if (S_ISREG(st->st_mode) && st->st_size == 0 && !temp_is(name) &&
	    (bound || strspn(name, HEX_DIGITS) == 12) &&
	    fsck->now_s - st->st_mtim.tv_sec > COMPLETE_S)
		finding_remove(fsck, FINDING_EMPTY_FILE, path);
	else
		check_file(fsck, path, name, st);
}

static void check_session(
    struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	int pstore = strcmp(name, "pstore") == 0;
	struct session session;
	struct err ignored;
	char mac[13];

	if (!S_ISDIR(st->st_mode))
		return;
	snprintf(mac, sizeof(mac), "%.12s", path + strlen("sessions/"));
	if (strncmp(name, PRUNE_PREFIX, strlen(PRUNE_PREFIX)) == 0) {
		finding_add(fsck, FINDING_REMOVAL, path, NULL,
		    fsck->repair ? prune_finish(&fsck->err, ".", mac, name) : 1);
	} else if (!pstore && (session_parse(&ignored, name, strlen(name), &session) ||
				  strncmp(name, mac, 12) != 0)) {
		finding_add(fsck, FINDING_NOT_SESSION, path, NULL, 1);
	} else if (is_empty(path)) {
		if (fsck->now_s - st->st_mtim.tv_sec > OLD_S)
			finding_remove(fsck, FINDING_EMPTY_DIRECTORY, path);
	} else {
		fsck_session(fsck, pstore ? NULL : session.id, path);
		walk(fsck, path, check_file);
		check_mode(fsck, path, st, MODE_DIR);
	}
}

static void check_machine(
    struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode))
		return;
	if (strlen(name) != 12 || strspn(name, HEX_DIGITS) != 12) {
		finding_add(fsck, FINDING_NOT_MACHINE, path, NULL, 1);
		return;
	}
	walk(fsck, path, check_session);
	check_mode(fsck, path, st, MODE_DIR);
	if (fsck->now_s - st->st_mtim.tv_sec > OLD_S && is_empty(path))
		finding_remove(fsck, FINDING_EMPTY_DIRECTORY, path);
}

/* What a target's console printed outside a session. */
static void check_target(
    struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	(void)name;
	if (!S_ISDIR(st->st_mode))
		return;
	fsck_console(fsck, path);
	walk(fsck, path, check_file);
	check_mode(fsck, path, st, MODE_DIR);
}

/* Of STATE itself and of run/ only what was left: the rest is checked elsewhere, or of no value. */
static void check_leftover(
    struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	if (S_ISREG(st->st_mode) && temp_is(name))
		check_temp(fsck, path, name, st);
	else if (S_ISREG(st->st_mode) && strncmp(path, "index.db.bad-", 13) == 0)
		finding_remove(fsck, FINDING_OLD_INDEX, path);
}

/* --- what must be there --------------------------------------------------------------------------- */

static void check_key(struct fsck *fsck)
{
	struct session_key key;
	struct stat st;
	struct err err;

	if (lstat("key", &st)) {
		if (fsck->session_count)
			finding_add(fsck, FINDING_NO_KEY, "key", NULL, 1);
		return;
	}
	check_mode(fsck, "key", &st, MODE_KEY);
	if (session_key_load(&err, "key", 0, &key))
		finding_add(fsck, FINDING_BAD_KEY, "key", err.msg, 1);
}

/* keys/: our own, and those of the fleet. */
static void check_ring(struct fsck *fsck, const char *path, const char *name, const struct stat *st)
{
	uint8_t bytes[SESSION_PUBLIC_SIZE];
	char id[SERVER_ID_LEN + 1];
	int own = strcmp(path, SESSION_KEYS_OWN) == 0;
	struct err err;

	if (own)
		check_mode(fsck, path, st, MODE_KEY);
	if ((own || session_keys_is_public(name, id)) &&
	    secret_load(&err, path, 0, bytes, sizeof(bytes)))
		finding_add(fsck, FINDING_BAD_KEY, path, err.msg, 1);
	else if (temp_is(name))
		check_temp(fsck, path, name, st);
}

static void check_server(struct fsck *fsck)
{
	char id[SERVER_ID_LEN + 1];
	struct err err;

	if (server_id_load(&err, ".", 0, id) && errno != ENOENT)
		finding_add(fsck, FINDING_BAD_KEY, SERVER_ID_FILE, err.msg, 1);
}

static void check_directories(struct fsck *fsck)
{
	static const char *const names[] = {"journal", "machines", "sessions", "streams", "run"};
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (lstat(names[i], &st) == 0)
			check_mode(fsck, names[i], &st, MODE_DIR);
		else if (errno == ENOENT)
			finding_add(fsck, FINDING_NO_DIRECTORY, names[i], NULL,
			    fsck->repair ? layout_make(&fsck->err, ".") : 1);
	}
}

static int has_spool(void)
{
	struct stat st;

	return (lstat("run/lines.0", &st) == 0 && st.st_size > 0) ||
	       (lstat("run/lines.1", &st) == 0 && st.st_size > 0);
}

int fsck_run(struct err *err, struct fsck *fsck, const char *state)
{
	int rc = -1;

	if (chdir(state))
		return err_errno(err, "%s", state);
	fsck->now_s = time(NULL);
	fsck->spool = has_spool();
	check_directories(fsck);
	if (fsck_journal(err, fsck) == 0) {
		check_key(fsck);
		check_server(fsck);
		if (access(SESSION_KEYS_DIR, F_OK) == 0)
			walk(fsck, SESSION_KEYS_DIR, check_ring);
		walk(fsck, ".", check_leftover);
		walk(fsck, "journal", check_file);
		walk(fsck, "machines", check_small);
		walk(fsck, "streams", check_small);
		walk(fsck, "run", check_leftover);
		walk(fsck, "sessions", check_machine);
		if (access(LAYOUT_CONSOLES, F_OK) == 0)
			walk(fsck, LAYOUT_CONSOLES, check_target);
		fsck_journal_lost(fsck);
		rc = fsck_index(err, fsck);
	}
	fsck_journal_free(fsck);
	return rc;
}
