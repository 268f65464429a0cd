/* SPDX-License-Identifier: MIT */
/*
 * template: HTML from a template file and a JSON document. It is the only place that escapes: no template and
 * no page can print a value raw.
 *
 * In a template, with names as members of the document, "a.b" as members of members, "." as the value of
 * the list's element itself:
 *
 *   {{name}}            the value as text, HTML escaped. Numbers with at most 3 decimals. Absent: nothing
 *   {{name|url}}        percent-encoded, for a path segment or a query value
 *   {{name|time}}       an RFC 3339 time as "2026-11-21 09:36:12 UTC" within <time datetime="…">
 *   {{name|ago}}        the same, with "3 min ago" as its text and the time as its title
 *   {{name|bytes}}      "27 KB"   {{name|percent}} 0.92 as "92 %"   {{name|count}} "12,345"   {{name|seconds}} "4.97 s"
 *   {{name|bars}}       a list of counts as one inline SVG of bars with a title; {{name|line}} as a line
 *   {{#name}} … {{/name}}   for each element of a list (its members first, then the outer names; {{@n}} its
 *                       number from 1, {{#@first}} and {{#@last}} hold for the first and last); once, in it, for an object; once for true, a number other than 0, or a
 *                       text that is not ""
 *   {{^name}} … {{/name}}   where {{#name}} gives nothing
 *   {{#name=word}} … {{/name=word}}   once if the value is that word
 *                       Sections may stand within a tag, between attributes or in an attribute's value, if what
 *                       is in them leaves the tag as it was
 *   {{>file}}           another template, of the same directory, at most 8 deep
 *
 * ESCAPING. & < > " ' as entities. Controls other than newline and tab, and the marks of text direction
 * (U+061C U+200E U+200F U+202A-202E U+2066-2069), are written as \xNN or \u{NNNN} in <span class="ctl">; within
 * an attribute (the engine tracks it: a value between quotes of a tag) as plain text without the span. An
 * attribute without quotes, or a value in a script, style or comment is a fault of the template, found when it
 * is loaded. Values of href and src whose template does not begin with "/" or "#" or "?" are such a fault too.
 *
 * Templates are loaded once for each worker and again when the file changes. Memory is bounded by the
 * templates' sizes (TEMPLATE_MAX each); a rendering allocates nothing, and goes out by the caller's function.
 */
#ifndef LASTWORDS_CGI_WEB_TEMPLATE_H
#define LASTWORDS_CGI_WEB_TEMPLATE_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

enum { TEMPLATE_MAX = 65536, TEMPLATE_DEPTH_MAX = 8 };

struct template;

/* Reads and checks DIR/NAME and what it includes. NULL with "FILE:LINE: problem". */
struct template *template_load(struct err *err, const char *dir, const char *name);
void template_free(struct template *template);

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
