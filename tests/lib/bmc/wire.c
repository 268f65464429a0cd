/* SPDX-License-Identifier: MIT */
/* wire: see wire.h. */
#include <nettle/memops.h>

#include "wire.h"

enum {
	RMCP_VERSION = 6,
	RMCP_NO_ACK = 0xff,
	RMCP_ASF = 6,
	RMCP_IPMI = 7,
	RMCP_LEN = 4,
	ASF_PING = 0x80,
	ASF_PONG = 0x40,
	AUTH_NONE = 0,
	AUTH_PLUS = 6,
	PLUS_HEADER = 12,
	V15_HEADER = 10,
	ENCRYPTED = 0x80,
	AUTHENTICATED = 0x40,
	NEXT_HEADER = 7,
};

static const uint8_t asf_iana[4] = {0, 0, 0x11, 0xbe};

static int parse_ping(uint8_t *asf, size_t len, struct wire_packet *packet)
{
	if (len < 8 || memcmp(asf, asf_iana, 4) != 0 || asf[4] != ASF_PING)
		return -1;
	packet->kind = WIRE_PING;
	packet->tag = asf[5];
	return 0;
}

static int parse_v15(uint8_t *header, size_t len, struct wire_packet *packet)
{
	packet->kind = WIRE_V15;
	if (len < V15_HEADER)
		return -1;
	packet->seq = bytes_get32(header + 1);
	packet->session = bytes_get32(header + 5);
	packet->payload = header + V15_HEADER;
	packet->len = header[9];
	/* a pad byte may follow */
	return packet->session || packet->len > len - V15_HEADER ? -1 : 0;
}

static int parse_plus(uint8_t *header, size_t len, struct wire_packet *packet)
{
	packet->kind = WIRE_PLUS;
	if (len < PLUS_HEADER)
		return -1;
	packet->type = header[1] & 0x3f;
	packet->encrypted = (header[1] & ENCRYPTED) != 0;
	packet->authenticated = (header[1] & AUTHENTICATED) != 0;
	packet->session = bytes_get32(header + 2);
	packet->seq = bytes_get32(header + 6);
	packet->payload = header + PLUS_HEADER;
	packet->len = bytes_get16(header + 10);
	if (packet->len > len - PLUS_HEADER)
		return -1;
	packet->covered = header;
	packet->covered_len = PLUS_HEADER + packet->len;
	packet->trailer_len = len - packet->covered_len;
	return 0;
}

int wire_parse(uint8_t *datagram, size_t len, struct wire_packet *packet)
{
	uint8_t *inner = datagram + RMCP_LEN;

	memset(packet, 0, sizeof(*packet));
	if (len < RMCP_LEN + 1 || datagram[0] != RMCP_VERSION)
		return -1;
	len -= RMCP_LEN;
	if (datagram[3] == RMCP_ASF)
		return parse_ping(inner, len, packet);
	if (datagram[3] != RMCP_IPMI)
		return -1;
	if (inner[0] == AUTH_PLUS)
		return parse_plus(inner, len, packet);
	return inner[0] == AUTH_NONE ? parse_v15(inner, len, packet) : -1;
}

int wire_is_authentic(
    const struct wire_packet *packet, const struct suite *suite, const uint8_t *key)
{
	uint8_t code[SUITE_HASH_MAX];
	size_t covered;

	if (!packet->authenticated || packet->trailer_len < 2 + suite->check)
		return 0;
	/* padding, its length and the next header are covered too */
	covered = packet->covered_len + packet->trailer_len - suite->check;
	suite_hmac(suite, key, suite->hash, packet->covered, covered, code);
	return memeql_sec(code, packet->covered + covered, suite->check);
}

static void put_rmcp(struct bytes *out, unsigned class)
{
	memset(out, 0, sizeof(*out));
	bytes_put8(out, RMCP_VERSION);
	bytes_put8(out, 0);
	bytes_put8(out, RMCP_NO_ACK);
	bytes_put8(out, class);
}

static void put_trailer(struct bytes *out, const struct wire_keys *keys)
{
	size_t pad = (4 - (out->len - RMCP_LEN + 2) % 4) % 4;
	uint8_t code[SUITE_HASH_MAX];

	bytes_fill(out, 0xff, pad);
	bytes_put8(out, (unsigned)pad);
	bytes_put8(out, NEXT_HEADER);
	suite_hmac(keys->suite, keys->integrity, keys->suite->hash, out->at + RMCP_LEN,
	    out->len - RMCP_LEN, code);
	bytes_put(out, code, keys->suite->check);
}

void wire_build_plus(struct bytes *out, const struct wire_keys *keys, unsigned type,
    uint32_t session, uint32_t seq, const struct bytes *payload)
{
	struct bytes secret = {0};
	int encrypt = keys && keys->confidentiality, sign = keys && keys->integrity;

	if (encrypt) {
		suite_encrypt(keys->confidentiality, keys->iv, payload->at, payload->len, &secret);
		payload = &secret;
	}
	put_rmcp(out, RMCP_IPMI);
	bytes_put8(out, AUTH_PLUS);
	bytes_put8(out, type | (encrypt ? ENCRYPTED : 0) | (sign ? AUTHENTICATED : 0));
	bytes_put32(out, session);
	bytes_put32(out, seq);
	bytes_put16(out, (unsigned)payload->len);
	bytes_put(out, payload->at, payload->len);
	out->overflow |= payload->overflow;
	if (sign)
		put_trailer(out, keys);
}

void wire_build_v15(struct bytes *out, const struct bytes *payload)
{
	put_rmcp(out, RMCP_IPMI);
	bytes_put8(out, AUTH_NONE);
	bytes_put32(out, 0);
	bytes_put32(out, 0);
	bytes_put8(out, (unsigned)payload->len);
	bytes_put(out, payload->at, payload->len);
	out->overflow |= payload->overflow;
}

void wire_build_pong(struct bytes *out, uint8_t tag)
{
	put_rmcp(out, RMCP_ASF);
	bytes_put(out, asf_iana, 4);
	bytes_put8(out, ASF_PONG);
	bytes_put8(out, tag);
	bytes_put8(out, 0);
	bytes_put8(out, 16);
	bytes_put(out, asf_iana, 4);
	bytes_put32(out, 0);
	/* supported entities: IPMI, ASF 1.0; no interactions */
	bytes_put8(out, 0x81);
	bytes_fill(out, 0, 7);
}

static uint8_t checksum(const uint8_t *data, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *data++);
	return (uint8_t)-sum;
}

int wire_parse_request(const uint8_t *payload, size_t len, struct wire_request *request)
{
	if (len < 7 || checksum(payload, 3) || checksum(payload + 3, len - 3))
		return -1;
	request->to = payload[0];
	request->netfn = payload[1] >> 2;
	request->lun = payload[1] & 3;
	request->from = payload[3];
	request->seq_lun = payload[4];
	request->command = payload[5];
	request->data = payload + 6;
	request->len = len - 7;
	return request->netfn & 1 ? -1 : 0;
}

void wire_build_response(
    struct bytes *out, const struct wire_request *request, uint8_t code, const struct bytes *data)
{
	memset(out, 0, sizeof(*out));
	bytes_put8(out, request->from);
	bytes_put8(out, (unsigned)(request->netfn | 1) << 2 | (request->seq_lun & 3));
	bytes_put8(out, checksum(out->at, 2));
	bytes_put8(out, request->to);
	bytes_put8(out, (unsigned)(request->seq_lun & 0xfc) | request->lun);
	bytes_put8(out, request->command);
	bytes_put8(out, code);
	bytes_put(out, data->at, data->len);
	bytes_put8(out, checksum(out->at + 3, out->len - 3));
	out->overflow |= data->overflow;
}
