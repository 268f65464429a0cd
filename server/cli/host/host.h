/* SPDX-License-Identifier: MIT */
/* host: what commands ask of the host they run on: its server, its resolver. */
#ifndef LASTWORDS_CLI_HOST_H
#define LASTWORDS_CLI_HOST_H

#include "base/err.h"
#include "base/file.h"

/* 1 if a collector runs on this STATE: it brings the index up to date itself. */
int host_collector_runs(const char *state);
/* For a command that cannot work without it: a server that was just started may need a moment, 5 s at most.
 * 0/-1. */
int host_wait_for_server(struct err *err, const char *state);

/* The first address of a host name, as numeric text; family AF_INET or AF_UNSPEC. 0/-1. */
int host_resolve(struct err *err, const char *host, int family, char address[64]);

#endif
