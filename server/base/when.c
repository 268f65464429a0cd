/* SPDX-License-Identifier: MIT */
/* when: a time as people give it; see when.h. Pure. */
#include "when.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "num.h"

enum { WHEN_YEARS_MAX = 100 };

int when_parse_length(struct err *err, const char *name, const char *text, int64_t *ms)
{
	static const char units[] = "smhd";
	static const int64_t unit_ms[] = {1000, 60000, 3600000, 86400000};
	const int64_t most_ms = WHEN_YEARS_MAX * 365 * unit_ms[3];
	size_t len = strlen(text);
	const char *unit = len > 1 ? strchr(units, text[len - 1]) : NULL;
	struct err ignored;
	uint64_t count;

	if (!unit || num_u64(&ignored, name, text, len - 1, 0,
			 (uint64_t)(most_ms / unit_ms[unit - units]), &count))
		return err_set(err, "invalid %s \"%.40s\"; use 2d, 12h, 30m or 10s", name, text);
	*ms = (int64_t)count * unit_ms[unit - units];
	return 0;
}

int when_parse(struct err *err, const char *name, const char *text, int64_t now_ms, int64_t *ms)
{
	size_t len = strlen(text);
	struct err ignored;
	int64_t length;
	char whole[48];

	if (when_parse_length(&ignored, name, text, &length) == 0) {
		*ms = now_ms > length ? now_ms - length : 0;
		return 0;
	}
	if (len == 20 && text[19] == 'Z')
		snprintf(whole, sizeof(whole), "%.19s.000Z", text);
	else
		snprintf(whole, sizeof(whole), "%.30s%s", text, len == 10 ? "T00:00:00.000Z" : "");
	if (clock_parse(whole, ms))
		return err_set(err,
		    "invalid %s \"%.40s\"; use 2d, 12h, 30m, 2026-11-21 or 2026-11-21T09:36:12.123Z",
		    name, text);
	return 0;
}
