/* SPDX-License-Identifier: MIT */
/* small: the answers that are no page: where a search leads, the login, whether the server answers. */
#ifndef LASTWORDS_CGI_WEB_SMALL_H
#define LASTWORDS_CGI_WEB_SMALL_H

#include "web.h"

/* To the page of a session: /crash/ID. */
void small_session(struct web *web);
/* A session's id, a signature or a MAC leads to its page; other words to the crashes that have them. */
void small_search(struct web *web);
/* The web server has asked for a password: back to ?to=. */
void small_login(struct web *web);
/* What browsers ask for on pages that name no icon, the feed for one: the pages' icon. */
void small_icon(struct web *web);
/* "ok" and 200, or 503 with the reason. */
void small_health(struct web *web);

#endif
