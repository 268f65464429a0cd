/* SPDX-License-Identifier: MIT */
/* clock: times as lastwords writes them; see clock.h. */
#include "clock.h"

#include <errno.h>
#include <string.h>

int64_t clock_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return clock_of(&now);
}

void clock_pause_us(unsigned us)
{
	struct timespec left = {us / 1000000, (long)(us % 1000000) * 1000};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int64_t clock_ahead(void)
{
	return clock_now() + 86400LL * 1000;
}

int64_t clock_of(const struct timespec *when)
{
	return (int64_t)when->tv_sec * 1000 + when->tv_nsec / 1000000;
}

int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_of(&now);
}

static void clock_split(int64_t ms, struct tm *tm, unsigned int *milli)
{
	const int64_t last = 253402300799999; /* 9999-12-31T23:59:59.999Z */
	time_t seconds;

	if (ms < 0)
		ms = 0;
	if (ms > last)
		ms = last;
	seconds = (time_t)(ms / 1000);
	*milli = (unsigned int)(ms % 1000);
	gmtime_r(&seconds, tm);
}

static const int clock_width[7] = {4, 2, 2, 2, 2, 2, 3}; /* digits: year … millisecond */

/* Writes pattern to text, each zero replaced by a digit of the time. */
static void clock_write(int64_t ms, const char *pattern, char *text)
{
	struct tm tm;
	unsigned int milli;
	int number[7], field = 0;

	clock_split(ms, &tm, &milli);
	number[0] = tm.tm_year + 1900;
	number[1] = tm.tm_mon + 1;
	number[2] = tm.tm_mday;
	number[3] = tm.tm_hour;
	number[4] = tm.tm_min;
	number[5] = tm.tm_sec;
	number[6] = (int)milli;
	while (*pattern) {
		int width;

		if (*pattern != '0') {
			*text++ = *pattern++;
			continue;
		}
		width = clock_width[field];
		for (int i = width - 1; i >= 0; i--, number[field] /= 10)
			text[i] = (char)('0' + number[field] % 10);
		text += width;
		pattern += width;
		field++;
	}
	*text = '\0';
}

void clock_format_compact(int64_t ms, char text[19])
{
	clock_write(ms, "00000000T000000000", text);
}

void clock_format(int64_t ms, char text[25])
{
	clock_write(ms, "0000-00-00T00:00:00.000Z", text);
}

/* Reads text by pattern: '0' is a digit, any other character itself. The digits are the fields. */
static int clock_scan(const char *text, const char *pattern, int number[7])
{
	size_t group = 0;
	int seen = 0;

	if (strlen(text) != strlen(pattern))
		return -1;
	number[0] = 0;
	for (size_t i = 0; pattern[i]; i++) {
		if (pattern[i] != '0') {
			if (text[i] != pattern[i])
				return -1;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return -1;
		if (seen == clock_width[group]) {
			group++;
			seen = 0;
			number[group] = 0;
		}
		number[group] = number[group] * 10 + (text[i] - '0');
		seen++;
	}
	return 0;
}

static int clock_join(const int *number, int64_t *ms)
{
	struct tm tm = {
	    .tm_year = number[0] - 1900,
	    .tm_mon = number[1] - 1,
	    .tm_mday = number[2],
	    .tm_hour = number[3],
	    .tm_min = number[4],
	    .tm_sec = number[5],
	};
	struct tm given = tm;
	time_t seconds;

	if (number[0] < 1970)
		return -1;
	seconds = timegm(&tm);
	/* timegm turns 31 February into 3 March; such a time is refused. */
	if (tm.tm_mon != given.tm_mon || tm.tm_mday != given.tm_mday ||
	    tm.tm_hour != given.tm_hour || tm.tm_min != given.tm_min || tm.tm_sec != given.tm_sec)
		return -1;
	*ms = (int64_t)seconds * 1000 + number[6];
	return 0;
}

int clock_parse_compact(const char *text, int64_t *ms)
{
	int number[7];

	if (clock_scan(text, "00000000T000000000", number))
		return -1;
	return clock_join(number, ms);
}

int clock_parse(const char *text, int64_t *ms)
{
	int number[7];

	if (clock_scan(text, "0000-00-00T00:00:00.000Z", number))
		return -1;
	return clock_join(number, ms);
}
