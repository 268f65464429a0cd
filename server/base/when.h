/* SPDX-License-Identifier: MIT */
/* when: a time as people give it. Pure. */
#ifndef LASTWORDS_BASE_WHEN_H
#define LASTWORDS_BASE_WHEN_H

#include <stdint.h>

#include "err.h"

/*
 * "2d", "12h", "30m", "10s": that time before now_ms; a day ("2026-11-21"), or a time of RFC 3339 in UTC, with
 * or without a fraction. name is the field's, for the message. 0/-1.
 */
int when_parse(struct err *err, const char *name, const char *text, int64_t now_ms, int64_t *ms);
/* A length of time, "2d" and so on, in milliseconds; at most 100 years. 0/-1. */
int when_parse_length(struct err *err, const char *name, const char *text, int64_t *ms);

#endif
