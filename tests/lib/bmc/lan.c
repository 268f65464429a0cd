/* SPDX-License-Identifier: MIT */
/* lan: see lan.h. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/address.h"
#include "command.h"
#include "lan.h"
#include "session.h"
#include "sol.h"

enum { DATAGRAM_MAX = 1024, BATCH = 16 };

struct peer {
	struct sockaddr_storage at;
	socklen_t len;
};

static int every(unsigned long count, int n)
{
	return n > 0 && count % (unsigned long)n == 0;
}

static void send_to(struct bmc *bmc, const struct sockaddr_storage *to, socklen_t to_len,
    const struct bytes *datagram)
{
	if (datagram->overflow || !datagram->len)
		return;
	bmc->packets++;
	if (every(bmc->packets, bmc->faults.lose))
		return;
	for (int n = every(bmc->packets, bmc->faults.duplicate) ? 2 : 1; n > 0; n--)
		sendto(bmc->lan.fd, datagram->at, datagram->len, MSG_DONTWAIT,
		    (const struct sockaddr *)to, to_len);
}

void lan_send(struct bmc *bmc, struct session *session, unsigned type, int authenticate,
    int encrypt, const struct bytes *payload)
{
	const struct suite *suite = session->suite;
	struct wire_keys keys = {.suite = suite};
	struct bytes datagram;

	if (session->phantom)
		return;
	if (authenticate && suite->integrity)
		keys.integrity = session->k1;
	if (encrypt && suite->confidentiality) {
		keys.confidentiality = session->k2;
		if (getrandom(keys.iv, sizeof(keys.iv), 0) != sizeof(keys.iv))
			return;
	}
	wire_build_plus(&datagram, &keys, type, session->console_id,
	    keys.integrity ? ++session->sent : ++session->sent_plain, payload);
	send_to(bmc, &session->peer, session->peer_len, &datagram);
}

/* --- receiving --- */

/* Open Session and RAKP, and commands outside a session. */
static void receive_outside(
    struct bmc *bmc, const struct wire_packet *packet, const struct peer *peer)
{
	struct bytes reply = {0}, datagram;
	unsigned type = packet->type + 1;

	switch (packet->type) {
	case PAYLOAD_OPEN:
		session_open(bmc, packet, &peer->at, peer->len, &reply);
		break;
	case PAYLOAD_RAKP1:
		session_rakp1(bmc, packet, &reply);
		break;
	case PAYLOAD_RAKP3:
		session_rakp3(bmc, packet, &reply);
		break;
	case PAYLOAD_IPMI:
		command_run(bmc, NULL, packet->payload, packet->len, &reply);
		type = PAYLOAD_IPMI;
		break;
	default:
		return;
	}
	if (!reply.len)
		return;
	if (packet->kind == WIRE_V15)
		wire_build_v15(&datagram, &reply);
	else
		wire_build_plus(&datagram, NULL, type, 0, 0, &reply);
	send_to(bmc, &peer->at, peer->len, &datagram);
}

/* Protection that the session's suite and the payload's activation ask for. */
static int is_protected(
    const struct bmc *bmc, const struct session *s, const struct wire_packet *packet)
{
	int sol = packet->type == PAYLOAD_SOL;
	int sign = s->suite->integrity && (!sol || bmc->sol.authenticate);
	int encrypt = s->suite->confidentiality && (!sol || bmc->sol.encrypt);

	if (packet->encrypted && !s->suite->confidentiality)
		return 0;
	if (packet->authenticated ? !wire_is_authentic(packet, s->suite, s->k1) : sign)
		return 0;
	return packet->encrypted || !encrypt;
}

static void receive_inside(struct bmc *bmc, struct wire_packet *packet)
{
	struct session *s = session_find(bmc, packet->session);
	struct bytes reply = {0};

	if (!s || s->phantom || !is_protected(bmc, s, packet) ||
	    (packet->encrypted && suite_decrypt(s->k2, &packet->payload, &packet->len)) ||
	    !session_take_seq(s, packet))
		return;
	s->last_seen = clock_monotonic();
	if (packet->type == PAYLOAD_SOL) {
		sol_receive(bmc, s, packet->payload, packet->len);
		return;
	}
	if (packet->type != PAYLOAD_IPMI)
		return;
	command_run(bmc, s, packet->payload, packet->len, &reply);
	if (reply.len)
		lan_send(bmc, s, PAYLOAD_IPMI, packet->authenticated, packet->encrypted, &reply);
	if (s->closing)
		session_end(bmc, s, "closed");
}

static void receive(struct bmc *bmc, uint8_t *datagram, size_t len, const struct peer *peer)
{
	struct wire_packet packet;
	struct bytes pong;

	if (wire_parse(datagram, len, &packet))
		return;
	if (bmc->faults.answer_late)
		clock_pause_us((unsigned)bmc->faults.answer_late * 1000);
	if (packet.kind == WIRE_PING) {
		wire_build_pong(&pong, packet.tag);
		send_to(bmc, &peer->at, peer->len, &pong);
	} else if (packet.session) {
		receive_inside(bmc, &packet);
	} else if (!packet.encrypted && !packet.authenticated) {
		receive_outside(bmc, &packet, peer);
	}
	if (bmc->restart)
		bmc_restart(bmc);
}

/* A BMC whose processor cannot follow: after too many packets within a second it is mute. */
static void count_burst(struct bmc *bmc, int64_t now)
{
	if (now - bmc->burst_since >= 1000) {
		bmc->burst_since = now;
		bmc->burst_count = 0;
	}
	if (!bmc->faults.burst || ++bmc->burst_count <= bmc->faults.burst)
		return;
	bmc->burst_count = 0;
	bmc->faults.mute_until = now + bmc->faults.burst_ms;
	bmc_note(bmc, "frozen for %d ms by a burst", bmc->faults.burst_ms);
}

static void on_readable(struct watch *watch, uint32_t events)
{
	struct bmc *bmc = watch->owner;
	uint8_t datagram[DATAGRAM_MAX];

	(void)events;
	for (int n = 0; n < BATCH; n++) {
		struct peer peer = {.len = sizeof(peer.at)};
		ssize_t len = recvfrom(watch->fd, datagram, sizeof(datagram),
		    MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&peer.at, &peer.len);
		int64_t now = clock_monotonic();

		if (len < 0)
			return;
		if (len > (ssize_t)sizeof(datagram))
			continue;
		count_burst(bmc, now);
		if (now >= bmc->faults.mute_until)
			receive(bmc, datagram, (size_t)len, &peer);
	}
}

/* --- the socket --- */

static int listen_address(
    struct err *err, int base, int step, struct sockaddr_storage *at, socklen_t *len)
{
	char host[ADDRESS_HOST_MAX + 1];
	uint16_t port = (uint16_t)base;
	struct sockaddr_in *v4 = (struct sockaddr_in *)at;

	if (address_split(err, options.listen, host, &port))
		return err_prefix(err, "--listen");
	if (!options.by_address && port + step > 65535)
		return err_set(err, "--count: no port after 65535; use a lower one");
	port = (uint16_t)(port + (options.by_address ? 0 : step));
	if (address_numeric(err, host, port, at, len))
		return err_prefix(err, "--listen");
	if (!options.by_address)
		return 0;
	if (at->ss_family != AF_INET)
		return err_set(
		    err, "--by-address needs an IPv4 address; use --listen A.B.C.D:PORT");
	v4->sin_addr.s_addr = htonl(ntohl(v4->sin_addr.s_addr) + (uint32_t)step);
	return 0;
}

int lan_open(struct err *err, struct bmc *bmc, int base, int step)
{
	struct sockaddr_storage at;
	socklen_t len;

	if (listen_address(err, base, step, &at, &len))
		return -1;
	bmc->lan.owner = bmc;
	bmc->lan.ready = on_readable;
	bmc->lan.fd = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bmc->lan.fd < 0)
		return err_errno(err, "socket");
	if (bind(bmc->lan.fd, (struct sockaddr *)&at, len))
		return err_errno(err, "BMC %d: bind", bmc->number);
	return loop_add(err, &bmc->lan, EPOLLIN);
}

void lan_close(struct bmc *bmc)
{
	loop_end(&bmc->lan);
}

unsigned lan_port(const struct bmc *bmc)
{
	struct sockaddr_storage at = {0};
	socklen_t len = sizeof(at);

	getsockname(bmc->lan.fd, (struct sockaddr *)&at, &len);
	return ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
					     : ((struct sockaddr_in6 *)&at)->sin6_port);
}
