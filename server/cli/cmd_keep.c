/* SPDX-License-Identifier: MIT */
/*
 * lastwords keep: marks a session, so that it is never removed (retain.h), or clears the mark: the file
 * "keep" in the session's directory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli.h"
#include "store/journal.h"

static int keep_set(struct err *err, const char *dir)
{
	char text[64], when[25];
	struct kv_out out;

	clock_format(clock_now(), when);
	kv_out_init(&out, text, sizeof(text));
	kv_out_pair(&out, '\n', "set", when);
	kv_out_raw(&out, "\n");
	return file_write(err, dir, "keep", text, out.len);
}

static int keep_clear(struct err *err, const char *dir)
{
	char path[FILE_PATH_MAX];

	if (file_path(err, dir, "keep", path))
		return -1;
	if (unlink(path) && errno != ENOENT)
		return err_errno(err, "%s", path);
	return 0;
}

static int keep_run(struct err *err, const char *state, const char *id, int clear)
{
	char line[JOURNAL_LINE_MAX], dir[FILE_PATH_MAX];
	struct session session;
	struct kv_out out;

	if (session_parse(err, id, strlen(id), &session) ||
	    layout_session_dir(err, state, &session, clear ? LAYOUT_LOOK : LAYOUT_DURABLE, dir) ||
	    (clear ? keep_clear(err, dir) : keep_set(err, dir)))
		return -1;
	journal_begin(&out, line, sizeof(line), clock_now(), "event", session.id);
	kv_out_pair(&out, ' ', "text",
	    clear ? "no longer kept: this session may be removed"
		  : "kept: this session is never removed");
	kv_out_pair(&out, ' ', "what", "keep");
	kv_out_pair(&out, ' ', "value", clear ? "off" : "on");
	kv_out_pair(&out, ' ', "by", cli_by());
	return journal_append(err, state, &out);
}

struct keep_options {
	int clear;
};

const struct options_row keep_options[] = {
    {.name = "--clear",
	.help = "clears the mark",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct keep_options, clear)},
    {.name = NULL},
};

int cmd_keep(struct cli *cli, int argc, char **argv)
{
	struct keep_options options = {.clear = 0};
	static struct db_session session;
	struct db *db;
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	(void)cli_by(); /* who calls, before we become the owner of STATE */
	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	db = db_open(&err, cli->config.state, 0);
	if (!db)
		return cli_fail(&err);
	rc = cli_find_session(&err, db, argv[1], &session);
	db_close(db);
	if (rc || keep_run(&err, cli->config.state, session.id, options.clear))
		return cli_fail(&err);
	printf("%s: %s\n", session.id, options.clear ? "no longer kept" : "kept");
	return CLI_OK;
}
