/* SPDX-License-Identifier: MIT */
/*
 * basic: joins packets of the basic format into lines (stream.h), for one sender. For stream.c only. Pure;
 * it must not count, stream.c does.
 */
#ifndef COLLECTOR_STREAM_BASIC_H
#define COLLECTOR_STREAM_BASIC_H

#include <stddef.h>
#include <stdint.h>

#include "stream.h"

struct stream_basic {
	size_t len; /* bytes of the line that waits for its end; 0: none does */
	char *line; /* as it will be written */
	int64_t since; /* when the last piece of it came */
	uint64_t usec; /* newest time given out, or NETCONSOLE_NO_TIME */
	int any; /* 1: a line was given out */
	struct stream_echo *echo; /* the last packets, a ring; NULL before the first */
	uint32_t echo_count; /* ever */
};

void stream_basic_init(struct stream_basic *basic);
void stream_basic_free(struct stream_basic *basic);
/* Lines up to this time were given out before a restart. */
void stream_basic_restore(struct stream_basic *basic, uint64_t usec);

/* 1 if the packet (len over 0) is the network's duplicate of a recent one; otherwise remembers it. */
int stream_basic_is_echo(struct stream_basic *basic, const char *text, size_t len, int64_t now);
/* Gives out the lines that end in this packet. */
void stream_basic_packet(struct stream_basic *basic, const char *text, size_t len, int64_t now,
    const struct stream_sink *sink);
/* Gives out the line that waits for its end, as it is. */
void stream_basic_end(struct stream_basic *basic, const struct stream_sink *sink);

#endif
