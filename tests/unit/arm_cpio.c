/* SPDX-License-Identifier: MIT */
/* cpio: the archive read back by the kernel's rules, at every alignment and length. */
#include "arm/cpio.h"

#include <stdlib.h>

#include "tap.h"

static unsigned long field(const char *header, int n)
{
	char hex[9] = "";

	memcpy(hex, header + 6 + 8 * n, 8);
	return strtoul(hex, NULL, 16);
}

/* As init/initramfs.c reads: headers at multiples of 4, zeros between archives skipped. */
static int reads_back(
    const char *out, size_t size, size_t before, const char *name, const char *data, size_t len)
{
	size_t at = 0;

	while (at < size && out[at] == '\0')
		at++;
	if ((before + at) % 4 || at + 110 > size || memcmp(out + at, "070701", 6) != 0)
		return 0;
	if (field(out + at, 1) != 0100600 || field(out + at, 2) || field(out + at, 3) ||
	    field(out + at, 4) != 1 || field(out + at, 6) != len ||
	    field(out + at, 11) != strlen(name) + 1 || strcmp(out + at + 110, name) != 0)
		return 0;
	at = at + 110 + strlen(name) + 1;
	at += (4 - (before + at) % 4) % 4;
	if (at + len > size || memcmp(out + at, data, len) != 0)
		return 0;
	at += len;
	at += (4 - (before + at) % 4) % 4;
	return at + 110 + 11 <= size && field(out + at, 6) == 0 && field(out + at, 11) == 11 &&
	       strcmp(out + at + 110, "TRAILER!!!") == 0 && (before + size) % 4 == 0;
}

int main(void)
{
	static const char data[] = "session=x\ntoken=y\n";
	int good = 1, short_ok = 1;

	for (size_t before = 0; before < 8; before++)
		for (size_t len = 0; len <= sizeof(data) - 1; len++) {
			/* as many bytes as returned, and no more (the sanitizer looks) */
			char *out = malloc(512);
			size_t size = cpio_file(out, 512, before, "session.conf", 0600, data, len);
			char *tight = malloc(size);

			good &= size && reads_back(out, size, before, "session.conf", data, len);
			short_ok &=
			    cpio_file(tight, size, before, "session.conf", 0600, data, len) == size;
			short_ok &= cpio_file(tight, size - 1, before, "session.conf", 0600, data,
					len) == 0;
			free(tight);
			free(out);
		}
	ok(good, "the archive reads back after and with any length");
	ok(short_ok, "the archive needs exactly the room that it returns");
	return tap_done();
}
