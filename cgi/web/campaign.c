/* SPDX-License-Identifier: MIT */
/* campaign: the pages of campaigns; see campaign.h. */
#include "campaign.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
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

	if (!id || !what)
		return;
	if (!one) {
		one = json_object();
		query_set_text(one, "campaign", id);
		json_object_set(one, "last", json_object_get(event, "time"));
		query_set_text(one, "state", strcmp(what, "begun") == 0 ? "running" : what);
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
	events = query_events(err, &web->query, "campaign", NULL, 0, CAMPAIGN_EVENTS_MAX);
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

/* Its events' pairs, newest first. */
struct reading {
	const char *id; /* as "campaign=ID", with a blank or the end behind it */
	size_t id_len;
	char **text;
	size_t count, room;
	struct err err;
	int failed;
};

static int reading_got(
    void *arg, int64_t time_ms, const char *event, const char *session, const char *text)
{
	struct reading *reading = arg;
	const char *at = strstr(text, reading->id);
	char **more;

	(void)time_ms;
	(void)event;
	(void)session;
	if (!at || (at[reading->id_len] != ' ' && at[reading->id_len] != '\0'))
		return 0;
	more =
	    array_grow(&reading->err, reading->text, &reading->room, reading->count, sizeof(*more));
	reading->text = more ? more : reading->text;
	if (more)
		more[reading->count] = strdup(text);
	if (!more || !more[reading->count]) {
		err_set(&reading->err, "out of memory");
		reading->failed = 1;
		return 1;
	}
	reading->count++;
	return 0;
}

/* Gives the campaign its events of one name, oldest first. The number of those that were options, or -1; why: of
 * "ended" if that is the newest, the caller frees. */
static int reading_take(struct err *err, struct web *web, struct campaign *campaign,
    const char *event, int limit, char **why)
{
	char id[CAMPAIGN_ID_MAX + 16];
	struct reading reading = {.id = id};
	int found = 0, rc = 0;

	reading.id_len = (size_t)snprintf(id, sizeof(id), "campaign=%s", campaign->id);
	if (db_events_newest(err, web->query.db, event, 0, limit, reading_got, &reading) < 0)
		rc = -1;
	else if (reading.failed)
		rc = err_set(err, "%s", reading.err.msg);
	for (size_t i = reading.count; i-- > 0;) {
		struct kv kv;

		kv_parse(&kv, reading.text[i], strlen(reading.text[i]), ' ');
		if (rc >= 0)
			rc = campaign_take(err, campaign, event, &kv);
		found += rc > 0;
		if (i == 0 && why && kv_get(&kv, "what") &&
		    strcmp(kv_get(&kv, "what"), "ended") == 0)
			*why = strdup(kv_get(&kv, "why") ? kv_get(&kv, "why") : "");
	}
	for (size_t i = 0; i < reading.count; i++)
		free(reading.text[i]);
	free(reading.text);
	return rc < 0 ? -1 : found;
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

/* An id is of harmless characters only: it is searched for in texts. */
static int campaign_id_ok(const char *id)
{
	return id[0] && strlen(id) <= CAMPAIGN_ID_MAX &&
	       id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] ==
		   '\0';
}

json_t *campaign_document(struct err *err, struct web *web)
{
	struct campaign campaign;
	json_t *document = NULL;
	char *why = NULL;
	int found;

	web->title = "Campaign";
	if (!campaign_id_ok(web->part[1])) {
		web->status = 404;
		err_set(err, "no campaign \"%.40s\"", web->part[1]);
		return NULL;
	}
	campaign_init(&campaign);
	snprintf(campaign.id, sizeof(campaign.id), "%s", web->part[1]);
	found = reading_take(err, web, &campaign, "campaign", CAMPAIGN_EVENTS_MAX, &why);
	if (found == 0) {
		web->status = 404;
		err_set(err, "no campaign \"%s\"", campaign.id);
	} else if (found > 0 &&
		   reading_take(err, web, &campaign, "run", CAMPAIGN_RUNS_MAX, NULL) >= 0) {
		/* (a file of the machine where it was begun) */
		free(campaign.text[CAMPAIGN_SCRIPT]);
		campaign.text[CAMPAIGN_SCRIPT] = NULL;
		if (campaign_parse(err, &campaign) == 0)
			document = campaign_json(err, &campaign);
	}
	if (document)
		json_object_set_new(
		    document, "end", why ? query_text(why, strlen(why)) : json_string("running"));
	free(why);
	campaign_free(&campaign);
	return document;
}
