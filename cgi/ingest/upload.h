/* SPDX-License-Identifier: MIT */
/*
 * upload: a dmesg into its session's directory (store/layout.h), and only whole: what is acknowledged has
 * been fsynced with its metadata file, what fails leaves nothing behind. Nothing is overwritten.
 */
#ifndef LASTWORDS_CGI_INGEST_UPLOAD_H
#define LASTWORDS_CGI_INGEST_UPLOAD_H

#include <stdint.h>

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"

/* The session has been verified. */
void upload_answer(struct site *site, const struct request *request, const struct session *session,
    int64_t now_ms, struct reply *reply);

#endif
