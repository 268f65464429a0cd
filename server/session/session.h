/* SPDX-License-Identifier: MIT */
/*
 * session: one boot of one machine, and its id, which can be verified without a store.
 *
 *   id      MAC-TIME-PROFILE-CHECK, e.g. 525400a1b2c3-20261121T093612123-debian-5f3a9c01
 *           MAC: 12 hex digits, lower case. TIME: UTC, YYYYMMDDTHHMMSS and milliseconds.
 *           PROFILE: a name as profile_name_ok() allows it. CHECK: the first 4 bytes of
 *           HMAC-SHA256(key, "id " MAC-TIME-PROFILE) in hex.
 *
 * These are of one key alone; keys.h has those of a fleet, whose tokens are longer.
 *
 *   token   the first 16 bytes of HMAC-SHA256(key, "token " ID), 32 hex digits.
 *
 * The id is public (it is on the kernel's command line); the token is secret and only in the session
 * archive. It does not expire: a machine may run for years before it crashes. The key is enough to verify
 * both; machine, time and profile follow from the id. Ids of one machine sort by time. Source: RFC 2104, RFC 6234 (libnettle).
 */
#ifndef LASTWORDS_SESSION_SESSION_H
#define LASTWORDS_SESSION_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mac.h"

enum {
	SESSION_KEY_SIZE = 32, /* bytes */
	PROFILE_NAME_MAX = 32,
	SESSION_ID_MAX = 12 + 1 + 18 + 1 + PROFILE_NAME_MAX + 1 + 8, /* without NUL */
	SESSION_TOKEN_LEN = 32, /* of STATE/key */
	SESSION_TOKEN_MAX = 128, /* of STATE/keys/own (keys.h) */
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

/*
 * The MAC of no machine (locally administered): of what `lastwords doctor` sends itself. Sessions of it are
 * made by the doctor only, which has the key; boot requests of it are answered without a session. Their
 * files are in STATE/run/probe (store/layout.h), and neither journal, index, hook nor syslog get to know
 * of them.
 */
#define SESSION_PROBE_MAC "02:00:00:00:00:00"
int session_mac_is_probe(const uint8_t mac[6]);
int session_id_is_probe(const char *id);

/* [a-z0-9_] and, not first, '-' and '.'; 1 to 32 characters. */
int profile_name_ok(const char *name);

/* Fills in a session's id. */
void session_mint(const struct session_key *key, const uint8_t mac[6], int64_t time_ms,
    const char *profile, struct session *session);
/* Splits an id (len bytes of text) without verifying CHECK. 0, or -1 if it is not an id. */
int session_parse(struct err *err, const char *id, size_t len, struct session *session);
/* As session_parse, and verifies CHECK: -1 "not a session of this server" if it is wrong. */
int session_verify(struct err *err, const struct session_key *key, const char *id, size_t len,
    struct session *session);
/* 1 if CHECK of an id that session_parse took is the key's. */
int session_check_ok(const struct session_key *key, const char *id);
void session_token(
    const struct session_key *key, const char *id, char token[SESSION_TOKEN_LEN + 1]);
/* Compares in constant time. 1 if token is the token of id. */
int session_token_ok(const struct session_key *key, const char *id, const char *token);

/*
 * Reads the key from path (64 hex digits and a newline, mode 0600). With create a missing file is
 * made by getrandom(2); several makers at once get the same key. 0/-1.
 */
int session_key_load(struct err *err, const char *path, int create, struct session_key *key);

#endif
