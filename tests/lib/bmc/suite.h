/* SPDX-License-Identifier: MIT */
/*
 * suite: the cipher suites of RMCP+ (IPMI 2.0, 13.28 to 13.32 and table 22-20), on libnettle. Pure.
 *
 *   suite   authentication   integrity         confidentiality
 *   1, 15   HMAC-SHA1, -256  none              none
 *   2, 16   the same         SHA1-96, 256-128  none
 *   3, 17   the same         the same          AES-CBC-128
 */
#ifndef BMC_SUITE_H
#define BMC_SUITE_H

#include "bytes.h"

enum {
	SUITE_HASH_MAX = 32,
	SUITE_KEY = 20, /* of a user, padded with NUL */
	SUITE_BLOCK = 16,
};

struct suite {
	uint8_t id;
	/* algorithm numbers as on the wire */
	uint8_t authentication, integrity, confidentiality;
	size_t hash; /* bytes of the HMAC */
	size_t check; /* bytes to which RAKP 4 cuts it, and the integrity trailer if there is one */
};

/* NULL: unknown */
const struct suite *suite_by_id(unsigned id);
const struct suite *suite_by_algorithms(
    unsigned authentication, unsigned integrity, unsigned confidentiality);

/* out: suite->hash bytes, room for SUITE_HASH_MAX. */
void suite_hmac(const struct suite *suite, const uint8_t *key, size_t key_len, const void *data,
    size_t len, uint8_t out[SUITE_HASH_MAX]);

/* Appends IV, the data, its padding and the padding's length, encrypted with key. */
void suite_encrypt(const uint8_t key[SUITE_BLOCK], const uint8_t iv[SUITE_BLOCK], const void *data,
    size_t len, struct bytes *out);
/* The reverse, in place: *data and *len become those of the plain text. 0, or -1: invalid. */
int suite_decrypt(const uint8_t key[SUITE_BLOCK], uint8_t **data, size_t *len);

#endif
