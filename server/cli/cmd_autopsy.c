/* SPDX-License-Identifier: MIT */
/* lastwords autopsy: what a machine was doing when its kernel died, as its capture kernel sent it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "base/json.h"
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
	struct ask_where where;
};

const struct options_row autopsy_options[] = {
    ASK_WHERE(autopsy_options),
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

/* From this server's files. malloc'ed; NULL: the session has no autopsy. */
static char *autopsy_local(const struct query *query, const char *id, size_t *len)
{
	struct session session;
	char dir[FILE_PATH_MAX];
	struct err ignored;

	if (session_parse(&ignored, id, strlen(id), &session) ||
	    layout_session_dir(&ignored, query->state, &session, LAYOUT_LOOK, dir))
		return NULL;
	return autopsy_read(dir, len);
}

/* From the document of the file, whose files are elsewhere. The same. */
static char *autopsy_central(struct query *query, const char *id, size_t *len)
{
	struct err ignored;
	json_t *log = query_log(&ignored, query, id, "autopsy.txt", 1, QUERY_LINES_MAX), *line;
	char *text = NULL;
	FILE *out = log ? open_memstream(&text, len) : NULL;
	size_t i;

	json_array_foreach(json_object_get(log, "log"), i, line) if (out)
	    fprintf(out, "%s\n", ask_text(line, "text"));
	if (out)
		fclose(out);
	json_decref(log);
	return text;
}

static int autopsy_run(
    struct err *err, struct cli *cli, const struct autopsy_options *options, const char *what)
{
	struct query query;
	json_t *newest;
	char *text = NULL;
	const char *id;
	size_t len = 0;
	int rc = -1;

	if (ask_open(err, cli, &query, &options->where, 0))
		return -1;
	newest = cli_newest(err, &query, what);
	id = ask_text(newest, "session");
	if (newest)
		text = query.central ? autopsy_central(&query, id, &len)
				     : autopsy_local(&query, id, &len);
	if (newest && !text)
		err_set(
		    err, "session %s has no autopsy; the profile's key autopsy turns it on", id);
	if (text && options->json)
		rc = autopsy_json(err, id, text, len);
	if (text && !options->json) {
		autopsy_print(text, len);
		rc = 0;
	}
	free(text);
	json_decref(newest);
	ask_close(&query);
	return rc;
}

int cmd_autopsy(struct cli *cli, int argc, char **argv)
{
	struct autopsy_options options = {.json = 0};
	struct err err;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	return autopsy_run(&err, cli, &options, argc > 1 ? argv[1] : NULL) ? cli_fail(&err)
									   : CLI_OK;
}
