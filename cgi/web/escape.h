/* SPDX-License-Identifier: MIT */
/* escape: text of strangers for a page; see template.h for the rules. Pure. */
#ifndef LASTWORDS_CGI_WEB_ESCAPE_H
#define LASTWORDS_CGI_WEB_ESCAPE_H

#include <stddef.h>

enum escape {
	ESCAPE_ELEMENT, /* HTML where elements may be */
	ESCAPE_ATTRIBUTE, /* HTML or XML where only text may be */
	ESCAPE_PLAIN, /* plain text */
};

typedef int (*escape_put)(void *arg, const char *bytes, size_t len);

/* Each gives the pieces to put, and returns 0 or the first other result of it. */
int escape_text(enum escape how, const char *text, size_t len, escape_put put, void *arg);
/* Percent-encoded (RFC 3986): all but its unreserved characters. It needs no further escaping. */
int escape_url(const char *text, size_t len, escape_put put, void *arg);

#endif
