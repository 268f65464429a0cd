/* SPDX-License-Identifier: MIT */
/*
 * castpack: the netconsole packets of a log, made while it is read and kept compressed, so that the
 * UDP channel need not read the dump again (a damaged one, or memory that fails, may not give the same
 * a second time). A pack (pack.h) of frames: two bytes of length, little-endian, then the packet.
 *
 * It is a convenience beside the log itself: without memory for it, it is dropped and full is set.
 */
#ifndef DMESG_CASTPACK_H
#define DMESG_CASTPACK_H

#include "klog.h"
#include "netcast.h"
#include "pack.h"

struct castpack {
	struct netcast cast;
	struct pack pack;
	int full; /* of no use: dropped, or damaged */
};

/* limit: compressed bytes that may be kept; 0: none. Never fails: full tells. Free with castpack_free. */
void castpack_init(struct castpack *castpack, size_t limit);
/* A sink that takes every record and hole and always goes on. */
struct klog_sink castpack_sink(struct castpack *castpack);
void castpack_finish(struct castpack *castpack);
void castpack_free(struct castpack *castpack);

/*
 * Gives the packets again, in order; what send (as in struct netcast) does not take is counted in
 * *failed, all of them in *packets. 0, or -1: full, or damaged.
 */
int castpack_send(struct err *err, const struct castpack *castpack,
    int (*send)(void *arg, const char *packet, size_t len), void *arg, uint64_t *packets,
    uint64_t *failed);

#endif
