/* SPDX-License-Identifier: MIT */
/* access: the session of a request and its token; see access.h. */
#include "access.h"

#include <string.h>
#include <strings.h>

/* NULL if the request has no token. */
static const char *access_token(const struct request *request, const struct kv *query)
{
	const char *text = request->authorization;

	if (strncasecmp(text, "Bearer ", 7) == 0)
		return text + 7 + strspn(text + 7, " ");
	if (request->token[0])
		return request->token;
	return query ? kv_get(query, "token") : NULL;
}

int access_session(struct site *site, const struct request *request, const char *id, size_t len,
    const struct kv *query, struct session *session, struct reply *reply)
{
	const char *token;
	struct err err;
	int bad;

	if (!site->loaded || site_key(&err, site)) {
		reply_warn(reply, site->loaded ? &err : &site->error);
		reply_error(reply, 503, "the server cannot verify sessions now");
		return -1;
	}
	bad = session_keys_verify(&err, &site->keys, id, len, session);
	if (bad) {
		/* (a machine would give up on this server after a 404) */
		reply_error(reply, bad == SESSION_KEYS_BUSY ? 503 : 404, "%s", err.msg);
		return -1;
	}
	token = access_token(request, query);
	if (!token) {
		reply_error(reply, 401, "needs Authorization: Bearer TOKEN or Lastwords-Token");
		return -1;
	}
	if (!session_keys_token_ok(&site->keys, session->id, token)) {
		reply_error(reply, 403, "not the token of this session");
		return -1;
	}
	return 0;
}
