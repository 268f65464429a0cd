/* SPDX-License-Identifier: MIT */
/*
 * clock: times as lastwords writes them: UTC, milliseconds since 1970, years 1970 to 9999; and time that only
 * runs forward. Only clock_now and clock_monotonic read a clock.
 */
#ifndef LASTWORDS_BASE_CLOCK_H
#define LASTWORDS_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

int64_t clock_now(void);
/* Milliseconds of CLOCK_MONOTONIC, for time limits. */
int64_t clock_monotonic(void);
/* Waits, through signals too. */
void clock_pause_us(unsigned us);
/* A day from now: what is later is from a clock that was wrong. */
int64_t clock_ahead(void);
/* The time of a file or another clock in milliseconds. */
int64_t clock_of(const struct timespec *when);
/* "20261121T093612123", as in session ids. */
void clock_format_compact(int64_t ms, char text[19]);
/* 0/-1 */
int clock_parse_compact(const char *text, int64_t *ms);
/* "2026-11-21T09:36:12.123Z" (RFC 3339), as in the journal. */
void clock_format(int64_t ms, char text[25]);
int clock_parse(const char *text, int64_t *ms);

#endif
