/* SPDX-License-Identifier: MIT */
/*
 * answer: from a request for a page to its answer, by one table of routes (answer.c): each has the document that query.h
 * gives (document.c) and a template, or an answer of its own.
 */
#ifndef LASTWORDS_WEB_ANSWER_H
#define LASTWORDS_WEB_ANSWER_H

#include "cgi/http/request.h"
#include "cgi/http/sink.h"
#include "cgi/http/site.h"

/* fastcgi.h's sink. */
void web_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct sink *sink);

#endif
