/* SPDX-License-Identifier: MIT */
/* dhcp_wire: see dhcp_wire.h. */
#include "dhcp_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { SERVER_PORT = 67, CLIENT_PORT = 68, BOOT_PORT = 4011, PACKET_MAX = 65536, TRIES = 3 };

struct asking {
	int out, in;
	uint32_t xid[DHCP_KINDS];
	int answered[DHCP_KINDS];
	const uint8_t *mac;
	struct dhcp_answers *answers;
};

/* --- sockets ------------------------------------------------------------------------------------------ */

static int asking_open_out(struct err *err, struct asking *asking, const char *interface)
{
	struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(CLIENT_PORT)};
	const int one = 1;

	asking->out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (asking->out < 0 ||
	    setsockopt(asking->out, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) ||
	    setsockopt(asking->out, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(
		asking->out, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)))
		return err_errno(err, "%s", interface);
	/* A DHCP client of this host may hold port 68; servers answer to it from any other port too. */
	(void)bind(asking->out, (const struct sockaddr *)(const void *)&me, sizeof(me));
	return 0;
}

static int asking_open_in(struct err *err, struct asking *asking, const char *interface)
{
	struct sockaddr_ll all = {
	    .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};

	if (!all.sll_ifindex)
		return err_errno(err, "%s", interface);
	asking->in = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	all.sll_protocol = htons(ETH_P_ALL); /* what goes out from here too */
	if (asking->in < 0 ||
	    bind(asking->in, (const struct sockaddr *)(const void *)&all, sizeof(all)))
		return err_errno(err, "%s", interface);
	return 0;
}

/* --- questions ---------------------------------------------------------------------------------------- */

static int asking_send(struct err *err, const struct asking *asking)
{
	const struct sockaddr_in all = {.sin_family = AF_INET,
	    .sin_port = htons(SERVER_PORT),
	    .sin_addr = {.s_addr = INADDR_BROADCAST}};
	uint8_t packet[DHCP_DISCOVER_MAX];

	for (int kind = 0; kind < DHCP_KINDS; kind++) {
		size_t len;

		if (asking->answered[kind])
			continue;
		len = dhcp_discover((enum dhcp_kind)kind, asking->mac, asking->xid[kind], packet);
		if (sendto(asking->out, packet, len, 0, (const struct sockaddr *)(const void *)&all,
			sizeof(all)) < 0)
			return err_errno(err, "sending a DHCPDISCOVER");
	}
	return 0;
}

/* --- offers ------------------------------------------------------------------------------------------- */

/* 1 if the same server has said the same already: what goes out by a bridge is seen twice. */
static int asking_knows(const struct dhcp_answers *answers, const struct dhcp_answer *answer)
{
	for (size_t i = 0; i < answers->count; i++) {
		const struct dhcp_answer *known = &answers->answer[i];

		if (known->kind == answer->kind && known->from.s_addr == answer->from.s_addr &&
		    known->offer.server.s_addr == answer->offer.server.s_addr &&
		    known->offer.next.s_addr == answer->offer.next.s_addr &&
		    strcmp(known->offer.file, answer->offer.file) == 0)
			return 1;
	}
	return 0;
}

static void asking_take(struct asking *asking, const uint8_t *packet, size_t len)
{
	struct dhcp_answers *answers = asking->answers;
	struct dhcp_answer answer;
	const uint8_t *payload;
	int payload_len = dhcp_payload(packet, len, &payload, &answer.from);

	if (payload_len < 0 || dhcp_offer_parse(payload, (size_t)payload_len, &answer.offer) ||
	    answer.offer.ack || memcmp(answer.offer.mac, asking->mac, 6) != 0)
		return;
	for (int kind = 0; kind < DHCP_KINDS; kind++) {
		if (asking->xid[kind] != answer.offer.xid)
			continue;
		answer.kind = (enum dhcp_kind)kind;
		asking->answered[kind] = 1;
		if (answers->count < DHCP_ANSWERS_MAX && !asking_knows(answers, &answer))
			answers->answer[answers->count++] = answer;
	}
}

static void asking_receive(struct asking *asking)
{
	static uint8_t packet[PACKET_MAX];
	ssize_t n;

	/* (bounded: a busy network must not keep us here) */
	for (int i = 0; i < 1000; i++) {
		n = recv(asking->in, packet, sizeof(packet), 0);
		if (n <= 0)
			break;
		asking_take(asking, packet, (size_t)n);
	}
}

static int asking_all_answered(const struct asking *asking)
{
	for (int kind = 0; kind < DHCP_KINDS; kind++)
		if (!asking->answered[kind])
			return 0;
	return 1;
}

int dhcp_wire_ask(struct err *err, const char *interface, const uint8_t mac[6], int timeout_ms,
    int second_ms, struct dhcp_answers *answers)
{
	struct asking asking = {.out = -1, .in = -1, .mac = mac, .answers = answers};
	int64_t begin = clock_monotonic(), now = begin, end = begin + timeout_ms;
	int rc = -1, tries = 0, all = 0, saved;

	answers->count = 0;
	if (getrandom(asking.xid, sizeof(asking.xid), 0) != (ssize_t)sizeof(asking.xid)) {
		err_errno(err, "getrandom");
		goto out;
	}
	for (uint32_t kind = 0; kind < DHCP_KINDS; kind++)
		asking.xid[kind] = (asking.xid[kind] & ~7u) | kind; /* each its own */
	if (asking_open_in(err, &asking, interface) || asking_open_out(err, &asking, interface))
		goto out;
	while (now < end) {
		struct pollfd in = {.fd = asking.in, .events = POLLIN};

		if (!all && tries < TRIES && now >= begin + timeout_ms * tries / TRIES) {
			if (asking_send(err, &asking))
				goto out;
			tries++;
		}
		(void)poll(&in, 1, 100);
		asking_receive(&asking);
		now = clock_monotonic();
		if (!all && asking_all_answered(&asking)) {
			all = 1;
			if (end > now + second_ms)
				end = now + second_ms;
		}
	}
	rc = 0;
out:
	saved = errno;
	if (asking.out >= 0)
		close(asking.out);
	if (asking.in >= 0)
		close(asking.in);
	errno = saved;
	return rc;
}

/* --- a proxy's boot file ------------------------------------------------------------------------------ */

/* Sends it to the address, out of this interface (0: any). 0/-1. */
static int boot_send(
    int fd, struct in_addr address, unsigned interface, const uint8_t *packet, size_t len)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(BOOT_PORT), .sin_addr = address};
	struct in_pktinfo info = {.ipi_ifindex = (int)interface};
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(info))];
	} control = {.space = {0}};
	struct iovec data = {.iov_base = (void *)(uintptr_t)packet, .iov_len = len};
	struct msghdr message = {.msg_name = &to,
	    .msg_namelen = sizeof(to),
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof(control.space)};

	control.head = (struct cmsghdr){
	    .cmsg_len = CMSG_LEN(sizeof(info)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
	memcpy(CMSG_DATA(&control.head), &info, sizeof(info));
	return sendmsg(fd, &message, 0) == (ssize_t)len ? 0 : -1;
}

/* Reads until one is the answer. 0/-1. */
static int boot_receive(int fd, const uint8_t mac[6], int64_t end, struct dhcp_answer *answer)
{
	struct pollfd in = {.fd = fd, .events = POLLIN};
	struct dhcp_offer offer;
	uint8_t packet[2048];
	int64_t now;

	while ((now = clock_monotonic()) < end && poll(&in, 1, (int)(end - now)) > 0) {
		ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (n <= 0 || dhcp_offer_parse(packet, (size_t)n, &offer) || !offer.ack ||
		    offer.xid != answer->offer.xid || memcmp(offer.mac, mac, 6) != 0)
			continue;
		memcpy(answer->offer.file, offer.file, sizeof(offer.file));
		memcpy(answer->offer.next_name, offer.next_name, sizeof(offer.next_name));
		answer->offer.next = offer.next;
		return 0;
	}
	return -1;
}

/* The interface's IPv4 address; 0.0.0.0 if it has none. */
static struct in_addr boot_address(int fd, const char *interface)
{
	struct sockaddr_in in = {.sin_addr = {.s_addr = 0}};
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(fd, SIOCGIFADDR, &request) == 0)
		memcpy(&in, &request.ifr_addr, sizeof(in));
	return in.sin_addr;
}

int dhcp_wire_boot(
    const char *interface, const uint8_t mac[6], int timeout_ms, struct dhcp_answer *answer)
{
	const struct in_addr all = {.s_addr = INADDR_BROADCAST};
	const struct in_addr proxy =
	    answer->offer.server.s_addr ? answer->offer.server : answer->from;
	const int64_t begin = clock_monotonic();
	const int one = 1;
	uint8_t packet[DHCP_DISCOVER_MAX];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = -1;
	size_t len;

	if (fd < 0)
		return -1;
	len = dhcp_boot_request(answer->kind, mac, answer->offer.xid, boot_address(fd, interface),
	    answer->offer.menu, packet);
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	if (boot_send(fd, proxy, 0, packet, len) == 0)
		rc = boot_receive(fd, mac, begin + timeout_ms / 4, answer);
	if (rc && boot_send(fd, all, if_nametoindex(interface), packet, len) == 0)
		rc = boot_receive(fd, mac, begin + timeout_ms, answer);
	close(fd);
	return rc;
}
