/* SPDX-License-Identifier: MIT */
/* print: text that may come from a network, on standard output; see print.h. */
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void print_bytes(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c < 0x7f)
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

void print_safe(const char *text)
{
	print_bytes(text, strlen(text));
}

void print_row(const char *name, int width, const char *value)
{
	if (!value[0])
		return;
	printf("%-*s", width, name);
	print_safe(value);
	printf("\n");
}

int print_begin(struct err *err, struct kv_out *out, size_t size)
{
	char *text = malloc(size);

	if (!text)
		return err_set(err, "out of memory");
	kv_out_init(out, text, size);
	return 0;
}

int print_end(struct err *err, struct kv_out *out)
{
	const int rc = out->overflow ? err_set(err, "too long for %zu bytes", out->size) : 0;

	if (rc == 0)
		fputs(out->buf, stdout);
	free(out->buf);
	out->buf = NULL;
	return rc;
}
