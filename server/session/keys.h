/* SPDX-License-Identifier: MIT */
/*
 * keys: the keys with which this server makes sessions, and those by which it knows other servers' sessions: a
 * machine may upload to any server of a fleet.
 *
 *   STATE/key           the server's secret (session.h); alone, it makes all ids and tokens
 *   STATE/keys/own      32 bytes, a seed of Ed25519, as a secret (base/secret.h): from now on it makes them
 *   STATE/keys/ID.pub   the public key of the server ID (server.h): 64 hex digits and a newline
 *
 * With keys/own an id's CHECK is made as session.h says, of SHA-256("lastwords id" PUBLIC-KEY) in place of the
 * secret: each server of the fleet can verify it, and strangers, who have no public keys, cannot. The token is the
 * Ed25519 signature of "token " ID, 128 hex digits: each server can verify it, and only its owner make it. So a
 * stolen server cannot make sessions of others; removing its ID.pub everywhere ends its own.
 *
 * What STATE/key has made stays valid on this server. Source: RFC 8032 (libhogweed).
 */
#ifndef LASTWORDS_SESSION_KEYS_H
#define LASTWORDS_SESSION_KEYS_H

#include <time.h>

#include "base/file.h"
#include "session.h"

#define SESSION_KEYS_DIR "keys"
#define SESSION_KEYS_OWN "keys/own"

enum {
	SESSION_PUBLIC_SIZE = 32, /* bytes, of the seed too */
	SESSION_KEYS_MAX = 1024,
	/* comparisons with others' keys in a second, for ids that none of them has made (some 50 ms): after that, ids
	 * are only compared with our own keys, and the last that matched */
	SESSION_KEYS_MISSES = 50000,
	SESSION_KEYS_BUSY = -2,
};

struct session_public; /* a public key */

struct session_keys {
	char state[FILE_PATH_MAX]; /* "": there is only the old key */
	struct session_key old;
	int has_own; /* the first of ring */
	uint8_t seed[SESSION_PUBLIC_SIZE];
	struct session_public *ring;
	size_t count, last; /* last: the one that matched last */
	int64_t looked_at; /* monotonic, ms */
	struct timespec changed; /* of the directory */
	int settled; /* it cannot have changed since without another time */
	size_t misses; /* in this second */
};

/*
 * Reads them; create: STATE/key is made if it is missing. 0, or -1 without STATE/key. Broken keys in STATE/keys are
 * passed over: `lastwords fsck` finds them. What changes there is read again, at most once a second.
 */
int session_keys_load(struct err *err, const char *state, int create, struct session_keys *keys);
/* Only the old key. */
void session_keys_of(struct session_keys *keys, const struct session_key *old);
void session_keys_free(struct session_keys *keys);

/* Makes STATE/keys/own if it is missing. 0/-1. */
int session_keys_make(struct err *err, const char *state);
/* The server becomes another one: its public key becomes ID.pub, id being the former, and it gets a new own. 0/-1. */
int session_keys_renew(struct err *err, const char *state, const char *id);
/* The public key of STATE/keys/own. 0/-1. */
int session_keys_public(struct err *err, const char *state, uint8_t public[SESSION_PUBLIC_SIZE]);
/* 1 if a file of STATE/keys has the name of a public key; id is set. */
int session_keys_is_public(const char *name, char id[33]);

/* As session_mint, session_verify and session_token_ok, with the key that it takes. */
void session_keys_mint(struct session_keys *keys, const uint8_t mac[6], int64_t time_ms,
    const char *profile, struct session *session);
int session_keys_verify(struct err *err, struct session_keys *keys, const char *id, size_t len,
    struct session *session);
int session_keys_token_ok(struct session_keys *keys, const char *id, const char *token);
/* 0, or -1: the session is of another server, and token is "". */
int session_keys_token(
    struct session_keys *keys, const char *id, char token[SESSION_TOKEN_MAX + 1]);

#endif
