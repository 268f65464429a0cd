/* SPDX-License-Identifier: MIT */
/*
 * wire: datagrams of RMCP (ASF 2.0, 3.2), IPMI 1.5 and RMCP+ (IPMI 2.0, 13.6 to 13.8), and the IPMI message in
 * them. Pure. Parsed structures point into the datagram.
 */
#ifndef BMC_WIRE_H
#define BMC_WIRE_H

#include "suite.h"

enum wire_kind {
	WIRE_PING, /* ASF presence ping */
	WIRE_V15, /* IPMI 1.5 format, outside a session */
	WIRE_PLUS, /* RMCP+ */
};

enum wire_payload {
	PAYLOAD_IPMI = 0x00,
	PAYLOAD_SOL = 0x01,
	PAYLOAD_OPEN = 0x10,
	PAYLOAD_OPEN_REPLY = 0x11,
	PAYLOAD_RAKP1 = 0x12,
	PAYLOAD_RAKP2 = 0x13,
	PAYLOAD_RAKP3 = 0x14,
	PAYLOAD_RAKP4 = 0x15,
};

struct wire_packet {
	enum wire_kind kind;
	uint8_t tag; /* WIRE_PING */
	uint8_t type; /* enum wire_payload */
	int encrypted, authenticated;
	uint32_t session, seq;
	uint8_t *payload;
	size_t len;
	uint8_t *covered; /* what the integrity code is made of, and all that follows the payload */
	size_t covered_len, trailer_len;
};

/* 0, or -1: no datagram that a BMC answers. */
int wire_parse(uint8_t *datagram, size_t len, struct wire_packet *packet);
/* 1: the integrity code in the trailer is right for the key. */
int wire_is_authentic(
    const struct wire_packet *packet, const struct suite *suite, const uint8_t *key);

/* How a packet of a session is protected. */
struct wire_keys {
	const struct suite *suite;
	const uint8_t *integrity; /* K1; NULL: not authenticated */
	const uint8_t *confidentiality; /* K2; NULL: not encrypted */
	uint8_t iv[SUITE_BLOCK];
};

/* Builds an RMCP+ datagram. keys: NULL outside a session. */
void wire_build_plus(struct bytes *out, const struct wire_keys *keys, unsigned type,
    uint32_t session, uint32_t seq, const struct bytes *payload);
void wire_build_v15(struct bytes *out, const struct bytes *payload);
void wire_build_pong(struct bytes *out, uint8_t tag);

/* An IPMI request (IPMI 2.0, 13.8). */
struct wire_request {
	uint8_t to, from, netfn, lun, seq_lun, command;
	const uint8_t *data;
	size_t len;
};

/* 0, or -1: too short, a wrong checksum, or a response. */
int wire_parse_request(const uint8_t *payload, size_t len, struct wire_request *request);
void wire_build_response(
    struct bytes *out, const struct wire_request *request, uint8_t code, const struct bytes *data);

#endif
