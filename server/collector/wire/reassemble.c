/* SPDX-License-Identifier: MIT */
/* reassemble: the fragments of one record; see reassemble.h. */
#include "reassemble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int reassemble_has(const struct reassemble *record, uint32_t at)
{
	return record->have[at / 8] >> (at % 8) & 1;
}

size_t reassemble_size(uint32_t total)
{
	return sizeof(struct reassemble) + total + (total + 7) / 8;
}

struct reassemble *reassemble_new(const struct netconsole_packet *packet, int64_t now)
{
	struct reassemble *record = calloc(1, reassemble_size(packet->total));

	if (!record)
		return NULL;
	record->packet = *packet;
	record->packet.caller = record->caller;
	if (packet->caller_len)
		memcpy(record->caller, packet->caller, packet->caller_len);
	record->arrived = now;
	record->have = (uint8_t *)record->body + packet->total;
	reassemble_add(record, packet);
	return record;
}

int reassemble_add(struct reassemble *record, const struct netconsole_packet *packet)
{
	uint32_t before = record->covered;

	if (packet->seq != record->packet.seq || packet->usec != record->packet.usec ||
	    packet->total != record->packet.total)
		return -1;
	for (uint32_t i = 0; i < packet->body_len; i++) {
		uint32_t at = packet->offset + i;

		if (reassemble_has(record, at))
			continue; /* the first arrival stays */
		record->have[at / 8] = (uint8_t)(record->have[at / 8] | 1 << (at % 8));
		record->body[at] = packet->body[i];
		record->covered++;
	}
	return record->covered != before;
}

int reassemble_whole(const struct reassemble *record)
{
	return record->covered == record->packet.total;
}

size_t reassemble_salvage(const struct reassemble *record, char *out, size_t size)
{
	size_t len = 0;

	for (uint32_t at = 0; at < record->packet.total && len < size;) {
		uint32_t from = at;
		char mark[48];
		size_t n;

		if (reassemble_has(record, at)) {
			out[len++] = record->body[at++];
			continue;
		}
		while (at < record->packet.total && !reassemble_has(record, at))
			at++;
		n = (size_t)snprintf(mark, sizeof(mark), "[lastwords: %u bytes lost]", at - from);
		if (n > size - len)
			n = size - len;
		memcpy(out + len, mark, n);
		len += n;
	}
	return len;
}
