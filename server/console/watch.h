/* SPDX-License-Identifier: MIT */
/*
 * watch: finds the death of a kernel in the bytes of its console, by the rule of record/serial/serial.h for what
 * is a kernel's line: one with a time stamp, or of a kernel that prints none any line. What a capture kernel
 * prints is not looked at, but for the dead kernel's ring, which it prints where HTTP and UDP failed. Pure.
 */
#ifndef CONSOLE_WATCH_H
#define CONSOLE_WATCH_H

#include <stddef.h>
#include <stdint.h>

enum { WATCH_LINE_MAX = 1024 };

struct watch {
	char line[WATCH_LINE_MAX]; /* what has come of this line */
	size_t len;
	int stamped; /* the kernel prints time stamps */
	int64_t stamp_usec; /* the last */
	int capture; /* a capture kernel is running */
	int dump; /* and prints the dead kernel's ring */
	char death[WATCH_LINE_MAX]; /* the line that reports the first death; "": no death yet */
};

void watch_init(struct watch *watch);
/* Takes bytes. 1 if they have the first death since watch_init, 0 if not. */
int watch_bytes(struct watch *watch, const char *bytes, size_t len);
/* 1 if the line is a kernel's, by its time stamp. */
int watch_is_stamped(const char *line, size_t len);

#endif
