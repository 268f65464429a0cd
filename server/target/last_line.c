/* SPDX-License-Identifier: MIT */
/* last_line: what people see of a program's or a server's text; see driver.h. Pure. */
#include <string.h>

#include "driver.h"

void driver_last_line(const char *text, char *out, size_t size)
{
	const char *end = text + strlen(text), *begin;
	size_t len = 0;

	while (end > text && strchr(" \t\r\n", end[-1]))
		end--;
	for (begin = end; begin > text && begin[-1] != '\n' && begin[-1] != '\r'; begin--)
		;
	for (; begin < end && len + 1 < size; begin++)
		out[len++] = *begin >= 0x20 && *begin < 0x7f ? *begin : '?';
	out[len] = '\0';
}
