/* SPDX-License-Identifier: MIT */
/* cert: for how long, and for whom, a certificate is valid; see cert.h. */
#include "cert.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

/* --- DER --- */

/* Universal and context-specific tags, X.690 8.1.2; the latter constructed for [0] to [3]. */
enum {
	DER_BOOLEAN = 0x01,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_VERSION = 0xa0,
	DER_EXTENSIONS = 0xa3,
	DER_DNS_NAME = 0x82, /* of GeneralName */
	DER_ADDRESS = 0x87,
};

/* Bytes to be read, and the element that der_next took last. */
struct der {
	const uint8_t *at, *end;
	int tag;
	const uint8_t *value;
	size_t len;
};

static struct der der_of(const uint8_t *at, size_t len)
{
	return (struct der){.at = at, .end = len ? at + len : at};
}

/* The element that was taken, to be read itself. */
static struct der der_into(const struct der *der)
{
	return der_of(der->value, der->len);
}

/* Takes the next element. 1, or 0: at the end, or at an invalid one (tags have one byte, lengths up to three). */
static int der_next(struct der *der)
{
	size_t left = (size_t)(der->end - der->at), head = 2;

	if (left < 2 || (der->at[0] & 0x1f) == 0x1f)
		return 0;
	der->tag = der->at[0];
	der->len = der->at[1];
	if (der->len & 0x80) {
		size_t bytes = der->len & 0x7f;

		if (bytes == 0 || bytes > 3 || left < 2 + bytes)
			return 0;
		der->len = 0;
		for (size_t i = 0; i < bytes; i++)
			der->len = der->len << 8 | der->at[2 + i];
		head += bytes;
	}
	if (der->len > left - head)
		return 0;
	der->value = der->at + head;
	der->at = der->value + der->len;
	return 1;
}

/* The next element, which must have this tag. */
static int der_take(struct der *der, int tag)
{
	return der_next(der) && der->tag == tag;
}

/* --- the certificate --- */

/* UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ, RFC 5280 4.1.2.5. 0/-1. */
static int cert_time(const struct der *der, int64_t *seconds)
{
	char digits[16] = "19", text[25];
	size_t have = der->tag == DER_UTC_TIME ? 2 : 0;
	int64_t ms;

	if ((der->tag != DER_UTC_TIME && der->tag != DER_TIME) || der->len != 15 - have ||
	    der->value[der->len - 1] != 'Z')
		return -1;
	memcpy(digits + have, der->value, der->len - 1);
	digits[14] = '\0';
	if (strspn(digits, "0123456789") != 14)
		return -1;
	if (have && digits[2] < '5')
		memcpy(digits, "20", 2);
	snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s.000Z", digits, digits + 4,
	    digits + 6, digits + 8, digits + 10, digits + 12);
	if (clock_parse(text, &ms))
		return -1;
	*seconds = ms / 1000;
	return 0;
}

/* Finds subjectAltName (2.5.29.17) in the extensions. 0, or -1: damaged. */
static int cert_extensions(struct der extensions, struct cert *cert)
{
	static const uint8_t names[] = {0x55, 0x1d, 0x11};
	struct der one;
	int found;

	if (!der_take(&extensions, DER_SEQUENCE))
		return -1;
	for (extensions = der_into(&extensions); der_take(&extensions, DER_SEQUENCE);) {
		one = der_into(&extensions);
		if (!der_take(&one, DER_OID))
			return -1;
		found = one.len == sizeof(names) && memcmp(one.value, names, sizeof(names)) == 0;
		if (!der_next(&one) || (one.tag == DER_BOOLEAN && !der_next(&one)) ||
		    one.tag != DER_OCTETS)
			return -1;
		if (!found)
			continue;
		one = der_into(&one);
		if (!der_take(&one, DER_SEQUENCE))
			return -1;
		cert->names = one.value;
		cert->names_len = one.len;
	}
	return 0;
}

int cert_read(struct err *err, const uint8_t *der, size_t len, struct cert *cert)
{
	struct der in = der_of(der, len), validity;

	memset(cert, 0, sizeof(*cert));
	if (len > CERT_DER_MAX)
		return err_set(err, "the certificate is over %d bytes", CERT_DER_MAX);
	if (!der_take(&in, DER_SEQUENCE))
		goto damaged;
	in = der_into(&in);
	if (!der_take(&in, DER_SEQUENCE))
		goto damaged;
	in = der_into(&in); /* version (may be absent), serial number, */
	if (!der_next(&in) || (in.tag == DER_VERSION && !der_next(&in)) ||
	    !der_take(&in, DER_SEQUENCE) /* algorithm, */ ||
	    !der_take(&in, DER_SEQUENCE) /* issuer, */ ||
	    !der_take(&in, DER_SEQUENCE) /* validity, */)
		goto damaged;
	validity = der_into(&in);
	if (!der_next(&validity) || cert_time(&validity, &cert->from) || !der_next(&validity) ||
	    cert_time(&validity, &cert->until))
		goto damaged;
	while (der_next(&in)) /* subject, key, ids, extensions */
		if (in.tag == DER_EXTENSIONS && cert_extensions(der_into(&in), cert))
			goto damaged;
	if (in.at == in.end)
		return 0;
damaged:
	return err_set(err, "damaged, or not a certificate");
}

int cert_has_address(const struct cert *cert, const char *host)
{
	struct der names = der_of(cert->names, cert->names_len);
	uint8_t address[16];
	size_t len = 0;

	if (inet_pton(AF_INET, host, address) == 1)
		len = 4;
	else if (inet_pton(AF_INET6, host, address) == 1)
		len = 16;
	while (len && der_next(&names))
		if (names.tag == DER_ADDRESS && names.len == len &&
		    memcmp(names.value, address, len) == 0)
			return 1;
	return 0;
}

int cert_name(const struct cert *cert, size_t n, char name[CERT_NAME_MAX + 1])
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	struct der names = der_of(cert->names, cert->names_len);

	while (der_next(&names)) {
		size_t star;

		if (names.tag != DER_DNS_NAME || names.len == 0 || names.len > CERT_NAME_MAX)
			continue;
		memcpy(name, names.value, names.len);
		name[names.len] = '\0';
		star = strncmp(name, "*.", 2) == 0 ? 2 : 0;
		if (star + strspn(name + star, allowed) == names.len && n-- == 0)
			return 1;
	}
	return 0;
}

int cert_name_for(
    struct err *err, const struct cert *cert, const char *host, char name[CERT_NAME_MAX + 1])
{
	name[0] = '\0';
	if (cert_has_address(cert, host))
		return 0;
	for (size_t n = 0; cert_name(cert, n, name); n++)
		if (name[0] != '*')
			return 0;
	name[0] = '\0';
	return err_set(err,
	    "the certificate is neither for %.60s nor for a name without *; set name in tls", host);
}

/* --- PEM --- */

static int cert_base64(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

int cert_pem_next(struct err *err, const char **text, uint8_t der[CERT_DER_MAX], size_t *len)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----",
			  end[] = "-----END CERTIFICATE-----";
	const char *at = strstr(*text, begin), *stop;
	uint32_t bits = 0;
	int held = 0;

	*len = 0;
	if (!at)
		return 0;
	at += sizeof(begin) - 1;
	stop = strstr(at, end);
	*text = stop ? stop + sizeof(end) - 1 : at;
	if (!stop)
		return err_set(err, "a certificate has no end");
	for (; at < stop && *at != '='; at++) {
		int digit = cert_base64(*at);

		if (digit < 0 && !strchr(" \t\r\n", *at))
			return err_set(err, "a certificate is damaged");
		if (digit < 0)
			continue;
		bits = bits << 6 | (uint32_t)digit;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (*len == CERT_DER_MAX)
			return err_set(err, "a certificate is over %d bytes", CERT_DER_MAX);
		der[(*len)++] = (uint8_t)(bits >> held);
	}
	return 1;
}

int cert_read_file(struct err *err, const char *path, uint8_t der[CERT_DER_MAX], struct cert *cert)
{
	/* the first one, with texts before it as `openssl x509 -text` prints them */
	static char text[65536];
	FILE *file = fopen(path, "re");
	const char *at = text;
	size_t len;
	int rc;

	if (!file)
		return err_errno(err, "%s cannot be read", path);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	fclose(file);
	rc = cert_pem_next(err, &at, der, &len);
	if (rc == 0)
		err_set(err, "no certificate in it");
	if (rc < 1 || cert_read(err, der, len, cert))
		return err_prefix(err, "%s", path);
	return 0;
}
