/* SPDX-License-Identifier: MIT */
/* cli_times: times to text, absolute, local and relative, and what people give as times. */
#include "cli/screen/times.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "tap.h"

static const int64_t at = 1795253772123; /* 2026-11-21T09:36:12.123Z */

static void relative(int64_t distance_ms, const char *want)
{
	char text[TIMES_MAX];

	times_format(at - distance_ms, TIMES_RELATIVE, at, text);
	ok(strcmp(text, want) == 0, "%lld ms: %s", (long long)distance_ms, text);
}

static void parsed(const char *text, const char *want)
{
	struct err err;
	char back[25] = "";
	int64_t ms;

	if (times_parse(&err, "--since", text, &ms) == 0)
		clock_format(ms, back);
	ok(strcmp(back, want) == 0, "\"%s\" is %s", text, back[0] ? back : "refused");
}

static void age(const char *text, int64_t seconds)
{
	struct err err;
	int64_t ms = 0, now = clock_now();

	ok(times_parse(&err, "--since", text, &ms) == 0 && ms >= now - seconds * 1000 &&
		ms < now - seconds * 1000 + 10000,
	    "\"%s\" is %lld s ago", text, (long long)seconds);
}

int main(void)
{
	char text[TIMES_MAX];

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	times_format(at, TIMES_UTC, at, text);
	is(text, "2026-11-21 09:36:12Z", "UTC is marked");
	times_format(at, TIMES_LOCAL, at, text);
	is(text, "2026-11-21 10:36:12+0100", "a local time has its offset");
	times_format_exact(at, TIMES_UTC, text);
	is(text, "2026-11-21 09:36:12.123Z", "with milliseconds");
	times_format(INT64_MAX, TIMES_UTC, at, text);
	is(text, "9999-12-31 23:59:59Z", "the last time");
	relative(0, "now");
	relative(999, "now");
	relative(42000, "42 s ago");
	relative(59999, "59 s ago");
	relative(60000, "1 min ago");
	relative(3599999, "59 min ago");
	relative(5 * 3600000, "5 h ago");
	relative(2 * 86400000LL, "2 d ago");
	relative(729 * 86400000LL, "729 d ago");
	relative(800 * 86400000LL, "2 y ago");
	relative(-300000, "in 5 min");

	parsed("2026-11-21T09:36:12.123Z", "2026-11-21T09:36:12.123Z");
	parsed("2026-11-21 09:36:12Z", "2026-11-21T09:36:12.000Z");
	parsed("2026-11-21 09:36", "2026-11-21T09:36:00.000Z");
	parsed("2026-11-21 10:36:12+0100", "2026-11-21T09:36:12.000Z");
	parsed("2026-11-21T04:06-05:30", "2026-11-21T09:36:00.000Z");
	parsed("2026-11-21", "2026-11-21T00:00:00.000Z");
	times_read_local(1);
	parsed("2026-11-21 10:36", "2026-11-21T09:36:00.000Z");
	parsed("2026-07-01 10:36", "2026-07-01T08:36:00.000Z");
	parsed("2026-11-21 09:36:12Z", "2026-11-21T09:36:12.000Z");
	times_read_local(0);
	parsed("yesterday", "");
	parsed("2026-02-31", "");
	parsed("2026-11-21 09", "");
	parsed("2026-11-21 09:36:12+2500", "");
	parsed("2026-11-21 09:36:12+01", "");
	parsed("2026-11-21 09:36:12+0x00", "");
	parsed("", "");
	parsed("5", "");
	parsed("min", "");
	parsed("-5d", "");
	parsed("5 d later", "");
	parsed("99999999999999999999d", "");
	age("2d", 2 * 86400);
	age("12 h", 12 * 3600);
	age("30min", 1800);
	age("30 min ago", 1800);
	age("30m", 1800);
	age("10s", 10);
	return tap_done();
}
