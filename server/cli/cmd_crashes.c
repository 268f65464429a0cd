/* SPDX-License-Identifier: MIT */
/*
 * lastwords crashes: newest first; --group: crashes of one signature as one entry, the most frequent
 * first. --json: one object a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli.h"
#include "query/crash_fields.h"
#include "query/query.h"
#include "table.h"

enum { CRASHES_LISTED = 50, CRASHES_NAMED = 8 };

struct crashes_options {
	int grouping, json, limit;
	int64_t since_ms;
	const char *machine;
};

const struct options_row crashes_options[] = {
    {.name = "--group",
	.help = "those of one signature as one, the most frequent first",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct crashes_options, grouping)},
    {.name = "--since",
	.value = "WHEN",
	.help = "only newer ones: 2d, 12h, 30min, or a time",
	.kind = OPTIONS_WHEN,
	.field = offsetof(struct crashes_options, since_ms)},
    {.name = "--machine",
	.value = "MAC|SERIAL|NAME",
	.help = "only of this machine: MAC, serial number, asset tag, address or host name",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct crashes_options, machine)},
    {.name = "-n",
	.value = "COUNT",
	.help = "at most so many (50)",
	.kind = OPTIONS_NUMBER,
	.field = offsetof(struct crashes_options, limit),
	.least = 1,
	.most = 1000000},
    {.name = "--json",
	.help = "one object a line",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct crashes_options, json)},
    {.name = NULL},
};

static const struct table_column crashes_columns[] = {
    {.heading = "DIED"},
    {.heading = "MACHINE"},
    {.heading = "SIGNATURE", .drop = 3},
    {.heading = "CHANNELS", .drop = 1},
    {.heading = "TITLE", .min = 30, .give = 1},
    {.heading = "PRODUCT", .min = 12, .give = 2, .drop = 2},
};

static const struct table_column group_columns[] = {
    {.heading = "CRASHES", .right = 1},
    {.heading = "MACHINES", .right = 1},
    {.heading = "LAST"},
    {.heading = "FIRST", .drop = 2},
    {.heading = "SIGNATURE"},
    {.heading = "RELEASES", .min = 12, .give = 2, .drop = 1},
    {.heading = "TITLE", .min = 12, .give = 1},
};

enum {
	CRASHES_COLUMNS = sizeof(crashes_columns) / sizeof(crashes_columns[0]),
	GROUP_COLUMNS = sizeof(group_columns) / sizeof(group_columns[0]),
};

struct crashes_group {
	char signature[17], title[200];
	size_t count;
	size_t machines, releases; /* up to CRASHES_NAMED + 1, of which CRASHES_NAMED are kept */
	int64_t first_ms, last_ms;
	char mac[CRASHES_NAMED][18], release[CRASHES_NAMED][128];
};

struct crashes {
	struct crashes_options options;
	struct table *table; /* NULL with --json */
	const char *state;
	long shown;
	struct crashes_group *group;
	size_t groups, room;
	struct err err; /* out of memory */
	int failed;
};

static int64_t crashes_time(const struct db_session *s)
{
	return s->died_ms ? s->died_ms : s->captured_ms ? s->captured_ms : s->requested_ms;
}

static void crashes_json(const struct crashes *crashes, const struct db_session *s)
{
	struct err err;
	json_t *crash = query_crash_object(&err, crashes->state, s, QUERY_PATHS);
	char *text = NULL;
	size_t len;

	if (crash) {
		query_set_time(crash, "time", crashes_time(s));
		text = query_dump(crash, &len);
	}
	if (text)
		fputs(text, stdout);
	json_decref(crash);
	free(text);
}

static void crashes_text(struct table *table, const struct db_session *s)
{
	table_cell_time(table, crashes_time(s));
	table_cell(table, s->mac, SCREEN_PLAIN);
	table_cell(table, s->signature, SCREEN_PLAIN);
	table_cell(table, query_crash_channels(s), SCREEN_PLAIN);
	table_cell(table, s->title[0] ? s->title : "(no title)", SCREEN_STRONG);
	table_cell(table, s->product, SCREEN_PLAIN);
}

/* Adds a text to a set that keeps CRASHES_NAMED; *count is one more when there were others. */
static void crashes_name(char *names, size_t size, size_t *count, const char *name)
{
	size_t kept = *count < CRASHES_NAMED ? *count : CRASHES_NAMED;

	if (!name[0])
		return;
	for (size_t i = 0; i < kept; i++)
		if (strcmp(names + i * size, name) == 0)
			return;
	if (*count < CRASHES_NAMED)
		snprintf(names + *count * size, size, "%s", name);
	if (*count <= CRASHES_NAMED)
		(*count)++;
}

static struct crashes_group *crashes_group(struct crashes *crashes, const char *signature)
{
	struct crashes_group *group;

	for (size_t i = 0; i < crashes->groups; i++)
		if (strcmp(crashes->group[i].signature, signature) == 0)
			return &crashes->group[i];
	group = array_grow(
	    &crashes->err, crashes->group, &crashes->room, crashes->groups, sizeof(*group));
	if (!group)
		return NULL;
	crashes->group = group;
	group += crashes->groups++;
	memset(group, 0, sizeof(*group));
	snprintf(group->signature, sizeof(group->signature), "%s", signature);
	return group;
}

static int crashes_got(void *arg, const struct db_session *s)
{
	struct crashes *crashes = arg;
	int64_t when = crashes_time(s);
	struct crashes_group *group;

	if (when < crashes->options.since_ms)
		return 0;
	if (!crashes->options.grouping) {
		if (crashes->options.json)
			crashes_json(crashes, s);
		else
			crashes_text(crashes->table, s);
		return ++crashes->shown >= crashes->options.limit;
	}
	group = crashes_group(crashes, s->signature);
	if (!group) {
		crashes->failed = 1;
		return 1;
	}
	if (!group->title[0])
		memcpy(group->title, s->title, sizeof(group->title));
	if (group->count++ == 0 || when < group->first_ms)
		group->first_ms = when;
	if (when > group->last_ms)
		group->last_ms = when;
	crashes_name(group->mac[0], sizeof(group->mac[0]), &group->machines, s->mac);
	crashes_name(group->release[0], sizeof(group->release[0]), &group->releases, s->release);
	return 0;
}

static int crashes_order(const void *left, const void *right)
{
	const struct crashes_group *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->last_ms > b->last_ms ? -1 : a->last_ms < b->last_ms;
}

/* "6.1.0-57-amd64 6.1.0-56-amd64 ..." */
static void group_releases(const struct crashes_group *group, struct table *table)
{
	char text[CRASHES_NAMED * (sizeof(group->release[0]) + 1) + 8] = "";
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	for (size_t i = 0; i < group->releases && i < CRASHES_NAMED; i++) {
		kv_out_raw(&out, i ? " " : "");
		kv_out_raw(&out, group->release[i]);
	}
	kv_out_raw(&out, group->releases > CRASHES_NAMED ? " ..." : "");
	table_cell(table, text, SCREEN_PLAIN);
}

static void group_text(struct table *table, const struct crashes_group *group)
{
	table_cellf(table, "%zu", group->count);
	table_cellf(table, "%s%zu", group->machines > CRASHES_NAMED ? ">" : "",
	    group->machines > CRASHES_NAMED ? (size_t)CRASHES_NAMED : group->machines);
	table_cell_time(table, group->last_ms);
	table_cell_time(table, group->first_ms);
	table_cell(table, group->signature, SCREEN_PLAIN);
	group_releases(group, table);
	table_cell(table, group->title[0] ? group->title : "(no title)", SCREEN_STRONG);
}

static void group_names(
    struct kv_out *out, const char *key, const char *names, size_t size, size_t count)
{
	json_key(out, key);
	kv_out_raw(out, "[");
	for (size_t i = 0; i < count && i < CRASHES_NAMED; i++) {
		kv_out_raw(out, i ? "," : "");
		json_text(out, names + i * size);
	}
	kv_out_raw(out, "]");
}

static void group_json(const struct crashes_group *group)
{
	char text[16384], when[25];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, "{");
	json_pair(&out, "signature", group->signature);
	json_pair(&out, "title", group->title);
	json_number(&out, "count", (long long)group->count);
	clock_format(group->first_ms, when);
	json_pair(&out, "first", when);
	clock_format(group->last_ms, when);
	json_pair(&out, "last", when);
	group_names(&out, "machines", group->mac[0], sizeof(group->mac[0]), group->machines);
	group_names(
	    &out, "releases", group->release[0], sizeof(group->release[0]), group->releases);
	kv_out_raw(&out, "}\n");
	fputs(out.buf, stdout);
}

static long crashes_run(struct err *err, struct cli *cli, struct crashes *crashes, const char *like,
    const char *machine)
{
	struct db_query query = {
	    .crashes_only = 1, .like = like, .machine = machine, .limit = DB_ALL};
	char address[64];
	struct err ignored;
	struct db *db = db_open(err, cli->config.state, 0);
	long count;

	if (!db)
		return -1;
	if (!crashes->options.json &&
	    !(crashes->table = table_begin(err, &cli->screen,
		  crashes->options.grouping ? group_columns : crashes_columns,
		  crashes->options.grouping ? GROUP_COLUMNS : CRASHES_COLUMNS))) {
		db_close(db);
		return -1;
	}
	crashes->state = cli->config.state;
	count = db_sessions(err, db, &query, crashes_got, crashes);
	if (count == 0 && machine && cli_resolve(&ignored, machine, AF_UNSPEC, address) == 0) {
		query.machine = address;
		count = db_sessions(err, db, &query, crashes_got, crashes);
	}
	db_close(db);
	if (count >= 0 && crashes->failed)
		return err_set(err, "%s", crashes->err.msg);
	if (crashes->groups)
		qsort(crashes->group, crashes->groups, sizeof(*crashes->group), crashes_order);
	for (size_t i = 0; i < crashes->groups && crashes->shown < crashes->options.limit; i++) {
		if (crashes->options.json)
			group_json(&crashes->group[i]);
		else
			group_text(crashes->table, &crashes->group[i]);
		crashes->shown++;
	}
	return count;
}

int cmd_crashes(struct cli *cli, int argc, char **argv)
{
	struct crashes crashes = {.options.limit = CRASHES_LISTED};
	const char *like = NULL, *machine;
	struct err err, table_err;
	uint8_t mac[6];
	char hex[13];
	long count;
	int rc = cli_take(cli, &argc, argv, &crashes.options);

	if (rc)
		return rc;
	machine = crashes.options.machine;
	if (machine && argc > 1)
		return cli_usage(argv[0]);
	like = argc > 1 ? argv[1] : machine;
	if (like && mac_parse(&err, like, mac) == 0) {
		mac_format_hex(mac, hex);
		like = hex;
		machine = NULL;
	} else if (machine) {
		like = NULL;
	}
	if (cli_load(&err, cli))
		return cli_fail(&err);
	count = crashes_run(&err, cli, &crashes, like, machine);
	free(crashes.group);
	if (table_end(&table_err, crashes.table))
		return cli_fail(count < 0 ? &err : &table_err);
	if (count < 0)
		return cli_fail(&err);
	if (crashes.shown == 0)
		fprintf(stderr, "lastwords: no crashes found\n");
	return crashes.shown ? CLI_OK : CLI_FAILED;
}
