/* SPDX-License-Identifier: MIT */
/*
 * times: times for people, and from them. Pure but for the clock and the time zone of the process (TZ).
 *
 *   absolute   2026-11-21 09:36:12Z, or with --local-time 2026-11-21 10:36:12+0100
 *   relative   now, 42 s ago, 3 min ago, 5 h ago, 12 d ago, 3 y ago; in 5 min
 */
#ifndef LASTWORDS_CLI_SCREEN_TIMES_H
#define LASTWORDS_CLI_SCREEN_TIMES_H

#include <stdint.h>

#include "base/err.h"

enum { TIMES_MAX = 40 };

enum times_form {
	TIMES_UTC,
	TIMES_LOCAL,
	TIMES_RELATIVE,
};

/* ms: milliseconds since 1970, of 1970 to 9999; now_ms is for TIMES_RELATIVE. */
void times_format(int64_t ms, enum times_form form, int64_t now_ms, char text[TIMES_MAX]);
/* The same with milliseconds: 2026-11-21 09:36:12.123Z */
void times_format_exact(int64_t ms, enum times_form form, char text[TIMES_MAX]);

/* Times without a zone are read as local ones from now on; else as UTC. */
void times_read_local(int local);
/*
 * An option's time: an age ("2d", "12 h", "30m", "30 min ago", "10s"), a day ("2026-11-21"), or a time
 * ("2026-11-21 09:36", "2026-11-21T09:36:12.123Z", "2026-11-21 10:36:12+0100"). 0/-1.
 */
int times_parse(struct err *err, const char *option, const char *text, int64_t *ms);

#endif
