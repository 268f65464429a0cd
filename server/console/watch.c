/* SPDX-License-Identifier: MIT */
/* watch: see watch.h. */
#include "watch.h"

#include <string.h>

#include "record/serial/line.h"
#include "report/report.h"

void watch_init(struct watch *watch)
{
	memset(watch, 0, sizeof(*watch));
}

int watch_is_stamped(const char *bytes, size_t len)
{
	struct serial_line line;

	serial_line(&line, bytes, len);
	return line.stamped;
}

/* A line is whole. 1 if it is the first death. */
static int watch_line(struct watch *watch)
{
	struct serial_line line;
	const char *text;
	size_t len;
	int captures;

	serial_line(&line, watch->line, watch->len);
	watch->len = 0;
	watch->stamped |= line.stamped;
	if (line.stamped)
		watch->stamp_usec = line.part.usec;
	watch->dump = watch->dump ? line.kind != LINE_DUMP_END : line.kind == LINE_DUMP;
	if (line.kind == LINE_BOOT && !watch->dump)
		watch->capture = 0;
	if (line.kind == LINE_CAPTURE || (serial_is_command(&line, &captures) && captures))
		watch->capture = 1;
	text = line.stamped ? line.part.body : line.text;
	len = line.stamped ? line.part.len : line.len;
	if (watch->death[0] || (watch->capture && !watch->dump) || line.stamped != watch->stamped ||
	    len >= sizeof(watch->death) || !report_is_death(text, len))
		return 0;
	memcpy(watch->death, text, len);
	watch->death[len] = '\0';
	return 1;
}

/* Of a line that is too long its end is kept: a kernel's is there. */
static void watch_byte(struct watch *watch, char byte)
{
	if (watch->len == sizeof(watch->line)) {
		watch->len /= 2;
		memcpy(watch->line, watch->line + watch->len, watch->len);
	}
	watch->line[watch->len++] = byte;
}

int watch_bytes(struct watch *watch, const char *bytes, size_t len)
{
	int found = 0;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r')
			found |= watch_line(watch);
		else
			watch_byte(watch, bytes[i]);
	}
	return found;
}
