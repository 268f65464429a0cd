/* SPDX-License-Identifier: MIT */
/* overview: what is new at a glance; see query.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ask.h"
#include "base/disk.h"
#include "fields.h"
#include "grouping.h"
#include "poisson.h"
#include "store/layout.h"

enum {
	OVERVIEW_DEATHS = 10,
	OVERVIEW_RISING = 10,
	OVERVIEW_RECENT_DAYS = 7,
	OVERVIEW_BEFORE_DAYS = 28,
	OVERVIEW_CHANNEL_DAYS = 30,
	OVERVIEW_STALE_S =
	    60, /* the collector writes its counts every 15 s (collector/metrics.h) */
};
#define OVERVIEW_DAY_MS 86400000LL
#define OVERVIEW_CERTAIN 0.05

/* --- groups that rise -------------------------------------------------------------------------------- */

struct rising {
	const struct group *group;
	long recent, before;
	double p;
};

/* How many of each group's crashes are of the last days, and of those before. */
static void rising_count(const struct grouping *grouping, int64_t now_ms, struct rising *rising)
{
	int64_t recent_ms = now_ms - OVERVIEW_RECENT_DAYS * OVERVIEW_DAY_MS;

	for (size_t i = 0; i < grouping->rows.count; i++) {
		struct rising *one = &rising[grouping->groups.of[i]];

		if (grouping->rows.row[i].time_ms >= recent_ms)
			one->recent++;
		else
			one->before++;
	}
}

static double rising_share(void)
{
	return (double)OVERVIEW_RECENT_DAYS / (OVERVIEW_RECENT_DAYS + OVERVIEW_BEFORE_DAYS);
}

/* 1 if people should look at it: new, back after its fix, or more than chance explains. */
static int rising_is(struct rising *one)
{
	one->p = poisson_at_least(one->recent, one->recent + one->before, rising_share());
	if (one->recent == 0 || one->group->state == GROUP_MUTED)
		return 0;
	return one->group->state == GROUP_NEW || one->group->state == GROUP_REGRESSED ||
	       one->p <= OVERVIEW_CERTAIN;
}

static int rising_order(const void *a, const void *b)
{
	const struct rising *x = a, *y = b;
	int regressed = (y->group->state == GROUP_REGRESSED) - (x->group->state == GROUP_REGRESSED);

	return regressed ? regressed : group_order_impact(x->group, y->group, NULL);
}

static json_t *rising_object(const struct grouping *grouping, const struct rising *one)
{
	json_t *object = grouping_object(grouping, one->group);

	json_object_set_new(object, "struck", json_integer(one->recent));
	json_object_set_new(object, "expected",
	    json_real((double)one->before * OVERVIEW_RECENT_DAYS / OVERVIEW_BEFORE_DAYS));
	json_object_set_new(object, "p", json_real(one->p));
	return object;
}

static json_t *rising_list(const struct grouping *grouping, int64_t now_ms)
{
	struct rising *rising = calloc(grouping->groups.count + 1, sizeof(*rising));
	json_t *list = json_array();
	size_t kept = 0;

	for (size_t i = 0; rising && i < grouping->groups.count; i++)
		rising[i].group = &grouping->groups.group[i];
	if (rising)
		rising_count(grouping, now_ms, rising);
	for (size_t i = 0; rising && i < grouping->groups.count; i++)
		if (rising_is(&rising[i]))
			rising[kept++] = rising[i];
	if (kept)
		qsort(rising, kept, sizeof(*rising), rising_order);
	for (size_t i = 0; i < kept && i < OVERVIEW_RISING; i++)
		query_append(list, rising_object(grouping, &rising[i]));
	free(rising);
	return list;
}

/* --- the server itself ------------------------------------------------------------------------------- */

static json_t *overview_channels(struct err *err, struct query *query)
{
	int64_t since_ms = query->now_ms - OVERVIEW_CHANNEL_DAYS * OVERVIEW_DAY_MS;
	struct db_channels has;
	json_t *list;

	if (db_channels(err, query->db, since_ms, &has))
		return NULL;
	list = json_array();
	{
		const struct {
			const char *name;
			long crashes;
		} channels[] = {{"http", has.by_http}, {"netconsole", has.by_netconsole},
		    {"console", has.by_console}, {"pstore", has.by_pstore}};

		for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
			json_t *channel = json_object();

			query_set_text(channel, "name", channels[i].name);
			json_object_set_new(channel, "crashes", json_integer(channels[i].crashes));
			json_object_set_new(channel, "of", json_integer(has.crashes));
			query_append(list, channel);
		}
	}
	return list;
}

/* 1 if the collector has written its counts lately. */
static int overview_is_collecting(const struct query *query)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct stat st;

	return file_path(&ignored, query->state, LAYOUT_RUN "/metrics.prom", path) == 0 &&
	       stat(path, &st) == 0 && time(NULL) - st.st_mtime <= OVERVIEW_STALE_S;
}

static json_t *overview_collector(struct err *err, struct query *query)
{
	char path[FILE_PATH_MAX], text[2048];
	json_t *object = json_object();
	struct err ignored;
	struct kv kv;
	long queue = db_merges(err, query->db);

	json_object_set_new(object, "running", json_boolean(overview_is_collecting(query)));
	if (queue >= 0)
		json_object_set_new(object, "queue", json_integer(queue));
	if (file_path(&ignored, query->state, LAYOUT_RUN "/collector.meta", path) == 0 &&
	    kv_read_file(&ignored, path, text, sizeof(text), &kv) == 0)
		json_object_set_new(object, "lost",
		    json_integer((json_int_t)kv_u64(&kv, "overflow", INT64_MAX, 0)));
	return object;
}

static json_t *overview_disk(const struct query *query)
{
	uint64_t floor = query->config ? query->config->disk_floor : DISK_FLOOR_AUTO;
	uint64_t available, size;
	json_t *object = json_object();
	struct err ignored;

	if (disk_look(&ignored, query->state, &available, &size))
		return object;
	floor = disk_floor_of(floor, size);
	json_object_set_new(object, "free", json_integer((json_int_t)available));
	json_object_set_new(object, "size", json_integer((json_int_t)size));
	json_object_set_new(object, "floor", json_integer((json_int_t)floor));
	json_object_set_new(object, "low", json_boolean(available < floor));
	return object;
}

/* --- the document ------------------------------------------------------------------------------------ */

static long overview_since(const struct grouping *grouping, int64_t since_ms)
{
	size_t count = 0;

	while (count < grouping->rows.count && grouping->rows.row[count].time_ms >= since_ms)
		count++;
	return (long)count;
}

/* An object with one member, which may be NULL: then NULL. */
static json_t *overview_wrap(const char *key, json_t *value)
{
	json_t *object = value ? json_object() : NULL;

	if (object)
		json_object_set_new(object, key, value);
	return object;
}

json_t *query_overview(struct err *err, struct query *query)
{
	const struct request request = {.query = "overview"};
	struct query_filter recent = {
	    .since_ms =
		query->now_ms - (OVERVIEW_RECENT_DAYS + OVERVIEW_BEFORE_DAYS) * OVERVIEW_DAY_MS};
	struct query_filter newest = {.limit = OVERVIEW_DEATHS};
	struct grouping grouping;
	json_t *document;
	int rc = 0;

	if (query_ask(err, query, &request, &document))
		return document;
	if (grouping_load(err, query, &recent, 0, &grouping))
		return NULL;
	document = json_object();
	json_object_set_new(document, "recent",
	    json_integer(overview_since(&grouping, query->now_ms - OVERVIEW_DAY_MS)));
	json_object_set_new(document, "week",
	    json_integer(
		overview_since(&grouping, query->now_ms - OVERVIEW_RECENT_DAYS * OVERVIEW_DAY_MS)));
	json_object_set_new(
	    document, "rising", overview_wrap("groups", rising_list(&grouping, query->now_ms)));
	grouping_free(&grouping);
	{
		/* (the central database knows nothing of this server itself) */
		const int local = !query->fetch;
		const struct {
			const char *key;
			json_t *value; /* NULL: err is set */
		} members[] = {{"deaths", query_crashes(err, query, &newest)},
		    {"fleet", query_fleet(err, query)}, {"channels", overview_channels(err, query)},
		    {"collector", local ? overview_collector(err, query) : json_object()},
		    {"disk", local ? overview_disk(query) : json_object()}};

		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			if (!members[i].value ||
			    json_object_set_new(document, members[i].key, members[i].value))
				rc = -1;
	}
	return query_done(err, document, rc);
}
