/* SPDX-License-Identifier: MIT */
/* session_script: answers GET …/session/ID.script, with which a machine fetches the script that it is to run. */
#ifndef LASTWORDS_CGI_BOOT_SESSION_SCRIPT_H
#define LASTWORDS_CGI_BOOT_SESSION_SCRIPT_H

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"

/* 1 if the path's last part asks for a script. */
int session_script_is(const char *name);
/*
 * 200 with the script, whose text is as secret as the session: 401 without a token, 403 with another's, 404
 * if the session is not this server's or has no script (boot/override.h), 503.
 */
void session_script_answer(
    struct site *site, const struct request *request, const char *name, struct reply *reply);

#endif
