/* SPDX-License-Identifier: MIT */
/*
 * html_place: where in an HTML text one is, a character after the other, as far as a template must know
 * to escape what follows. Pure. It follows the tokenizer of the HTML standard (13.2.5), and refuses what that
 * tolerates and nobody needs: attributes without quotes, "<" that begins no tag.
 */
#ifndef LASTWORDS_CGI_WEB_HTML_PLACE_H
#define LASTWORDS_CGI_WEB_HTML_PLACE_H

#include <stddef.h>

#include "base/err.h"

enum html_state {
	HTML_TEXT,
	HTML_OPEN, /* behind "<" */
	HTML_TAG_NAME,
	HTML_TAG, /* in a tag, between attributes */
	HTML_NAME, /* of an attribute */
	HTML_EQUALS, /* behind the "=" of an attribute */
	HTML_VALUE, /* between the quotes */
	HTML_DECLARATION, /* <!doctype …> */
	HTML_COMMENT,
	HTML_RAW, /* in a script and its like, where entities have no meaning */
};

enum { HTML_NAME_MAX = 15 };

struct html_place {
	enum html_state state;
	char quote; /* of the value */
	char end_tag; /* 1: the tag is an end tag */
	char settled; /* 1: a name has ended here, whatever comes */
	char tag[HTML_NAME_MAX + 1]; /* the tag's name, lower case, cut */
	char name[HTML_NAME_MAX + 1]; /* the attribute's */
	char element[HTML_NAME_MAX +
		     1]; /* the element that holds no others: title, script …; "" none */
	/* of the value so far: */
	char first, second; /* its first characters that the template has; 0 none yet */
	char has_query; /* "?" or "#" was in it */
	/* of a comment or raw text: how much of its end was seen */
	unsigned char matched;
};

/* Goes on by len bytes. 0, or -1 with the fault. */
int html_advance(struct err *err, struct html_place *place, const char *text, size_t len);

enum html_print {
	HTML_ANY,
	HTML_ENCODED, /* percent-encoded */
	HTML_LINK, /* a link of this server, or "#" */
};
/* 0 if a value may be here; -1 with the reason. A link goes on like one whose beginning the template has. */
int html_may_print(struct err *err, struct html_place *place, enum html_print what);

/*
 * A section begins or ends here: a name of a tag or an attribute has ended, because what follows may be left out;
 * html_advance refuses a letter that would join it.
 */
void html_settle(struct html_place *place);

/* 1 if an element may be here, 0 if only text may. */
int html_may_have_element(const struct html_place *place);

/* 1 if both are the same place: a section that begins at a and ends at b leaves the page whole. */
int html_same_place(const struct html_place *a, const struct html_place *b);
/* The place behind a section from begin to end, which may be left out. */
struct html_place html_behind(const struct html_place *begin, const struct html_place *end);

#endif
