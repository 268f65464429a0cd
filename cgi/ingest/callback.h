/* SPDX-License-Identifier: MIT */
/*
 * callback: a machine's word about its own session, into the journal. Events: running (with armed=
 * it becomes two entries, "armed" or "not-armed", and "running"), armed, not-armed, died (by the
 * capture kernel), event. Values are cut to CALLBACK_VALUE_MAX bytes (text: CALLBACK_TEXT_MAX); only callback.c's keys are kept.
 */
#ifndef LASTWORDS_CGI_INGEST_CALLBACK_H
#define LASTWORDS_CGI_INGEST_CALLBACK_H

#include <stdint.h>

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"

enum { CALLBACK_BODY_MAX = 8192, CALLBACK_VALUE_MAX = 256, CALLBACK_TEXT_MAX = 700 };
enum { CALLBACK_AGO_MAX_MS = 3600000 }; /* a death is at most so long before its report */

/* query: the event for a GET; NULL: it is in the body. The session has been verified. */
void callback_answer(struct site *site, const struct request *request, const struct kv *query,
    const struct session *session, int64_t now_ms, struct reply *reply);

#endif
