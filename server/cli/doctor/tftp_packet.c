/* SPDX-License-Identifier: MIT */
/* tftp_packet: see tftp_packet.h. */
#include "tftp_packet.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

enum { OP_READ = 1, OP_DATA = 3, OP_ACK = 4, OP_ERROR = 5, OP_OACK = 6 };
enum { BLOCK_MIN = 8, BLOCK_MAX = 65464 };

/* Appends a text with its NUL. 0, or -1: it does not fit. */
static int request_text(uint8_t out[TFTP_PACKET_MAX], size_t *len, const char *text)
{
	size_t n = strlen(text) + 1;

	if (n > TFTP_PACKET_MAX - *len)
		return -1;
	memcpy(out + *len, text, n);
	*len += n;
	return 0;
}

size_t tftp_request(const char *name, uint8_t out[TFTP_PACKET_MAX])
{
	char block[12];
	const char *const words[] = {name, "octet", "blksize", block, "tsize", "0"};
	size_t len = 2;

	snprintf(block, sizeof(block), "%d", TFTP_BLOCK_WANTED);
	out[0] = 0;
	out[1] = OP_READ;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (request_text(out, &len, words[i]))
			return 0;
	return len;
}

size_t tftp_ack(uint16_t block, uint8_t out[TFTP_PACKET_MAX])
{
	out[0] = 0;
	out[1] = OP_ACK;
	out[2] = (uint8_t)(block >> 8);
	out[3] = (uint8_t)block;
	return 4;
}

/* The text at *at with its NUL; NULL: there is no NUL. */
static const char *parse_text(const uint8_t *packet, size_t len, size_t *at)
{
	const char *text = (const char *)packet + *at;
	size_t n = strnlen(text, len - *at);

	if (n == len - *at)
		return NULL;
	*at += n + 1;
	return text;
}

static int parse_options(const uint8_t *packet, size_t len, struct tftp_answer *answer)
{
	struct err ignored;

	for (size_t at = 2; at < len;) {
		const char *name = parse_text(packet, len, &at);
		const char *value = name ? parse_text(packet, len, &at) : NULL;
		uint64_t number;

		if (!value)
			return -1;
		if (num_u64(&ignored, name, value, strlen(value), 0, INT64_MAX, &number))
			continue;
		if (strcasecmp(name, "tsize") == 0)
			answer->size = (int64_t)number;
		if (strcasecmp(name, "blksize") == 0 && number >= BLOCK_MIN && number <= BLOCK_MAX)
			answer->block_size = (size_t)number;
	}
	return 0;
}

int tftp_parse(const uint8_t *packet, size_t len, struct tftp_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->block_size = TFTP_BLOCK;
	answer->size = -1;
	if (len < 2 || packet[0] != 0)
		return -1;
	if (packet[1] == OP_OACK) {
		answer->type = TFTP_OPTIONS;
		return parse_options(packet, len, answer);
	}
	if (len < 4 || (packet[1] != OP_DATA && packet[1] != OP_ERROR))
		return -1;
	answer->type = packet[1] == OP_DATA ? TFTP_DATA : TFTP_ERROR;
	answer->block = (uint16_t)(packet[2] << 8 | packet[3]);
	answer->data = packet + 4;
	answer->data_len = len - 4;
	if (answer->type == TFTP_ERROR) {
		size_t n = strnlen((const char *)packet + 4,
		    answer->data_len < TFTP_TEXT_MAX ? answer->data_len : TFTP_TEXT_MAX);

		answer->code = answer->block;
		memcpy(answer->text, packet + 4, n);
		answer->text[n] = '\0';
	}
	return 0;
}
