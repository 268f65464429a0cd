/* SPDX-License-Identifier: MIT */
/*
 * querytime: what each query of the pages costs, in milliseconds of CPU.
 *
 *	querytime STATE [RUNS]      a table: the least of RUNS (5), and the document's size
 *	querytime STATE NAME        prints that document
 *
 * The goal of a page is 100 ms (tests/lib/mkstore makes a STATE to measure with).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "query/query.h"

static struct query query;
static struct err err;
static char signature[17], session[SESSION_ID_MAX + 1], mac[18];

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static json_t *filtered(struct query_filter filter)
{
	return query_groups(&err, &query, &filter);
}

static json_t *groups(void)
{
	return filtered((struct query_filter){0});
}

static json_t *groups_week(void)
{
	return filtered((struct query_filter){.since_ms = query.now_ms - 7 * 86400000LL});
}

static json_t *groups_search(void)
{
	return filtered((struct query_filter){.search = "worker_thread mlx5_core"});
}

static json_t *groups_prefix(void)
{
	return filtered((struct query_filter){.search = "00*"});
}

static json_t *groups_prefix_ffff(void)
{
	return filtered((struct query_filter){.search = "ffff8* ff* 00* R0*"});
}

static json_t *groups_module(void)
{
	return filtered((struct query_filter){.module = "xfs", .taint = "OE"});
}

static json_t *group(void)
{
	return query_group(&err, &query, signature);
}

static json_t *crashes(void)
{
	return query_crashes(&err, &query, &(struct query_filter){0});
}

static json_t *crashes_last(void)
{
	return query_crashes(&err, &query, &(struct query_filter){.offset = 9900});
}

static json_t *crashes_new(void)
{
	return query_crashes(&err, &query, &(struct query_filter){.state = "known"});
}

static json_t *rates(void)
{
	return query_rates(&err, &query, "release", &(struct query_filter){0});
}

static json_t *rates_product(void)
{
	return query_rates(&err, &query, "product", &(struct query_filter){.signature = signature});
}

static json_t *overview(void)
{
	return query_overview(&err, &query);
}

static json_t *fleet(void)
{
	return query_fleet(&err, &query);
}

static json_t *machines(void)
{
	return query_machines(&err, &query, &(struct query_list){0});
}

static json_t *machines_last(void)
{
	return query_machines(&err, &query, &(struct query_list){.offset = 9900});
}

static json_t *machine(void)
{
	return query_machine(&err, &query, mac);
}

static json_t *sessions(void)
{
	return query_sessions(&err, &query, &(struct query_list){0});
}

static json_t *sessions_like(void)
{
	return query_sessions(&err, &query, &(struct query_list){.like = "poweredge"});
}

static json_t *sessions_state(void)
{
	return query_sessions(&err, &query, &(struct query_list){.state = "captured"});
}

static json_t *one_session(void)
{
	return query_session(&err, &query, session);
}

static json_t *events(void)
{
	return query_events(&err, &query, NULL, NULL, 0, 100);
}

static const struct {
	const char *name;
	json_t *(*run)(void);
} queries[] = {{"overview", overview}, {"groups", groups}, {"groups-week", groups_week},
    {"groups-search", groups_search}, {"groups-prefix", groups_prefix},
    {"groups-prefixes", groups_prefix_ffff}, {"groups-module", groups_module}, {"group", group},
    {"crashes", crashes}, {"crashes-last", crashes_last}, {"crashes-state", crashes_new},
    {"rates", rates}, {"rates-product", rates_product}, {"fleet", fleet}, {"machines", machines},
    {"machines-last", machines_last}, {"machine", machine}, {"sessions", sessions},
    {"sessions-like", sessions_like}, {"sessions-state", sessions_state}, {"session", one_session},
    {"events", events}};

/* A signature, session and machine that are there: of the group that strikes most. */
static int choose(void)
{
	json_t *document = groups();
	json_t *first = json_array_get(json_object_get(document, "groups"), 0);

	if (first) {
		snprintf(signature, sizeof(signature), "%s",
		    json_string_value(json_object_get(first, "signature")));
		snprintf(session, sizeof(session), "%s",
		    json_string_value(json_object_get(first, "newest")));
		for (int i = 0; i < 6; i++)
			snprintf(mac + 3 * i, 4, "%.2s:", session + 2 * i);
		mac[17] = '\0';
	}
	json_decref(document);
	return first ? 0 : -1;
}

int main(int argc, char **argv)
{
	int runs = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5, failed = 0;

	if (argc < 2)
		return 2;
	query = (struct query){
	    .state = argv[1], .now_ms = clock_now(), .db = db_open(&err, argv[1], 0)};
	if (!query.db || choose()) {
		fprintf(stderr, "querytime: %s: %s\n", argv[1], query.db ? "no crashes" : err.msg);
		return 1;
	}
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		double least = 1e9;
		size_t bytes = 0;

		if (argc > 2 && strcmp(argv[2], queries[i].name) == 0) {
			json_t *document = queries[i].run();

			if (document)
				json_dumpf(document, stdout, JSON_INDENT(2));
			else
				printf("%s\n", err.msg);
			json_decref(document);
		}
		for (int run = 0; run < runs; run++) {
			double from = cpu_ms(), took;
			json_t *document = queries[i].run();

			took = cpu_ms() - from;
			least = took < least ? took : least;
			bytes = document ? json_dumpb(document, NULL, 0, 0) : 0;
			if (!document && run == 0)
				printf("# %s: %s\n", queries[i].name, err.msg);
			failed |= !document;
			json_decref(document);
		}
		if (runs)
			printf("%-18s %8.1f ms %8zu bytes\n", queries[i].name, least, bytes);
	}
	db_close(query.db);
	return failed;
}
