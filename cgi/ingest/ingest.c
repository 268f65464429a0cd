/* SPDX-License-Identifier: MIT */
/* ingest: passes uploads and callbacks on, if the sender has the session's token; see ingest.h. */
#include "ingest.h"

#include <string.h>

#include "callback.h"
#include "cgi/http/access.h"
#include "firmware.h"
#include "upload.h"

/* 1 if the web server asks, from the head alone, whether it may read the body (a FastCGI authorizer). */
static int ingest_asks_first(const struct request *request)
{
	const char *role = request->variable("FCGI_ROLE");

	return role && strcmp(role, "AUTHORIZER") == 0;
}

void ingest_answer(
    struct site *site, const struct request *request, int64_t now_ms, struct reply *reply)
{
	const char *crash = request_path_after(request, "crash");
	const char *callback = request_path_after(request, "callback");
	int get = strcmp(request->method, "GET") == 0;
	int post = strcmp(request->method, "POST") == 0;
	int put = strcmp(request->method, "PUT") == 0;
	char text[REQUEST_QUERY_MAX + 1];
	struct session session;
	struct kv query;
	int firmware;

	reply_init(reply);
	if (crash && (put || post)) {
		if (access_session(site, request, crash, strlen(crash), NULL, &session, reply) ==
			0 &&
		    !ingest_asks_first(request))
			upload_answer(site, request, &session, now_ms, reply);
	} else if (callback && (get || post)) {
		request_query(request->query, text, &query);
		firmware = post && firmware_is(&query);
		if (access_session(site, request, callback, strlen(callback),
			get || firmware ? &query : NULL, &session, reply) ||
		    ingest_asks_first(request))
			return;
		if (firmware)
			firmware_answer(site, request, &session, now_ms, reply);
		else
			callback_answer(
			    site, request, get ? &query : NULL, &session, now_ms, reply);
	} else if (crash || callback) {
		reply_error(reply, 405, "%s", crash ? "PUT or POST" : "POST or GET");
	} else {
		reply_error(reply, 404, "only /crash/SESSION and /callback/SESSION are here");
	}
}
