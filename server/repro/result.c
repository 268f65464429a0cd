/* SPDX-License-Identifier: MIT */
/* result: what a campaign has shown; see result.h. */
#include "result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

const char *const result_channels[RESULT_CHANNELS] = {
    "http", "netconsole", "console", "udp", "pstore"};

/* --- counting -------------------------------------------------------------------------------------- */

static void count_crash(struct result *result, const struct run_result *run)
{
	size_t i = 0;

	while (i < result->crashes && strcmp(result->crash[i].signature, run->signature) != 0)
		i++;
	if (i == RESULT_CRASHES_MAX) {
		result->more++;
		return;
	}
	if (i == result->crashes)
		result->crash[result->crashes++] =
		    (struct result_crash){.signature = run->signature,
			.title = run->title,
			.same = run->verdict == VERDICT_SAME};
	result->crash[i].count++;
}

static int crash_order(const void *a, const void *b)
{
	const struct result_crash *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

/* 1 if the list "a,b,c" has the name. */
static int has_channel(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; *list; list += list[0] == ',') {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, name, n) == 0)
			return 1;
		list += n;
	}
	return 0;
}

static void count_run(struct result *result, const struct run_result *run)
{
	result->counts[run->verdict]++;
	if (run->verdict != VERDICT_SAME && run->verdict != VERDICT_OTHER)
		return;
	count_crash(result, run);
	for (int i = 0; i < RESULT_CHANNELS; i++)
		result->channel[i] += (size_t)has_channel(run->channels, result_channels[i]);
}

static int count_times(struct err *err, const struct campaign *campaign, struct result *result)
{
	struct times_run *times = malloc((campaign->runs + 1) * sizeof(*times));
	size_t count = 0;
	int rc;

	if (!times)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < campaign->runs; i++) {
		const struct run_result *run = &campaign->run[i].result;

		if (run->verdict != VERDICT_NONE)
			times[count++] = (struct times_run){
			    run->seconds > 0 ? run->seconds : 0, run->verdict == VERDICT_SAME};
	}
	rc = times_of(err, times, count, &result->times);
	free(times);
	return rc;
}

int result_of(struct err *err, const struct campaign *campaign, struct result *result)
{
	memset(result, 0, sizeof(*result));
	for (size_t i = 0; i < campaign->runs; i++)
		count_run(result, &campaign->run[i].result);
	qsort(result->crash, result->crashes, sizeof(*result->crash), crash_order);
	result->rate = campaign_rate(campaign, NULL);
	result->interval = rate_interval(&result->rate);
	if (result->rate.struck) {
		result->survivals = rate_survivals((double)result->rate.struck / result->rate.runs);
		result->survivals_low = rate_survivals(result->interval.low);
	}
	if (campaign->expected.runs)
		result->factor = rate_factor(&result->rate, &campaign->expected);
	return count_times(err, campaign, result);
}

/* --- text ------------------------------------------------------------------------------------------ */

void result_put(struct kv_out *out, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kv_out_raw(out, text);
}

void result_duration(double seconds, char text[24])
{
	if (seconds < 0)
		snprintf(text, 24, "unknown");
	else if (seconds < 120)
		snprintf(text, 24, "%.0f s", seconds);
	else if (seconds < 7200)
		snprintf(text, 24, "%.0f min", seconds / 60);
	else
		snprintf(text, 24, "%.1f h", seconds / 3600);
}

static void text_rate(struct kv_out *out, const struct result *result)
{
	const struct rate *rate = &result->rate;

	if (rate->runs == 0) {
		result_put(out, "rate        no run had a verdict\n");
		return;
	}
	result_put(out,
	    "rate        struck in %u of %u run%s: %.0f %% (95 %% interval: %.1f %% to %.1f %%)\n",
	    rate->struck, rate->runs, rate->runs == 1 ? "" : "s", 100.0 * rate->struck / rate->runs,
	    100 * result->interval.low, 100 * result->interval.high);
	if (result->counts[VERDICT_OTHER])
		result_put(out, "            %zu of them ended with another crash\n",
		    result->counts[VERDICT_OTHER]);
	if (result->survivals)
		result_put(out,
		    "fixed?      %u survivals in a row make 95 %% that a kernel is good, by the measured "
		    "rate; %u by the interval's lower end\n",
		    result->survivals, result->survivals_low);
	if (result->factor > 0)
		result_put(out,
		    "expected    Bayes factor for \"strikes as often as expected\": %.3g\n",
		    result->factor);
}

static void text_times(struct kv_out *out, const struct times *times)
{
	char median[24], p90[24];

	if (times->struck == 0)
		return;
	result_duration(times->struck_median, median);
	result_duration(times->struck_p90, p90);
	result_put(out,
	    "struck at   median %s, 90 %% by %s after \"running\", of the runs that struck\n",
	    median, p90);
	if (times->median >= 0) {
		result_duration(times->median, median);
		result_put(out, "            of all runs, half have struck by %s", median);
		result_duration(times->p90, p90);
		result_put(out, times->p90 >= 0 ? ", 90 %% by %s\n" : "\n", p90);
	}
	result_put(out,
	    "            %.2f an hour of running (95 %% interval: %.2f to %.2f), survivors censored\n",
	    times->per_hour, times->per_hour_low, times->per_hour_high);
}

/* Titles come from a machine's log. */
static void text_safe(struct kv_out *out, const char *text)
{
	char safe[5];

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		snprintf(safe, sizeof(safe), c < ' ' || c > '~' ? "\\x%02x" : "%c", c);
		kv_out_raw(out, safe);
	}
}

static void text_crashes(struct kv_out *out, const struct result *result)
{
	for (size_t i = 0; i < result->crashes; i++) {
		const struct result_crash *crash = &result->crash[i];

		result_put(out, "%-12s%zu  %-16s  ", i ? "" : "crashes", crash->count,
		    crash->signature[0] ? crash->signature : "no signature");
		text_safe(out, crash->title[0] ? crash->title : "no report");
		result_put(out, crash->same ? "\n" : "  (other crash)\n");
	}
	if (result->more)
		result_put(out, "            %zu  with other signatures\n", result->more);
}

static void text_channels(struct kv_out *out, const struct result *result)
{
	size_t crashes = result->counts[VERDICT_SAME] + result->counts[VERDICT_OTHER];

	if (crashes == 0)
		return;
	result_put(out, "captured    of %zu crash%s:", crashes, crashes == 1 ? "" : "es");
	for (int i = 0; i < RESULT_CHANNELS; i++)
		result_put(out, "%s %s %zu", i ? "," : "", result_channels[i], result->channel[i]);
	kv_out_raw(out, "\n");
}

static void text_failures(
    struct kv_out *out, const struct campaign *campaign, const struct result *result)
{
	if (!result->counts[VERDICT_NONE])
		return;
	result_put(out, "no verdict  %zu run%s, not counted\n", result->counts[VERDICT_NONE],
	    result->counts[VERDICT_NONE] == 1 ? "" : "s");
	for (size_t i = campaign->runs; i-- > 0;) {
		const struct campaign_run *run = &campaign->run[i];

		if (run->result.verdict != VERDICT_NONE)
			continue;
		result_put(out, "            the last, on %s: ", run->target);
		text_safe(out, run->result.why);
		kv_out_raw(out, "\n");
		return;
	}
}

void result_text(struct kv_out *out, const struct campaign *campaign, const struct result *result,
    enum repro_end end)
{
	result_put(out, "campaign    %s: %s\n", campaign->id, repro_end_text(end));
	text_rate(out, result);
	text_times(out, &result->times);
	text_crashes(out, result);
	text_channels(out, result);
	text_failures(out, campaign, result);
}

/* --- JSON ------------------------------------------------------------------------------------------ */

/* Writes null if value is below 0. */
static void json_real(struct kv_out *out, const char *key, double value)
{
	json_key(out, key);
	if (value < 0)
		kv_out_raw(out, "null");
	else
		result_put(out, "%.6g", value);
}

static void json_rate(struct kv_out *out, const struct result *result)
{
	json_number(out, "struck", result->rate.struck);
	json_number(out, "runs", result->rate.runs);
	json_number(out, "other_crashes", (long long)result->counts[VERDICT_OTHER]);
	json_number(out, "survived", (long long)result->counts[VERDICT_SURVIVED]);
	json_number(out, "no_verdict", (long long)result->counts[VERDICT_NONE]);
	json_real(
	    out, "rate", result->rate.runs ? (double)result->rate.struck / result->rate.runs : -1);
	json_real(out, "rate_low", result->interval.low);
	json_real(out, "rate_high", result->interval.high);
	json_number(out, "survivals_needed", result->survivals ? (long long)result->survivals : -1);
	json_number(
	    out, "survivals_needed_low", result->survivals ? (long long)result->survivals_low : -1);
	if (result->factor > 0)
		json_real(out, "bayes_factor", result->factor);
}

static void json_times(struct kv_out *out, const struct times *times)
{
	json_real(out, "struck_median_s", times->struck_median);
	json_real(out, "struck_p90_s", times->struck_p90);
	json_real(out, "median_s", times->median);
	json_real(out, "p90_s", times->p90);
	json_real(out, "observed_s", times->observed);
	json_real(out, "per_hour", times->per_hour);
	json_real(out, "per_hour_low", times->per_hour_low);
	json_real(out, "per_hour_high", times->per_hour_high);
}

static void json_run(struct kv_out *out, const struct campaign_run *run)
{
	const struct run_result *result = &run->result;

	kv_out_raw(out, "{");
	json_pair(out, "target", run->target);
	json_known(out, "candidate", run->candidate);
	json_pair(out, "verdict", verdict_name(result->verdict));
	json_known(out, "why", result->why);
	json_known(out, "session", result->session);
	json_real(out, "seconds", result->seconds);
	json_known(out, "signature", result->signature);
	json_known(out, "title", result->title);
	json_known(out, "channels", result->channels);
	json_real(out, "took_s", (double)result->ms / 1000);
	kv_out_raw(out, "}");
}

void result_json(struct kv_out *out, const struct campaign *campaign, const struct result *result,
    enum repro_end end)
{
	kv_out_raw(out, "{");
	json_pair(out, "campaign", campaign->id);
	json_pair(out, "end", repro_end_text(end));
	json_known(out, "profile", campaign->text[CAMPAIGN_PROFILE]);
	json_known(out, "expect", campaign->text[CAMPAIGN_EXPECT]);
	json_rate(out, result);
	json_times(out, &result->times);
	json_key(out, "channels");
	kv_out_raw(out, "{");
	for (int i = 0; i < RESULT_CHANNELS; i++)
		json_number(out, result_channels[i], (long long)result->channel[i]);
	kv_out_raw(out, "}");
	json_key(out, "results");
	kv_out_raw(out, "[");
	for (size_t i = 0; i < campaign->runs; i++) {
		kv_out_raw(out, i ? "," : "");
		json_run(out, &campaign->run[i]);
	}
	kv_out_raw(out, "]}\n");
}
