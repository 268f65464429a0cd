/* SPDX-License-Identifier: MIT */
/* tftp_get: see tftp_get.h. */
#include "tftp_get.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tftp_packet.h"

enum { TFTP_PORT = 69, AGAIN_MS = 1000 };

struct getting {
	int fd;
	struct sockaddr_in server; /* its port is the transfer's once there was an answer */
	int heard;
	uint8_t sent[TFTP_PACKET_MAX]; /* the last packet, to be sent again */
	size_t sent_len;
	uint16_t next; /* block that is waited for */
	size_t block_size;
	uint64_t size;
	struct sha256_ctx hash;
};

static void getting_send(const struct getting *getting)
{
	/* (what cannot be sent is sent again, until the time is over) */
	(void)sendto(getting->fd, getting->sent, getting->sent_len, 0,
	    (const struct sockaddr *)(const void *)&getting->server, sizeof(getting->server));
}

static void getting_ack(struct getting *getting, uint16_t block)
{
	getting->sent_len = tftp_ack(block, getting->sent);
	getting_send(getting);
}

/* 1 the file is whole, 0 go on, -1. */
static int getting_data(struct err *err, struct getting *getting, const struct tftp_answer *answer)
{
	if (answer->block != getting->next) {
		/* (one that was sent twice) */
		return 0;
	}
	if (answer->data_len > getting->block_size)
		return err_set(err, "a block of %zu bytes, longer than agreed", answer->data_len);
	sha256_update(&getting->hash, answer->data_len, answer->data);
	getting->size += answer->data_len;
	if (getting->size > TFTP_FILE_MAX)
		return err_set(err, "longer than %d MB", TFTP_FILE_MAX >> 20);
	getting_ack(getting, answer->block);
	getting->next++;
	return answer->data_len < getting->block_size;
}

/* 1 it is done, 0 go on, -1 with *result. */
static int getting_packet(struct err *err, struct getting *getting, const uint8_t *packet,
    size_t len, enum tftp_result *result)
{
	struct tftp_answer answer;

	if (tftp_parse(packet, len, &answer))
		return 0;
	*result = TFTP_BROKEN;
	switch (answer.type) {
	case TFTP_ERROR:
		*result = TFTP_REFUSED;
		return err_set(
		    err, "error %d%s%s", answer.code, answer.text[0] ? ": " : "", answer.text);
	case TFTP_OPTIONS:
		if (getting->next != 1)
			return 0;
		if (answer.size > TFTP_FILE_MAX)
			return err_set(err, "longer than %d MB", TFTP_FILE_MAX >> 20);
		if (answer.block_size > TFTP_BLOCK_WANTED)
			return err_set(
			    err, "blocks of %zu bytes, more than asked for", answer.block_size);
		getting->block_size = answer.block_size;
		getting_ack(getting, 0);
		return 0;
	case TFTP_DATA:
		return getting_data(err, getting, &answer);
	}
	return 0;
}

/* The next packet of the transfer, within wait_ms; its length, 0 none. */
static size_t getting_receive(struct getting *getting, uint8_t packet[TFTP_PACKET_MAX], int wait_ms)
{
	struct pollfd in = {.fd = getting->fd, .events = POLLIN};
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n;

	if (poll(&in, 1, wait_ms) <= 0)
		return 0;
	n = recvfrom(
	    getting->fd, packet, TFTP_PACKET_MAX, 0, (struct sockaddr *)(void *)&from, &from_len);
	if (n <= 0 || from.sin_addr.s_addr != getting->server.sin_addr.s_addr ||
	    (getting->heard && from.sin_port != getting->server.sin_port))
		return 0;
	getting->heard = 1;
	getting->server.sin_port = from.sin_port;
	return (size_t)n;
}

enum tftp_result tftp_get(struct err *err, struct in_addr server, const char *name, int timeout_ms,
    uint64_t *size, char sha256[DIGEST_TEXT])
{
	struct getting getting = {.next = 1, .block_size = TFTP_BLOCK};
	int64_t end = clock_monotonic() + timeout_ms, again = 0;
	enum tftp_result result = TFTP_BROKEN;
	uint8_t packet[TFTP_PACKET_MAX];
	int rc = 0;

	getting.server = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons(TFTP_PORT), .sin_addr = server};
	sha256_init(&getting.hash);
	getting.sent_len = tftp_request(name, getting.sent);
	if (!getting.sent_len) {
		err_set(err, "the file's name is too long");
		return TFTP_BROKEN;
	}
	getting.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (getting.fd < 0) {
		err_errno(err, "socket");
		return TFTP_BROKEN;
	}
	while (rc == 0) {
		int64_t now = clock_monotonic();
		size_t len;

		if (now >= end) {
			result = getting.heard ? TFTP_BROKEN : TFTP_SILENT;
			err_set(err, "no %s within %d s", getting.heard ? "end" : "answer",
			    timeout_ms / 1000);
			break;
		}
		if (now >= again) {
			getting_send(&getting);
			again = now + AGAIN_MS;
		}
		len = getting_receive(&getting, packet, (int)(again - now));
		if (!len)
			continue;
		rc = getting_packet(err, &getting, packet, len, &result);
		again = clock_monotonic() + AGAIN_MS;
	}
	close(getting.fd);
	if (rc != 1)
		return result;
	*size = getting.size;
	digest_text(&getting.hash, sha256);
	return TFTP_DONE;
}
