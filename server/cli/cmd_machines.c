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
#include "base/clock.h"
#include "base/json.h"
#include "boot/override.h"
#include "cli.h"

struct machine {
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

static void machines_json(const struct machine *machine, const struct override *set)
{
	char text[16384], when[25];
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	kv_out_raw(&out, "{");
	json_pair(&out, "mac", machine->mac);
	if (machine->when_ms) {
		clock_format(machine->when_ms, when);
		json_pair(&out, "requested", when);
		json_pair(&out, "state", machine->state);
		json_pair(&out, "profile", machine->profile);
		json_pair(&out, "product", machine->product);
	}
	if (set->set_ms) {
		clock_format(set->set_ms, when);
		json_pair(&out, "set", when);
		json_known(&out, "set_profile", set->profile);
		json_known(&out, "set_args", set->args);
		if (set->drill)
			json_number(&out, "drill", set->drill);
		if (set->script)
			json_number(&out, "script", set->script);
		json_key(&out, "once");
		kv_out_raw(&out, set->once ? "true" : "false");
	}
	kv_out_raw(&out, "}\n");
	fputs(out.buf, stdout);
}

static void machines_text(const struct machine *machine, const struct override *set)
{
	printf("%s  ", machine->mac);
	if (machine->when_ms)
		cli_print_time(machine->when_ms);
	else
		printf("%-19s", "-");
	printf("  %-10s %s", machine->state[0] ? machine->state : "-",
	    machine->profile[0] ? machine->profile : "-");
	if (machine->product[0]) {
		printf("  [");
		cli_print_safe(machine->product);
		printf("]");
	}
	if (set->profile[0])
		printf("  set: profile %s", set->profile);
	if (set->args[0]) {
		printf("%sargs ", set->profile[0] ? " " : "  set: ");
		cli_print_safe(set->args);
	}
	if (set->drill)
		printf("  drill after %d s", set->drill);
	if (set->script)
		printf("  a script");
	printf("%s\n", set->once ? " (for one boot)" : "");
}

int cmd_machines(struct cli *cli, int argc, char **argv)
{
	struct db_query query = {.newest_only = 1, .limit = DB_ALL};
	struct machines all = {.list = NULL};
	int json = argc == 2 && strcmp(argv[1], "--json") == 0, rc = CLI_FAILED;
	struct db *db;
	struct err err;

	if (argc > 1 && !json)
		return cli_usage(argv[0]);
	if (cli_load(&err, cli))
		return cli_fail(&err);
	/* Without an index there are still the machines with an override. */
	db = db_open(&err, cli->config.state, 0);
	if (!db)
		err_print("lastwords", &err);
	else if (db_sessions(&err, db, &query, machines_session, &all) < 0)
		goto fail;
	if (machines_overrides(&err, cli->config.state, &all))
		goto fail;
	if (all.failed) {
		err = all.err;
		goto fail;
	}
	machines_newest(&all);
	for (size_t i = 0; i < all.count; i++) {
		struct override set;
		uint8_t mac[6];

		memset(&set, 0, sizeof(set));
		if (mac_parse(&err, all.list[i].mac, mac) ||
		    override_read(&err, cli->config.state, mac, &set) < 0) {
			err_print("lastwords", &err);
			memset(&set, 0, sizeof(set));
		}
		if (json)
			machines_json(&all.list[i], &set);
		else
			machines_text(&all.list[i], &set);
	}
	if (all.count == 0)
		fprintf(stderr, "lastwords: no machines found\n");
	rc = all.count ? CLI_OK : CLI_FAILED;
	goto out;
fail:
	cli_fail(&err);
out:
	db_close(db);
	free(all.list);
	return rc;
}
