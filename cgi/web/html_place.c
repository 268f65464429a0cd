/* SPDX-License-Identifier: MIT */
/* html_place: where in an HTML text one is; see html_place.h. Pure. */
#include "html_place.h"

#include <string.h>

static int html_is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return 1;
	return 0;
}

/* Elements in which "<" begins no tag and "&" no entity. */
static int html_is_raw(const char *element)
{
	static const char *const names[] = {"script", "style", "iframe", "noscript", "noembed",
	    "noframes", "xmp", "plaintext", NULL};

	return html_is_one_of(element, names);
}

/* Elements that hold only text, with entities. */
static int html_is_text_only(const char *element)
{
	static const char *const names[] = {"title", "textarea", "option", NULL};

	return html_is_one_of(element, names);
}

static int html_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int html_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* (What is cut is no name that matters here.) */
static void html_name_add(char name[HTML_NAME_MAX + 1], char c)
{
	size_t len = strlen(name);

	if (len < HTML_NAME_MAX) {
		name[len] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
		name[len + 1] = '\0';
	}
}

static int html_tag_ends(struct err *err, struct html_place *place)
{
	place->state = HTML_TEXT;
	if (place->element[0] && (!place->end_tag || strcmp(place->tag, place->element) != 0))
		return err_set(err, "a tag within %s, which holds only text", place->element);
	if (place->end_tag) {
		if (strcmp(place->tag, place->element) == 0)
			memset(place->element, 0, sizeof(place->element));
	} else if (html_is_raw(place->tag) || html_is_text_only(place->tag)) {
		memcpy(place->element, place->tag, sizeof(place->element));
		place->matched = 0;
		if (html_is_raw(place->tag))
			place->state = HTML_RAW;
	}
	memset(place->tag, 0, sizeof(place->tag));
	place->end_tag = 0;
	return 0;
}

static int html_open(struct err *err, struct html_place *place, char c)
{
	if (place->element[0] && c != '/' && !place->end_tag)
		return err_set(err, "a tag within %s, which holds only text", place->element);
	if (c == '!' && !place->end_tag) {
		place->state = HTML_DECLARATION;
		place->matched = 0;
	} else if (c == '/' && !place->end_tag) {
		place->end_tag = 1;
	} else if (html_is_letter(c)) {
		place->state = HTML_TAG_NAME;
		html_name_add(place->tag, c);
	} else {
		return err_set(err, "\"<\" begins no tag; write &lt;");
	}
	return 0;
}

static int html_tag(struct err *err, struct html_place *place, char c)
{
	if (place->settled && !html_is_blank(c) && c != '/' && c != '>')
		return err_set(err, "a name that goes on behind a section; put a blank between");
	place->settled = 0;
	if (c == '>') {
		return html_tag_ends(err, place);
	} else if (c == '=' || c == '"' || c == '\'' || c == '<') {
		return err_set(err, "unexpected %c in a tag", c);
	} else if (!html_is_blank(c) && c != '/') {
		memset(place->name, 0, sizeof(place->name));
		place->state = HTML_NAME;
		html_name_add(place->name, c);
	}
	return 0;
}

static int html_name(struct err *err, struct html_place *place, char c)
{
	if (c == '=') {
		place->state = HTML_EQUALS;
	} else if (html_is_blank(c) || c == '/' || c == '>') {
		place->state = HTML_TAG;
		return html_tag(err, place, c);
	} else if (c == '"' || c == '\'' || c == '<') {
		return err_set(err, "unexpected %c in an attribute's name", c);
	} else {
		html_name_add(place->name, c);
	}
	return 0;
}

static void html_value(struct html_place *place, char c)
{
	if (c == place->quote) {
		place->state = HTML_TAG;
		place->quote = place->first = place->second = place->has_query = 0;
		memset(place->name, 0, sizeof(place->name));
		return;
	}
	if (!place->first)
		place->first = c;
	else if (!place->second)
		place->second = c;
	if (c == '?' || c == '#')
		place->has_query = 1;
}

/* "<!" was seen: a comment if "--" follows. */
static void html_declaration(struct html_place *place, char c)
{
	if (place->matched < 2 && c == '-') {
		if (++place->matched == 2) {
			place->state = HTML_COMMENT;
			place->matched = 0;
		}
	} else {
		place->matched = 3;
		if (c == '>') {
			place->state = HTML_TEXT;
			place->matched = 0;
		}
	}
}

static void html_comment(struct html_place *place, char c)
{
	if (c == '-') {
		if (place->matched < 2)
			place->matched++;
	} else if (c == '>' && place->matched == 2) {
		place->state = HTML_TEXT;
		place->matched = 0;
	} else {
		place->matched = 0;
	}
}

/* The end tag of the raw element: "</NAME". */
static void html_raw(struct html_place *place, char c)
{
	size_t len = strlen(place->element);
	char lower = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
	char want = place->matched == 0   ? '<'
		    : place->matched == 1 ? '/'
					  : place->element[place->matched - 2];

	if (lower != want) {
		place->matched = c == '<';
		return;
	}
	place->matched++;
	if (place->matched == len + 2) {
		memcpy(place->tag, place->element, sizeof(place->tag));
		place->end_tag = 1;
		place->matched = 0;
		place->state = HTML_TAG;
	}
}

static int html_step(struct err *err, struct html_place *place, char c)
{
	switch (place->state) {
	case HTML_TEXT:
		if (c == '<')
			place->state = HTML_OPEN;
		return 0;
	case HTML_OPEN:
		return html_open(err, place, c);
	case HTML_TAG_NAME:
		if (html_is_blank(c) || c == '/' || c == '>') {
			place->state = HTML_TAG;
			return html_tag(err, place, c);
		}
		html_name_add(place->tag, c);
		return 0;
	case HTML_TAG:
		return html_tag(err, place, c);
	case HTML_NAME:
		return html_name(err, place, c);
	case HTML_EQUALS:
		if (c != '"' && c != '\'')
			return err_set(err, "attribute %s without quotes", place->name);
		place->state = HTML_VALUE;
		place->quote = c;
		return 0;
	case HTML_VALUE:
		html_value(place, c);
		return 0;
	case HTML_DECLARATION:
		html_declaration(place, c);
		return 0;
	case HTML_COMMENT:
		html_comment(place, c);
		return 0;
	case HTML_RAW:
		html_raw(place, c);
		return 0;
	}
	return 0;
}

int html_advance(struct err *err, struct html_place *place, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (html_step(err, place, text[i]))
			return -1;
	return 0;
}

static int html_is_url(const char *name)
{
	static const char *const names[] = {"href", "src", "action", "formaction", "poster", "data",
	    "cite", "background", "manifest", "ping", "srcset", "xlink:href", "longdesc", NULL};

	return html_is_one_of(name, names);
}

static int html_is_code(const char *name)
{
	static const char *const names[] = {"style", "srcdoc", "http-equiv", NULL};

	return strncmp(name, "on", 2) == 0 || html_is_one_of(name, names);
}

static int html_may_print_value(struct err *err, struct html_place *place, enum html_print what)
{
	if (html_is_code(place->name))
		return err_set(err, "a value in attribute %s", place->name);
	if (!html_is_url(place->name) || place->first == '#' || place->first == '?')
		return 0;
	if (what == HTML_LINK && !place->first) {
		place->first = '/';
		place->second = '.'; /* a segment of its own */
		return 0;
	}
	if (place->first != '/' || !place->second || place->second == '/' || place->second == '\\')
		return err_set(err, "%s with a value begins with /SEGMENT, # or ?", place->name);
	if (!place->has_query && what != HTML_ENCODED)
		return err_set(err, "a value in the path of %s needs |url", place->name);
	return 0;
}

int html_may_print(struct err *err, struct html_place *place, enum html_print what)
{
	switch (place->state) {
	case HTML_TEXT:
		return 0;
	case HTML_VALUE:
		return html_may_print_value(err, place, what);
	case HTML_RAW:
		return err_set(err, "a value in %s", place->element);
	case HTML_COMMENT:
	case HTML_DECLARATION:
		return err_set(err, "a value in a comment");
	case HTML_EQUALS:
		return err_set(err, "attribute %s without quotes", place->name);
	default:
		return err_set(err, "a value in a tag outside a quoted attribute");
	}
}

void html_settle(struct html_place *place)
{
	if (place->state == HTML_TAG_NAME || place->state == HTML_NAME) {
		place->state = HTML_TAG;
		place->settled = 1;
	}
}

struct html_place html_behind(const struct html_place *begin, const struct html_place *end)
{
	struct html_place place = *begin;

	place.settled = begin->settled || end->settled;
	return place;
}

int html_may_have_element(const struct html_place *place)
{
	return place->state == HTML_TEXT && !place->element[0];
}

int html_same_place(const struct html_place *a, const struct html_place *b)
{
	return a->state == b->state && a->quote == b->quote && a->end_tag == b->end_tag &&
	       a->matched == b->matched && strcmp(a->tag, b->tag) == 0 &&
	       (a->state != HTML_VALUE || strcmp(a->name, b->name) == 0) &&
	       strcmp(a->element, b->element) == 0;
}
