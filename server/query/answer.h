/* SPDX-License-Identifier: MIT */
/* answer: the query that a request (request.h) names, made here: for the program that was asked. */
#ifndef LASTWORDS_QUERY_ANSWER_H
#define LASTWORDS_QUERY_ANSWER_H

#include "request.h"

/* The query's document, as query.h's functions return it. query->now_ms is set to the request's, if it has one. */
json_t *query_answer(struct err *err, struct query *query, const struct request *request);

#endif
