/* SPDX-License-Identifier: MIT */
/*
 * server: which server this is, among those that share a central database: 16 random bytes, made once.
 *
 *   STATE/server.id   32 hex digits and a newline
 *
 * It is public. A copy of STATE has the same; such a copy needs one of its own (server_id_renew), because the
 * central database knows a server's events by their numbers.
 */
#ifndef LASTWORDS_SESSION_SERVER_H
#define LASTWORDS_SESSION_SERVER_H

#include "base/err.h"

enum { SERVER_ID_LEN = 32 };
#define SERVER_ID_FILE "server.id"

/* With create a missing one is made, as a secret is (base/secret.h). 0/-1. */
int server_id_load(struct err *err, const char *state, int create, char id[SERVER_ID_LEN + 1]);
/* Replaces it. 0/-1. */
int server_id_renew(struct err *err, const char *state, char id[SERVER_ID_LEN + 1]);

#endif
