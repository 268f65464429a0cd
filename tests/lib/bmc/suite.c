/* SPDX-License-Identifier: MIT */
/* suite: see suite.h. */
#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/hmac.h>

#include "suite.h"

enum { HMAC_SHA1 = 1, HMAC_SHA256 = 3 };

static const struct suite suites[] = {
    {1, HMAC_SHA1, 0, 0, 20, 12},
    {2, HMAC_SHA1, 1, 0, 20, 12},
    {3, HMAC_SHA1, 1, 1, 20, 12},
    {15, HMAC_SHA256, 0, 0, 32, 16},
    {16, HMAC_SHA256, 4, 0, 32, 16},
    {17, HMAC_SHA256, 4, 1, 32, 16},
};

enum { SUITES = sizeof(suites) / sizeof(*suites) };

const struct suite *suite_by_id(unsigned id)
{
	for (size_t i = 0; i < SUITES; i++) {
		if (suites[i].id == id)
			return &suites[i];
	}
	return NULL;
}

const struct suite *suite_by_algorithms(
    unsigned authentication, unsigned integrity, unsigned confidentiality)
{
	for (size_t i = 0; i < SUITES; i++) {
		if (suites[i].authentication == authentication &&
		    suites[i].integrity == integrity &&
		    suites[i].confidentiality == confidentiality)
			return &suites[i];
	}
	return NULL;
}

void suite_hmac(const struct suite *suite, const uint8_t *key, size_t key_len, const void *data,
    size_t len, uint8_t out[SUITE_HASH_MAX])
{
	struct hmac_sha1_ctx sha1;
	struct hmac_sha256_ctx sha256;

	if (suite->authentication == HMAC_SHA1) {
		hmac_sha1_set_key(&sha1, key_len, key);
		hmac_sha1_update(&sha1, len, data);
		hmac_sha1_digest(&sha1, suite->hash, out);
	} else {
		hmac_sha256_set_key(&sha256, key_len, key);
		hmac_sha256_update(&sha256, len, data);
		hmac_sha256_digest(&sha256, suite->hash, out);
	}
}

void suite_encrypt(const uint8_t key[SUITE_BLOCK], const uint8_t iv[SUITE_BLOCK], const void *data,
    size_t len, struct bytes *out)
{
	struct aes128_ctx aes;
	uint8_t chain[SUITE_BLOCK];
	size_t pad = SUITE_BLOCK - 1 - len % SUITE_BLOCK, start;

	bytes_put(out, iv, SUITE_BLOCK);
	start = out->len;
	bytes_put(out, data, len);
	for (size_t i = 1; i <= pad; i++)
		bytes_put8(out, (unsigned)i);
	bytes_put8(out, (unsigned)pad);
	if (out->overflow)
		return;
	memcpy(chain, iv, sizeof(chain));
	aes128_set_encrypt_key(&aes, key);
	cbc_encrypt(&aes, (nettle_cipher_func *)aes128_encrypt, SUITE_BLOCK, chain,
	    out->len - start, out->at + start, out->at + start);
}

int suite_decrypt(const uint8_t key[SUITE_BLOCK], uint8_t **data, size_t *len)
{
	struct aes128_ctx aes;
	uint8_t chain[SUITE_BLOCK], *text = *data + SUITE_BLOCK;
	size_t size, pad;

	if (*len < 2 * SUITE_BLOCK || *len % SUITE_BLOCK)
		return -1;
	size = *len - SUITE_BLOCK;
	memcpy(chain, *data, sizeof(chain));
	aes128_set_decrypt_key(&aes, key);
	cbc_decrypt(
	    &aes, (nettle_cipher_func *)aes128_decrypt, SUITE_BLOCK, chain, size, text, text);
	pad = text[size - 1];
	if (pad >= SUITE_BLOCK)
		return -1;
	for (size_t i = 0; i < pad; i++) {
		if (text[size - 1 - pad + i] != i + 1)
			return -1;
	}
	*data = text;
	*len = size - 1 - pad;
	return 0;
}
