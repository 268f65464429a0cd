/* SPDX-License-Identifier: MIT */
/* template: fills @NAME@ in a text; see template.h. */
#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *template_value(const struct template_value *values, const char *name, size_t len)
{
	for (; values->name; values++)
		if (strlen(values->name) == len && memcmp(values->name, name, len) == 0)
			return values->value;
	return NULL;
}

static int template_safe(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == '"' || *value == '\\' ||
		    *value == 0x7f)
			return 0;
	return 1;
}

/* The length of a NAME that ends in '@', or 0. */
static size_t template_name(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	return text[len] == '@' ? len : 0;
}

char *template_fill(struct err *err, const char *text, const struct template_value *values)
{
	char *out = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&out, &size);

	if (!to) {
		err_set(err, "out of memory");
		return NULL;
	}
	while (*text) {
		size_t len = *text == '@' ? template_name(text + 1) : 0;
		const char *value;

		if (!len) {
			putc(*text++, to);
			continue;
		}
		value = template_value(values, text + 1, len);
		if (!value || !template_safe(value)) {
			if (value)
				err_set(err,
				    "@%.*s@: \"%.80s\" has a character that a configuration file cannot have",
				    (int)len, text + 1, value);
			else
				err_set(err, "unknown name @%.*s@", (int)len, text + 1);
			fclose(to);
			free(out);
			return NULL;
		}
		fputs(value, to);
		text += len + 2;
	}
	if (fclose(to)) {
		err_set(err, "out of memory");
		free(out);
		return NULL;
	}
	return out;
}
