/* SPDX-License-Identifier: MIT */
/*
 * A sequence of packets on one stream. In the input, three bytes come before each packet: the milliseconds
 * that pass before it, divided by four, and its length, high byte first. No line is too long, records
 * found were counted as lost and late, and nothing waits longer than it may.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/wire/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(void *arg, const struct stream_line *line)
{
	(void)arg;
	if (line->len > NETCONSOLE_LINE_MAX || (!line->mark && memchr(line->text, '\n', line->len)))
		abort();
}

static void restart(void *arg)
{
	(void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct stream_sink sink = {.line = check_line, .restart = restart};
	size_t all = 0;
	struct stream *stream = stream_new(&all);
	int64_t now = 0;

	if (!stream)
		return 0;
	while (size >= 3) {
		size_t len = (size_t)data[1] << 8 | data[2];
		char *packet;

		now += data[0] * 4;
		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		/* A block of its own, so that ASan sees a read beyond it. */
		packet = malloc(len ? len : 1);
		if (!packet)
			break;
		memcpy(packet, data, len);
		stream_packet(stream, packet, len, now, &sink);
		free(packet);
		stream_tick(stream, now, &sink);
		if (stream_deadline(stream) <= now)
			abort();
		data += len;
		size -= len;
	}
	if (stream_counts(stream)->found > stream_counts(stream)->lost ||
	    stream_counts(stream)->found > stream_counts(stream)->late)
		abort();
	stream_flush(stream, &sink);
	if (stream_deadline(stream) != INT64_MAX)
		abort();
	stream_free(stream);
	if (all)
		abort();
	return 0;
}
