/* SPDX-License-Identifier: MIT */
/*
 * firmware: what firmware and iPXE printed (iPXE's ${dmesg}, 2026-07 and later), which the boot script sends before
 * it boots, and when a step has failed: POST /callback/SESSION?token=TOKEN&event=firmware, with the form
 * "text=…" (percent-encoded) as its body. The reply is 200 "ok" whatever becomes of it: a boot never depends on it.
 *
 * The last FIRMWARE_TEXT_MAX bytes are a file of the session, four different ones at most. Of a machine that
 * the server has no logs of (strangers.h) the end is an event of the journal instead, within the quota for strangers.
 */
#ifndef LASTWORDS_CGI_INGEST_FIRMWARE_H
#define LASTWORDS_CGI_INGEST_FIRMWARE_H

#include <stdint.h>

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"

enum {
	FIRMWARE_BODY_MAX = 256 << 10, /* bytes of the request; more is refused */
	FIRMWARE_TEXT_MAX = 64 << 10,
	FIRMWARE_EVENT_MAX = 700,
};

/* 1 if the query is that of such a request, whose token may be in it. */
int firmware_is(const struct kv *query);
/* The session has been verified. */
void firmware_answer(struct site *site, const struct request *request,
    const struct session *session, int64_t now_ms, struct reply *reply);

#endif
