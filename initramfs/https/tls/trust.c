/* SPDX-License-Identifier: MIT */
/* trust: the CAs that an image trusts; see trust.h. */
#include "trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cert.h"

/* A copy on the heap, or NULL. */
static unsigned char *trust_copy(const unsigned char *bytes, size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);

	if (copy)
		memcpy(copy, bytes, len);
	return copy;
}

/* A subject's distinguished name, as it is decoded. */
struct trust_name {
	unsigned char bytes[1024];
	size_t len;
	int full;
};

static void trust_name_add(void *arg, const void *bytes, size_t len)
{
	struct trust_name *name = arg;

	if (len > sizeof(name->bytes) - name->len) {
		name->full = 1;
		return;
	}
	memcpy(name->bytes + name->len, bytes, len);
	name->len += len;
}

/* The public key; what was allocated stays with the anchor. 0/-1. */
static int trust_key(br_x509_trust_anchor *anchor, const br_x509_pkey *key)
{
	anchor->pkey = *key;
	if (key->key_type == BR_KEYTYPE_RSA) {
		anchor->pkey.key.rsa.n = trust_copy(key->key.rsa.n, key->key.rsa.nlen);
		anchor->pkey.key.rsa.e = trust_copy(key->key.rsa.e, key->key.rsa.elen);
		return anchor->pkey.key.rsa.n && anchor->pkey.key.rsa.e ? 0 : -1;
	}
	anchor->pkey.key.ec.q = trust_copy(key->key.ec.q, key->key.ec.qlen);
	return anchor->pkey.key.ec.q ? 0 : -1;
}

static int trust_add(struct err *err, struct trust *trust, const uint8_t *der, size_t len)
{
	br_x509_trust_anchor *anchor = &trust->anchor[trust->count];
	struct trust_name name = {.len = 0};
	br_x509_decoder_context decoder;
	br_x509_pkey *key;

	if (trust->count == TRUST_MAX)
		return err_set(err, "more than %d certificates", TRUST_MAX);
	br_x509_decoder_init(&decoder, trust_name_add, &name);
	br_x509_decoder_push(&decoder, der, len);
	key = br_x509_decoder_get_pkey(&decoder);
	if (!key || name.full)
		return err_set(err, "a certificate that cannot be used (BearSSL error %d)",
		    br_x509_decoder_last_error(&decoder));
	trust->count++;
	anchor->flags = br_x509_decoder_isCA(&decoder) ? BR_X509_TA_CA : 0;
	anchor->dn.data = trust_copy(name.bytes, name.len);
	anchor->dn.len = name.len;
	if (!anchor->dn.data || trust_key(anchor, key))
		return err_set(err, "out of memory");
	return 0;
}

int trust_read(struct err *err, const char *path, struct trust *trust)
{
	char *text = malloc(TRUST_TEXT_MAX);
	uint8_t *der = malloc(CERT_DER_MAX);
	FILE *file = fopen(path, "re");
	const char *at = text;
	size_t len;
	int rc = -1;

	memset(trust, 0, sizeof(*trust));
	if (!file) {
		err_errno(err, "%s cannot be read", path);
		goto out;
	}
	if (!text || !der) {
		err_set(err, "out of memory");
		goto out;
	}
	len = fread(text, 1, TRUST_TEXT_MAX - 1, file);
	text[len] = '\0';
	while (
	    (rc = cert_pem_next(err, &at, der, &len)) == 1 && trust_add(err, trust, der, len) == 0)
		;
	if (rc == 0 && trust->count == 0)
		err_set(err, "no certificate in it");
	rc = rc == 0 && trust->count > 0 ? 0 : err_prefix(err, "%s", path);
out:
	if (file)
		fclose(file);
	free(text);
	free(der);
	return rc;
}

void trust_free(struct trust *trust)
{
	for (size_t i = 0; i < trust->count; i++) {
		br_x509_trust_anchor *anchor = &trust->anchor[i];

		free(anchor->dn.data);
		if (anchor->pkey.key_type == BR_KEYTYPE_RSA) {
			free(anchor->pkey.key.rsa.n);
			free(anchor->pkey.key.rsa.e);
		} else {
			free(anchor->pkey.key.ec.q);
		}
	}
	memset(trust, 0, sizeof(*trust));
}
