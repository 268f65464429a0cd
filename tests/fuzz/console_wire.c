/* SPDX-License-Identifier: MIT */
/*
 * console_wire: what a console server, a client or a machine sends to lastwords-console: telnet gives no more
 * bytes than it got and bounded answers, a frame lies within its bytes, the watch keeps within its line; none of
 * it depends on how the bytes are cut. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "console/watch.h"
#include "console/wire/frame.h"
#include "console/wire/telnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

/* The data of a telnet stream that comes in two pieces; its length. */
static size_t telnet(const char *data, size_t size, size_t cut, char *out)
{
	unsigned char reply[TELNET_REPLY_MAX];
	struct telnet telnet;
	size_t len, n;

	telnet_init(&telnet);
	memcpy(out, data, cut);
	n = telnet_receive(&telnet, out, cut, reply, &len);
	check(n <= cut && len <= TELNET_REPLY_MAX);
	memcpy(out + n, data + cut, size - cut);
	n += telnet_receive(&telnet, out + n, size - cut, reply, &len);
	check(n <= size && len <= TELNET_REPLY_MAX);
	return n;
}

static void fuzz_telnet(const char *data, size_t size)
{
	char *whole = malloc(2 * size + 2), *parts = whole + size + 1;
	size_t len = telnet(data, size, size, whole);

	check(telnet(data, size, size / 2, parts) == len && memcmp(whole, parts, len) == 0);
	free(whole);
}

static void fuzz_frames(const char *data, size_t size)
{
	struct frame frame;
	int taken;

	for (size_t at = 0; (taken = frame_take(data + at, size - at, &frame)) > 0;
	     at += (size_t)taken)
		check(frame.len <= FRAME_MAX && frame.text >= data + at &&
		      frame.text + frame.len <= data + size);
}

static void fuzz_watch(const char *data, size_t size)
{
	struct watch whole, parts;
	int found = watch_bytes((watch_init(&whole), &whole), data, size);

	watch_init(&parts);
	check((watch_bytes(&parts, data, size / 3) |
		  watch_bytes(&parts, data + size / 3, size - size / 3)) == found);
	check(strcmp(whole.death, parts.death) == 0 && found == (whole.death[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1); /* of its own size, so that a read past it is seen */

	memcpy(copy, data, size);
	fuzz_telnet(copy, size);
	fuzz_frames(copy, size);
	fuzz_watch(copy, size);
	free(copy);
	return 0;
}
