/* SPDX-License-Identifier: MIT */
/*
 * page: the member "page" that a template gets with a document: what is of the page and not of its subject.
 *
 *   title, nav, version, self (path and query), query {parameter: value}, notice (what an action has done)
 *   user, csrf: the person who is logged in, and the token of that person's forms
 *   filtered: a parameter leaves something out
 *   json, text, atom: the same in another form, where the route has it
 *   sorts {impact: link …}: where the route has the parameter sort
 *   pages, first, last, previous, next: of a list with "total" and "offset"; first, last, beginning, previous,
 *   next, end: of a log
 *
 * Set by documents: script (a file of static/ that the page loads); several (more than one channel has lines);
 * file (the log's name among the session's files); base (this server's URL, of a feed); uplot (the chart's library is
 * there); next, of events.
 */
#ifndef LASTWORDS_CGI_WEB_PAGE_H
#define LASTWORDS_CGI_WEB_PAGE_H

#include "web.h"

/* Sets "page" into the document. */
void page_add(struct web *web, json_t *document);

#endif
