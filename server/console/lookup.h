/* SPDX-License-Identifier: MIT */
/*
 * lookup: the address of a host's name. A thread of libc asks for it (getaddrinfo_a), because a resolver may take
 * minutes, in which every other console would stand still. One name at a time. Its memory must stay as long as
 * lookup_is_busy.
 */
#ifndef CONSOLE_LOOKUP_H
#define CONSOLE_LOOKUP_H

#include <netdb.h>

#include "base/address.h"

enum { LOOKUP_ADDRESS_MAX = 64 };

struct lookup {
	char host[ADDRESS_HOST_MAX + 1]; /* "": none was asked for */
	struct gaicb request;
	struct addrinfo hints;
};

/* Begins to ask for host; goes on if that has begun already. 0/-1. */
int lookup_begin(struct err *err, struct lookup *lookup, const char *host);
/* 1: address is its numeric address, without brackets; 0: not known yet; -1: it has none. */
int lookup_end(struct err *err, struct lookup *lookup, char address[LOOKUP_ADDRESS_MAX]);
int lookup_is_busy(struct lookup *lookup);

#endif
