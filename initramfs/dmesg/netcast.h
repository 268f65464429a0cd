/* SPDX-License-Identifier: MIT */
/*
 * netcast: records as netconsole packets, for a server that HTTP does not reach.
 *
 * The extended format as the kernel sends it (Documentation/networking/netconsole.rst, and
 * send_ext_msg_udp): "PRIO,SEQ,USEC,-[,caller=T1];TEXT\n", at most 1000 bytes, longer ones as
 * fragments with ",ncfrag=OFFSET/TOTAL" in a repeated header. A first packet in the basic format,
 * "lastwords.session=ID\n", names the session that the packets belong to. None is acknowledged.
 */
#ifndef DMESG_NETCAST_H
#define DMESG_NETCAST_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "klog.h"

enum {
	NETCAST_PACKET = 1000, /* bytes of payload */
	NETCAST_BODY_MAX = 8192, /* bytes of an escaped text, as in the kernel; the rest is cut */
	NETCAST_PAUSE_US = 1000, /* between packets */
};

struct netcast {
	/* Sends one packet. 0, or -1: counted as failed, and the next one is tried. */
	int (*send)(void *arg, const char *packet, size_t len);
	void *arg;
	uint64_t packets, failed;
	char body[NETCAST_BODY_MAX];
};

void netcast_init(
    struct netcast *cast, int (*send)(void *arg, const char *packet, size_t len), void *arg);
/* The packet that names the session. */
void netcast_session(struct netcast *cast, const char *session);
/* A line of our own, "[lastwords: TEXT]", cut at 400 bytes; '?' for what is not printing ASCII. */
void netcast_note(struct netcast *cast, const char *text);
/* A sink: every record, and every hole as a line of our own, becomes packets. */
struct klog_sink netcast_sink(struct netcast *cast);

/* "10.77.0.1:6666" or "[fd00::1]:6666", numeric only. 0/-1. */
int netcast_address(struct err *err, const char *text, struct sockaddr_storage *to, socklen_t *len);

#endif
