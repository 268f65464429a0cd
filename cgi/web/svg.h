/* SPDX-License-Identifier: MIT */
/*
 * svg: a list of counts as a small picture within a line of text, an inline SVG with a title for those who do
 * not see it. Its colour is the text's. Pure.
 */
#ifndef LASTWORDS_CGI_WEB_SVG_H
#define LASTWORDS_CGI_WEB_SVG_H

#include <jansson.h>

#include "escape.h"

enum svg_kind { SVG_BARS, SVG_LINE };

enum { SVG_VALUES_MAX = 400 }; /* the first so many of a list */

/* What is not a number, or below 0, counts as 0. 0, or the first other result of put. */
int svg_put(enum svg_kind kind, const json_t *values, escape_put put, void *arg);

#endif
