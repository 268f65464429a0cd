/* SPDX-License-Identifier: MIT */
/* campaign: options and runs, and their journal; see campaign.h. */
#include "campaign.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/num.h"
#include "boot/override.h"
#include "store/journal.h"

const char *const campaign_keys[CAMPAIGN_KEYS] = {
    [CAMPAIGN_TARGET] = "target",
    [CAMPAIGN_PROFILE] = "profile",
    [CAMPAIGN_RUNS] = "runs",
    [CAMPAIGN_TRIGGER] = "trigger",
    [CAMPAIGN_SCRIPT] = "script",
    [CAMPAIGN_AFTER] = "after",
    [CAMPAIGN_TIMEOUT] = "timeout",
    [CAMPAIGN_BOOT_TIMEOUT] = "boot-timeout",
    [CAMPAIGN_EXPECT] = "expect",
    [CAMPAIGN_STOP_AFTER] = "stop-after",
    [CAMPAIGN_WIDTH] = "width",
    [CAMPAIGN_RATE] = "rate",
    [CAMPAIGN_GOOD] = "good",
    [CAMPAIGN_BAD] = "bad",
    [CAMPAIGN_IMAGES] = "images",
    [CAMPAIGN_GIT] = "git",
    [CAMPAIGN_BUILD] = "build",
    [CAMPAIGN_BUILD_TIME] = "build-time",
    [CAMPAIGN_CONFIRM] = "confirm",
};

void campaign_init(struct campaign *campaign)
{
	memset(campaign, 0, sizeof(*campaign));
}

void campaign_free(struct campaign *campaign)
{
	for (int i = 0; i < CAMPAIGN_KEYS; i++)
		free(campaign->text[i]);
	free(campaign->run);
	free(campaign->script);
	campaign_init(campaign);
}

int campaign_set(
    struct err *err, struct campaign *campaign, enum campaign_key key, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return err_set(err, "out of memory");
	free(campaign->text[key]);
	campaign->text[key] = copy;
	return 0;
}

/* --- options --------------------------------------------------------------------------------------- */

static int parse_number(struct err *err, const struct campaign *campaign, enum campaign_key key,
    int min, int max, int absent, int *out)
{
	char name[32];

	*out = absent;
	snprintf(name, sizeof(name), "--%s", campaign_keys[key]);
	return campaign->text[key] ? num_int(err, name, campaign->text[key], min, max, out) : 0;
}

/* The script's text: read again each time, so that what is resumed runs what is there now. */
static int parse_script(struct err *err, struct campaign *campaign)
{
	if (campaign->text[CAMPAIGN_TRIGGER])
		return err_set(err, "--script and --trigger exclude each other");
	campaign->trigger = RUN_TRIGGER_SCRIPT;
	campaign->script =
	    override_script_read(err, campaign->text[CAMPAIGN_SCRIPT], &campaign->script_len);
	return campaign->script ? 0 : err_prefix(err, "--script");
}

static int parse_trigger(struct err *err, struct campaign *campaign)
{
	const char *text = campaign->text[CAMPAIGN_TRIGGER];

	free(campaign->script);
	campaign->script = NULL;
	campaign->trigger = RUN_TRIGGER_NONE;
	if (campaign->text[CAMPAIGN_SCRIPT])
		return parse_script(err, campaign);
	for (int i = 0; text && i < RUN_TRIGGER_SCRIPT; i++) {
		if (strcmp(text, run_trigger_name((enum run_trigger)i)) != 0)
			continue;
		campaign->trigger = (enum run_trigger)i;
		return 0;
	}
	if (!text)
		return 0;
	campaign->trigger = RUN_TRIGGER_SCRIPT;
	campaign->script = run_kind_script(text, campaign->after);
	campaign->script_len = campaign->script ? strlen(campaign->script) : 0;
	return campaign->script
		   ? 0
		   : err_set(err,
			 "--trigger \"%.40s\" is unknown; use none, sysrq, nmi, or a crash point of lkdtm "
			 "(PANIC, BUG, EXCEPTION)",
			 text);
}

/* "7/20" */
static int parse_rate(struct err *err, const char *text, struct rate *rate)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	uint64_t struck, runs;

	*rate = (struct rate){0, 0};
	if (!text)
		return 0;
	if (!slash)
		return err_set(err, "--rate \"%s\" is not K/N, as in 7/20", text);
	if (num_u64(err, "--rate", text, (size_t)(slash - text), 0, 1000000, &struck) ||
	    num_u64(err, "--rate", slash + 1, strlen(slash + 1), 1, 1000000, &runs))
		return -1;
	if (struck > runs)
		return err_set(err, "--rate \"%s\": more strikes than runs", text);
	*rate = (struct rate){(unsigned int)struck, (unsigned int)runs};
	return 0;
}

static int parse_signature(struct err *err, const char *text)
{
	if (text && (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16))
		return err_set(err,
		    "--expect \"%.40s\" is not a signature of 16 hex digits; lastwords crashes lists them",
		    text);
	return 0;
}

int campaign_is_bisection(const struct campaign *campaign)
{
	return campaign->text[CAMPAIGN_IMAGES] || campaign->text[CAMPAIGN_GIT];
}

static int parse_bisection(struct err *err, struct campaign *campaign)
{
	char *const *text = campaign->text;

	if (parse_number(
		err, campaign, CAMPAIGN_BUILD_TIME, 0, 10000, 30, &campaign->build_minutes) ||
	    parse_number(err, campaign, CAMPAIGN_CONFIRM, 1, 10000, 5, &campaign->confirm))
		return -1;
	if (campaign_is_bisection(campaign) && (text[CAMPAIGN_STOP_AFTER] || text[CAMPAIGN_WIDTH]))
		return err_set(err, "--stop-after and --width are options of lastwords repro");
	if (text[CAMPAIGN_IMAGES] && text[CAMPAIGN_GIT])
		return err_set(err, "--images and --git exclude each other");
	if (text[CAMPAIGN_GIT] &&
	    (!text[CAMPAIGN_GOOD] || !text[CAMPAIGN_BAD] || !text[CAMPAIGN_BUILD]))
		return err_set(err, "--git needs --good, --bad and --build");
	return 0;
}

int campaign_parse(struct err *err, struct campaign *campaign)
{
	int percent;

	if (!campaign->text[CAMPAIGN_TARGET])
		return err_set(err, "no target; name one with --target");
	if (!campaign->text[CAMPAIGN_PROFILE])
		return err_set(err, "no profile; name one with --profile");
	if (parse_number(err, campaign, CAMPAIGN_RUNS, 1, 100000,
		campaign_is_bisection(campaign) ? 200 : 20, &campaign->run_count) ||
	    parse_number(err, campaign, CAMPAIGN_AFTER, 1, 3600, 5, &campaign->after) ||
	    parse_trigger(err, campaign) ||
	    parse_number(err, campaign, CAMPAIGN_TIMEOUT, 1, 604800, 600, &campaign->timeout) ||
	    parse_number(
		err, campaign, CAMPAIGN_BOOT_TIMEOUT, 1, 86400, 600, &campaign->boot_timeout) ||
	    parse_number(err, campaign, CAMPAIGN_STOP_AFTER, 1, 100000, 0, &campaign->stop_after) ||
	    parse_number(err, campaign, CAMPAIGN_WIDTH, 0, 100, 10, &percent) ||
	    parse_rate(err, campaign->text[CAMPAIGN_RATE], &campaign->expected) ||
	    parse_signature(err, campaign->text[CAMPAIGN_EXPECT]))
		return -1;
	campaign->width = percent / 100.0;
	return parse_bisection(err, campaign);
}

struct run_plan campaign_plan(const struct campaign *campaign)
{
	const char *expect = campaign->text[CAMPAIGN_EXPECT];

	return (struct run_plan){
	    .profile = campaign->text[CAMPAIGN_PROFILE],
	    .trigger = campaign->trigger,
	    .script = campaign->script,
	    .script_len = campaign->script_len,
	    .after = campaign->after,
	    .timeout = campaign->timeout,
	    .boot_timeout = campaign->boot_timeout,
	    .expect = expect ? expect : "",
	    .by = campaign->id,
	};
}

/* --- the journal ----------------------------------------------------------------------------------- */

static void campaign_line(const struct campaign *campaign, struct kv_out *out,
    char line[JOURNAL_LINE_MAX], const char *event)
{
	journal_begin(out, line, JOURNAL_LINE_MAX, clock_now(), event, NULL);
	kv_out_pair(out, ' ', "campaign", campaign->id);
}

static int write_options(
    struct err *err, const struct campaign *campaign, const char *state, const char *what)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	campaign_line(campaign, &out, line, "campaign");
	kv_out_pair(&out, ' ', "what", what);
	for (int i = 0; i < CAMPAIGN_KEYS; i++)
		kv_out_pair(&out, ' ', campaign_keys[i], campaign->text[i]);
	return journal_append(err, state, &out);
}

int campaign_begin(struct err *err, struct campaign *campaign, const char *state)
{
	char when[19];

	if (campaign->id[0])
		return write_options(err, campaign, state, "resumed");
	clock_format_compact(clock_now(), when);
	snprintf(campaign->id, sizeof(campaign->id), "%s-%x", when, (unsigned int)getpid());
	return write_options(err, campaign, state, "begun");
}

int campaign_end(
    struct err *err, const struct campaign *campaign, const char *state, const char *why)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	campaign_line(campaign, &out, line, "campaign");
	kv_out_pair(&out, ' ', "what", "ended");
	kv_out_pair(&out, ' ', "why", why);
	return journal_append(err, state, &out);
}

static int campaign_keep(struct err *err, struct campaign *campaign, const struct campaign_run *run)
{
	struct campaign_run *more =
	    array_grow(err, campaign->run, &campaign->room, campaign->runs, sizeof(*campaign->run));

	if (!more)
		return -1;
	campaign->run = more;
	campaign->run[campaign->runs++] = *run;
	return 0;
}

static void pair_known(struct kv_out *out, const char *key, const char *value)
{
	if (value[0])
		kv_out_pair(out, ' ', key, value);
}

int campaign_add(
    struct err *err, struct campaign *campaign, const char *state, const struct campaign_run *run)
{
	const struct run_result *result = &run->result;
	char line[JOURNAL_LINE_MAX], seconds[32] = "";
	struct kv_out out;

	if (campaign_keep(err, campaign, run))
		return -1;
	if (result->seconds >= 0)
		snprintf(seconds, sizeof(seconds), "%.3f", result->seconds);
	campaign_line(campaign, &out, line, "run");
	kv_out_num(&out, ' ', "number", campaign->runs);
	kv_out_pair(&out, ' ', "target", run->target);
	pair_known(&out, "candidate", run->candidate);
	kv_out_pair(&out, ' ', "verdict", verdict_name(result->verdict));
	pair_known(&out, "why", result->why);
	pair_known(&out, "session", result->session);
	pair_known(&out, "seconds", seconds);
	pair_known(&out, "signature", result->signature);
	pair_known(&out, "title", result->title);
	pair_known(&out, "channels", result->channels);
	kv_out_num(&out, ' ', "took", (unsigned long long)result->ms);
	return journal_append(err, state, &out);
}

static void load_text(const struct kv *kv, const char *key, char *out, size_t size)
{
	const char *value = kv_get(kv, key);

	snprintf(out, size, "%s", value ? value : "");
}

/* "12.345", as campaign_add writes it; -1 for anything else. */
static double load_seconds(const struct kv *kv)
{
	const struct kv_pair *pair = kv_find(kv, "seconds");
	uint64_t whole, rest;
	struct err ignored;

	if (!pair || pair->len < 5 || pair->value[pair->len - 4] != '.' ||
	    num_u64(&ignored, "seconds", pair->value, pair->len - 4, 0, 1000000000, &whole) ||
	    num_u64(&ignored, "seconds", pair->value + pair->len - 3, 3, 0, 999, &rest))
		return -1;
	return (double)whole + (double)rest / 1000;
}

static int load_run(struct err *err, struct campaign *campaign, const struct kv *kv)
{
	struct campaign_run run = {.candidate = ""};
	struct run_result *result = &run.result;

	if (verdict_parse(kv_get(kv, "verdict"), &result->verdict))
		return 0;
	load_text(kv, "target", run.target, sizeof(run.target));
	load_text(kv, "candidate", run.candidate, sizeof(run.candidate));
	load_text(kv, "why", result->why, sizeof(result->why));
	load_text(kv, "session", result->session, sizeof(result->session));
	load_text(kv, "signature", result->signature, sizeof(result->signature));
	load_text(kv, "title", result->title, sizeof(result->title));
	load_text(kv, "channels", result->channels, sizeof(result->channels));
	result->seconds = load_seconds(kv);
	result->ms = (int64_t)kv_u64(kv, "took", INT64_MAX, 0);
	return campaign_keep(err, campaign, &run);
}

/* 1 if these are its options, 0, -1. */
static int load_options(struct err *err, struct campaign *campaign, const struct kv *kv)
{
	const char *what = kv_get(kv, "what");

	if (!what || (strcmp(what, "begun") != 0 && strcmp(what, "resumed") != 0))
		return 0;
	for (int i = 0; i < CAMPAIGN_KEYS; i++) {
		const char *text = kv_get(kv, campaign_keys[i]);

		if (text && campaign_set(err, campaign, (enum campaign_key)i, text))
			return -1;
	}
	return 1;
}

int campaign_take(
    struct err *err, struct campaign *campaign, const char *event, const struct kv *kv)
{
	int is_run = strcmp(event, "run") == 0;
	const char *id;

	if (!is_run && strcmp(event, "campaign") != 0)
		return 0;
	id = kv_get(kv, "campaign");
	if (!id || strcmp(id, campaign->id) != 0)
		return 0;
	return is_run ? load_run(err, campaign, kv) : load_options(err, campaign, kv);
}

struct campaign_load {
	struct campaign *campaign;
	struct err err;
	int found, failed;
};

static int load_entry(void *arg, struct journal_entry *entry)
{
	struct campaign_load *load = arg;
	int rc = campaign_take(&load->err, load->campaign, entry->event, &entry->kv);

	load->found |= rc > 0;
	load->failed |= rc < 0;
	return load->failed;
}

int campaign_load(struct err *err, struct campaign *campaign, const char *state, const char *id)
{
	struct campaign_load load = {.campaign = campaign};
	struct journal_pos pos = {.offset = 0};

	snprintf(campaign->id, sizeof(campaign->id), "%s", id);
	if (journal_read(err, state, &pos, load_entry, &load) < 0)
		return -1;
	if (load.failed) {
		*err = load.err;
		return -1;
	}
	if (!load.found)
		return err_set(err, "the journal has no campaign \"%s\"", id);
	return campaign_parse(err, campaign);
}

/* --- counting -------------------------------------------------------------------------------------- */

size_t campaign_count(const struct campaign *campaign, enum verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < campaign->runs; i++)
		n += campaign->run[i].result.verdict == verdict;
	return n;
}

struct rate campaign_rate(const struct campaign *campaign, const char *candidate)
{
	struct rate rate = {0, 0};

	for (size_t i = 0; i < campaign->runs; i++) {
		const struct campaign_run *run = &campaign->run[i];

		if (run->result.verdict == VERDICT_NONE ||
		    (candidate && strcmp(run->candidate, candidate) != 0))
			continue;
		rate.runs++;
		rate.struck += run->result.verdict == VERDICT_SAME;
	}
	return rate;
}
