/* SPDX-License-Identifier: MIT */
/*
 * pack_log: the log of a dump, as dmesg prints it, in a pack: all of it, or as many of the newest
 * records as limit and memory allow.
 */
#ifndef DMESG_PACK_LOG_H
#define DMESG_PACK_LOG_H

#include "base/levels.h"
#include "extract.h"
#include "ship/pack.h"

/*
 * callers: as in struct render; limit: as pack_init. *left_out: how many of the oldest records were
 * left out (0: none); a mark in the text then gives their number. 0, or -1: nothing can be read, or no
 * memory even for the newest records. *levels: those of the text's lines. pack_free is due in either case.
 */
int pack_log(struct err *err, struct extract *extract, int callers, size_t limit, struct pack *pack,
    uint64_t *left_out, struct levels *levels);

#endif
