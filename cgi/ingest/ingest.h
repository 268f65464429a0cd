/* SPDX-License-Identifier: MIT */
/*
 * ingest: what a booted or crashed machine sends about its session (session/conf.h has the forms).
 *
 *   PUT|POST …/crash/ID        the dmesg: 201 with its SHA-256, 200 for the same bytes again
 *   POST|GET …/callback/ID     an event: 200 "ok"
 *
 * What `lastwords doctor` sends itself (session/session.h) is not in the journal.
 *
 * 4xx with one line of reason for what the machine did wrong; 507 when the disk is full and 503 for
 * what else is wrong here: both are worth a try later. SQLite is never touched: files are the truth.
 */
#ifndef LASTWORDS_CGI_INGEST_H
#define LASTWORDS_CGI_INGEST_H

#include <stdint.h>

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"

/* site has been refreshed for now_ms (milliseconds since 1970). Never fails. */
void ingest_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply);

#endif
