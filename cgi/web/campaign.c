/* SPDX-License-Identifier: MIT */
/* campaign: the pages of campaigns; see campaign.h. */
#include "campaign.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repro/campaign.h"
#include "repro/repro.h"
#include "repro/result.h"

/* --- the list ---------------------------------------------------------------------------------------- */

static const char *pair_of(const json_t *event, const char *key)
{
	return json_string_value(json_object_get(json_object_get(event, "pairs"), key));
}

static json_t *list_find(json_t *list, const char *id)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (strcmp(json_string_value(json_object_get(one, "campaign")), id) == 0)
			return one;
	}
	return NULL;
}

/* Events come newest first: the first that is seen of a campaign is its state. */
static void list_add(json_t *list, const json_t *event)
{
	const char *id = pair_of(event, "campaign"), *what = pair_of(event, "what");
	json_t *one = id ? list_find(list, id) : NULL;

	if (!id || !id[0] || !what)
		return;
	if (!one) {
		one = json_object();
		query_set_text(one, "campaign", id);
		json_object_set(one, "last", json_object_get(event, "time"));
		query_set_text(one, "state", strcmp(what, "ended") == 0 ? "ended" : "running");
		query_set_text(one, "why", pair_of(event, "why"));
		json_array_append_new(list, one);
	}
	if (strcmp(what, "ended") == 0)
		return;
	json_object_set(one, "begun", json_object_get(event, "time"));
	query_set_text(one, "profile", pair_of(event, "profile"));
	query_set_text(one, "target", pair_of(event, "target"));
}

json_t *campaign_list_document(struct err *err, struct web *web)
{
	json_t *events, *document, *list = json_array(), *event;
	size_t i;

	web->title = "Campaigns";
	events = query_events(err, &web->query, "campaign", NULL, 0, QUERY_PAGE_MAX);
	if (!events) {
		json_decref(list);
		return NULL;
	}
	json_array_foreach(json_object_get(events, "events"), i, event) list_add(list, event);
	json_decref(events);
	document = json_object();
	json_object_set_new(document, "campaigns", list);
	return document;
}

/* --- one campaign ------------------------------------------------------------------------------------ */

struct reading {
	struct campaign *campaign;
	int found; /* its options were read */
	int ended;
	char why[256]; /* it has ended */
	int failed; /* with err */
	struct err err;
};

/* The pairs of an event of this campaign. 0: it is another's. A campaign's events begin with its id. */
static int reading_pairs(
    const struct reading *reading, const char *text, char buf[JOURNAL_LINE_MAX + 1], struct kv *kv)
{
	static const char key[] = "campaign=";
	size_t id = strlen(reading->campaign->id), len = strnlen(text, JOURNAL_LINE_MAX);

	if (strncmp(text, key, sizeof(key) - 1) != 0)
		return 0;
	if (strncmp(text + sizeof(key) - 1, reading->campaign->id, id) != 0 ||
	    (text[sizeof(key) - 1 + id] != ' ' && text[sizeof(key) - 1 + id] != '\0'))
		return 0;
	memcpy(buf, text, len);
	kv_parse(kv, buf, len, ' ');
	return 1;
}

/* Newest first: whether it has ended, then its newest options, which are complete. */
static int reading_options(
    void *arg, int64_t time_ms, const char *event, const char *session, const char *text)
{
	struct reading *reading = arg;
	char buf[JOURNAL_LINE_MAX + 1];
	const char *what, *why;
	struct kv kv;
	int rc;

	(void)time_ms;
	(void)session;
	if (!reading_pairs(reading, text, buf, &kv))
		return 0;
	what = kv_get(&kv, "what");
	why = kv_get(&kv, "why");
	if (!reading->ended && what && strcmp(what, "ended") == 0) {
		reading->ended = 1;
		snprintf(reading->why, sizeof(reading->why), "%s", why ? why : "");
	}
	rc = campaign_take(&reading->err, reading->campaign, event, &kv);
	reading->found = rc > 0;
	reading->failed = rc < 0;
	return rc != 0;
}

/* Newest first, up to its first or CAMPAIGN_RUNS_MAX. */
static int reading_run(
    void *arg, int64_t time_ms, const char *event, const char *session, const char *text)
{
	struct reading *reading = arg;
	char buf[JOURNAL_LINE_MAX + 1];
	struct kv kv;

	(void)time_ms;
	(void)session;
	if (!reading_pairs(reading, text, buf, &kv))
		return 0;
	reading->failed = campaign_take(&reading->err, reading->campaign, event, &kv) < 0;
	return reading->failed || kv_u64(&kv, "number", UINT64_MAX, 0) == 1 ||
	       reading->campaign->runs == CAMPAIGN_RUNS_MAX;
}

/* The campaign with its runs in their order. 1, 0 if no campaign has this id, -1. */
static int campaign_read(struct err *err, struct web *web, struct reading *reading)
{
	struct campaign *campaign = reading->campaign;
	struct db *db = web->query.db;

	if (db_events_newest(err, db, "campaign", 0, INT_MAX, reading_options, reading) < 0)
		return -1;
	if (reading->found &&
	    db_events_newest(err, db, "run", 0, INT_MAX, reading_run, reading) < 0)
		return -1;
	if (reading->failed)
		return err_set(err, "%s", reading->err.msg);
	for (size_t i = 0; i < campaign->runs / 2; i++) {
		struct campaign_run run = campaign->run[i];

		campaign->run[i] = campaign->run[campaign->runs - 1 - i];
		campaign->run[campaign->runs - 1 - i] = run;
	}
	return reading->found;
}

/* The campaign as the command prints it. */
static json_t *campaign_json(struct err *err, const struct campaign *campaign)
{
	size_t size = 16384 + campaign->runs * 4096;
	char *text = malloc(size);
	struct result result;
	struct kv_out out;
	json_error_t error;
	json_t *document = NULL;

	if (!text) {
		err_set(err, "out of memory");
		return NULL;
	}
	kv_out_init(&out, text, size);
	if (result_of(err, campaign, &result) == 0) {
		result_json(&out, campaign, &result, repro_due(campaign));
		document = out.overflow ? NULL : json_loads(text, 0, &error);
		if (!document)
			err_set(err, "campaign %s is too large for a page", campaign->id);
	}
	free(text);
	return document;
}

json_t *campaign_document(struct err *err, struct web *web)
{
	struct campaign campaign;
	struct reading reading = {.campaign = &campaign};
	json_t *document = NULL;
	int found;

	web->title = "Campaign";
	campaign_init(&campaign);
	snprintf(campaign.id, sizeof(campaign.id), "%s", web->part[1]);
	found = strcmp(campaign.id, web->part[1]) == 0 ? campaign_read(err, web, &reading) : 0;
	if (found == 0) {
		web->status = 404;
		err_set(err, "no campaign \"%.40s\"", web->part[1]);
	} else if (found > 0) {
		/* (a file of the machine where it was begun) */
		free(campaign.text[CAMPAIGN_SCRIPT]);
		campaign.text[CAMPAIGN_SCRIPT] = NULL;
		if (campaign_parse(err, &campaign) == 0)
			document = campaign_json(err, &campaign);
	}
	if (document)
		query_set_text(document, "end", reading.ended ? reading.why : "running");
	campaign_free(&campaign);
	return document;
}
