/* SPDX-License-Identifier: MIT */
/*
 * lastwords crashes: newest first; --group: crashes of one signature as one entry, the most frequent
 * first. --json: one object a line.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "cli.h"
#include "store/crash_json.h"

enum { CRASHES_LISTED = 50, CRASHES_NAMED = 8 };

struct crashes_group {
	char signature[17], title[200];
	size_t count;
	size_t machines, releases; /* up to CRASHES_NAMED + 1, of which CRASHES_NAMED are kept */
	int64_t first_ms, last_ms;
	char mac[CRASHES_NAMED][18], release[CRASHES_NAMED][128];
};

struct crashes {
	int json, grouping, limit;
	int64_t since_ms;
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
	static struct crash_json_all all;
	static char text[CRASH_JSON_MAX];
	struct kv_out out;
	struct err err;

	if (crash_json_load(&err, crashes->state, s, &all))
		return;
	all.crash.time_ms = crashes_time(s);
	kv_out_init(&out, text, sizeof(text));
	crash_json_begin(&out, &all.crash);
	kv_out_raw(&out, "}\n");
	if (!out.overflow)
		fputs(out.buf, stdout);
}

static void crashes_text(const struct db_session *s)
{
	cli_print_time(crashes_time(s));
	printf("  %s  %-16s %-15s ", s->mac, s->signature[0] ? s->signature : "-",
	    crash_json_channels(s)[0] ? crash_json_channels(s) : "-");
	cli_print_safe(s->title[0] ? s->title : "(no title)");
	if (s->product[0]) {
		printf("  [");
		cli_print_safe(s->product);
		printf("]");
	}
	printf("\n");
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

	if (when < crashes->since_ms)
		return 0;
	if (!crashes->grouping) {
		if (crashes->json)
			crashes_json(crashes, s);
		else
			crashes_text(s);
		return ++crashes->shown >= crashes->limit;
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

static void group_list(const char *names, size_t size, size_t count)
{
	for (size_t i = 0; i < count && i < CRASHES_NAMED; i++) {
		printf("%s", i ? " " : "");
		cli_print_safe(names + i * size);
	}
	printf("%s", count > CRASHES_NAMED ? " ..." : "");
}

static void group_text(const struct crashes_group *group)
{
	printf("%6zu  %-16s  ", group->count, group->signature[0] ? group->signature : "-");
	cli_print_safe(group->title[0] ? group->title : "(no title)");
	printf("\n        first ");
	cli_print_time(group->first_ms);
	printf("  last ");
	cli_print_time(group->last_ms);
	printf("\n        on ");
	group_list(group->mac[0], sizeof(group->mac[0]), group->machines);
	if (group->releases) {
		printf("\n        release ");
		group_list(group->release[0], sizeof(group->release[0]), group->releases);
	}
	printf("\n");
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
	for (size_t i = 0; i < crashes->groups && crashes->shown < crashes->limit; i++) {
		if (crashes->json)
			group_json(&crashes->group[i]);
		else
			group_text(&crashes->group[i]);
		crashes->shown++;
	}
	return count;
}

int cmd_crashes(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{"group", no_argument, NULL, 'g'},
	    {"json", no_argument, NULL, 'j'}, {"since", required_argument, NULL, 's'},
	    {"machine", required_argument, NULL, 'm'}, {NULL, 0, NULL, 0}};
	struct crashes crashes = {.limit = CRASHES_LISTED};
	const char *like = NULL, *machine = NULL;
	struct err err;
	uint8_t mac[6];
	char hex[13];
	long count;
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "+n:", options, NULL)) != -1) {
		int rc = 0;

		if (opt == 'g')
			crashes.grouping = 1;
		else if (opt == 'j')
			crashes.json = 1;
		else if (opt == 'm')
			machine = optarg;
		else if (opt == 's')
			rc = cli_parse_time(&err, "--since", optarg, &crashes.since_ms);
		else if (opt == 'n')
			rc = num_int(&err, "-n", optarg, 1, 1000000, &crashes.limit);
		else
			return cli_usage(argv[0]);
		if (rc)
			return cli_fail(&err);
	}
	if (argc - optind > 1 || (machine && argc > optind))
		return cli_usage(argv[0]);
	like = argc > optind ? argv[optind] : machine;
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
	if (count < 0)
		return cli_fail(&err);
	if (crashes.shown == 0)
		fprintf(stderr, "lastwords: no crashes found\n");
	return crashes.shown ? CLI_OK : CLI_FAILED;
}
