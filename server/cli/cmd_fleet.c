/* SPDX-License-Identifier: MIT */
/*
 * lastwords fleet: how many machines are armed, and why the others are not, by each machine's newest
 * session. Reads the index only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli.h"

enum { FLEET_REASONS_MAX = 200, FLEET_NAMED_MAX = 5 };

struct fleet_reason {
	char why[320];
	size_t count, named;
	char mac[FLEET_NAMED_MAX][18]; /* of the newest sessions */
};

struct fleet {
	size_t machines, armed, count;
	struct fleet_reason reason[FLEET_REASONS_MAX + 1]; /* the last for all that do not fit */
};

/* Why the machine is not armed; returns 0 if it is. */
static int fleet_why(const struct db_session *s, char *why, size_t size)
{
	switch (s->state) {
	case SESSION_ARMED:
	case SESSION_RUNNING:
		if (s->armed_ms)
			return 0;
		return snprintf(why, size, "running, but never reported as armed");
	case SESSION_NOT_ARMED:
		return snprintf(
		    why, size, "not armed: %s", s->why[0] ? s->why : "no reason reported");
	case SESSION_REQUESTED:
		return snprintf(why, size, "booting: script served, no report yet");
	case SESSION_STALLED:
		return snprintf(why, size, "stalled: no report since the script was served");
	case SESSION_DIED:
		return snprintf(why, size, "died, no dump received yet");
	case SESSION_NO_CAPTURE:
		return snprintf(why, size, "died without capture, not booted again yet");
	case SESSION_CAPTURED:
		return snprintf(why, size, "died and captured, not booted again yet");
	default:
		return snprintf(why, size, "%s", session_state_name(s->state));
	}
}

static int fleet_machine(void *arg, const struct db_session *session)
{
	struct fleet *fleet = arg;
	struct fleet_reason *reason = fleet->reason;
	char why[sizeof(reason->why)];
	size_t i;

	fleet->machines++;
	if (!fleet_why(session, why, sizeof(why))) {
		fleet->armed++;
		return 0;
	}
	for (i = 0; i < fleet->count && strcmp(reason[i].why, why) != 0; i++)
		;
	if (i == fleet->count && i < FLEET_REASONS_MAX) {
		memcpy(reason[i].why, why, sizeof(why));
		fleet->count++;
	}
	reason += i;
	reason->count++;
	if (reason->named < FLEET_NAMED_MAX)
		memcpy(reason->mac[reason->named++], session->mac, sizeof(session->mac));
	return 0;
}

static int fleet_order(const void *left, const void *right)
{
	const struct fleet_reason *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->why, b->why);
}

static void fleet_text(const struct fleet *fleet)
{
	printf("%zu of %zu machine%s armed (%.1f %%)\n", fleet->armed, fleet->machines,
	    fleet->machines == 1 ? "" : "s",
	    fleet->machines ? 100.0 * (double)fleet->armed / (double)fleet->machines : 0.0);
	for (size_t i = 0; i < fleet->count; i++) {
		const struct fleet_reason *reason = &fleet->reason[i];

		printf("%6zu  ", reason->count);
		cli_print_safe(reason->why);
		printf("  [");
		for (size_t n = 0; n < reason->named; n++)
			printf("%s%s", n ? " " : "", reason->mac[n]);
		printf("%s]\n", reason->count > reason->named ? " ..." : "");
	}
}

static void fleet_json(const struct fleet *fleet)
{
	char text[4096];
	struct kv_out out;

	printf("{\"machines\":%zu,\"armed\":%zu,\"not_armed\":[", fleet->machines, fleet->armed);
	for (size_t i = 0; i < fleet->count; i++) {
		const struct fleet_reason *reason = &fleet->reason[i];

		kv_out_init(&out, text, sizeof(text));
		kv_out_raw(&out, i ? ",{" : "{");
		json_pair(&out, "why", reason->why);
		json_number(&out, "machines", (long long)reason->count);
		json_key(&out, "newest");
		for (size_t n = 0; n < reason->named; n++) {
			kv_out_raw(&out, n ? "," : "[");
			json_text(&out, reason->mac[n]);
		}
		printf("%s]}", out.buf);
	}
	printf("]}\n");
}

int cmd_fleet(struct cli *cli, int argc, char **argv)
{
	static struct fleet fleet;
	struct db_query query = {.newest_only = 1, .limit = DB_ALL};
	struct db *db;
	struct err err;
	long count;
	int json = argc == 2 && strcmp(argv[1], "--json") == 0;

	if (argc > 1 && !json)
		return cli_usage(argv[0]);
	db = cli_open(&err, cli);
	if (!db)
		return cli_fail(&err);
	memset(&fleet, 0, sizeof(fleet));
	snprintf(fleet.reason[FLEET_REASONS_MAX].why, sizeof(fleet.reason[0].why), "other reasons");
	count = db_sessions(&err, db, &query, fleet_machine, &fleet);
	db_close(db);
	if (count < 0)
		return cli_fail(&err);
	if (fleet.reason[FLEET_REASONS_MAX].count)
		fleet.count = FLEET_REASONS_MAX + 1;
	qsort(fleet.reason, fleet.count, sizeof(fleet.reason[0]), fleet_order);
	if (json)
		fleet_json(&fleet);
	else
		fleet_text(&fleet);
	return fleet.machines ? CLI_OK : CLI_FAILED;
}
