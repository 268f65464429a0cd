/* SPDX-License-Identifier: MIT */
/*
 * cert: for how long, and for whom, a certificate is valid: X.509 (RFC 5280) in DER (X.690) or PEM (RFC
 * 7468). Pure. It verifies no signature, and takes the bytes for a stranger's: nothing outside of them is
 * read, and the time is linear in their number.
 */
#ifndef LASTWORDS_BASE_CERT_H
#define LASTWORDS_BASE_CERT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum {
	CERT_DER_MAX = 16384, /* bytes; a longer certificate is refused */
	CERT_NAME_MAX = 253,
};

struct cert {
	int64_t from, until; /* the first and the last second, since 1970 */
	const uint8_t
	    *names; /* the entries of subjectAltName (4.2.1.6), in the certificate's bytes */
	size_t names_len; /* 0: it has none */
};

/* der must outlive cert. 0/-1. */
int cert_read(struct err *err, const uint8_t *der, size_t len, struct cert *cert);
/* 1 if it is for the numeric host (without brackets). */
int cert_has_address(const struct cert *cert, const char *host);
/*
 * The n-th DNS name that it is for, from 0, without those of other characters than [A-Za-z0-9._-] and,
 * first, "*."; 1, or 0: it has no more.
 */
int cert_name(const struct cert *cert, size_t n, char name[CERT_NAME_MAX + 1]);
/*
 * The name by which a machine that knows only host, an address, verifies it: "" if it is for that address,
 * else its first name that is no wildcard. 0, or -1: it has neither.
 */
int cert_name_for(
    struct err *err, const struct cert *cert, const char *host, char name[CERT_NAME_MAX + 1]);

/*
 * The next certificate in a PEM text (NUL-terminated): its bytes into der. *text advances behind it. 1; 0:
 * there is no more; -1: it is damaged or longer than CERT_DER_MAX.
 */
int cert_pem_next(struct err *err, const char **text, uint8_t der[CERT_DER_MAX], size_t *len);
/* Reads the first certificate of a PEM file into der. 0/-1. */
int cert_read_file(struct err *err, const char *path, uint8_t der[CERT_DER_MAX], struct cert *cert);

#endif
