/* SPDX-License-Identifier: MIT */
/* clock: both forms there and back, the edges, and what is not a time. */
#include "base/clock.h"

#include <stdlib.h>

#include "tap.h"

int main(void)
{
	static const char *const wrong[] = {"", "2026-11-21T09:36:12.123",
	    "2026-11-21T09:36:12.123z", "2026-02-31T00:00:00.000Z", "2026-13-01T00:00:00.000Z",
	    "2026-11-21T24:00:00.000Z", "2026-11-21 09:36:12.123Z", "1969-12-31T23:59:59.999Z",
	    "2026-11-21T09:36:12.123Z ", "2026-11-21T09:36:1 .123Z", "2026-11-21T09:36:-1.123Z"};
	char text[25], compact[19];
	int64_t ms = -1, back = -1;
	int bad = 0;

	is_num(clock_of(&(struct timespec){.tv_sec = 1795253772, .tv_nsec = 123999999}),
	    1795253772123, "a file's time is in whole milliseconds");
	clock_format(1795253772123, text);
	is(text, "2026-11-21T09:36:12.123Z", "a time as RFC 3339 has it");
	clock_format_compact(1795253772123, compact);
	is(compact, "20261121T093612123", "a time as session ids have it");
	ok(clock_parse(text, &ms) == 0 && ms == 1795253772123, "an RFC 3339 time is read back");
	ok(clock_parse_compact(compact, &ms) == 0 && ms == 1795253772123,
	    "a compact time is read back");
	ok(clock_parse("2024-02-29T00:00:00.000Z", &ms) == 0, "29 February of a leap year");
	ok(clock_parse("1970-01-01T00:00:00.000Z", &ms) == 0 && ms == 0,
	    "the first time is in 1970");
	clock_format(-5, text);
	is(text, "1970-01-01T00:00:00.000Z", "an earlier time is clamped");
	clock_format(INT64_MAX, text);
	is(text, "9999-12-31T23:59:59.999Z", "a time after 9999 is clamped");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(clock_parse(wrong[i], &ms) == -1, "not a valid time: \"%s\"", wrong[i]);
	ok(clock_parse_compact("20261121T0936121234", &ms) == -1,
	    "a compact time with one digit too many");
	srand(1);
	for (int i = 0; i < 2000; i++) {
		ms = (int64_t)rand() * 100000 + rand() % 100000;
		clock_format(ms, text);
		bad += clock_parse(text, &back) || back != ms;
		clock_format_compact(ms, compact);
		bad += clock_parse_compact(compact, &back) || back != ms;
	}
	is_num(bad, 0, "2,000 random times are read back");
	ok(clock_now() > 1700000000000, "now is later than this was written");
	return tap_done();
}
