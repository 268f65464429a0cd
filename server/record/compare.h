/* SPDX-License-Identifier: MIT */
/*
 * compare: do two logs of one kernel tell the same story? Pure: texts in, counts out.
 *
 * Lines are compared whole, without trailing white space; lines of lastwords' own marks
 * ("[lastwords: …") and empty ones do not count. netconsole begins later and ends earlier than the
 * buffer, so only the stream's lines are looked for in the dump: they agree when every one is there.
 */
#ifndef LASTWORDS_RECORD_ROPES_H
#define LASTWORDS_RECORD_ROPES_H

#include <stddef.h>

#include "base/err.h"

struct channels {
	size_t dump_lines, stream_lines; /* lines that count */
	size_t both; /* lines of the stream that stand in the dump too */
};

/* 0, or -1 out of memory (it keeps a table of the dump's lines). */
int channels_compare(struct err *err, const char *dump, size_t dump_len, const char *stream,
    size_t stream_len, struct channels *out);

#endif
