/* SPDX-License-Identifier: MIT */
/*
 * source_lines: what becomes of one sender's lines: held, then a session's or nobody's, by the bindings of
 * source.h, and written to that log. Private to source.c and source_lines.c. All are calls in progress:
 * sources->now and utc are set.
 */
#ifndef COLLECTOR_SOURCE_LINES_H
#define COLLECTOR_SOURCE_LINES_H

#include "source.h"

/* What the stream's callbacks get. */
struct source_call {
	struct sources *sources;
	struct source *source;
};
/* The sink that puts the lines of call's source where they belong; call must outlive it. */
struct stream_sink source_sink(struct source_call *call);

/* Goes on where we were before a restart of the collector. */
void source_recall(struct sources *sources, struct source *source);
/* No id came: the next best log for what is held. Out of memory nothing changes: to be tried again. */
void source_decide(struct sources *sources, struct source *source);
/* Brings the log's counts and position up to date with the stream. */
void source_settle(struct sources *sources, struct source *source);
/* Lets go of the log. */
void source_release(struct sources *sources, struct source *source);

/* source.c: puts it in front of those of its binding; the others of them are older. */
void source_young(struct sources *sources, struct source *source);

#endif
