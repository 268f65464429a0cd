/* SPDX-License-Identifier: MIT */
/*
 * ip: an IPv4 or IPv6 address as 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2); all zero: none.
 * Pure. No scope ids (%eth0): an interface's name means nothing to another kernel or host.
 */
#ifndef LASTWORDS_BASE_IP_H
#define LASTWORDS_BASE_IP_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { IP_TEXT = INET6_ADDRSTRLEN };

/* A numeric address, IPv6 without brackets. 0/-1; -1 leaves none in ip. */
int ip_parse(const char *text, struct in6_addr *ip);
/* text, which it fills in: 10.0.2.15 or fd00::1; "" for none. */
const char *ip_text(const struct in6_addr *ip, char text[IP_TEXT]);

int ip_is_none(const struct in6_addr *ip);
int ip_is_four(const struct in6_addr *ip);
int ip_is_link_local(const struct in6_addr *ip); /* fe80::/10; never IPv4 */
int ip_is_same(const struct in6_addr *a, const struct in6_addr *b);

/* AF_INET or AF_INET6. */
int ip_family(const struct in6_addr *ip);
/* Its 4 or 16 bytes in network byte order, and their number: what rtnetlink has. */
const uint8_t *ip_bytes(const struct in6_addr *ip, size_t *len);
/* An address of 4 or 16 bytes; none with another length. */
void ip_from_bytes(const void *bytes, size_t len, struct in6_addr *ip);

/* The socket address with this port (host byte order) and, for a link-local address, scope. Its length. */
socklen_t ip_socket(
    const struct in6_addr *ip, uint16_t port, unsigned scope, struct sockaddr_storage *out);

#endif
