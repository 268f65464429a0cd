/* SPDX-License-Identifier: MIT */
/*
 * session: one boot of one machine, and how its id explains itself.
 *
 *   id      MAC-TIME-PROFILE-CHECK, e.g. 525400a1b2c3-20261121T093612123-debian-5f3a9c01
 *           MAC: 12 hex digits, lower case. TIME: UTC, YYYYMMDDTHHMMSS and milliseconds.
 *           PROFILE: a name as profile_name_ok() allows it. CHECK: the first 4 bytes of
 *           HMAC-SHA256(key, "id " MAC-TIME-PROFILE) in hex.
 *   token   the first 16 bytes of HMAC-SHA256(key, "token " ID), 32 hex digits.
 *
 * The id is public (it stands on the kernel's command line); the token is secret and goes only into
 * the session archive. Anybody who has the key verifies both without a store, and knows machine,
 * time and profile from the id alone. Ids of one machine sort by time. Source: RFC 2104, RFC 6234
 * (libnettle).
 */
#ifndef LASTWORDS_SESSION_H
#define LASTWORDS_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mac.h"

enum {
	SESSION_KEY_SIZE = 32, /* bytes */
	PROFILE_NAME_MAX = 32,
	SESSION_ID_MAX = 12 + 1 + 18 + 1 + PROFILE_NAME_MAX + 1 + 8, /* without NUL */
	SESSION_TOKEN_LEN = 32,
};

struct session_key {
	uint8_t bytes[SESSION_KEY_SIZE];
};

struct session {
	uint8_t mac[6];
	int64_t time_ms; /* UTC, milliseconds since 1970 */
	char profile[PROFILE_NAME_MAX + 1];
	char id[SESSION_ID_MAX + 1];
};

/* [a-z0-9_] and, not first, '-' and '.'; 1 to 32 characters. */
int profile_name_ok(const char *name);

/* Fills in a session's id. */
void session_mint(const struct session_key *key, const uint8_t mac[6], int64_t time_ms,
    const char *profile, struct session *session);
/* Takes an id (len bytes of text) apart without looking at CHECK. 0, or -1 if it is no id. */
int session_parse(struct err *err, const char *id, size_t len, struct session *session);
/* As session_parse, and CHECK must be ours: -1 "not a session of this server" otherwise. */
int session_verify(struct err *err, const struct session_key *key, const char *id, size_t len,
    struct session *session);
void session_token(
    const struct session_key *key, const char *id, char token[SESSION_TOKEN_LEN + 1]);
/* Compares in constant time. 1 if token is the token of id. */
int session_token_ok(const struct session_key *key, const char *id, const char *token);

/*
 * Reads the key from path (64 hex digits and a newline, mode 0600); makes it with getrandom(2) if
 * the file does not exist and create is set. Two makers at once agree on one key. 0/-1.
 */
int session_key_load(struct err *err, const char *path, int create, struct session_key *key);

#endif
