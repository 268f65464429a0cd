/* SPDX-License-Identifier: MIT */
/* qualify: see qualify.h. */
#include "qualify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "rate.h"
#include "result.h"
#include "store/layout.h"

/* Seconds with decimals, as the capture kernel writes them; -1: missing or invalid. */
static double facts_seconds(const struct kv *kv, const char *key)
{
	const char *text = kv_get(kv, key);
	char *end = NULL;
	double value;

	if (!text || text[strspn(text, "0123456789.")])
		return -1;
	value = strtod(text, &end);
	return end != text && !*end && value < 86400 ? value : -1;
}

static long long facts_kb(const struct kv *kv, const char *key)
{
	uint64_t value = kv_u64(kv, key, INT64_MAX, UINT64_MAX);

	return value > INT64_MAX ? -1 : (long long)value;
}

void qualify_facts(struct qualify_round *round, char *text)
{
	double up, link;
	struct kv kv;

	kv_parse(&kv, text, strlen(text), ' ');
	up = facts_seconds(&kv, "up");
	link = facts_seconds(&kv, "link");
	round->link = up >= 0 && link >= up ? link - up : -1;
	round->free_kb = facts_kb(&kv, "free");
	round->total_kb = facts_kb(&kv, "total");
	if (kv_get(&kv, "driver"))
		snprintf(round->driver, sizeof(round->driver), "%.23s", kv_get(&kv, "driver"));
	for (char *p = round->driver; *p; p++)
		if (!strchr(
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", *p))
			*p = '?';
}

static void qualify_meta(const char *state, const char *id, struct qualify_round *round)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX], buf[4096], facts[256] = "";
	struct session session;
	struct err ignored;
	struct kv kv;

	if (session_parse(&ignored, id, strlen(id), &session) == 0 &&
	    layout_session_dir(&ignored, state, &session, LAYOUT_LOOK, dir) == 0 &&
	    file_path(&ignored, dir, "dmesg.meta", path) == 0 &&
	    kv_read_file(&ignored, path, buf, sizeof(buf), &kv) == 0 && kv_get(&kv, "capture"))
		snprintf(facts, sizeof(facts), "%.250s", kv_get(&kv, "capture"));
	qualify_facts(round, facts);
}

void qualify_unknown(struct qualify_round *round, const struct run_result *run)
{
	memset(round, 0, sizeof(*round));
	round->run = *run;
	round->store = round->link = -1;
	round->free_kb = round->total_kb = -1;
}

int qualify_read(struct err *err, const char *state, struct db *db, int after,
    const struct run_result *run, struct qualify_round *round)
{
	struct db_session known;
	int64_t crash;
	int rc;

	qualify_unknown(round, run);
	qualify_meta(state, run->session, round);
	rc = run->session[0] ? db_session_by_id(err, db, run->session, &known) : 0;
	if (rc <= 0)
		return rc;
	round->armed = known.armed_ms != 0;
	round->stored = known.captured_ms != 0;
	round->http = known.by_http;
	round->netconsole = known.by_netconsole;
	round->console = known.by_console;
	round->pstore = known.by_pstore;
	/* The drill is punctual to the second; a channel that saw the crash is more exact. */
	crash = known.running_ms ? known.running_ms + (int64_t)after * 1000 : 0;
	if (known.died_ms && known.died_ms < known.captured_ms)
		crash = known.died_ms;
	if (round->stored && crash && known.captured_ms >= crash)
		round->store = (double)(known.captured_ms - crash) / 1000;
	return 0;
}

size_t qualify_stored(const struct qualify *qualify)
{
	size_t stored = 0;

	for (size_t i = 0; i < qualify->count; i++)
		stored += qualify->round[i].stored != 0;
	return stored;
}

/* --- the table ------------------------------------------------------------------------------------- */

static int double_order(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median and worst of a field, and how many rounds know it. */
static size_t qualify_spread(
    const struct qualify *qualify, size_t offset, double *median, double *worst)
{
	double known[QUALIFY_ROUNDS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < qualify->count && count < QUALIFY_ROUNDS_MAX; i++) {
		double value;

		memcpy(&value, (const char *)&qualify->round[i] + offset, sizeof(value));
		if (value >= 0)
			known[count++] = value;
	}
	if (count == 0)
		return 0;
	qsort(known, count, sizeof(known[0]), double_order);
	*median = (known[(count - 1) / 2] + known[count / 2]) / 2;
	*worst = known[count - 1];
	return count;
}

#define SPREAD(qualify, field, median, worst)                                                      \
	qualify_spread(qualify, offsetof(struct qualify_round, field), median, worst)

/* What the rounds sum up to. */
struct qualify_sum {
	size_t armed, stored, http, netconsole, console, pstore, mute;
	long long least_kb, total_kb; /* below 0: unknown */
	const char *driver;
};

static struct qualify_sum qualify_sum(const struct qualify *qualify)
{
	struct qualify_sum sum = {.least_kb = -1, .total_kb = -1, .driver = ""};

	for (size_t i = 0; i < qualify->count; i++) {
		const struct qualify_round *round = &qualify->round[i];

		sum.armed += round->armed != 0;
		sum.stored += round->stored != 0;
		sum.http += round->http != 0;
		sum.netconsole += round->netconsole != 0;
		sum.console += round->console != 0;
		sum.pstore += round->pstore != 0;
		if (round->driver[0])
			sum.driver = round->driver;
		if (round->free_kb < 0 || (sum.least_kb >= 0 && round->free_kb >= sum.least_kb))
			continue;
		sum.least_kb = round->free_kb;
		sum.total_kb = round->total_kb;
	}
	return sum;
}

static void text_spread(struct kv_out *out, const char *name, size_t count, double median,
    double worst, const char *more)
{
	if (count > 0)
		result_put(
		    out, "  %-15s median %.1f s, worst %.1f s%s\n", name, median, worst, more);
	else
		result_put(out, "  %-15s unknown\n", name);
}

static void text_failures(struct kv_out *out, const struct qualify *qualify)
{
	for (size_t i = 0; i < qualify->count; i++) {
		const struct qualify_round *round = &qualify->round[i];

		if (round->stored)
			continue;
		result_put(out, "  %-15s round %zu: %s%s%s%s\n", "failed", i + 1,
		    round->run.verdict == VERDICT_NONE ? round->run.why
		    : !round->armed                    ? "the machine was not armed"
						       : "no log was stored",
		    round->run.session[0] ? " (" : "", round->run.session,
		    round->run.session[0] ? ")" : "");
	}
}

void qualify_text(struct kv_out *out, const struct qualify *qualify)
{
	const struct qualify_sum sum = qualify_sum(qualify);
	const size_t n = qualify->count;
	struct rate rate = {.struck = (unsigned int)sum.stored, .runs = (unsigned int)n};
	struct rate_interval interval = rate_interval(&rate);
	double median = 0, worst = 0;
	char card[96] = "";
	size_t count;

	result_put(out, "profile %s: capture %s, crashkernel %s, %zu round%s\n", qualify->profile,
	    qualify->capture, qualify->crashkernel, n, n == 1 ? "" : "s");
	result_put(out, "  %-15s %zu of %zu\n", "armed", sum.armed, n);
	result_put(out, "  %-15s %zu of %zu (95 %% interval: %.0f %% to %.0f %%)\n", "log stored",
	    sum.stored, n, 100 * interval.low, 100 * interval.high);
	count = SPREAD(qualify, store, &median, &worst);
	text_spread(out, "time to stored", count, median, worst, " after the crash");
	if (sum.driver[0])
		snprintf(card, sizeof(card), " after the capture kernel's first program (%.23s)",
		    sum.driver);
	count = SPREAD(qualify, link, &median, &worst);
	text_spread(out, "link", count, median, worst, card);
	if (sum.least_kb >= 0)
		result_put(out, "  %-15s %lld of %lld kB at least\n", "memory left", sum.least_kb,
		    sum.total_kb);
	else
		result_put(out, "  %-15s unknown\n", "memory left");
	result_put(out, "  %-15s http %zu, netconsole %zu, console %zu, pstore %zu\n", "channels",
	    sum.http, sum.netconsole, sum.console, sum.pstore);
	text_failures(out, qualify);
}

/* --- JSON ------------------------------------------------------------------------------------------ */

static void json_seconds(struct kv_out *out, const char *key, double seconds)
{
	if (seconds < 0)
		return;
	json_key(out, key);
	result_put(out, "%.3f", seconds);
}

static void json_round(struct kv_out *out, const struct qualify_round *round)
{
	kv_out_raw(out, "{");
	json_pair(out, "verdict", verdict_name(round->run.verdict));
	json_known(out, "why", round->run.why);
	json_known(out, "session", round->run.session);
	json_number(out, "armed", round->armed);
	json_number(out, "stored", round->stored);
	json_seconds(out, "seconds_to_stored", round->store);
	json_seconds(out, "link", round->link);
	json_known(out, "driver", round->driver);
	json_number(out, "free_kb", round->free_kb);
	json_number(out, "total_kb", round->total_kb);
	json_number(out, "http", round->http != 0);
	json_number(out, "netconsole", round->netconsole != 0);
	json_number(out, "console", round->console != 0);
	json_number(out, "pstore", round->pstore != 0);
	kv_out_raw(out, "}");
}

void qualify_json(struct kv_out *out, const struct qualify *qualify)
{
	kv_out_raw(out, "{");
	json_pair(out, "profile", qualify->profile);
	json_pair(out, "capture", qualify->capture);
	json_pair(out, "crashkernel", qualify->crashkernel);
	json_number(out, "rounds", (long long)qualify->count);
	json_number(out, "stored", (long long)qualify_stored(qualify));
	json_key(out, "results");
	kv_out_raw(out, "[");
	for (size_t i = 0; i < qualify->count; i++) {
		kv_out_raw(out, i ? "," : "");
		json_round(out, &qualify->round[i]);
	}
	kv_out_raw(out, "]}\n");
}
