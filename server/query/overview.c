/* SPDX-License-Identifier: MIT */
/* overview: what is new at a glance; see query.h. */
#include <sys/stat.h>
#include <time.h>

#include "ask.h"
#include "base/disk.h"
#include "fields.h"
#include "rising.h"
#include "store/layout.h"

enum {
	OVERVIEW_DEATHS = 10,
	OVERVIEW_CHANNEL_DAYS = 30,
	OVERVIEW_STALE_S =
	    60, /* the collector writes its counts every 15 s (collector/metrics.h) */
};
#define OVERVIEW_DAY_MS 86400000LL

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
	struct query_filter newest = {.limit = OVERVIEW_DEATHS};
	struct rising_counts counts;
	json_t *document, *rising;
	int rc = 0;

	if (query_ask(err, query, &request, &document))
		return document;
	rising = rising_list(err, query, &counts);
	if (!rising)
		return NULL;
	document = json_object();
	json_object_set_new(document, "recent", json_integer(counts.day));
	json_object_set_new(document, "week", json_integer(counts.week));
	json_object_set_new(document, "rising", overview_wrap("groups", rising));
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
