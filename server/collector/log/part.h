/* SPDX-License-Identifier: MIT */
/*
 * part: what a log that has become too long is renamed to. It must not write lines but for its mark, nor know whose
 * they are.
 *
 * A session's NAME.log becomes NAME.log.0, which then stays; from then on NAME.log.1, in place of an older one, and
 * NAME.log.0 gets a mark where lines are missing. So whoever floods a log displaces nothing of its beginning. A
 * stream's becomes NAME@TIME.log (UTC, to the millisecond), and all of it stays until keep_* removes it, part by part
 * (retain/inventory.h).
 */
#ifndef COLLECTOR_LOG_PART_H
#define COLLECTOR_LOG_PART_H

#include "base/file.h"
#include "linefile.h"

/* Of a session's log. *has_gap: NAME.log.0 has its mark; 0 at first. */
void part_of_session(
    struct linefiles *files, const char *path, int *has_gap, char to[FILE_PATH_MAX]);
/* Of a stream's, whose path ends in ".log". */
void part_of_stream(const char *path, char to[FILE_PATH_MAX]);

#endif
