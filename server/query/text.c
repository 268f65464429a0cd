/* SPDX-License-Identifier: MIT */
/* text: values of a JSON document that may be missing, or no UTF-8; see query.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "query.h"

/* U+FFFD, for each byte that belongs to no character. */
static const char query_replacement[] = "\xef\xbf\xbd";

/* The text with the replacements: at most three times as long. */
static json_t *query_text_repaired(const char *text, size_t len)
{
	char *good = malloc(3 * len + 1);
	json_t *value;
	size_t at = 0;

	if (!good)
		return NULL;
	for (size_t i = 0; i < len;) {
		size_t n = json_utf8(text + i, len - i);

		memcpy(good + at, n ? text + i : query_replacement, n ? n : 3);
		at += n ? n : 3;
		i += n ? n : 1;
	}
	value = json_stringn_nocheck(good, at);
	free(good);
	return value;
}

json_t *query_text(const char *text, size_t len)
{
	/* (it is valid nearly always) */
	json_t *value = json_stringn(text, len);

	return value ? value : query_text_repaired(text, len);
}

void query_set_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new_nocheck(object, key, query_text(text, strlen(text)));
}

void query_set_time(json_t *object, const char *key, int64_t ms)
{
	char text[25];

	if (!ms)
		return;
	clock_format(ms, text);
	json_object_set_new_nocheck(object, key, json_string_nocheck(text));
}
