/* SPDX-License-Identifier: MIT */
/*
 * csrf: the token of a form, without which nothing changes: another site can make a person's browser send
 * a form with that person's password, but cannot read the page that has the token. Pure.
 *
 * It is HMAC-SHA256(the server's key, "web USER DAY"), 32 hex digits, and valid on its day and the next, UTC.
 */
#ifndef LASTWORDS_CGI_WEB_CSRF_H
#define LASTWORDS_CGI_WEB_CSRF_H

#include <stdint.h>

#include "session/session.h"

enum { CSRF_TOKEN_LEN = 32 };

void csrf_token(const struct session_key *key, const char *user, int64_t now_ms,
    char token[CSRF_TOKEN_LEN + 1]);
/* 1 if it is the token of this user today or yesterday. Compares in constant time. */
int csrf_ok(const struct session_key *key, const char *user, int64_t now_ms, const char *token);

#endif
