/* SPDX-License-Identifier: MIT */
/*
 * lastwords tail: the end of a session's netconsole log; -f follows it. With a MAC, -f continues with
 * the machine's next session. The index is read only to find the session.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

struct tail {
	struct cli *cli;
	struct db *db;
	ino_t db_ino; /* of the index that is open */
	const char *what;
	char id[SESSION_ID_MAX + 1]; /* the session that is followed; "" none yet */
	char path[FILE_PATH_MAX];
	int fd; /* its log, -1 not there yet */
};

/* After `lastwords reindex` there is another index file: opens it as soon as it can be read. */
static void tail_store(struct tail *tail)
{
	char path[FILE_PATH_MAX];
	struct db *db;
	struct err ignored;
	struct stat st;

	if (file_path(&ignored, tail->cli->config.state, "index.db", path) || stat(path, &st) ||
	    st.st_ino == tail->db_ino)
		return;
	db = db_open(&ignored, tail->cli->config.state, 0);
	if (!db)
		return;
	db_close(tail->db);
	tail->db = db;
	tail->db_ino = st.st_ino;
}

/* Finds the session to follow; 1 if it is another one than before. */
static int tail_target(struct err *err, struct tail *tail)
{
	struct db_session session;
	struct session id;
	char dir[FILE_PATH_MAX];

	if (cli_find_session(err, tail->db, tail->what, &session))
		return -1;
	if (strcmp(session.id, tail->id) == 0)
		return 0;
	if (session_parse(err, session.id, strlen(session.id), &id) ||
	    layout_session_dir(err, tail->cli->config.state, &id, LAYOUT_LOOK, dir) ||
	    file_path(err, dir, "netconsole.log", tail->path))
		return -1;
	memcpy(tail->id, session.id, sizeof(tail->id));
	if (tail->fd >= 0)
		close(tail->fd);
	tail->fd = -1;
	return 1;
}

static void tail_copy(struct tail *tail)
{
	char buf[16384];
	ssize_t n;

	while ((n = read(tail->fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			unsigned char c = (unsigned char)buf[i];

			if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f))
				putchar(c);
			else
				printf("\\x%02x", c);
		}
	}
	fflush(stdout);
}

/* Seeks to where the last lines begin. */
static void tail_seek(struct tail *tail, int lines)
{
	char buf[4096];
	off_t at = lseek(tail->fd, 0, SEEK_END);

	lines++;
	while (at > 0) {
		size_t want = at < (off_t)sizeof(buf) ? (size_t)at : sizeof(buf);
		ssize_t n = pread(tail->fd, buf, want, at - (off_t)want);

		if (n <= 0)
			break;
		for (ssize_t i = n; i-- > 0;) {
			if (buf[i] == '\n' && --lines == 0) {
				lseek(tail->fd, at - n + i + 1, SEEK_SET);
				return;
			}
		}
		at -= n;
	}
	lseek(tail->fd, 0, SEEK_SET);
}

static void tail_open(struct tail *tail, int lines)
{
	tail->fd = open(tail->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (tail->fd >= 0 && lines >= 0)
		tail_seek(tail, lines);
}

/* Whether the log was rotated or replaced. */
static int tail_replaced(const struct tail *tail)
{
	struct stat old, new;

	return fstat(tail->fd, &old) == 0 && stat(tail->path, &new) == 0 &&
	       old.st_ino != new.st_ino;
}

static int tail_run(struct err *err, struct tail *tail, int follow, int lines)
{
	int ticks = 0;

	if (tail_target(err, tail) < 0 && !follow)
		return -1;
	if (tail->id[0])
		tail_open(tail, lines);
	if (tail->fd < 0 && !follow)
		return err_set(err, "%s: no netconsole log received for this session",
		    tail->id[0] ? tail->id : "-");
	for (;;) {
		if (tail->fd >= 0)
			tail_copy(tail);
		if (!follow)
			return 0;
		if (ferror(stdout))
			return err_set(err, "cannot write to standard output");
		poll(NULL, 0, 100);
		if (tail->fd >= 0 && tail_replaced(tail)) {
			tail_copy(tail);
			close(tail->fd);
			tail->fd = -1;
		}
		/* A new session is rare: one query of the index a second is enough. */
		if (++ticks % 10 == 0) {
			tail_store(tail);
			if (tail_target(err, tail) == 1)
				fprintf(stderr, "lastwords: session %s\n", tail->id);
		}
		if (tail->fd < 0 && tail->id[0])
			tail_open(tail, -1);
	}
}

struct tail_options {
	int follow, lines;
};

const struct options_row tail_options[] = {
    {.name = "-f",
	.help = "follows the log; with a MAC, to the next session too",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct tail_options, follow)},
    {.name = "-n",
	.value = "LINES",
	.help = "lines from the end (10)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct tail_options, lines),
	.most = 10000000},
    {.name = NULL},
};

int cmd_tail(struct cli *cli, int argc, char **argv)
{
	struct tail_options options = {.lines = 10};
	struct tail tail = {.cli = cli, .fd = -1};
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	tail.what = argc > 1 ? argv[1] : NULL;
	tail.db = cli_open(&err, cli);
	if (!tail.db)
		return cli_fail(&err);
	signal(SIGPIPE, SIG_DFL);
	rc = tail_run(&err, &tail, options.follow, options.lines);
	if (tail.fd >= 0)
		close(tail.fd);
	db_close(tail.db);
	return rc ? cli_fail(&err) : CLI_OK;
}
