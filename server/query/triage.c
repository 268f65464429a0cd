/* SPDX-License-Identifier: MIT */
/* triage: what people say of a signature goes into the journal; see query.h. */
#include "groups.h"
#include "query.h"
#include "said.h"
#include "store/journal.h"

int triage_write(struct err *err, const char *state, int64_t now_ms, const char *signature,
    const char *what, const char *value, const char *by)
{
	struct db_triage triage = {
	    .signature = signature, .what = what, .value = value, .by = by, .time_ms = now_ms};
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	if (said_check(err, &triage))
		return -1;
	journal_begin(&out, line, sizeof(line), now_ms, "triage", NULL);
	kv_out_pair(&out, ' ', "signature", signature);
	kv_out_pair(&out, ' ', "what", what);
	kv_out_pair(&out, ' ', "value", value);
	kv_out_pair(&out, ' ', "by", by);
	return journal_append(err, state, &out);
}

int query_is_muted(
    struct query *query, const char *signature, const char *release, int64_t booted_ms)
{
	const struct said_of *of;
	struct err ignored;
	struct said said;
	int muted;

	if (said_load(&ignored, query, &said))
		return 0;
	of = said_find(&said, said_target(&said, signature));
	muted = of && of->until_ms > query->now_ms && !group_is_regress(of, release, booted_ms);
	said_free(&said);
	return muted;
}
