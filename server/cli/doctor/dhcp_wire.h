/* SPDX-License-Identifier: MIT */
/*
 * dhcp_wire: asks the DHCP servers of a network, and gathers their offers. It never takes an address.
 *
 * A question goes out by a UDP socket, because that reaches servers on this host too; the offers are read
 * from a packet socket, because servers send them past the host's IP as well. Needs CAP_NET_RAW.
 */
#ifndef LASTWORDS_CLI_DOCTOR_DHCP_WIRE_H
#define LASTWORDS_CLI_DOCTOR_DHCP_WIRE_H

#include "base/err.h"
#include "dhcp_packet.h"

enum { DHCP_ANSWERS_MAX = 40 };

struct dhcp_answer {
	enum dhcp_kind kind;
	struct in_addr from; /* the packet's source */
	struct dhcp_offer offer;
};

struct dhcp_answers {
	struct dhcp_answer answer[DHCP_ANSWERS_MAX]; /* each once; more are dropped */
	size_t count;
};

/*
 * Sends each kind's DISCOVER, again after a third and two thirds of timeout_ms where nothing came, and waits for
 * offers: until each kind has one and second_ms have passed, timeout_ms at most. 0, or -1 with errno (EPERM,
 * EACCES: not allowed).
 */
int dhcp_wire_ask(struct err *err, const char *interface, const uint8_t mac[6], int timeout_ms,
    int second_ms, struct dhcp_answers *answers);

/*
 * Asks a proxy that has answered without a boot file for it (port 4011), and takes file and TFTP server into
 * the answer: the proxy itself, then by broadcast, which reaches one on this host too. 0, or -1: no answer
 * within timeout_ms.
 */
int dhcp_wire_boot(
    const char *interface, const uint8_t mac[6], int timeout_ms, struct dhcp_answer *answer);

#endif
