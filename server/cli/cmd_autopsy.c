/* SPDX-License-Identifier: MIT */
/* lastwords autopsy: what a machine was doing when its kernel died, as its capture kernel sent it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli.h"
#include "record/autopsy.h"
#include "screen/print.h"

/* Line by line: each byte that is not printable ASCII is escaped. */
static void autopsy_print(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline : end) - text);

		print_bytes(text, n);
		printf("\n");
		text += n + 1;
	}
}

struct autopsy_options {
	int json;
};

const struct options_row autopsy_options[] = {
    {.name = "--json",
	.help = "one object: session, summary, text",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct autopsy_options, json)},
    {.name = NULL},
};

static int autopsy_json(struct err *err, const char *id, const char *text, size_t len)
{
	static char line[AUTOPSY_LINES][AUTOPSY_LINE];
	const size_t count = autopsy_summary(text, len, line);
	struct kv_out out;

	/* (a byte takes at most 6) */
	if (print_begin(err, &out, 6 * (len + sizeof(line)) + 4096))
		return -1;
	kv_out_raw(&out, "{");
	json_pair(&out, "session", id);
	json_key(&out, "summary");
	for (size_t i = 0; i < count; i++) {
		kv_out_raw(&out, i ? "," : "[");
		json_text(&out, line[i]);
	}
	kv_out_raw(&out, count ? "]" : "[]");
	json_pair(&out, "text", text);
	kv_out_raw(&out, "}\n");
	return print_end(err, &out);
}

int cmd_autopsy(struct cli *cli, int argc, char **argv)
{
	struct autopsy_options options = {.json = 0};
	struct db_session known;
	struct session session;
	char dir[FILE_PATH_MAX], *text;
	struct db *db;
	struct err err;
	size_t len;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	rc = cli_find_session(&err, db, argc > 1 ? argv[1] : NULL, &known);
	db_close(db);
	if (rc || session_parse(&err, known.id, strlen(known.id), &session) ||
	    layout_session_dir(&err, cli->config.state, &session, LAYOUT_LOOK, dir))
		return cli_fail(&err);
	text = autopsy_read(dir, &len);
	if (!text) {
		err_set(&err, "session %s has no autopsy; the profile's key autopsy turns it on",
		    known.id);
		return cli_fail(&err);
	}
	if (options.json)
		rc = autopsy_json(&err, known.id, text, len);
	else
		autopsy_print(text, len);
	free(text);
	return rc ? cli_fail(&err) : CLI_OK;
}
