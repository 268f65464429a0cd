/* SPDX-License-Identifier: MIT */
/*
 * tftp_packet: the packets of a TFTP client that reads. Pure; no byte of an answer is trusted.
 *
 * Sources: RFC 1350 (protocol), 2347 (option acknowledgement), 2348 (blksize), 2349 (tsize).
 */
#ifndef LASTWORDS_CLI_DOCTOR_TFTP_PACKET_H
#define LASTWORDS_CLI_DOCTOR_TFTP_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum {
	TFTP_BLOCK = 512, /* without options */
	TFTP_BLOCK_WANTED = 1428, /* fits an Ethernet frame, as PXE ROMs ask for */
	TFTP_PACKET_MAX = 2048,
	TFTP_TEXT_MAX = 120,
};

/* A request for a file as bytes, with blksize and tsize; its length, or 0: the name does not fit. */
size_t tftp_request(const char *name, uint8_t out[TFTP_PACKET_MAX]);
/* Block 0 acknowledges an option acknowledgement; its length. */
size_t tftp_ack(uint16_t block, uint8_t out[TFTP_PACKET_MAX]);

struct tftp_answer {
	enum { TFTP_DATA, TFTP_OPTIONS, TFTP_ERROR } type;
	uint16_t block; /* of DATA */
	const uint8_t *data; /* in the packet */
	size_t data_len;
	size_t block_size; /* of OPTIONS: blksize, 8 to 65464; TFTP_BLOCK without it */
	int64_t size; /* of OPTIONS: tsize; -1 unknown */
	int code; /* of ERROR: 1 no such file, 2 not allowed … */
	char text[TFTP_TEXT_MAX + 1];
};

/* 0, or -1: another kind of packet, or cut short. */
int tftp_parse(const uint8_t *packet, size_t len, struct tftp_answer *answer);

#endif
