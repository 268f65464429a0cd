/* SPDX-License-Identifier: MIT */
/*
 * frame: what `lastwords console` and lastwords-console say to each other over STATE/run/console.sock, a
 * Unix stream socket: one byte of type, two bytes of length (big endian), at most FRAME_MAX bytes. Pure.
 *
 *   client  FRAME_OPEN    target=NAME&lines=COUNT[&write=1][&steal=1] (kv.h), first and once
 *           FRAME_DATA    bytes for the machine; ignored unless it is the writer
 *           FRAME_BREAK   a serial break; the same
 *           FRAME_WRITE   make me the writer; the one before reads on
 *   server  FRAME_DATA    the console's bytes: the last lines, then all that come
 *           FRAME_STATUS  one line for the person: "up", "the console is held by …", "you are the writer"
 *           FRAME_END     one line, why this is the end; then the connection closes
 */
#ifndef CONSOLE_WIRE_FRAME_H
#define CONSOLE_WIRE_FRAME_H

#include <stddef.h>

enum { FRAME_MAX = 4096, FRAME_HEAD = 3, FRAME_WHOLE_MAX = FRAME_HEAD + FRAME_MAX };
enum frame_type {
	FRAME_OPEN = 'O',
	FRAME_DATA = 'D',
	FRAME_BREAK = 'B',
	FRAME_WRITE = 'W',
	FRAME_STATUS = 'S',
	FRAME_END = 'E',
};

struct frame {
	enum frame_type type;
	const char *text; /* in the buffer it was taken from */
	size_t len;
};

/* Takes the first frame of a buffer: its whole length, 0 if it is not complete, -1: invalid. */
int frame_take(const char *buffer, size_t len, struct frame *frame);
/* Writes one; text longer than FRAME_MAX is cut. Returns its whole length. */
size_t frame_put(char out[FRAME_WHOLE_MAX], enum frame_type type, const char *text, size_t len);

#endif
