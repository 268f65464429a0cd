/* SPDX-License-Identifier: MIT */
/*
 * watch: finds the death of a kernel in the bytes of its console. Pure.
 *
 * A kernel's line begins with its time stamp "[    1.234567] ", wherever that is in a line: user programs may
 * have written before it. Of a kernel that prints none (printk.time=0) every line counts. What a capture kernel
 * prints (its command line has elfcorehdr=) is not looked at.
 */
#ifndef CONSOLE_WATCH_H
#define CONSOLE_WATCH_H

#include <stddef.h>

enum { WATCH_LINE_MAX = 1024 };

struct watch {
	char line[WATCH_LINE_MAX]; /* what has come of this line, without control characters */
	size_t len;
	int escape; /* in an escape sequence: of the parser */
	int stamped; /* the kernel prints time stamps */
	int capture; /* a capture kernel is running */
	int died;
	char death[WATCH_LINE_MAX]; /* the line that tells */
};

void watch_init(struct watch *watch);
/* Takes bytes. 1 if they have the first death since watch_init, 0 if not. */
int watch_bytes(struct watch *watch, const char *bytes, size_t len);
/*
 * The kernel's text in a line: what follows its first time stamp; NULL if there is none. *len is the line's
 * length, then the text's.
 */
const char *watch_stamped(const char *line, size_t *len);

#endif
