/* SPDX-License-Identifier: MIT */
/*
 * screens: firmware and boot loader print before the server knows that a session has begun. What the console
 * printed after the last line of the kernel before belongs to the new boot.
 */
#ifndef CONSOLE_SCREENS_H
#define CONSOLE_SCREENS_H

#include "console/log/transcript.h"

enum { SCREENS_MAX = 256 << 10 };

/*
 * Copies from the end of the transcript in dir what follows its last kernel line, at most SCREENS_MAX bytes,
 * with its times, into `into`. There may be nothing. 0/-1.
 */
int screens_copy(struct err *err, const char *dir, struct transcript *into);

#endif
