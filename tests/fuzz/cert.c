/* SPDX-License-Identifier: MIT */
/*
 * cert: any bytes are a certificate in DER, and in PEM. Nothing outside of them is read; names are those that a
 * host name may have, and within their length; what was read is the same a second time.
 */
#include "base/cert.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good)
{
	if (!good)
		abort();
}

static void check(const uint8_t *der, size_t len)
{
	char name[CERT_NAME_MAX + 1];
	struct cert cert, again;
	struct err err;

	if (cert_read(&err, der, len, &cert))
		return;
	must(cert_read(&err, der, len, &again) == 0 && memcmp(&cert, &again, sizeof(cert)) == 0);
	must(!cert.names || (cert.names >= der && cert.names + cert.names_len <= der + len));
	for (size_t n = 0; cert_name(&cert, n, name); n++)
		must(name[0] && strlen(name) <= CERT_NAME_MAX && !strpbrk(name, " /:@\"\\\r\n"));
	cert_has_address(&cert, "10.77.0.1");
	cert_has_address(&cert, "fd00::1");
	cert_name_for(&err, &cert, "10.77.0.2", name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t der[CERT_DER_MAX];
	char *text = malloc(size + 1);
	const char *at = text;
	struct err err;
	size_t len;

	if (!text)
		return 0;
	check(data, size);
	memcpy(text, data, size);
	text[size] = '\0';
	while (cert_pem_next(&err, &at, der, &len) == 1)
		check(der, len);
	free(text);
	return 0;
}
