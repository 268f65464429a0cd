/* SPDX-License-Identifier: MIT */
/* when: times and lengths of time as people give them. */
#include "base/when.h"

#include "base/clock.h"
#include "tap.h"

enum { DAY_MS = 86400 * 1000 };

static void time_is(const char *text, const char *want)
{
	const int64_t now = 1795253772123; /* 2026-11-21T09:36:12.123Z */
	char got[25] = "";
	struct err err;
	int64_t ms;

	if (when_parse(&err, "--since", text, now, &ms) == 0)
		clock_format(ms, got);
	is(got, want, text);
}

int main(void)
{
	struct err err;
	int64_t ms;

	time_is("2d", "2026-11-19T09:36:12.123Z");
	time_is("12h", "2026-11-20T21:36:12.123Z");
	time_is("30m", "2026-11-21T09:06:12.123Z");
	time_is("10s", "2026-11-21T09:36:02.123Z");
	time_is("36500d", "1970-01-01T00:00:00.000Z");
	time_is("2026-11-01", "2026-11-01T00:00:00.000Z");
	time_is("2026-11-01T01:02:03Z", "2026-11-01T01:02:03.000Z");
	time_is("2026-11-01T01:02:03.004Z", "2026-11-01T01:02:03.004Z");
	time_is("36501d", "");
	time_is("-2d", "");
	time_is("2w", "");
	time_is("d", "");
	time_is("", "");
	time_is("yesterday", "");
	time_is("2026-13-01", "");
	ok(when_parse_length(&err, "time", "7d", &ms) == 0 && ms == 7LL * DAY_MS,
	    "a length of time");
	ok(when_parse_length(&err, "time", "2026-11-01", &ms) != 0 &&
		strstr(err.msg, "invalid time"),
	    "a day is no length");
	return tap_done();
}
