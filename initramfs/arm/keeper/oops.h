/* SPDX-License-Identifier: MIT */
/*
 * oops: when a machine that survives an oops (the profile's oops = "report") is to be restarted: once the kernel has
 * printed all of it, and netconsole's thread had the time to send it. Pure.
 *
 * An oops has "[#N]" in its first lines (x86 "Oops: 0002 [#1] SMP", arm64 "Internal error: Oops: … [#1]";
 * arch die()) and ends with "---[ end trace". A warning has only the latter.
 */
#ifndef LASTWORDS_ARM_KEEPER_OOPS_H
#define LASTWORDS_ARM_KEEPER_OOPS_H

#include <stdint.h>

enum {
	OOPS_SENT_MS = 2000, /* from its end */
	OOPS_CUT_MS = 6000, /* from its first lines, if its end does not come */
};

struct oops {
	int64_t at; /* when to restart; -1: never */
};

void oops_init(struct oops *oops);
/* A record as /dev/kmsg has it ("4,123,456789,-;TEXT"), NUL-terminated. */
void oops_line(struct oops *oops, const char *record, int64_t now);

#endif
