/* SPDX-License-Identifier: MIT */
/*
 * lastwords machines: one line for each machine that has a session or an override, with its newest
 * session. --json: one object a line.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "boot/override.h"
#include "cli.h"
#include "document.h"
#include "table.h"

struct machines_options {
	int json;
};

const struct options_row machines_options[] = {
    {.name = "--json",
	.help = "one object a line",
	.kind = OPTIONS_FLAG,
	.field = offsetof(struct machines_options, json)},
    {.name = NULL},
};

static const struct table_column machines_columns[] = {
    {.heading = "MACHINE"},
    {.heading = "REQUESTED"},
    {.heading = "STATE"},
    {.heading = "PROFILE", .min = 8, .give = 1},
    {.heading = "PRODUCT", .min = 12, .give = 2, .drop = 1},
    {.heading = "SET", .min = 12, .give = 3},
};

struct machine {
	enum session_state known;
	char mac[18], state[24], profile[PROFILE_NAME_MAX + 1], product[64];
	int64_t when_ms; /* of its newest session; 0 none */
};

struct machines {
	struct machine *list;
	size_t count, room;
	struct err err; /* out of memory */
	int failed;
};

static struct machine *machines_add(struct machines *all)
{
	struct machine *list =
	    array_grow(&all->err, all->list, &all->room, all->count, sizeof(*list));

	if (!list) {
		all->failed = 1;
		return NULL;
	}
	all->list = list;
	memset(&all->list[all->count], 0, sizeof(*all->list));
	return &all->list[all->count++];
}

/* By MAC, the newest first. */
static int machines_order(const void *a, const void *b)
{
	const struct machine *x = a, *y = b;
	int rc = strcmp(x->mac, y->mac);

	return rc ? rc : (x->when_ms < y->when_ms) - (x->when_ms > y->when_ms);
}

/* A machine with an override is in the list twice: keeps one of each. */
static void machines_newest(struct machines *all)
{
	size_t kept = 0;

	if (all->count == 0)
		return;
	qsort(all->list, all->count, sizeof(*all->list), machines_order);
	for (size_t i = 0; i < all->count; i++)
		if (kept == 0 || strcmp(all->list[i].mac, all->list[kept - 1].mac) != 0)
			all->list[kept++] = all->list[i];
	all->count = kept;
}

static int machines_session(void *arg, const struct db_session *session)
{
	struct machines *all = arg;
	struct machine *machine = machines_add(all);

	if (!machine)
		return 1;
	snprintf(machine->mac, sizeof(machine->mac), "%s", session->mac);
	machine->known = session->state;
	snprintf(machine->state, sizeof(machine->state), "%s", session_state_name(session->state));
	snprintf(machine->profile, sizeof(machine->profile), "%s", session->profile);
	snprintf(machine->product, sizeof(machine->product), "%.63s", session->product);
	machine->when_ms = session->requested_ms;
	return 0;
}

/* STATE/machines/MAC of each override. */
static int machines_overrides(struct err *err, const char *state, struct machines *all)
{
	char path[FILE_PATH_MAX];
	struct dirent *entry;
	struct err ignored;
	uint8_t mac[6];
	DIR *dir;

	if (file_path(err, state, "machines", path))
		return -1;
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		struct machine *machine;

		if (strlen(entry->d_name) != 12 || mac_parse(&ignored, entry->d_name, mac))
			continue;
		machine = machines_add(all);
		if (!machine)
			break;
		mac_format(mac, machine->mac);
	}
	closedir(dir);
	return 0;
}

/* "profile debian, args quiet, drill after 30 s, a script (for one boot)"; size is enough for the longest. */
static void machines_set(const struct override *set, char *text, size_t size)
{
	struct kv_out out;
	char drill[32];

	kv_out_init(&out, text, size);
	if (set->profile[0]) {
		kv_out_raw(&out, "profile ");
		kv_out_raw(&out, set->profile);
	}
	if (set->args[0]) {
		kv_out_raw(&out, out.len ? ", args " : "args ");
		kv_out_raw(&out, set->args);
	}
	snprintf(drill, sizeof(drill), "%sdrill after %d s", out.len ? ", " : "", set->drill);
	if (set->drill)
		kv_out_raw(&out, drill);
	if (set->script)
		kv_out_raw(&out, out.len ? ", a script" : "a script");
	if (set->once)
		kv_out_raw(&out, " (for one boot)");
}

static void machines_text(
    struct table *table, const struct machine *machine, const struct override *set)
{
	char text[sizeof(set->args) + sizeof(set->profile) + 128];

	table_cell(table, machine->mac, SCREEN_PLAIN);
	table_cell_time(table, machine->when_ms);
	table_cell(table, machine->state,
	    machine->when_ms ? cli_state_colour(machine->known) : SCREEN_PLAIN);
	table_cell(table, machine->profile, SCREEN_PLAIN);
	table_cell(table, machine->product, SCREEN_PLAIN);
	machines_set(set, text, sizeof(text));
	table_cell(table, text, SCREEN_PLAIN);
}

/* Of one machine: what is set, and its row. */
static void machines_row(
    const struct config *config, const struct machine *machine, struct table *table)
{
	struct override set;
	struct err err;
	uint8_t mac[6];

	memset(&set, 0, sizeof(set));
	if (mac_parse(&err, machine->mac, mac) ||
	    override_read(&err, config->state, mac, &set) < 0) {
		err_print("lastwords", &err);
		memset(&set, 0, sizeof(set));
	}
	machines_text(table, machine, &set);
}

/* All machines, sorted. 0/-1. */
static int machines_read(struct err *err, struct cli *cli, struct machines *all)
{
	struct db_query query = {.newest_only = 1, .limit = DB_ALL};
	struct db *db = db_open(err, cli->config.state, 0);
	int rc = 0;

	/* Without an index there are still the machines with an override. */
	if (!db)
		err_print("lastwords", err);
	else if (db_sessions(err, db, &query, machines_session, all) < 0)
		rc = -1;
	db_close(db);
	if (rc == 0)
		rc = machines_overrides(err, cli->config.state, all);
	if (rc == 0 && all->failed)
		rc = err_set(err, "%s", all->err.msg);
	machines_newest(all);
	return rc;
}

/* Without an index there are still the machines with an override. *count: how many there are. 0/-1. */
static int machines_json(struct err *err, struct cli *cli, long *count)
{
	struct document_parts parts = {.part = query_machines, .key = "machines"};
	struct db *db = db_open(err, cli->config.state, 0);
	struct query query = document_query(cli, db);
	int rc;

	if (!db)
		err_print("lastwords", err);
	rc = document_print_parts(err, &query, &parts, 0, count);
	db_close(db);
	return rc;
}

static int machines_table(struct err *err, struct cli *cli, long *count)
{
	struct machines all = {.list = NULL};
	struct table *table = NULL;
	int rc = machines_read(err, cli, &all);

	if (rc == 0) {
		table = table_begin(err, &cli->screen, machines_columns,
		    sizeof(machines_columns) / sizeof(machines_columns[0]));
		rc = table ? 0 : -1;
	}
	for (size_t i = 0; i < all.count && rc == 0; i++)
		machines_row(&cli->config, &all.list[i], table);
	if (table && table_end(err, table))
		rc = -1;
	*count = (long)all.count;
	free(all.list);
	return rc;
}

int cmd_machines(struct cli *cli, int argc, char **argv)
{
	struct machines_options options = {.json = 0};
	struct err err;
	long count = 0;
	int rc = cli_take(cli, &argc, argv, &options);

	if (rc)
		return rc;
	if (cli_load(&err, cli))
		return cli_fail(&err);
	if (options.json ? machines_json(&err, cli, &count) : machines_table(&err, cli, &count))
		return cli_fail(&err);
	if (count == 0)
		fprintf(stderr, "lastwords: no machines found\n");
	return count ? CLI_OK : CLI_FAILED;
}
