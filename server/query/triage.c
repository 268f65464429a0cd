/* SPDX-License-Identifier: MIT */
/* triage: what people say of a signature goes into the journal; see query.h. */
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
