/* SPDX-License-Identifier: MIT */
/* session: ids and tokens; see session.h. Pure but for session_key_load. */
#include "session.h"

#include <errno.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/secret.h"

enum { TIME_LEN = 18, CHECK_LEN = 8 };
#define KEY_BROKEN "key %s: needs 64 hex digits; remove the file to make a new key"

static void session_hmac(const struct session_key *key, const char *label, const char *text,
    size_t len, uint8_t *digest, size_t size)
{
	struct hmac_sha256_ctx ctx;

	hmac_sha256_set_key(&ctx, sizeof(key->bytes), key->bytes);
	hmac_sha256_update(&ctx, strlen(label), (const uint8_t *)label);
	hmac_sha256_update(&ctx, len, (const uint8_t *)text);
	hmac_sha256_digest(&ctx, size, digest);
}

static const uint8_t session_probe[6] = {0x02};

int session_mac_is_probe(const uint8_t mac[6])
{
	return memcmp(mac, session_probe, sizeof(session_probe)) == 0;
}

int session_id_is_probe(const char *id)
{
	static const char begin[] = "020000000000-";

	return strncmp(id, begin, sizeof(begin) - 1) == 0;
}

int profile_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > PROFILE_NAME_MAX || name[0] == '-' || name[0] == '.')
		return 0;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == len;
}

/* The body is everything before "-CHECK". */
static void session_check(
    const struct session_key *key, const char *id, size_t body_len, char check[CHECK_LEN + 1])
{
	uint8_t digest[CHECK_LEN / 2];

	session_hmac(key, "id ", id, body_len, digest, sizeof(digest));
	hex_text(digest, sizeof(digest), check);
}

void session_mint(const struct session_key *key, const uint8_t mac[6], int64_t time_ms,
    const char *profile, struct session *session)
{
	char hex[13], when[TIME_LEN + 1], check[CHECK_LEN + 1];
	int len;

	memset(session, 0, sizeof(*session));
	memcpy(session->mac, mac, 6);
	session->time_ms = time_ms;
	snprintf(session->profile, sizeof(session->profile), "%s", profile);
	mac_format_hex(mac, hex);
	clock_format_compact(time_ms, when);
	len = snprintf(session->id, sizeof(session->id), "%s-%s-%s", hex, when, session->profile);
	session_check(key, session->id, (size_t)len, check);
	snprintf(session->id + len, sizeof(session->id) - (size_t)len, "-%s", check);
}

int session_parse(struct err *err, const char *id, size_t len, struct session *session)
{
	const size_t fixed = 12 + 1 + TIME_LEN + 1;
	char hex[13], when[TIME_LEN + 1];
	size_t profile_len;

	memset(session, 0, sizeof(*session));
	if (len > SESSION_ID_MAX || len < fixed + 1 + 1 + CHECK_LEN || memchr(id, '\0', len))
		return err_set(err, "not a session id");
	profile_len = len - fixed - 1 - CHECK_LEN;
	memcpy(hex, id, 12);
	hex[12] = '\0';
	memcpy(when, id + 13, TIME_LEN);
	when[TIME_LEN] = '\0';
	memcpy(session->profile, id + fixed, profile_len);
	session->profile[profile_len] = '\0';
	memcpy(session->id, id, len);
	session->id[len] = '\0';
	if (id[12] != '-' || id[fixed - 1] != '-' || id[len - CHECK_LEN - 1] != '-' ||
	    strspn(hex, HEX_DIGITS) != 12 ||
	    strspn(session->id + len - CHECK_LEN, HEX_DIGITS) != CHECK_LEN ||
	    mac_parse(err, hex, session->mac) || clock_parse_compact(when, &session->time_ms) ||
	    !profile_name_ok(session->profile))
		return err_set(err, "not a session id");
	return 0;
}

int session_check_ok(const struct session_key *key, const char *id)
{
	const size_t len = strlen(id);
	char check[CHECK_LEN + 1];

	if (len <= CHECK_LEN)
		return 0;
	session_check(key, id, len - CHECK_LEN - 1, check);
	return memeql_sec(check, id + len - CHECK_LEN, CHECK_LEN);
}

int session_verify(struct err *err, const struct session_key *key, const char *id, size_t len,
    struct session *session)
{
	if (session_parse(err, id, len, session))
		return -1;
	if (!session_check_ok(key, session->id))
		return err_set(err, "not a session of this server");
	return 0;
}

void session_token(const struct session_key *key, const char *id, char token[SESSION_TOKEN_LEN + 1])
{
	uint8_t digest[SESSION_TOKEN_LEN / 2];

	session_hmac(key, "token ", id, strlen(id), digest, sizeof(digest));
	hex_text(digest, sizeof(digest), token);
}

int session_token_ok(const struct session_key *key, const char *id, const char *token)
{
	char right[SESSION_TOKEN_LEN + 1];

	session_token(key, id, right);
	return strlen(token) == SESSION_TOKEN_LEN && memeql_sec(right, token, SESSION_TOKEN_LEN);
}

int session_key_load(struct err *err, const char *path, int create, struct session_key *key)
{
	if (secret_load(err, path, create, key->bytes, sizeof(key->bytes)) == 0)
		return 0;
	if (errno == EINVAL)
		return err_set(err, KEY_BROKEN, path);
	return err_prefix(err, "key");
}
