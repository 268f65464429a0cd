/* SPDX-License-Identifier: MIT */
/* keys: the keys of this server and its fleet; see keys.h. */
#include "keys.h"

#include <errno.h>
#include <nettle/eddsa.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/secret.h"
#include "server.h"

enum {
	KEYS_LOOK_MS = 1000,
	KEYS_RACY_S =
	    2, /* a directory that changed so lately may change again without another time */
	KEYS_MESSAGE = 6 + SESSION_ID_MAX,
};

struct session_public {
	uint8_t bytes[SESSION_PUBLIC_SIZE];
	struct session_key check; /* of ids */
};

/* --- the ring --------------------------------------------------------------------------------------- */

static void public_of(struct session_public *public, const uint8_t bytes[SESSION_PUBLIC_SIZE])
{
	static const char label[] = "lastwords id";
	struct sha256_ctx hash;

	memcpy(public->bytes, bytes, sizeof(public->bytes));
	sha256_init(&hash);
	sha256_update(&hash, sizeof(label) - 1, (const uint8_t *)label);
	sha256_update(&hash, SESSION_PUBLIC_SIZE, bytes);
	sha256_digest(&hash, sizeof(public->check.bytes), public->check.bytes);
}

static int keys_add(
    struct session_keys *keys, size_t *room, const uint8_t bytes[SESSION_PUBLIC_SIZE])
{
	struct session_public *ring;
	struct err ignored;

	if (keys->count == SESSION_KEYS_MAX)
		return -1;
	ring = array_grow(&ignored, keys->ring, room, keys->count, sizeof(*ring));
	if (!ring)
		return -1;
	keys->ring = ring;
	public_of(&ring[keys->count++], bytes);
	return 0;
}

int session_keys_is_public(const char *name, char id[33])
{
	if (strspn(name, HEX_DIGITS) != SERVER_ID_LEN || strcmp(name + SERVER_ID_LEN, ".pub") != 0)
		return 0;
	memcpy(id, name, SERVER_ID_LEN);
	id[SERVER_ID_LEN] = '\0';
	return 1;
}

static int keys_is_public(const struct dirent *entry)
{
	char id[SERVER_ID_LEN + 1];

	return session_keys_is_public(entry->d_name, id);
}

/* 1 if the last error was a shortage, which passes. */
static int keys_are_short(void)
{
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO;
}

/* Reads STATE/keys again. 0, or -1 if a shortage kept some from being read. */
static int keys_read(struct session_keys *keys)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	uint8_t bytes[SESSION_PUBLIC_SIZE];
	struct dirent **names = NULL;
	struct err ignored;
	size_t room = 0;
	int n, is_short = 0;

	free(keys->ring);
	keys->ring = NULL;
	keys->count = keys->last = 0;
	keys->has_own = 0;
	if (file_path(&ignored, keys->state, SESSION_KEYS_DIR, dir) ||
	    file_path(&ignored, keys->state, SESSION_KEYS_OWN, path))
		return 0;
	errno = 0;
	if (secret_load(&ignored, path, 0, keys->seed, sizeof(keys->seed)) == 0) {
		ed25519_sha512_public_key(bytes, keys->seed);
		keys->has_own = keys_add(keys, &room, bytes) == 0;
	} else {
		is_short |= keys_are_short();
	}
	errno = 0;
	n = file_list(&ignored, dir, keys_is_public, &names);
	is_short |= n < 0 && keys_are_short();
	for (int i = 0; i < n; i++) {
		errno = 0;
		if (file_path(&ignored, dir, names[i]->d_name, path) == 0 &&
		    secret_load(&ignored, path, 0, bytes, sizeof(bytes)) == 0)
			(void)keys_add(keys, &room, bytes);
		else
			is_short |= keys_are_short();
	}
	file_list_free(names, n < 0 ? 0 : n);
	return is_short ? -1 : 0;
}

/* Reads them if they changed. */
static void keys_refresh(struct session_keys *keys)
{
	int64_t now = clock_monotonic();
	char dir[FILE_PATH_MAX];
	struct stat st;
	struct err ignored;

	if (!keys->state[0] || (keys->looked_at && now - keys->looked_at < KEYS_LOOK_MS))
		return;
	keys->looked_at = now;
	keys->misses = 0;
	if (file_path(&ignored, keys->state, SESSION_KEYS_DIR, dir) || stat(dir, &st))
		memset(&st, 0, sizeof(st));
	if (keys->settled && st.st_mtim.tv_sec == keys->changed.tv_sec &&
	    st.st_mtim.tv_nsec == keys->changed.tv_nsec)
		return;
	keys->changed = st.st_mtim;
	keys->settled = time(NULL) - st.st_mtim.tv_sec > KEYS_RACY_S;
	if (keys_read(keys))
		keys->settled = 0;
}

void session_keys_of(struct session_keys *keys, const struct session_key *old)
{
	memset(keys, 0, sizeof(*keys));
	keys->old = *old;
}

int session_keys_load(struct err *err, const char *state, int create, struct session_keys *keys)
{
	char path[FILE_PATH_MAX];

	memset(keys, 0, sizeof(*keys));
	if (file_path(err, state, "key", path) || session_key_load(err, path, create, &keys->old))
		return -1;
	snprintf(keys->state, sizeof(keys->state), "%s", state);
	keys_refresh(keys);
	return 0;
}

void session_keys_free(struct session_keys *keys)
{
	free(keys->ring);
	memset(keys, 0, sizeof(*keys));
}

/* --- the own key ------------------------------------------------------------------------------------ */

int session_keys_make(struct err *err, const char *state)
{
	uint8_t seed[SESSION_PUBLIC_SIZE];
	char path[FILE_PATH_MAX];

	if (file_path(err, state, SESSION_KEYS_DIR, path))
		return -1;
	if (mkdir(path, 0750) && errno != EEXIST)
		return err_errno(err, "cannot make %s", path);
	return file_path(err, state, SESSION_KEYS_OWN, path) ||
		       secret_load(err, path, 1, seed, sizeof(seed))
		   ? -1
		   : 0;
}

int session_keys_public(struct err *err, const char *state, uint8_t public[SESSION_PUBLIC_SIZE])
{
	uint8_t seed[SESSION_PUBLIC_SIZE];
	char path[FILE_PATH_MAX];

	if (file_path(err, state, SESSION_KEYS_OWN, path) ||
	    secret_load(err, path, 0, seed, sizeof(seed)))
		return -1;
	ed25519_sha512_public_key(public, seed);
	return 0;
}

int session_keys_renew(struct err *err, const char *state, const char *id)
{
	char name[SERVER_ID_LEN + 16], path[FILE_PATH_MAX];
	uint8_t public[SESSION_PUBLIC_SIZE];

	if (session_keys_public(err, state, public) == 0) {
		snprintf(name, sizeof(name), SESSION_KEYS_DIR "/%.32s.pub", id);
		if (file_path(err, state, name, path) ||
		    secret_write(err, path, public, sizeof(public)))
			return -1;
	}
	if (file_path(err, state, SESSION_KEYS_OWN, path))
		return -1;
	if (unlink(path) && errno != ENOENT)
		return err_errno(err, "%s", path);
	return session_keys_make(err, state);
}

/* --- ids -------------------------------------------------------------------------------------------- */

void session_keys_mint(struct session_keys *keys, const uint8_t mac[6], int64_t time_ms,
    const char *profile, struct session *session)
{
	keys_refresh(keys);
	session_mint(
	    keys->has_own ? &keys->ring[0].check : &keys->old, mac, time_ms, profile, session);
}

/* 1 if the key at place i has made the id; what is after it last matched. */
static int keys_match(struct session_keys *keys, size_t i, const char *id)
{
	if (i >= keys->count || !session_check_ok(&keys->ring[i].check, id))
		return 0;
	keys->last = i;
	return 1;
}

/* The public key that has made the id; NULL: none. */
static const struct session_public *keys_find(struct session_keys *keys, const char *id)
{
	if (keys_match(keys, 0, id) || keys_match(keys, keys->last, id))
		return &keys->ring[keys->last];
	if (keys->count < 2 || keys->misses >= SESSION_KEYS_MISSES)
		return NULL;
	for (size_t i = 1; i < keys->count; i++)
		if (keys_match(keys, i, id))
			return &keys->ring[i];
	keys->misses += keys->count;
	return NULL;
}

int session_keys_verify(
    struct err *err, struct session_keys *keys, const char *id, size_t len, struct session *session)
{
	if (session_parse(err, id, len, session))
		return -1;
	keys_refresh(keys);
	if (session_check_ok(&keys->old, session->id) || keys_find(keys, session->id))
		return 0;
	if (keys->count > 1 && keys->misses >= SESSION_KEYS_MISSES) {
		err_set(err, "too many unknown sessions; try again in a second");
		return SESSION_KEYS_BUSY;
	}
	return err_set(err, "not a session of this server");
}

/* --- tokens ----------------------------------------------------------------------------------------- */

static size_t token_message(const char *id, uint8_t message[KEYS_MESSAGE + 1])
{
	return (size_t)snprintf((char *)message, KEYS_MESSAGE + 1, "token %s", id);
}

int session_keys_token(struct session_keys *keys, const char *id, char token[SESSION_TOKEN_MAX + 1])
{
	uint8_t message[KEYS_MESSAGE + 1], signature[ED25519_SIGNATURE_SIZE];

	token[0] = '\0';
	keys_refresh(keys);
	if (session_check_ok(&keys->old, id)) {
		session_token(&keys->old, id, token);
		return 0;
	}
	if (!keys->has_own || !session_check_ok(&keys->ring[0].check, id))
		return -1;
	ed25519_sha512_sign(
	    keys->ring[0].bytes, keys->seed, token_message(id, message), message, signature);
	hex_text(signature, sizeof(signature), token);
	return 0;
}

/* The signature that a token of 128 hex digits is. 0/-1. */
static int token_signature(const char *token, uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	if (strlen(token) != SESSION_TOKEN_MAX)
		return -1;
	for (size_t i = 0; i < ED25519_SIGNATURE_SIZE; i++) {
		int byte = hex_byte(token + 2 * i);

		if (byte < 0)
			return -1;
		signature[i] = (uint8_t)byte;
	}
	return 0;
}

int session_keys_token_ok(struct session_keys *keys, const char *id, const char *token)
{
	uint8_t message[KEYS_MESSAGE + 1], signature[ED25519_SIGNATURE_SIZE];
	const size_t len = strnlen(id, SESSION_ID_MAX + 1);

	if (len > SESSION_ID_MAX)
		return 0;
	keys_refresh(keys);
	if (session_check_ok(&keys->old, id) && session_token_ok(&keys->old, id, token))
		return 1;
	if (token_signature(token, signature))
		return 0;
	/* (two keys may have the same 4 bytes of CHECK) */
	for (size_t i = 0; i < keys->count; i++)
		if (session_check_ok(&keys->ring[i].check, id) &&
		    ed25519_sha512_verify(
			keys->ring[i].bytes, token_message(id, message), message, signature))
			return 1;
	return 0;
}
