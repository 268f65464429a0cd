/* SPDX-License-Identifier: MIT */
/* ask: a query answered by another program, which reads the central database. Private to this room. */
#ifndef LASTWORDS_QUERY_ASK_H
#define LASTWORDS_QUERY_ASK_H

#include "request.h"

/* Exit codes of `lastwords-relay ask`. */
enum { ASK_OK = 0, ASK_FAULT = 1, ASK_USAGE = 2, ASK_MISSING = 4, ASK_AWAY = 5 };

/*
 * Asks the centre, if query->central is set. 1: *document is the answer, or NULL with err (and query->missing) set, as
 * query.h's functions return it. 0: to be answered from the index: there is no central, or it is away and
 * central->local has opened the index instead.
 */
int query_ask(
    struct err *err, struct query *query, const struct request *request, json_t **document);

#endif
