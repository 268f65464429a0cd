/* SPDX-License-Identifier: MIT */
/*
 * address: hosts, ports and URLs as text. Pure; resolves no names.
 *
 * A host is a name or an address: [A-Za-z0-9.-]+, or [0-9a-fA-F:.]+ in brackets (RFC 3986, 3.2.2).
 */
#ifndef LASTWORDS_BASE_ADDRESS_H
#define LASTWORDS_BASE_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "err.h"

enum { ADDRESS_HOST_MAX = 253 };

/*
 * Splits "HOST:PORT", "[V6]:PORT" or "HOST" (*port stays as it was). host has no brackets. 0/-1.
 */
int address_split(
    struct err *err, const char *text, char host[ADDRESS_HOST_MAX + 1], uint16_t *port);

/*
 * Splits "SCHEME://HOST[:PORT][/PATH]"; a SCHEME other than scheme ("http", "udp") is an error. Without
 * a port *port stays as it was. *path (may be NULL) is set to the "/PATH" in url, or to its end. 0/-1.
 */
int address_split_url(struct err *err, const char *url, const char *scheme,
    char host[ADDRESS_HOST_MAX + 1], uint16_t *port, const char **path);

/*
 * Makes a socket address of a numeric host (IPv4 or IPv6, without brackets) and a port (host byte
 * order). 0, or -1 if host is not numeric.
 */
int address_numeric(struct err *err, const char *host, uint16_t port,
    struct sockaddr_storage *address, socklen_t *len);

/* The address of the Unix socket at path. 0, or -1: the path is too long for a socket. */
int address_unix(struct err *err, const char *path, struct sockaddr_un *address);

#endif
