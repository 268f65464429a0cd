/* SPDX-License-Identifier: MIT */
/* pack_log: the log of a dump in a pack; see pack_log.h. */
#include "pack_log.h"

#include <stdio.h>
#include <string.h>

#include "render.h"

enum { PACK_LOG_HALVINGS = 12 }; /* how often half of the remaining records is left out */

/* A sink that leaves the first records out, with a mark in their place. */
struct pack_log_newest {
	struct klog_sink sink;
	uint64_t left; /* still to be left out */
	uint64_t left_out; /* for the mark; 0: none, or it is written */
};

static int pack_log_record(void *arg, const struct klog_record *record)
{
	struct pack_log_newest *newest = arg;
	struct klog_hole hole = {0};
	char what[96];

	if (newest->left > 0) {
		newest->left--;
		return 0;
	}
	if (newest->left_out) {
		snprintf(what, sizeof(what),
		    "the %llu oldest records are left out: not enough memory",
		    (unsigned long long)newest->left_out);
		hole.what = what;
		newest->left_out = 0;
		if (newest->sink.hole(newest->sink.arg, &hole))
			return -1;
	}
	return newest->sink.record(newest->sink.arg, record);
}

static int pack_log_hole(void *arg, const struct klog_hole *hole)
{
	struct pack_log_newest *newest = arg;

	return newest->left > 0 ? 0 : newest->sink.hole(newest->sink.arg, hole);
}

/* One pass over the dump without the oldest records. 0; -1; 1: limit or memory did not suffice. */
static int pack_log_once(struct err *err, struct extract *extract, int callers, size_t limit,
    struct pack *pack, uint64_t left_out, struct levels *levels)
{
	static struct render render;
	struct pack_log_newest newest = {.left = left_out, .left_out = left_out};
	struct klog_sink sink = {pack_log_record, pack_log_hole, &newest};
	struct err full;

	if (pack_init(err, pack, limit))
		return -1;
	render_init(&render, RENDER_TEXT, pack_write, pack);
	render.callers = callers;
	render.levels = levels;
	memset(levels, 0, sizeof(*levels));
	newest.sink = render_sink(&render);
	if (extract_run(err, extract, &sink) && !pack->full)
		return -1;
	if (!pack->full)
		render_finish(&render);
	return pack_finish(&full, pack) ? 1 : 0;
}

int pack_log(struct err *err, struct extract *extract, int callers, size_t limit, struct pack *pack,
    uint64_t *left_out, struct levels *levels)
{
	struct klog_sink null = extract_null_sink();
	int rc = pack_log_once(err, extract, callers, limit, pack, 0, levels);
	uint64_t records;

	*left_out = 0;
	if (rc <= 0)
		return rc;
	pack_free(pack);
	if (extract_run(err, extract, &null))
		return -1;
	records = extract->count.records;
	for (int i = 0; i < PACK_LOG_HALVINGS; i++) {
		*left_out += (records - *left_out + 1) / 2;
		rc = pack_log_once(err, extract, callers, limit, pack, *left_out, levels);
		if (rc <= 0)
			return rc;
		pack_free(pack);
	}
	return err_set(err, "no memory for even the newest records");
}
