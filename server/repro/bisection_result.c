/* SPDX-License-Identifier: MIT */
/* bisection_result: what a bisection has found, as text and as JSON; see bisection.h. */
#include <stdio.h>

#include "base/json.h"
#include "bisection.h"
#include "result.h"

enum { SHOWN = 8 };

static size_t no_verdicts(const struct bisection *bisection)
{
	return campaign_count(bisection->campaign, VERDICT_NONE) +
	       campaign_count(bisection->campaign, VERDICT_OTHER);
}

/* --- text ------------------------------------------------------------------------------------------ */

static void text_candidate(struct kv_out *out, const struct bisection *bisection, size_t i)
{
	const struct candidate *candidate = &bisection->candidates.list[i];
	const struct bisect_candidate *at = &bisection->bisect.candidates[i];

	result_put(out, "%5.1f %%  %-16.12s  %u of %u struck%s%s%s\n",
	    100 * bisection->bisect.posterior[i], candidate->name, at->rate.struck, at->rate.runs,
	    at->barred ? ", cannot be run" : "", candidate->title[0] ? "  " : "", candidate->title);
}

/* The likeliest candidates, in their order. */
static void text_posterior(struct kv_out *out, const struct bisection *bisection)
{
	const double *p = bisection->bisect.posterior;
	const char *label = "posterior   ";

	for (size_t i = 1; i < bisection->candidates.count; i++) {
		size_t higher = 0;

		for (size_t j = 1; j < bisection->candidates.count; j++)
			higher += p[j] > p[i];
		if (higher >= SHOWN || p[i] < 0.001)
			continue;
		kv_out_raw(out, label);
		text_candidate(out, bisection, i);
		label = "            ";
	}
}

static void text_culprit(struct kv_out *out, const struct bisection *bisection)
{
	const struct candidate *list = bisection->candidates.list;
	const struct bisect_candidate *at = &bisection->bisect.candidates[bisection->culprit];
	size_t first, last;

	if (bisection->end == BISECTION_FOUND) {
		result_put(out, "culprit     %s  %s\n", list[bisection->culprit].name,
		    list[bisection->culprit].title);
		result_put(out, "compared    it struck in %u of %u runs, its parent in %u of %u\n",
		    at->rate.struck, at->rate.runs, at[-1].rate.struck, at[-1].rate.runs);
		return;
	}
	bisect_range(&bisection->bisect, &first, &last);
	result_put(out,
	    "culprit     not named: no candidate is likely enough; with 90 %% it is %s to %s (%zu candidates)\n",
	    list[first].name, list[last].name, last - first + 1);
}

static void text_revert(struct kv_out *out, const struct bisection *bisection)
{
	struct rate rate = campaign_rate(bisection->campaign, CANDIDATE_REVERT);

	if (bisection->revert_built)
		result_put(out, "reverted    %s without it struck in %u of %u runs\n",
		    bisection->candidates.list[bisection->candidates.count - 1].name, rate.struck,
		    rate.runs);
	else if (bisection->revert_why[0])
		result_put(out, "reverted    not tried: %s\n", bisection->revert_why);
}

void bisection_text(struct kv_out *out, const struct bisection *bisection)
{
	struct rate bad, good;

	result_put(out, "bisection   %s: %s\n", bisection->campaign->id,
	    bisection_end_text(bisection->end));
	text_culprit(out, bisection);
	text_revert(out, bisection);
	text_posterior(out, bisection);
	bisect_rates(&bisection->bisect, bisection->culprit, &bad, &good);
	result_put(out, "rates       bad ones struck in %u of %u runs, good ones in %u of %u\n",
	    bad.struck, bad.runs, good.struck, good.runs);
	result_put(out,
	    "runs        %zu, %zu of them not usable (no verdict, other crash); %u builds\n",
	    bisection->campaign->runs, no_verdicts(bisection), bisection->builds);
}

/* --- JSON ------------------------------------------------------------------------------------------ */

static void json_candidate(struct kv_out *out, const struct bisection *bisection, size_t i)
{
	const struct candidate *candidate = &bisection->candidates.list[i];
	const struct bisect_candidate *at = &bisection->bisect.candidates[i];

	kv_out_raw(out, "{");
	json_pair(out, "name", candidate->name);
	json_known(out, "title", candidate->title);
	json_key(out, "posterior");
	result_put(out, "%.6g", bisection->bisect.posterior[i]);
	json_number(out, "struck", at->rate.struck);
	json_number(out, "runs", at->rate.runs);
	json_number(out, "barred", at->barred);
	kv_out_raw(out, "}");
}

void bisection_json(struct kv_out *out, const struct bisection *bisection)
{
	const struct candidate *list = bisection->candidates.list;
	struct rate rate = campaign_rate(bisection->campaign, CANDIDATE_REVERT);

	kv_out_raw(out, "{");
	json_pair(out, "campaign", bisection->campaign->id);
	json_pair(out, "end", bisection_end_text(bisection->end));
	if (bisection->end == BISECTION_FOUND)
		json_pair(out, "culprit", list[bisection->culprit].name);
	json_number(out, "runs", (long long)bisection->campaign->runs);
	json_number(out, "useless", (long long)no_verdicts(bisection));
	json_number(out, "builds", bisection->builds);
	if (bisection->revert_built || bisection->revert_why[0]) {
		json_pair(out, "revert", bisection->revert_built ? "built" : bisection->revert_why);
		json_number(out, "revert_struck", rate.struck);
		json_number(out, "revert_runs", rate.runs);
	}
	json_key(out, "candidates");
	kv_out_raw(out, "[");
	for (size_t i = 0; i < bisection->candidates.count; i++) {
		kv_out_raw(out, i ? "," : "");
		json_candidate(out, bisection, i);
	}
	kv_out_raw(out, "]}\n");
}
