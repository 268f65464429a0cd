/* SPDX-License-Identifier: MIT */
/*
 * serial: a serial console's bytes, as they came, to the lines of the kernel, in the form in which dumps
 * and netconsole have them. Pure; any bytes allowed; time linear in them.
 *
 * A console has firmware, boot loader, kernel, programs, and perhaps the capture kernel in one stream.
 * THE RULE
 *   - A line ends at a line feed or a carriage return (so CR LF is one end, and a redraw is several lines).
 *     NUL bytes are left out; other bytes outside 0x20-0x7e but the tab become \xNN, as everywhere else. At
 *     most SERIAL_LINE_MAX - 1 bytes of a line are kept.
 *   - A kernel begins at "Linux version N". With times, its lines are those that have a stamp,
 *     "[    1.000000] " or "[    1.000000][ T12] ": the kernel's text is from there to the line's end. The UART's
 *     driver writes a record under one lock: a program's text may come before it, never inside it. A stamp
 *     has at least five places for the seconds: one with fewer has lost a byte on its way.
 *   - A line with a stamp that is there a second time is left out: a program has printed the log.
 *   - Without times (printk.time=0: its "Linux version" has no stamp) lines of programs look the
 *     same: all lines from "Linux version" on, without escape sequences; timed is 0.
 *   - The capture kernel is left out: a kernel whose command line has elfcorehdr=; after a death, a kernel
 *     whose command line is unknown, and lines a second older than the death; all from "lastwords:
 *     capture kernel up" on. Any other kernel counts, as it does for netconsole.
 *   - "[lastwords: console lost …]", our own line where bytes are missing, stays once a kernel has begun.
 *   - What the capture kernel prints where neither HTTP nor UDP works, from "lastwords: dmesg of … begins"
 *     to "… ends", is the dead kernel's ring: a text of its own.
 */
#ifndef LASTWORDS_RECORD_SERIAL_H
#define LASTWORDS_RECORD_SERIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "record/timeline.h"

enum { SERIAL_LINE_MAX = 4096, SERIAL_OLDER_US = 1000000 };

struct serial_text {
	char *text; /* malloc'ed; NULL while empty */
	size_t len, room;
};

struct serial_lines {
	struct serial_text live; /* as the kernel printed it */
	struct serial_text dump; /* its ring, printed by the capture kernel */
	int timed;
};

/* Makes room for a line of len bytes: then out->text is not NULL. 0, or -1 out of memory. */
int serial_room(struct err *err, struct serial_text *out, size_t len);
/* Appends a line. 0, or -1 out of memory; *out stays the caller's. */
int serial_put(struct err *err, struct serial_text *out, const char *line, size_t len);

/* Fills *lines, whatever was in it before. 0, or -1 out of memory: nothing to free. */
int serial_read(struct err *err, const char *bytes, size_t len, struct serial_lines *lines);
void serial_free(struct serial_lines *lines);

/*
 * For a console without times: text's lines that the base has too, in its order (the longest common
 * subsequence by text), each as the base has it, with its time; and what follows a line that reports a death,
 * up to the next such line. Appended to *out, whose text is not NULL then. 0, or -1 out of memory; *out stays
 * the caller's.
 */
int serial_align(struct err *err, const struct timeline *base, const char *text, size_t len,
    struct serial_text *out);

#endif
