/* SPDX-License-Identifier: MIT */
/* times: times for people, and from them; see times.h. */
#include "times.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/when.h"

static const int64_t second_ms = 1000, minute_ms = 60000, hour_ms = 3600000, day_ms = 86400000;
static const int64_t last_ms = 253402300799999; /* 9999-12-31T23:59:59.999Z */

enum { YEAR_DAYS = 365 };

static int times_local;

void times_read_local(int local)
{
	times_local = local;
}

/* --- to text ----------------------------------------------------------------------------------------- */

static void times_relative(int64_t ms, int64_t now_ms, char text[TIMES_MAX])
{
	const int64_t distance = ms > now_ms ? ms - now_ms : now_ms - ms;
	const char *unit;
	int64_t count;

	if (distance < second_ms) {
		snprintf(text, TIMES_MAX, "now");
		return;
	}
	if (distance < minute_ms) {
		count = distance / second_ms;
		unit = "s";
	} else if (distance < hour_ms) {
		count = distance / minute_ms;
		unit = "min";
	} else if (distance < 2 * day_ms) {
		count = distance / hour_ms;
		unit = "h";
	} else if (distance < 2 * YEAR_DAYS * day_ms) {
		count = distance / day_ms;
		unit = "d";
	} else {
		count = distance / (YEAR_DAYS * day_ms);
		unit = "y";
	}
	snprintf(text, TIMES_MAX, "%s%lld %s%s", ms > now_ms ? "in " : "", (long long)count, unit,
	    ms > now_ms ? "" : " ago");
}

static void times_absolute(int64_t ms, enum times_form form, int exact, char text[TIMES_MAX])
{
	time_t seconds;
	struct tm tm;
	char zone[8] = "Z", fraction[8] = "";

	ms = ms < 0 ? 0 : ms > last_ms ? last_ms : ms;
	seconds = (time_t)(ms / 1000);
	if (exact)
		snprintf(fraction, sizeof(fraction), ".%03d", (int)(ms % 1000));
	if (form == TIMES_LOCAL && localtime_r(&seconds, &tm))
		strftime(zone, sizeof(zone), "%z", &tm);
	else
		gmtime_r(&seconds, &tm);
	snprintf(text, TIMES_MAX, "%04d-%02d-%02d %02d:%02d:%02d%s%s", (tm.tm_year + 1900) % 10000,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction, zone);
}

void times_format(int64_t ms, enum times_form form, int64_t now_ms, char text[TIMES_MAX])
{
	if (form == TIMES_RELATIVE)
		times_relative(ms, now_ms, text);
	else
		times_absolute(ms, form, 0, text);
}

void times_format_exact(int64_t ms, enum times_form form, char text[TIMES_MAX])
{
	times_absolute(ms, form, 1, text);
}

/* --- from text --------------------------------------------------------------------------------------- */

/* "2d", "30 min ago". 0/-1. */
static int times_parse_age(const char *text, int64_t *ms)
{
	const int digits = (int)strspn(text, "0123456789");
	const char *unit = text + digits + strspn(text + digits, " ");
	int len = (int)strcspn(unit, " ");
	struct err ignored;
	int64_t length;
	char plain[40];

	if (unit[len] && strcmp(unit + len, " ago") != 0)
		return -1;
	if (len == 3 && strncmp(unit, "min", 3) == 0)
		len = 1;
	if (digits + len >= (int)sizeof(plain))
		return -1;
	snprintf(plain, sizeof(plain), "%.*s%.*s", digits, text, len, unit);
	if (when_parse_length(&ignored, "age", plain, &length))
		return -1;
	*ms = clock_now() - length;
	return 0;
}

/* The zone at the end of a time: "Z", "+0100", "+01:00". The length of the time before it; *offset_ms: how
 * far it is ahead of UTC; *given 0: no zone was given. */
static size_t times_zone(const char *text, int64_t *offset_ms, int *given)
{
	size_t len = strlen(text), at = len > 10 ? strcspn(text + 10, "Z+-") + 10 : len;
	const char *zone = text + at;
	int hours = 0, minutes = 0, end = 0;

	*offset_ms = 0;
	*given = at < len;
	if (at == len || strcmp(zone, "Z") == 0)
		return at;
	if ((strspn(zone + 1, "0123456789:") != strlen(zone + 1)) ||
	    ((strlen(zone) == 5 ? sscanf(zone + 1, "%2d%2d%n", &hours, &minutes, &end)
				: sscanf(zone + 1, "%2d:%2d%n", &hours, &minutes, &end)) != 2) ||
	    zone[1 + end] || hours > 14 || minutes > 59)
		return len; /* no time */
	*offset_ms = (hours * hour_ms + minutes * minute_ms) * (*zone == '-' ? -1 : 1);
	return at;
}

/* A time that was read as UTC, but is local. */
static int64_t times_from_local(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000 + ms % 1000;
}

int times_parse(struct err *err, const char *option, const char *text, int64_t *ms)
{
	static const char zero[] = "0000-00-00T00:00:00.000Z";
	char whole[sizeof(zero)];
	int64_t offset_ms;
	size_t len;
	int given;

	if (times_parse_age(text, ms) == 0)
		return 0;
	len = times_zone(text, &offset_ms, &given);
	/* a day, or to the minute, second or millisecond */
	if (len == 10 || len == 16 || len == 19 || len == 23) {
		snprintf(whole, sizeof(whole), "%.*s%s", (int)len, text, zero + len);
		if (whole[10] == ' ')
			whole[10] = 'T';
		if (clock_parse(whole, ms) == 0) {
			*ms = !given && times_local ? times_from_local(*ms) : *ms - offset_ms;
			return 0;
		}
	}
	return err_set(err,
	    "invalid %s \"%.40s\"; use 2d, 12h, 30min, 2026-11-21 or 2026-11-21T09:36:12.123Z",
	    option, text);
}
