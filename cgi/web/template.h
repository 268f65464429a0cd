/* SPDX-License-Identifier: MIT */
/*
 * template: a page from a template file and a JSON document. It is the only place that escapes: no template and
 * no page can print a value raw.
 *
 * In a template, with names as members of the document, "a.b" as members of members, "." as the value of
 * the list's element itself, ".a" as a member of the element only, whatever the outer ones have:
 *
 *   {{name}}            the value as text, escaped. Numbers with at most 3 decimals. Absent: nothing
 *   {{name|url}}        percent-encoded, for a path segment or a query value
 *   {{name|link}}       a link of this server that begins with "/SEGMENT", "#" or "?"; anything else is "#"
 *   {{name|web}}        a link of http or https, of printable ASCII without blanks, quotes and "@"; anything else is "#"
 *   {{name|time}}       an RFC 3339 time as "2026-11-21 09:36:12 UTC" within <time datetime="…">
 *   {{name|ago}}        the same, with "3 min ago" as its text and the time as its title
 *   {{name|bytes}}      "27 KB"   {{name|percent}} 0.92 as "92 %"   {{name|count}} "12,345"
 *   {{name|seconds}}    "4.97 s", "3 min 20 s", "5 h 12 min", "3 d 4 h"
 *   {{name|bars}}       a list of counts as one inline SVG of bars with a title; {{name|line}} as a line
 *   {{#name}} … {{/name}}   for each element of a list (its members first, then the outer names; {{@n}} its
 *                       number from 1, {{#@first}} and {{#@last}} hold for the first and last); once, in it,
 *                       for an object; once for true, a number other than 0, or a text that is not ""
 *   {{^name}} … {{/name}}   where {{#name}} gives nothing
 *   {{#name=word}} … {{/name=word}}   once if the value, as {{name}} prints it, is that word
 *   {{^name=word}} … {{/name=word}}   once if it is not
 *                       Sections may stand within a tag, between attributes or in an attribute's value, if what
 *                       is in them leaves the tag as it was
 *   {{>file}}           another template, of the same directory, at most 8 deep
 *   {{! words }}        nothing: for the template's reader
 *
 * A line that has nothing but one tag of a section, an include or a comment is not in the page, nor is its newline.
 *
 * ESCAPING. & < > " ' as entities. Controls other than newline and tab, and the marks of text direction
 * (U+061C U+200E U+200F U+202A-202E U+2066-2069), are written as \xNN or \u{NNNN} in <span class="ctl">; where
 * no element may be (an attribute, title, textarea, option) as plain text without the span, and times without
 * <time>. Bytes that are not UTF-8 are U+FFFD.
 *
 * Found when a template is loaded, because no escaping makes them safe: an attribute without quotes; a value
 * in a script, style, iframe, noscript or comment, in a tag outside a quoted attribute, or in an attribute on…,
 * style, srcdoc or http-equiv. An attribute that is a URL (href, src, action …) with a value begins with "#" or
 * "?", or with "/" and a path segment of the template's own, and before its first "?" or "#" values have |url;
 * or its first value has |link.
 *
 * THE FILE'S NAME decides the kind: *.html; *.xml (Atom): as an attribute everywhere; *.txt: plain text, only
 * controls other than newline and tab and the marks of direction are escaped.
 *
 * Templates are loaded once for each worker and again when the file changes. Memory is bounded by the
 * templates' sizes (TEMPLATE_MAX each, TEMPLATE_NODES_MAX together); a rendering allocates nothing, and goes
 * out by the caller's function.
 */
#ifndef LASTWORDS_CGI_WEB_TEMPLATE_H
#define LASTWORDS_CGI_WEB_TEMPLATE_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

enum {
	TEMPLATE_MAX = 65536, /* bytes of a file */
	TEMPLATE_DEPTH_MAX = 8, /* of includes */
	TEMPLATE_SECTIONS_MAX = 16, /* of sections in sections */
	TEMPLATE_FILES_MAX = 64, /* included, one file as often as it is included */
	TEMPLATE_NODES_MAX = 16384 /* values, sections, and texts between them */
};

struct template;

/* Reads and checks DIR/NAME and what it includes. NULL with "FILE:LINE: problem". */
struct template *template_load(struct err *err, const char *dir, const char *name);
void template_free(struct template *template);
/* 1 if a file of it is no longer what was loaded, or cannot be looked at. */
int template_changed(const struct template *template);

/* Where the bytes go; returns 0, anything else ends the rendering. */
struct template_out {
	int (*put)(void *arg, const char *bytes, size_t len);
	void *arg;
	int64_t now_ms; /* for |ago */
};
/* 0, or what put returned. */
int template_render(
    const struct template *template, const json_t *document, const struct template_out *out);

#endif
