/* SPDX-License-Identifier: MIT */
/*
 * request: a query as JSON, so that another program can answer it: `lastwords-relay ask`, which reads the central
 * database. The object has "query", "now" (milliseconds), and what the query takes, by the names of query.h, those of
 * struct query_filter in "filter" and those of struct query_list in "list"; what is 0, NULL or "" is left out:
 *
 *   groups, crashes     filter                       sessions, machines   list
 *   group               signature                    machine              mac
 *   rates               by, filter                   fleet, overview
 *   diff                a, b                         events               event, session, until_ms, limit
 *   session             session                      log                  session, name, from, count
 *   newest              a (like), b (machine)
 */
#ifndef LASTWORDS_QUERY_REQUEST_H
#define LASTWORDS_QUERY_REQUEST_H

#include "query.h"

struct request {
	const char *query;
	int64_t now_ms, until_ms, from;
	int limit, count;
	const char *signature, *by, *a, *b, *session, *name, *mac, *event;
	struct query_filter filter;
	struct query_list list;
};

enum { REQUEST_MAX = 64 << 10 }; /* bytes of JSON */

/* A new reference; NULL: out of memory. */
json_t *request_encode(const struct request *request);
/* The texts are the JSON's. 0, or -1: not of that form. */
int request_decode(struct err *err, const json_t *json, struct request *request);

#endif
