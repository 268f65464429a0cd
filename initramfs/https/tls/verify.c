/* SPDX-License-Identifier: MIT */
/* verify: who a server is; see verify.h. */
#include "verify.h"

#include <stdio.h>
#include <string.h>

enum {
	DAY = 86400, /* seconds */
	DAYS_TO_1970 = 719528, /* from the year 0 on, as BearSSL counts */
};

static struct verify *verify_of(const br_x509_class **ctx)
{
	return (struct verify *)(void *)ctx;
}

/* (server_name is what libcurl took from the URL, and not asked for) */
static void verify_start_chain(const br_x509_class **ctx, const char *server_name)
{
	struct verify *verify = verify_of(ctx);
	br_x509_minimal_context *minimal = &verify->minimal;
	static const br_hash_class *const hashes[] = {
	    &br_sha256_vtable, &br_sha384_vtable, &br_sha512_vtable};
	static const int ids[] = {br_sha256_ID, br_sha384_ID, br_sha512_ID};

	(void)server_name;
	verify->count = 0;
	verify->problem = 0;
	br_x509_minimal_init(
	    minimal, &br_sha256_vtable, verify->trust->anchor, verify->trust->count);
	br_x509_minimal_set_rsa(minimal, br_rsa_pkcs1_vrfy_get_default());
	br_x509_minimal_set_ecdsa(minimal, br_ec_get_default(), br_ecdsa_vrfy_asn1_get_default());
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		br_x509_minimal_set_hash(minimal, ids[i], hashes[i]);
	minimal->vtable->start_chain(&minimal->vtable, verify->name[0] ? verify->name : NULL);
}

static void verify_start_cert(const br_x509_class **ctx, uint32_t length)
{
	struct verify *verify = verify_of(ctx);

	verify->len = 0;
	verify->size = length;
	if (length > sizeof(verify->der) && !verify->problem)
		verify->problem = BR_ERR_X509_LIMIT_EXCEEDED;
}

static void verify_append(const br_x509_class **ctx, const unsigned char *bytes, size_t len)
{
	struct verify *verify = verify_of(ctx);

	if (verify->problem || len > sizeof(verify->der) - verify->len)
		return;
	memcpy(verify->der + verify->len, bytes, len);
	verify->len += len;
}

/*
 * The certificate is whole: it is judged by a time at which it may be valid, the session's or, if it is younger than
 * that, its own beginning.
 */
static void verify_end_cert(const br_x509_class **ctx)
{
	struct verify *verify = verify_of(ctx);
	br_x509_minimal_context *minimal = &verify->minimal;
	struct cert cert;
	struct err ignored;
	int64_t now;

	if (verify->problem)
		return;
	if (verify->len != verify->size || cert_read(&ignored, verify->der, verify->len, &cert)) {
		verify->problem = BR_ERR_X509_UNEXPECTED;
		return;
	}
	if (verify->count++ == 0 && !verify->name[0] && !cert_has_address(&cert, verify->address)) {
		verify->problem = BR_ERR_X509_BAD_SERVER_NAME;
		return;
	}
	now = verify->since > cert.from ? verify->since : cert.from;
	br_x509_minimal_set_time(
	    minimal, (uint32_t)(now / DAY) + DAYS_TO_1970, (uint32_t)(now % DAY));
	minimal->vtable->start_cert(&minimal->vtable, (uint32_t)verify->len);
	minimal->vtable->append(&minimal->vtable, verify->der, verify->len);
	minimal->vtable->end_cert(&minimal->vtable);
}

static unsigned verify_end_chain(const br_x509_class **ctx)
{
	struct verify *verify = verify_of(ctx);

	if (verify->problem)
		return verify->problem;
	return verify->minimal.vtable->end_chain(&verify->minimal.vtable);
}

static const br_x509_pkey *verify_get_pkey(const br_x509_class *const *ctx, unsigned *usages)
{
	const struct verify *verify = (const struct verify *)(const void *)ctx;

	return verify->minimal.vtable->get_pkey(&verify->minimal.vtable, usages);
}

void verify_begin(struct verify *verify, const struct trust *trust, const char *name,
    const char *address, int64_t since)
{
	static const br_x509_class class = {
	    .context_size = sizeof(struct verify),
	    .start_chain = verify_start_chain,
	    .start_cert = verify_start_cert,
	    .append = verify_append,
	    .end_cert = verify_end_cert,
	    .end_chain = verify_end_chain,
	    .get_pkey = verify_get_pkey,
	};

	verify->vtable = &class;
	verify->trust = trust;
	verify->since = since;
	snprintf(verify->name, sizeof(verify->name), "%s", name);
	snprintf(verify->address, sizeof(verify->address), "%s", address);
}
