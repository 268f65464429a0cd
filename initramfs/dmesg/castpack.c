/* SPDX-License-Identifier: MIT */
/* castpack: netconsole packets kept compressed; see castpack.h. Has no socket and no clock. */
#include "castpack.h"

#include <string.h>

static void castpack_drop(struct castpack *castpack)
{
	castpack->full = 1;
	pack_free(&castpack->pack);
}

static int castpack_take(void *arg, const char *packet, size_t len)
{
	struct castpack *castpack = arg;
	char head[2] = {(char)(len & 0xff), (char)(len >> 8)};

	if (castpack->full)
		return -1;
	if (len > NETCAST_PACKET || pack_write(&castpack->pack, head, sizeof(head)) ||
	    pack_write(&castpack->pack, packet, len)) {
		castpack_drop(castpack);
		return -1;
	}
	return 0;
}

void castpack_init(struct castpack *castpack, size_t limit)
{
	struct err err;

	memset(castpack, 0, sizeof(*castpack));
	netcast_init(&castpack->cast, castpack_take, castpack);
	if (limit == 0 || pack_init(&err, &castpack->pack, limit))
		castpack_drop(castpack);
}

struct klog_sink castpack_sink(struct castpack *castpack)
{
	return netcast_sink(&castpack->cast);
}

void castpack_finish(struct castpack *castpack)
{
	struct err err;

	if (!castpack->full && pack_finish(&err, &castpack->pack))
		castpack_drop(castpack);
}

void castpack_free(struct castpack *castpack)
{
	castpack_drop(castpack);
}

/* Takes the frames apart again, in whatever pieces they come. */
struct castpack_reader {
	int (*send)(void *arg, const char *packet, size_t len);
	void *arg;
	uint64_t packets, failed;
	size_t have; /* bytes of the frame so far, with its head */
	unsigned char frame[2 + NETCAST_PACKET];
};

static int castpack_unframe(void *arg, const char *text, size_t len)
{
	struct castpack_reader *reader = arg;

	while (len > 0) {
		size_t want = 2;

		if (reader->have >= 2)
			want += (size_t)reader->frame[0] | (size_t)reader->frame[1] << 8;
		if (want > sizeof(reader->frame))
			return -1;
		if (reader->have < want) {
			size_t n = want - reader->have < len ? want - reader->have : len;

			memcpy(reader->frame + reader->have, text, n);
			reader->have += n;
			text += n;
			len -= n;
		}
		if (reader->have < want || want == 2)
			continue;
		reader->packets++;
		if (reader->send(reader->arg, (const char *)reader->frame + 2, want - 2))
			reader->failed++;
		reader->have = 0;
	}
	return 0;
}

int castpack_send(struct err *err, const struct castpack *castpack,
    int (*send)(void *arg, const char *packet, size_t len), void *arg, uint64_t *packets,
    uint64_t *failed)
{
	struct castpack_reader reader = {.send = send, .arg = arg};
	int rc;

	if (castpack->full)
		return err_set(err, "no memory to keep the packets");
	rc = pack_unpack(err, &castpack->pack, castpack_unframe, &reader);
	*packets = reader.packets;
	*failed = reader.failed;
	return rc;
}
