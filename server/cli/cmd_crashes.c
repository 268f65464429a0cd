/* SPDX-License-Identifier: MIT */
/*
 * lastwords crashes: newest first; --group: those of one signature as one, by impact; --rates: how often machines
 * crash, by release, product or profile.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ask.h"
#include "crash_tables.h"
#include "host/host.h"

enum { CRASHES_LISTED = 50, CRASHES_TEXT_MAX = 1024 };

struct crashes_options {
	int group, rates, json, limit;
	const char *by, *machine;
	struct query_filter filter;
	struct ask_where where;
};

const struct options_row crashes_options[] = {
    {.name = "--group",
	.help = "those of one signature as one, by impact",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct crashes_options, group)},
    {.name = "--rates",
	.help = "crashes per 1,000 machine-days",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct crashes_options, rates)},
    {.name = "--by",
	.value = "release|product|profile",
	.help = "of --rates: what the rows are (release)",
	.kind = OPTIONS_WORD,
	.field = offsetof(struct crashes_options, by)},
    {.name = "--since",
	.value = "WHEN",
	.help = "only newer ones: 2d, 12h, 30min, or a time",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct crashes_options, filter.since_ms)},
    {.name = "--until",
	.value = "WHEN",
	.help = "only older ones",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct crashes_options, filter.until_ms)},
    {.name = "--machine",
	.value = "MAC|SERIAL|NAME",
	.help = "only of this machine: MAC, serial number, asset tag, address or host name",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, machine)},
    {.name = "--release",
	.value = "RELEASE",
	.help = "only with this kernel release",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.release)},
    {.name = "--profile",
	.value = "PROFILE",
	.help = "only with this profile",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.profile)},
    {.name = "--product",
	.value = "PRODUCT",
	.help = "only on this product",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.product)},
    {.name = "--class",
	.value = "CLASS",
	.help = "only of this class",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.class)},
    {.name = "--taint",
	.value = "FLAGS",
	.help = "only with all of these taint flags",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.taint)},
    {.name = "--module",
	.value = "MODULE",
	.help = "only with this module in the stack",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.module)},
    {.name = "--tag",
	.value = "TAG",
	.help = "only of groups with this tag",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.tag)},
    {.name = "--state",
	.value = "new|known|muted|fixed|regressed",
	.help = "only of groups in this state",
	.kind = OPTIONS_WORD,
	.field = offsetof(struct crashes_options, filter.state)},
    {.name = "--search",
	.value = "WORDS",
	.help = "only with these words in title or report; wo* for those that begin so",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, filter.search)},
    {.name = "--sort",
	.value = "impact|last|first|count|machines|title",
	.help = "of --group: another order",
	.kind = OPTIONS_WORD,
	.field = offsetof(struct crashes_options, filter.sort)},
    {.name = "-n",
	.value = "COUNT",
	.help = "at most so many (50)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct crashes_options, limit),
	.least = 1,
	.most = 1000000},
    ASK_WHERE(crashes_options),
    {.name = "--json",
	.help = "one object a line; --rates: one",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct crashes_options, json)},
    {.name = NULL},
};

static const struct table_column group_columns[] = {
    {.heading = "CRASHES", .right = 1},
    {.heading = "MACHINES", .right = 1},
    {.heading = "LAST"},
    {.heading = "FIRST", .drop = 3},
    {.heading = "STATE", .drop = 4},
    {.heading = "SIGNATURE"},
    {.heading = "RELEASES", .min = 12, .give = 2, .drop = 1},
    {.heading = "TAGS", .drop = 2},
    {.heading = "TITLE", .min = 12, .give = 1},
};

/* --- what is asked ----------------------------------------------------------------------------------- */

/* --machine as a MAC: 1, 0: no machine is called so, -1. */
static int crashes_machine(struct err *err, struct query *query, const char *name, char mac[18])
{
	char address[64];
	struct err ignored;
	uint8_t bytes[6];
	json_t *row;

	if (mac_parse(&ignored, name, bytes) == 0) {
		mac_format(bytes, mac);
		return 1;
	}
	row = query_newest(err, query, NULL, name);
	if (!row && query_was_missing(query) &&
	    host_resolve(&ignored, name, AF_UNSPEC, address) == 0)
		row = query_newest(err, query, NULL, address);
	if (!row)
		return query_was_missing(query) ? 0 : -1;
	snprintf(mac, 18, "%s", ask_text(row, "mac"));
	json_decref(row);
	return 1;
}

/* PART: a signature, a MAC, the beginning of one or of an id, or words. text has room for words. */
static void crashes_like(struct query_filter *filter, const char *like, char *text, size_t size)
{
	const size_t hex = strspn(like, "0123456789abcdef");
	const size_t id = strspn(like, "0123456789abcdefABCDEF:");

	if (hex == 16 && !like[hex]) {
		filter->signature = like;
	} else if (id >= 4 && (!like[id] || (like[id] == '-' && hex == 12)) && like[0] != ':') {
		snprintf(text, size, "%.*s", (int)id, like);
		filter->machine = text;
	} else {
		snprintf(text, size, "%s%s", like, like[strlen(like) - 1] == '*' ? "" : "*");
		filter->search = text;
	}
}

static json_t *crashes_part(struct err *err, struct query *query, void *arg, int offset, int limit)
{
	const struct crashes_options *options = arg;
	struct query_filter filter = options->filter;

	filter.offset = offset;
	filter.limit = limit;
	filter.whole = options->json;
	return options->group ? query_groups(err, query, &filter)
			      : query_crashes(err, query, &filter);
}

/* --- text -------------------------------------------------------------------------------------------- */

static int group_row(struct err *err, void *arg, const json_t *group)
{
	struct table *table = arg;
	const char *title = ask_text(group, "title"), *state = ask_text(group, "state");
	char text[CRASHES_TEXT_MAX];

	table_cellf(table, "%lld", ask_number(group, "count", 0));
	table_cellf(table, "%lld", ask_number(group, "machines", 0));
	table_cell_time(table, ask_time(group, "last"));
	table_cell_time(table, ask_time(group, "first"));
	table_cell(table, state,
	    strcmp(state, "regressed") == 0 ? SCREEN_BAD
	    : strcmp(state, "new") == 0     ? SCREEN_WARN
					    : SCREEN_PLAIN);
	table_cell(table, ask_text(group, "signature"), SCREEN_PLAIN);
	ask_texts(group, "releases", text, sizeof(text));
	table_cell(table, text, SCREEN_PLAIN);
	ask_texts(group, "tags", text, sizeof(text));
	table_cell(table, text, SCREEN_PLAIN);
	table_cell(table, title[0] ? title : "(no title)", SCREEN_STRONG);
	(void)err;
	return 0;
}

/* --- the command ------------------------------------------------------------------------------------- */

static int crashes_rates(struct err *err, struct cli *cli, struct query *query,
    const struct crashes_options *options, size_t *rows)
{
	json_t *rates =
	    query_rates(err, query, options->by ? options->by : "release", &options->filter);
	int rc;

	if (!rates)
		return -1;
	*rows = json_array_size(json_object_get(rates, "rows"));
	rc = options->json ? ask_print(err, rates) : crash_rates(err, &cli->screen, rates);
	json_decref(rates);
	return rc;
}

static int crashes_list(struct err *err, struct cli *cli, struct query *query,
    struct crashes_options *options, size_t *rows)
{
	struct ask_list list = {.name = options->group ? "groups" : "crashes",
	    .part = crashes_part,
	    .arg = options,
	    .limit = options->limit};

	if (options->group)
		return ask_table(err, cli, query, &list, options->json ? NULL : group_columns,
		    sizeof(group_columns) / sizeof(group_columns[0]), group_row, rows);
	return ask_table(err, cli, query, &list, options->json ? NULL : crash_columns,
	    crash_column_count, crash_row, rows);
}

static int crashes_run(struct err *err, struct cli *cli, struct crashes_options *options,
    const char *like, size_t *rows)
{
	char text[QUERY_TEXT_MAX + 4], mac[18] = "";
	struct query query;
	int rc = 1;

	*rows = 0;
	if (ask_open(err, cli, &query, &options->where, 0))
		return -1;
	if (like && like[0])
		crashes_like(&options->filter, like, text, sizeof(text));
	if (options->machine) {
		rc = crashes_machine(err, &query, options->machine, mac);
		options->filter.machine = mac;
	}
	if (rc == 1)
		rc = options->rates ? crashes_rates(err, cli, &query, options, rows)
				    : crashes_list(err, cli, &query, options, rows);
	ask_close(&query);
	return rc;
}

int cmd_crashes(struct cli *cli, int argc, char **argv)
{
	struct crashes_options options = {.limit = CRASHES_LISTED};
	struct err err;
	size_t rows;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (options.by && !options.rates)
		return cli_wrong(argv[0], "--by goes with --rates");
	if (options.filter.sort && !options.group)
		return cli_wrong(argv[0], "--sort goes with --group");
	if (options.group && options.rates)
		return cli_wrong(argv[0], "--group and --rates are two lists; take one");
	if (options.machine && argc > 1)
		return cli_wrong(argv[0], "--machine and a part exclude each other; take one");
	if (crashes_run(&err, cli, &options, argc > 1 ? argv[1] : NULL, &rows))
		return cli_fail(&err);
	if (rows == 0)
		fprintf(stderr, "lastwords: no crashes found\n");
	return rows ? CLI_OK : CLI_FAILED;
}
