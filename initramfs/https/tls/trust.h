/* SPDX-License-Identifier: MIT */
/* trust: the CAs that an image trusts, as BearSSL wants them. */
#ifndef HTTPS_TLS_TRUST_H
#define HTTPS_TLS_TRUST_H

#include <bearssl.h>

#include "base/err.h"

enum { TRUST_MAX = 8, TRUST_TEXT_MAX = 65536 /* bytes of the PEM file */ };

struct trust {
	br_x509_trust_anchor anchor[TRUST_MAX]; /* names and keys on the heap */
	size_t count;
};

/* Reads every certificate of a PEM file. 0, or -1: none, too many, or damaged. trust_free in either case. */
int trust_read(struct err *err, const char *path, struct trust *trust);
void trust_free(struct trust *trust);

#endif
