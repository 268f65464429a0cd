/* SPDX-License-Identifier: MIT */
/* format: numbers and times as people read them; see format.h. Pure. */
#include "format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Printed with so many decimals, without zeros at the end. */
static void format_decimals(double value, int decimals, char text[FORMAT_MAX])
{
	char *point, *end;

	if (!(fabs(value) < 1e15)) {
		snprintf(text, FORMAT_MAX, "%.3g", value);
		return;
	}
	snprintf(text, FORMAT_MAX, "%.*f", decimals, value);
	point = strchr(text, '.');
	if (point) {
		end = text + strlen(text);
		while (end[-1] == '0')
			*--end = '\0';
		if (end[-1] == '.')
			end[-1] = '\0';
	}
	if (strcmp(text, "-0") == 0)
		snprintf(text, FORMAT_MAX, "0");
}

void format_number(double value, char text[FORMAT_MAX])
{
	format_decimals(value, 3, text);
}

static void format_with_unit(double value, int decimals, const char *unit, char text[FORMAT_MAX])
{
	char number[FORMAT_MAX - 16];
	char whole[FORMAT_MAX];

	format_decimals(value, decimals, whole);
	snprintf(number, sizeof(number), "%.*s", (int)sizeof(number) - 1, whole);
	snprintf(text, FORMAT_MAX, "%s %s", number, unit);
}

void format_bytes(double bytes, char text[FORMAT_MAX])
{
	static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB", "PB"};
	size_t unit = 0;

	while (fabs(bytes) >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		bytes /= 1024;
		unit++;
	}
	format_with_unit(bytes, unit && fabs(bytes) < 10 ? 1 : 0, units[unit], text);
}

void format_percent(double share, char text[FORMAT_MAX])
{
	double percent = share * 100;

	if (percent > 0 && percent < 0.1) {
		snprintf(text, FORMAT_MAX, "under 0.1 %%");
		return;
	}
	/* neither nothing nor everything by rounding alone */
	format_with_unit(
	    percent, fabs(percent) < 10 || (percent > 99 && percent < 100) ? 1 : 0, "%", text);
}

void format_count(int64_t count, char text[FORMAT_MAX])
{
	char digits[24];
	size_t len, at = 0;

	snprintf(digits, sizeof(digits), "%llu",
	    count < 0 ? 0ULL - (unsigned long long)count : (unsigned long long)count);
	len = strlen(digits);
	if (count < 0)
		text[at++] = '-';
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
}

void format_seconds(double seconds, char text[FORMAT_MAX])
{
	static const struct {
		int64_t seconds, part;
		const char *unit, *part_unit;
	} units[] = {{86400, 3600, "d", "h"}, {3600, 60, "h", "min"}, {60, 1, "min", "s"}};
	int64_t whole;

	if (!(fabs(seconds) < 1e15) || seconds < 60) {
		format_with_unit(seconds, fabs(seconds) < 10 ? 2 : 1, "s", text);
		return;
	}
	whole = (int64_t)seconds;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		long long part = (whole % units[i].seconds) / units[i].part;

		if (whole < units[i].seconds)
			continue;
		if (part)
			snprintf(text, FORMAT_MAX, "%lld %s %lld %s",
			    (long long)(whole / units[i].seconds), units[i].unit, part,
			    units[i].part_unit);
		else
			snprintf(text, FORMAT_MAX, "%lld %s", (long long)(whole / units[i].seconds),
			    units[i].unit);
		return;
	}
}

void format_time(int64_t ms, char text[FORMAT_MAX])
{
	char stamp[25];

	clock_format(ms, stamp);
	snprintf(text, FORMAT_MAX, "%.10s %.8s UTC", stamp, stamp + 11);
}

void format_ago(int64_t ms, int64_t now_ms, char text[FORMAT_MAX])
{
	int64_t seconds = (now_ms - ms) / 1000, away = seconds < 0 ? -seconds : seconds;
	const char *unit = away < 60 ? "s" : away < 3600 ? "min" : away < 48 * 3600 ? "h" : "days";
	int64_t in_unit = away < 60 ? 1 : away < 3600 ? 60 : away < 48 * 3600 ? 3600 : 86400;

	if (away < 1)
		snprintf(text, FORMAT_MAX, "now");
	else
		snprintf(text, FORMAT_MAX, seconds < 0 ? "in %lld %s" : "%lld %s ago",
		    (long long)(away / in_unit), unit);
}
