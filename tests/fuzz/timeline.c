/* SPDX-License-Identifier: MIT */
/*
 * timeline: any texts, separated by NUL bytes, are channels of one kernel. Every line of the record comes
 * from a channel; no line but marks and empty ones is lost, and none is more frequent than in the channel
 * that has it most often.
 */
#include "record/timeline.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXTS = TIMELINE_CHANNELS };

static void must(int good)
{
	if (!good)
		abort();
}

/* Lines of a text that are not marks of lost lines. */
static size_t count_lines(const char *text, size_t len)
{
	const char *at = text, *line;
	struct timeline_part part;
	size_t n, count = 0;

	while (timeline_next(&at, text + len, &line, &n)) {
		must(n > 0 && line >= text && line + n <= text + len);
		timeline_part(line, n, &part);
		must(part.body >= line && part.body + part.len == line + n);
		count += !(part.flags & TIMELINE_HOLE);
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* the channels in the order in which a record takes them */
	static const unsigned int channels[TEXTS] = {TIMELINE_HTTP, TIMELINE_NETCONSOLE,
	    TIMELINE_UDP, TIMELINE_PSTORE, TIMELINE_AGAIN, TIMELINE_CONSOLE};
	struct timeline timeline = {.count = 0};
	const char *text = (const char *)data, *end = text + size;
	size_t lines[TEXTS] = {0}, total = 0, most = 0, kept = 0;
	struct err err;
	char names[48];

	for (int i = 0; i < TEXTS && text < end; i++) {
		const char *stop = i < TEXTS - 1 ? memchr(text, '\0', (size_t)(end - text)) : NULL;
		size_t len = (size_t)((stop ? stop : end) - text);

		must(timeline_add(&err, &timeline, text, len, channels[i]) == 0);
		lines[i] = count_lines(text, len);
		total += lines[i];
		most = lines[i] > most ? lines[i] : most;
		text = stop ? stop + 1 : end;
	}
	timeline_resolve(&timeline);
	for (size_t i = 0; i < timeline.count; i++) {
		const struct timeline_line *line = &timeline.line[i];

		must(line->text >= (const char *)data && line->text + line->len <= end);
		must(line->len > 0 && line->channels > 0 && line->channels < 1u << TEXTS);
		must(timeline_channel_names(line->channels, names)[0] != '\0');
		if (line->flags & TIMELINE_HOLE && line->flags & TIMELINE_MARK)
			continue;
		kept++;
		for (int r = 0; r < TEXTS; r++)
			if (line->channels & 1u << r)
				lines[r]--;
	}
	must(kept <= total && kept >= most);
	for (int r = 0; r < TEXTS; r++)
		must(lines[r] == 0);
	must(timeline.holes <= timeline.count && timeline.differing <= timeline.count);
	timeline_free(&timeline);
	return 0;
}
