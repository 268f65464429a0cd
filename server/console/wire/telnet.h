/* SPDX-License-Identifier: MIT */
/*
 * telnet: the telnet protocol of a console server (RFC 854, 856, 858), as much as carries bytes and a break.
 * A break is RFC 2217's where the server takes that option, else IAC BRK. Pure: bytes in, bytes and a reply out.
 */
#ifndef CONSOLE_WIRE_TELNET_H
#define CONSOLE_WIRE_TELNET_H

#include <stddef.h>
#include <stdint.h>

enum { TELNET_REPLY_MAX = 256, TELNET_BREAK_MAX = 16 };

struct telnet {
	int state; /* of the parser */
	unsigned char verb; /* DO, DONT, WILL, WONT */
	int com_port; /* the server takes RFC 2217 */
	unsigned char
	    asked[32]; /* options that were answered: one bit for each, so that no loop begins */
};

void telnet_init(struct telnet *telnet);
/* What a client sends first. Returns its length. */
size_t telnet_hello(unsigned char reply[TELNET_REPLY_MAX]);
/*
 * Takes the protocol out of bytes, in place: returns how many are data. reply gets what must be sent back,
 * *reply_len its length; further requests in the same bytes go unanswered when it is full.
 */
size_t telnet_receive(struct telnet *telnet, char *bytes, size_t len,
    unsigned char reply[TELNET_REPLY_MAX], size_t *reply_len);
/* Data to be sent: every byte 255 twice. out has room for 2 * len. Returns its length. */
size_t telnet_send(const char *bytes, size_t len, char *out);
/* What begins a break, and with RFC 2217 what ends it some 300 ms later (else 0 bytes). Their lengths. */
size_t telnet_break(const struct telnet *telnet, int begin, unsigned char out[TELNET_BREAK_MAX]);

#endif
