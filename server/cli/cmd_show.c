/* SPDX-License-Identifier: MIT */
/* lastwords show: one session, or all that is known of a signature, as text or as JSON. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "show_group.h"

struct show_options {
	int lines, json;
	struct ask_where where;
};

const struct options_row show_options[] = {
    {.name = "-n",
	.value = "LINES",
	.help = "last lines of the record, or newest crashes (20)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct show_options, lines),
	.most = 10000000},
    ASK_WHERE(show_options),
    {.name = "--json",
	.help = "one object, without the record",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct show_options, json)},
    {.name = NULL},
};

/* From the files of this server. 0/-1. */
static int show_local(
    struct err *err, struct cli *cli, struct query *query, const char *id, int lines)
{
	struct db_session session;
	int found = db_session_by_id(err, query->db, id, &session);

	if (found <= 0)
		return found < 0 ? -1 : err_set(err, "session %s was removed", id);
	return show_session(err, cli, query->db, &session, lines);
}

/* From documents: the files are elsewhere. 0/-1. */
static int show_central(struct err *err, struct cli *cli, struct query *query,
    const json_t *session, const char *id, int lines)
{
	const json_t *record = json_object_get(session, "record");
	const long long all = ask_number(record, "lines", 0);
	const int count = lines < QUERY_LINES_MAX ? lines : QUERY_LINES_MAX;
	json_t *log = NULL;

	if (all && count) {
		log = query_log(err, query, id, "record", all > count ? all - count + 1 : 1, count);
		if (!log)
			return -1;
	}
	show_document(&cli->screen, session, log);
	json_decref(log);
	return 0;
}

static int show_run(
    struct err *err, struct cli *cli, const struct show_options *options, const char *what)
{
	json_t *newest = NULL, *session = NULL;
	const char *id = NULL;
	struct query query;
	int rc = -1;

	if (ask_open(err, cli, &query, &options->where, 0))
		return -1;
	newest = cli_newest(err, &query, what);
	id = ask_text(newest, "session");
	if (newest && !query.central && !options->json)
		rc = show_local(err, cli, &query, id, options->lines);
	else if (newest && (session = query_session(err, &query, id)) != NULL)
		rc = options->json ? ask_print(err, session)
				   : show_central(err, cli, &query, session, id, options->lines);
	json_decref(session);
	json_decref(newest);
	ask_close(&query);
	return rc;
}

static int show_signature(
    struct cli *cli, const char *signature, const struct show_options *options)
{
	struct query query;
	json_t *group;
	struct err err;
	int rc;

	if (ask_open(&err, cli, &query, &options->where, 0))
		return cli_fail(&err);
	group = query_group(&err, &query, signature);
	rc = !group          ? -1
	     : options->json ? ask_print(&err, group)
			     : show_group(&err, &cli->screen, group, options->lines);
	json_decref(group);
	ask_close(&query);
	return rc ? cli_fail(&err) : CLI_OK;
}

int cmd_show(struct cli *cli, int argc, char **argv)
{
	struct show_options options = {.lines = 20};
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	/* (no id or MAC begins so) */
	if (argc > 1 && strlen(argv[1]) == 16 && strspn(argv[1], "0123456789abcdef") == 16)
		return show_signature(cli, argv[1], &options);
	return show_run(&err, cli, &options, argc > 1 ? argv[1] : NULL) ? cli_fail(&err) : CLI_OK;
}
