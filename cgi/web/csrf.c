/* SPDX-License-Identifier: MIT */
/* csrf: the token of a form; see csrf.h. Pure. */
#include "csrf.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"

enum { CSRF_DAY_MS = 86400 * 1000 };

void csrf_token(
    const struct session_key *key, const char *user, int64_t now_ms, char token[CSRF_TOKEN_LEN + 1])
{
	struct hmac_sha256_ctx hmac;
	uint8_t digest[CSRF_TOKEN_LEN / 2];
	char text[128];
	int len =
	    snprintf(text, sizeof(text), "web %.64s %lld", user, (long long)(now_ms / CSRF_DAY_MS));

	hmac_sha256_set_key(&hmac, sizeof(key->bytes), key->bytes);
	hmac_sha256_update(&hmac, (size_t)len, (const uint8_t *)text);
	hmac_sha256_digest(&hmac, sizeof(digest), digest);
	hex_text(digest, sizeof(digest), token);
}

int csrf_ok(const struct session_key *key, const char *user, int64_t now_ms, const char *token)
{
	char want[CSRF_TOKEN_LEN + 1];
	int good = 0;

	if (strlen(token) != CSRF_TOKEN_LEN)
		return 0;
	for (int day = 0; day < 2; day++) {
		csrf_token(key, user, now_ms - (int64_t)day * CSRF_DAY_MS, want);
		good |= nettle_memeql_sec(want, token, CSRF_TOKEN_LEN);
	}
	return good;
}
