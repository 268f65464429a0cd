/* SPDX-License-Identifier: MIT */
/* ingest: who speaks, of which session, and may they; see ingest.h. */
#include "ingest.h"

#include <string.h>

#include "callback.h"
#include "upload.h"

/* 0, or -1 with the reply made. */
static int ingest_session(struct site *site, const struct request *request, const char *id,
    const struct kv *query, struct session *session, struct reply *reply)
{
	const char *token;
	struct err err;

	if (!site->loaded || site_key(&err, site)) {
		reply_warn(reply, site->loaded ? &err : &site->error);
		reply_error(reply, 503, "the server cannot verify sessions now");
		return -1;
	}
	if (session_verify(&err, &site->key, id, strlen(id), session)) {
		reply_error(reply, 404, "%s", err.msg);
		return -1;
	}
	token = request_token(request, query);
	if (!token) {
		reply_error(reply, 401, "needs Authorization: Bearer TOKEN or Lastwords-Token");
		return -1;
	}
	if (!session_token_ok(&site->key, session->id, token)) {
		reply_error(reply, 403, "not the token of this session");
		return -1;
	}
	return 0;
}

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

	reply_init(reply);
	if (crash && (put || post)) {
		if (ingest_session(site, request, crash, NULL, &session, reply) == 0 &&
		    !ingest_asks_first(request))
			upload_answer(site, request, &session, now_ms, reply);
	} else if (callback && (get || post)) {
		request_query(request->query, text, &query);
		if (ingest_session(site, request, callback, get ? &query : NULL, &session, reply) ==
			0 &&
		    !ingest_asks_first(request))
			callback_answer(
			    site, request, get ? &query : NULL, &session, now_ms, reply);
	} else if (crash || callback) {
		reply_error(reply, 405, "%s", crash ? "PUT or POST" : "POST or GET");
	} else {
		reply_error(reply, 404, "only /crash/SESSION and /callback/SESSION are here");
	}
}
