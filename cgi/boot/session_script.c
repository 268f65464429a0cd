/* SPDX-License-Identifier: MIT */
/* session_script: a session's script; see session_script.h. */
#include "session_script.h"

#include <errno.h>
#include <string.h>

#include "boot/override.h"
#include "cgi/http/access.h"

static const char suffix[] = ".script";

int session_script_is(const char *name)
{
	size_t len = strlen(name), n = sizeof(suffix) - 1;

	return len > n && strcmp(name + len - n, suffix) == 0;
}

void session_script_answer(
    struct site *site, const struct request *request, const char *name, struct reply *reply)
{
	char query[REQUEST_QUERY_MAX + 1];
	struct session session;
	struct err err;
	struct kv kv;
	int fd;

	request_query(request->query, query, &kv);
	if (access_session(
		site, request, name, strlen(name) - (sizeof(suffix) - 1), &kv, &session, reply))
		return;
	fd = override_script_open(&err, site->config.state, &session, &reply->file_len);
	if (fd >= 0) {
		reply->has_file = 1;
		reply->file = fd;
		reply->type = "application/octet-stream";
	} else if (errno == ENOENT) {
		reply_error(reply, 404, "the session has no script");
	} else {
		reply_warn(reply, &err);
		reply_error(reply, 503, "the script cannot be read now");
	}
}
