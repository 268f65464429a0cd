/* SPDX-License-Identifier: MIT */
/* access: the session of which a request speaks, and whether it may: the sender must have its token. */
#ifndef LASTWORDS_CGI_HTTP_ACCESS_H
#define LASTWORDS_CGI_HTTP_ACCESS_H

#include "reply.h"
#include "request.h"
#include "site.h"

/*
 * id: of len bytes, as the path has it. The token is that of the headers, else the query's (iPXE can send no
 * header; query may be NULL). 0; or -1 with the reply made: 503 (no key), 404 (not a session of this server),
 * 401 (no token), 403 (another's).
 */
int access_session(struct site *site, const struct request *request, const char *id, size_t len,
    const struct kv *query, struct session *session, struct reply *reply);

#endif
