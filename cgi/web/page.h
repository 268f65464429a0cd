/* SPDX-License-Identifier: MIT */
/*
 * page: the member "page" that a template gets with a document: what is of the page and not of its subject.
 *
 *   title, og_title, nav, version, self (path and query), path, query {…}, user, csrf, notice, filtered
 *   json, text, atom: the same in another form, where the route has it
 *   sorts {impact: link …}: where the route has the parameter sort
 *   pages, first, last, previous, next: of a list with "total" and "offset"; first, last, beginning, previous,
 *   next, end: of a log
 */
#ifndef LASTWORDS_CGI_WEB_PAGE_H
#define LASTWORDS_CGI_WEB_PAGE_H

#include "web.h"

/* Sets "page" into the document. */
void page_add(struct web *web, json_t *document);

#endif
