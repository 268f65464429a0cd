/* SPDX-License-Identifier: MIT */
/*
 * cert: validity and names of certificates as OpenSSL makes them, and of bytes that are none: each cut
 * and each changed byte is read within its bounds (under SAN=1).
 */
#include "base/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* boot: for 10.77.0.1, *.example.org, boot.example.org, fd00::1 and two.example.org, until 2109 */
static const char pem_many[] = "-----BEGIN CERTIFICATE-----\n"
			       "MIIByDCCAW+gAwIBAgIUcF5owWvTQx98R2ZrZveJEr+AnFIwCgYIKoZIzj0EAwIw\n"
			       "DzENMAsGA1UEAwwEYm9vdDAgFw0yNjExMjkyMTQzMjlaGA8yMTA5MDExODIxNDMy\n"
			       "OVowDzENMAsGA1UEAwwEYm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNBv\n"
			       "G2AAE7kVmQHIextmvp5SBkkgizEm4y5KJnI2adbbUJGTLvkpTnD2CYEXHmUl1XFD\n"
			       "MS3ARDcoETWQuGTyCRSjgaYwgaMwHQYDVR0OBBYEFCSl5SIAq5nxb6ERa0/6+XH1\n"
			       "Mg3tMB8GA1UdIwQYMBaAFCSl5SIAq5nxb6ERa0/6+XH1Mg3tMFMGA1UdEQRMMEqH\n"
			       "BApNAAGCDSouZXhhbXBsZS5vcmeCEGJvb3QuZXhhbXBsZS5vcmeHEP0AAAAAAAAA\n"
			       "AAAAAAAAAAGCD3R3by5leGFtcGxlLm9yZzAMBgNVHRMBAf8EAjAAMAoGCCqGSM49\n"
			       "BAMCA0cAMEQCICCfpA6UAkDIsfWYXCBVPXxH0yeXtYVE+rpsVqpJgoHJAiAUT87t\n"
			       "oT8QLS3t5/famoDdXlrYTKXeve6oeegYLGm87w==\n"
			       "-----END CERTIFICATE-----\n";
/* plain: version 1, without extensions, for a year */
static const char pem_plain[] = "-----BEGIN CERTIFICATE-----\n"
				"MIIBGjCBwQIUff5/Df52wHkouNEjdVypcZjTYbUwCgYIKoZIzj0EAwIwEDEOMAwG\n"
				"A1UEAwwFcGxhaW4wHhcNMjYxMTI5MjE0MzI5WhcNMjcxMTI5MjE0MzI5WjAQMQ4w\n"
				"DAYDVQQDDAVwbGFpbjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNBvG2AAE7kV\n"
				"mQHIextmvp5SBkkgizEm4y5KJnI2adbbUJGTLvkpTnD2CYEXHmUl1XFDMS3ARDco\n"
				"ETWQuGTyCRQwCgYIKoZIzj0EAwIDSAAwRQIhAMKl+xGpCfVlUUVoFG8cWEZ9jt5T\n"
				"Z5vTRO9Nl+fxx4VFAiB58XvXMXbZWnBLoo9X5oYyvlT2UAqE+54c+v8Th/5e6Q==\n"
				"-----END CERTIFICATE-----\n";
/* w: for *.example.org alone */
static const char pem_wild[] = "-----BEGIN CERTIFICATE-----\n"
			       "MIIBhjCCAS2gAwIBAgIUaiVHCLPRUmx9NVuJEvUBmNqPMa0wCgYIKoZIzj0EAwIw\n"
			       "DDEKMAgGA1UEAwwBdzAeFw0yNjExMjkyMTQzMjlaFw0yNzExMjkyMTQzMjlaMAwx\n"
			       "CjAIBgNVBAMMAXcwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATQbxtgABO5FZkB\n"
			       "yHsbZr6eUgZJIIsxJuMuSiZyNmnW21CRky75KU5w9gmBFx5lJdVxQzEtwEQ3KBE1\n"
			       "kLhk8gkUo20wazAdBgNVHQ4EFgQUJKXlIgCrmfFvoRFrT/r5cfUyDe0wHwYDVR0j\n"
			       "BBgwFoAUJKXlIgCrmfFvoRFrT/r5cfUyDe0wDwYDVR0TAQH/BAUwAwEB/zAYBgNV\n"
			       "HREEETAPgg0qLmV4YW1wbGUub3JnMAoGCCqGSM49BAMCA0cAMEQCIFNBy0h+dwsH\n"
			       "nWhRmr5T8pi7NW0KVNikEq9f+/gx4njhAiAi6X5y7QLh8L1fb5+rJTvFq+pcg0xZ\n"
			       "QoQhEQKqh8/Ulw==\n"
			       "-----END CERTIFICATE-----\n";

static uint8_t der[CERT_DER_MAX];
static size_t len;

static void take(const char *pem, struct cert *cert)
{
	struct err err = {""};

	ok(cert_pem_next(&err, &pem, der, &len) == 1 && cert_read(&err, der, len, cert) == 0,
	    "a certificate is read %s", err.msg);
}

static void test_good(void)
{
	char name[CERT_NAME_MAX + 1];
	struct cert cert;
	struct err err;

	take(pem_many, &cert);
	is_num(cert.from, 1795988609, "valid from 2026-11-29T21:43:29Z, a UTCTime");
	is_num(cert.until, 4387988609, "valid until 2109-01-18T21:43:29Z, a GeneralizedTime");
	ok(cert_has_address(&cert, "10.77.0.1"), "it is for its IPv4 address");
	ok(cert_has_address(&cert, "fd00::1") && cert_has_address(&cert, "FD00:0::0:1"),
	    "it is for its IPv6 address, however that is written");
	ok(!cert_has_address(&cert, "10.77.0.2") && !cert_has_address(&cert, "fd00::2") &&
		!cert_has_address(&cert, "boot.example.org") && !cert_has_address(&cert, ""),
	    "it is for no other address, and a name is no address");
	ok(cert_name(&cert, 0, name) && strcmp(name, "*.example.org") == 0, "its first name");
	ok(cert_name(&cert, 2, name) && strcmp(name, "two.example.org") == 0, "its third name");
	ok(!cert_name(&cert, 3, name), "it has no fourth");
	ok(cert_name_for(&err, &cert, "10.77.0.1", name) == 0 && !name[0],
	    "no name is needed for an address that it has");
	ok(cert_name_for(&err, &cert, "10.77.0.9", name) == 0 &&
		strcmp(name, "boot.example.org") == 0,
	    "for another address the first name that is no wildcard");
	take(pem_plain, &cert);
	is_num(cert.until - cert.from, 365 * 86400, "a certificate of version 1 for a year");
	ok(!cert_name(&cert, 0, name) && cert_name_for(&err, &cert, "10.77.0.1", name) == -1,
	    "it is for no name");
	take(pem_wild, &cert);
	ok(cert_name_for(&err, &cert, "10.77.0.1", name) == -1 &&
		strstr(err.msg, "set name in tls"),
	    "a wildcard alone needs a name: %s", err.msg);
}

static void test_pem(void)
{
	char text[sizeof(pem_many) + sizeof(pem_plain) + 40];
	const char *at = text;
	struct cert cert;
	struct err err;

	snprintf(text, sizeof(text), "some text\n%sother\n%s", pem_plain, pem_many);
	ok(cert_pem_next(&err, &at, der, &len) == 1 && cert_read(&err, der, len, &cert) == 0 &&
		!cert.names,
	    "the first of two");
	ok(cert_pem_next(&err, &at, der, &len) == 1 && cert_read(&err, der, len, &cert) == 0 &&
		cert.names,
	    "the second of two, behind other text");
	ok(cert_pem_next(&err, &at, der, &len) == 0, "there is no third");
	at = "";
	ok(cert_pem_next(&err, &at, der, &len) == 0, "an empty text has none");
	snprintf(text, sizeof(text), "%.200s", pem_plain);
	at = text;
	ok(cert_pem_next(&err, &at, der, &len) == -1, "one without an end is damaged");
	snprintf(text, sizeof(text), "%s", pem_plain);
	text[60] = '!';
	at = text;
	ok(cert_pem_next(&err, &at, der, &len) == -1, "one with another character is damaged");
	ok(cert_read_file(&err, "/dev/null", der, &cert) == -1 && strstr(err.msg, "no certificate"),
	    "a file without one: %s", err.msg);
	ok(cert_read_file(&err, "/none.pem", der, &cert) == -1, "no file: %s", err.msg);
}

/* Copies of exactly that many bytes, so that a sanitizer sees a read behind them. */
static int read_copy(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	char name[CERT_NAME_MAX + 1];
	struct cert cert;
	struct err err;
	int rc;

	if (!copy)
		return -1;
	memcpy(copy, bytes, size);
	rc = cert_read(&err, copy, size, &cert);
	if (rc == 0) {
		cert_has_address(&cert, "10.77.0.1");
		for (size_t n = 0; cert_name(&cert, n, name);)
			n++;
	}
	free(copy);
	return rc;
}

static void test_damaged(void)
{
	struct cert cert;
	int whole = 0, bytes;

	take(pem_many, &cert);
	for (size_t n = 0; n < len; n++)
		whole += read_copy(der, n) == 0;
	is_num(whole, 0, "no cut certificate is whole");
	for (size_t n = 0; n < len; n++) {
		const uint8_t was = der[n];

		for (bytes = 0; bytes < 256; bytes++) {
			der[n] = (uint8_t)bytes;
			(void)read_copy(der, len);
		}
		der[n] = was;
	}
	ok(read_copy(der, len) == 0, "each byte was changed to each other one");
	ok(read_copy((const uint8_t *)"\x30\x84\xff\xff\xff\xff", 6) == -1 &&
		read_copy((const uint8_t *)"\x30\x80\x00\x00", 4) == -1,
	    "lengths of four bytes and indefinite ones are refused");
}

int main(void)
{
	test_good();
	test_pem();
	test_damaged();
	return tap_done();
}
