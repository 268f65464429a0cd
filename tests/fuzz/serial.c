/* SPDX-License-Identifier: MIT */
/*
 * serial: any bytes are a serial console's. Every line of the result is printable and has at most
 * SERIAL_LINE_MAX - 1 bytes; those of a dump have a stamp. What follows a NUL
 * NUL pair in the input is another channel's log, with which a console without times is aligned: the result's
 * lines are its lines, marks, or follow a death.
 */
#include "record/serial/serial.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good)
{
	if (!good)
		abort();
}

static void check_text(const struct serial_text *text, size_t size)
{
	size_t line = 0;

	must(text->len <= 4 * size + 1 && (text->len == 0 || text->text[text->len - 1] == '\n'));
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->text[i];

		must(c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f));
		line = c == '\n' ? 0 : line + 1;
		must(line < SERIAL_LINE_MAX);
	}
}

static void check_stamps(const struct serial_text *text)
{
	const char *at = text->text, *line;
	size_t n;

	while (timeline_next(&at, text->text + text->len, &line, &n)) {
		struct timeline_part part;

		timeline_part(line, n, &part);
		must(part.usec != TIMELINE_NO_TIME || part.flags & TIMELINE_MARK);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *other = memmem(data, size, "\0\0", 2);
	size_t len = other ? (size_t)(other - bytes) : size;
	struct timeline timeline = {.count = 0};
	struct serial_text aligned = {.text = NULL};
	struct serial_lines lines;
	struct err err;

	must(serial_read(&err, bytes, len, &lines) == 0);
	check_text(&lines.live, len);
	check_text(&lines.dump, len);
	if (lines.dump.len)
		check_stamps(&lines.dump);
	if (other && lines.live.len &&
	    timeline_add(&err, &timeline, other + 2, size - len - 2, TIMELINE_HTTP) == 0) {
		must(serial_align(&err, &timeline, lines.live.text, lines.live.len, &aligned) == 0);
		must(timeline_add(&err, &timeline, aligned.text, aligned.len, TIMELINE_CONSOLE) ==
		     0);
		timeline_resolve(&timeline);
		timeline_free(&timeline);
	}
	free(aligned.text);
	serial_free(&lines);
	return 0;
}
