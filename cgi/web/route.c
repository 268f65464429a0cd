/* SPDX-License-Identifier: MIT */
/* route: from a path to its row of the table; see route.h. Pure. */
#include "route.h"

#include <string.h>

#include "base/hex.h"

/* Percent-decodes a segment in place. 0, or -1: it has an invalid escape, an escaped slash, or a control. */
static int route_decode(char *text)
{
	char *out = text;

	for (; *text; text++) {
		int c = (unsigned char)*text;

		if (c == '%') {
			c = hex_byte(text + 1);
			if (c < 0 || c == '/')
				return -1;
			text += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return -1;
		*out++ = (char)c;
	}
	*out = '\0';
	return 0;
}

int route_split(struct web *web)
{
	char *at = web->path;

	if (at[0] != '/')
		return -1;
	web->part_count = 0;
	while (at[1] || web->part_count > 0) {
		char *next = strchr(at + 1, '/');

		if (web->part_count == WEB_PARTS_MAX)
			return -1;
		web->part[web->part_count++] = at + 1;
		if (next)
			*next = '\0';
		if (!at[1] || route_decode(at + 1))
			return -1;
		if (!next)
			return 0;
		at = next;
	}
	return 0;
}

static int route_matches(const struct web *web, const char *pattern)
{
	unsigned i = 0;

	if (!pattern[1])
		return web->part_count == 0;
	for (const char *at = pattern; *at == '/'; i++) {
		size_t len = strcspn(at + 1, "/");

		if (i == web->part_count)
			return 0;
		if ((len != 1 || at[1] != '*') &&
		    (strlen(web->part[i]) != len || memcmp(web->part[i], at + 1, len) != 0))
			return 0;
		at += 1 + len;
	}
	return i == web->part_count;
}

/* The route of the path as it is, for POST or not; also whether there is one for the other. */
static const struct web_route *route_find_plain(
    const struct web *web, const struct web_route *routes, int is_post, int *other)
{
	*other = 0;
	for (; routes->path; routes++) {
		if (!route_matches(web, routes->path))
			continue;
		if (routes->is_post == is_post)
			return routes;
		*other = 1;
	}
	return NULL;
}

const struct web_route *route_find(
    struct web *web, const struct web_route *routes, int is_post, int *other)
{
	static const struct {
		const char *end;
		enum web_form form;
	} forms[] = {{".json", WEB_JSON}, {".txt", WEB_TEXT}, {".atom", WEB_ATOM}};
	const struct web_route *route = route_find_plain(web, routes, is_post, other);
	char *last = web->part_count ? web->part[web->part_count - 1] : NULL;
	size_t len = last ? strlen(last) : 0, plain = strlen(web->plain_path);
	int ignored;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct web_route *found;
		size_t end = strlen(forms[i].end);

		if (len <= end || plain <= end || strcmp(last + len - end, forms[i].end) != 0 ||
		    strcmp(web->plain_path + plain - end, forms[i].end) != 0)
			continue;
		last[len - end] = '\0';
		found = route_find_plain(web, routes, is_post, &ignored);
		if (found && (found->forms & forms[i].form)) {
			web->form = forms[i].form;
			web->plain_path[plain - end] = '\0';
			return found;
		}
		last[len - end] = '.';
	}
	return route;
}
