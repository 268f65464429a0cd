/* SPDX-License-Identifier: MIT */
/*
 * lastwords export: sessions as a tar. A session is given as for show; a crash's signature stands for
 * all sessions that have it. A whole session id works without an index.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "cli.h"
#include "export/tar.h"
#include "screen/progress.h"

enum { EXPORT_MAX = 100000 };

struct export_list {
	struct db_session *list;
	size_t count, room;
	const char *signature; /* adds only sessions with it; NULL: all */
	struct err err; /* out of memory */
	int failed;
};

static int list_add(void *arg, const struct db_session *session)
{
	struct export_list *all = arg;
	struct db_session *more;

	if (all->signature && strcmp(all->signature, session->signature) != 0)
		return 0;
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].id, session->id) == 0)
			return 0;
	more = array_grow(&all->err, all->list, &all->room, all->count, sizeof(*more));
	if (!more) {
		all->failed = 1;
		return 1;
	}
	all->list = more;
	all->list[all->count++] = *session;
	return 0;
}

static int list_find(struct err *err, struct db *db, struct export_list *all, const char *what)
{
	struct db_query query = {.like = what, .crashes_only = 1, .limit = EXPORT_MAX};
	static struct db_session found;
	size_t before = all->count;
	struct session session;
	struct err ignored;

	if (session_parse(&ignored, what, strlen(what), &session) == 0) {
		memset(&found, 0, sizeof(found));
		memcpy(found.id, session.id, sizeof(found.id));
		if (db && db_session_by_id(err, db, session.id, &found) <= 0)
			return err_set(
			    err, "unknown session \"%s\"; `lastwords sessions` lists them", what);
		list_add(all, &found);
		return 0;
	}
	if (!db)
		return -1; /* err is the index's */
	if (strlen(what) == 16 && strspn(what, "0123456789abcdef") == 16) {
		all->signature = what;
		if (db_sessions(err, db, &query, list_add, all) < 0)
			return -1;
		all->signature = NULL;
		if (all->count > before)
			return 0;
	}
	if (cli_find_session(err, db, what, &found))
		return -1;
	list_add(all, &found);
	return 0;
}

/*
 * One tar of count sessions at path; "-" standard output. An incomplete tar is removed if it is a
 * regular file.
 */
static int export_to(struct err *err, const char *path, const char *state, struct db *db,
    const struct db_session *list, size_t count)
{
	int std = strcmp(path, "-") == 0, rc = 0, closed;
	int fd = std ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	struct export_tar *tar;
	struct err ignored;
	struct stat st;
	int file;

	if (fd < 0)
		return err_errno(err, "%s", path);
	file = !std && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	tar = export_tar_open(err, fd);
	for (size_t i = 0; tar && rc == 0 && i < count; i++) {
		rc = export_tar_session(err, tar, state, db, &list[i]);
		if (count > 1)
			progress_set(i + 1, count, "sessions");
	}
	closed = tar ? export_tar_close(rc ? &ignored : err, tar) : -1;
	if (rc == 0)
		rc = closed;
	if (!std && close(fd) && rc == 0)
		rc = err_errno(err, "%s", path);
	if (rc && file)
		unlink(path);
	return rc;
}

static int export_all(struct err *err, struct cli *cli, struct db *db,
    const struct export_list *all, const char *output)
{
	char path[FILE_PATH_MAX];
	struct stat st;

	if (strcmp(output, "-") == 0 || stat(output, &st) || !S_ISDIR(st.st_mode))
		return export_to(err, output, cli->config.state, db, all->list, all->count);
	for (size_t i = 0; i < all->count; i++) {
		if (snprintf(path, sizeof(path), "%s/%s.tar", output, all->list[i].id) >=
		    (int)sizeof(path))
			return err_set(err, "%s: path too long", output);
		if (export_to(err, path, cli->config.state, db, &all->list[i], 1))
			return -1;
		progress_set(i + 1, all->count, "sessions");
		progress_hide();
		printf("%s\n", path);
	}
	return 0;
}

struct export_options {
	const char *output;
};

const struct options_row export_options[] = {
    {.name = "--output",
	.value = "FILE|DIR",
	.help = "a tar, or a directory for a tar of each session (standard output)",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct export_options, output)},
    {.name = NULL},
};

int cmd_export(struct cli *cli, int argc, char **argv)
{
	struct export_options options = {.output = "-"};
	struct export_list all = {.list = NULL};
	struct db *db;
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (strcmp(options.output, "-") == 0 && isatty(STDOUT_FILENO)) {
		err_set(&err,
		    "refusing to write a tar to a terminal; use --output FILE or DIR, or a pipe");
		return cli_fail(&err);
	}
	if (cli_load(&err, cli))
		return cli_fail(&err);
	progress_begin("export");
	db = db_open(&err, cli->config.state, 0);
	for (int i = 1; i < argc && rc == 0; i++)
		rc = list_find(&err, db, &all, argv[i]);
	if (rc == 0 && all.failed)
		rc = err_set(&err, "%s", all.err.msg);
	if (rc == 0)
		rc = export_all(&err, cli, db, &all, options.output);
	progress_end();
	db_close(db);
	free(all.list);
	return rc ? cli_fail(&err) : CLI_OK;
}
