/* SPDX-License-Identifier: MIT */
/*
 * screens: firmware and boot loader print before the server knows that a session has begun. What the console
 * printed after the last line of the kernel before belongs to the new boot.
 */
#ifndef CONSOLE_SCREENS_H
#define CONSOLE_SCREENS_H

#include "console/log/transcript.h"

enum { SCREENS_MAX = 64 << 10 };

/*
 * Copies from the end of the transcript in dir what follows its last kernel line, at most SCREENS_MAX bytes,
 * with its times, into `into`. There may be nothing. 0/-1.
 */
int screens_copy(struct err *err, const char *dir, struct transcript *into);

/*
 * Moves what the transcript in dir has from offset on to the end of `into`, with its times, and removes the
 * transcript and the directory, if nothing else is in it. 0/-1: a part may be left out.
 */
int screens_move(struct err *err, const char *dir, uint64_t offset, struct transcript *into);

#endif
