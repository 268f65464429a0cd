/* SPDX-License-Identifier: MIT */
/*
 * verify: who a server is, for BearSSL, which asks for that through a table of functions (br_x509_class). Signatures,
 * names and key usage are BearSSL's own matter (br_x509_minimal); this decides by which time and by which address.
 */
#ifndef HTTPS_TLS_VERIFY_H
#define HTTPS_TLS_VERIFY_H

#include <bearssl.h>
#include <stdint.h>

#include "base/cert.h"
#include "trust.h"

struct verify {
	const br_x509_class *vtable; /* first: BearSSL's */
	br_x509_minimal_context minimal;
	const struct trust *trust;
	/* The server must be for this name, or where it is "" for this address. */
	char name[CERT_NAME_MAX + 1], address[CERT_NAME_MAX + 1];
	int64_t since; /* seconds since 1970 that have surely passed */
	/* the certificate on its way, and how many came before it */
	uint8_t der[CERT_DER_MAX];
	size_t len, size;
	unsigned count;
	unsigned problem; /* BR_ERR_X509_…; 0 none */
};

/* For one connection; name or address "" as above. verify, trust must outlive it. */
void verify_begin(struct verify *verify, const struct trust *trust, const char *name,
    const char *address, int64_t since);

#endif
