/* SPDX-License-Identifier: MIT */
/* sol: see sol.h. */
#include "sol.h"
#include "lan.h"
#include "serial.h"

/* Operation byte from the client, status byte to it (IPMI 2.0, table 15-2). */
enum {
	OP_NACK = 0x40,
	OP_BREAK = 0x10,
	OP_FLUSH_IN = 0x02,
	OP_FLUSH_OUT = 0x01,
	STATUS_NACK = 0x40,
	STATUS_UNAVAILABLE = 0x20,
	STATUS_DEACTIVATED = 0x10,
	STATUS_OVERRUN = 0x08,
};

enum { GATHER_UNIT = 5, RETRY_UNIT = 10 };

void sol_init(struct bmc *bmc)
{
	struct sol *s = &bmc->sol;

	memset(s, 0, sizeof(*s));
	s->enabled = 1;
	s->authentication = PRIVILEGE_USER;
	s->gather = 1;
	s->threshold = 96;
	s->retries = 7;
	s->retry_interval = 50;
	s->bit_rate[0] = s->bit_rate[1] = 0x0a;
}

/* A packet may get lost here, in either direction. */
static int is_lost(struct bmc *bmc)
{
	int every = bmc->faults.lose_sol;

	return every > 0 && ++bmc->sol_packets % (unsigned long)every == 0;
}

static void send_packet(struct bmc *bmc, unsigned seq, unsigned ack, unsigned accepted,
    unsigned status, const uint8_t *data, size_t len)
{
	struct sol *s = &bmc->sol;
	struct bytes packet = {0};

	if (is_lost(bmc))
		return;
	bytes_put8(&packet, seq);
	bytes_put8(&packet, ack);
	bytes_put8(&packet, accepted);
	bytes_put8(&packet, status);
	bytes_put(&packet, data, len);
	lan_send(bmc, s->holder, PAYLOAD_SOL, s->authenticate, s->encrypt, &packet);
}

void sol_attach(struct bmc *bmc, struct session *session, int authenticate, int encrypt)
{
	struct sol *s = &bmc->sol;

	s->holder = session;
	s->authenticate = authenticate;
	s->encrypt = encrypt;
	s->taken_seq = s->taken_count = s->seq = 0;
	s->len = 0;
	s->gather_until = 0;
	s->overrun = 0;
	serial_attach(bmc);
	bmc_note(bmc, "console: held by %s", session->user->name);
}

void sol_release(struct bmc *bmc)
{
	if (!bmc->sol.holder)
		return;
	bmc->sol.holder = NULL;
	bmc->sol.len = 0;
	serial_detach(bmc);
	bmc_note(bmc, "console: free");
}

void sol_deactivate(struct bmc *bmc)
{
	if (bmc->sol.holder)
		send_packet(bmc, 0, 0, 0, STATUS_DEACTIVATED, NULL, 0);
	sol_release(bmc);
}

/* --- to the client --- */

static void send_data(struct bmc *bmc, int64_t now)
{
	struct sol *s = &bmc->sol;

	s->retry_at = now + RETRY_UNIT * (s->retry_interval ? s->retry_interval : 1);
	send_packet(bmc, s->seq, 0, 0, s->overrun ? STATUS_OVERRUN : 0, s->data, s->len);
	bmc_wake(bmc, s->retry_at);
}

static void start_packet(struct bmc *bmc, int64_t now)
{
	struct sol *s = &bmc->sol;

	s->seq = s->seq % 15 + 1;
	s->tries = 0;
	send_data(bmc, now);
}

static void flush(struct bmc *bmc, int64_t now)
{
	struct sol *s = &bmc->sol;

	if (!s->holder || s->len || bmc->faults.sol_stalled || !bmc->serial.len)
		return;
	if (now < s->gather_until && bmc->serial.len < s->threshold) {
		bmc_wake(bmc, s->gather_until);
		return;
	}
	s->gather_until = 0;
	s->len = serial_read(bmc, s->data, sizeof(s->data));
	start_packet(bmc, now);
}

void sol_gather(struct bmc *bmc)
{
	struct sol *s = &bmc->sol;
	int64_t now = clock_monotonic();

	if (!s->gather_until)
		s->gather_until = now + GATHER_UNIT * s->gather;
	flush(bmc, now);
}

void sol_tick(struct bmc *bmc, int64_t now)
{
	struct sol *s = &bmc->sol;

	if (s->holder && s->len && now >= s->retry_at) {
		if (s->tries++ < s->retries) {
			send_data(bmc, now);
		} else {
			bmc_note(bmc, "console: %zu characters given up", s->len);
			s->len = 0;
		}
	} else if (s->holder && s->len) {
		bmc_wake(bmc, s->retry_at);
	}
	flush(bmc, now);
}

/* --- from the client --- */

static void take_ack(struct bmc *bmc, unsigned ack, size_t accepted, unsigned op)
{
	struct sol *s = &bmc->sol;
	int64_t now = clock_monotonic();

	if (!ack || ack != s->seq || !s->len)
		return;
	if (accepted > s->len)
		accepted = s->len;
	if (accepted)
		s->overrun = 0;
	s->len -= accepted;
	memmove(s->data, s->data + accepted, s->len);
	if (!s->len)
		flush(bmc, now);
	else if (accepted)
		start_packet(bmc, now);
	else if (op & OP_NACK)
		s->retry_at = now + RETRY_UNIT * s->retry_interval;
}

static void take_data(struct bmc *bmc, unsigned seq, unsigned op, const uint8_t *data, size_t len)
{
	struct sol *s = &bmc->sol;
	size_t limit = bmc->faults.sol_accept && (size_t)bmc->faults.sol_accept < len
			   ? (size_t)bmc->faults.sol_accept
			   : len;

	if (seq != s->taken_seq) {
		if (op & OP_BREAK)
			serial_break(bmc);
		if (len)
			bmc_note(bmc, "console: %zu characters typed", len);
		s->taken_count = (uint8_t)serial_write(bmc, data, limit);
		/* one of which nothing was taken is to be tried again */
		s->taken_seq = len && !s->taken_count ? 0 : (uint8_t)seq;
	}
	if (!s->holder)
		return;
	send_packet(bmc, 0, seq, s->taken_count, len && !s->taken_count ? STATUS_NACK : 0, NULL, 0);
}

void sol_receive(struct bmc *bmc, struct session *session, const uint8_t *payload, size_t len)
{
	struct sol *s = &bmc->sol;

	if (session != s->holder || len < SOL_HEADER || len - SOL_HEADER > 255 || is_lost(bmc))
		return;
	if (payload[3] & OP_FLUSH_OUT)
		bmc->serial.len = 0;
	if (payload[0] & 0x0f)
		take_data(
		    bmc, payload[0] & 0x0f, payload[3], payload + SOL_HEADER, len - SOL_HEADER);
	take_ack(bmc, payload[1] & 0x0f, payload[2], payload[3]);
}
