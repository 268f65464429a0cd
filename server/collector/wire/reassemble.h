/* SPDX-License-Identifier: MIT */
/*
 * reassemble: joins the fragments of one extended record (netconsole.h), which come in any order or twice.
 * Pure.
 */
#ifndef COLLECTOR_REASSEMBLE_H
#define COLLECTOR_REASSEMBLE_H

#include <stddef.h>
#include <stdint.h>

#include "netconsole.h"

struct reassemble {
	struct netconsole_packet packet; /* the first fragment's header; body is not its own */
	int64_t arrived; /* of the first fragment */
	uint32_t covered; /* bytes that are there, of packet.total */
	uint8_t *have; /* one bit a byte, after body in the same allocation */
	char caller[NETCONSOLE_CALLER_MAX];
	char body[];
};

/* Bytes of memory for a record of total bytes. */
size_t reassemble_size(uint32_t total);
/* NULL when out of memory. The packet must be a fragment; its bytes are added. Free with free(). */
struct reassemble *reassemble_new(const struct netconsole_packet *packet, int64_t now);
/* 1 if the fragment has bytes that were not there, 0 if it is a duplicate, -1 if it belongs to another
 * record (time or total differ). */
int reassemble_add(struct reassemble *record, const struct netconsole_packet *packet);
int reassemble_whole(const struct reassemble *record);
/*
 * Writes the body with "[lastwords: N bytes lost]" for each hole to out (size bytes); returns the
 * length, cut at size.
 */
size_t reassemble_salvage(const struct reassemble *record, char *out, size_t size);

#endif
