/* SPDX-License-Identifier: MIT */
/* format: numbers and times as people read them, into a text of FORMAT_MAX bytes; see template.h. Pure. */
#ifndef LASTWORDS_CGI_WEB_FORMAT_H
#define LASTWORDS_CGI_WEB_FORMAT_H

#include <stdint.h>

enum { FORMAT_MAX = 64 };

/* At most 3 decimals, no zeros at the end. */
void format_number(double value, char text[FORMAT_MAX]);
void format_bytes(double bytes, char text[FORMAT_MAX]);
void format_percent(double share, char text[FORMAT_MAX]);
void format_count(int64_t count, char text[FORMAT_MAX]);
void format_seconds(double seconds, char text[FORMAT_MAX]);
/* "2026-11-21 09:36:12 UTC" */
void format_time(int64_t ms, char text[FORMAT_MAX]);
/* "3 min ago", "in 2 h" */
void format_ago(int64_t ms, int64_t now_ms, char text[FORMAT_MAX]);

#endif
