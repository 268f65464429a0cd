/* SPDX-License-Identifier: MIT */
/*
 * scope: whether the pages show this server or all servers. Where the configuration has a central database, a person
 * chooses in each page's head, which a cookie keeps; without a choice it is all servers. If the central database does not
 * answer within SCOPE_CENTRAL_MS, pages show this server, with a line that says so, for SCOPE_AWAY_MS without
 * asking again.
 */
#ifndef LASTWORDS_WEB_SCOPE_H
#define LASTWORDS_WEB_SCOPE_H

#include "web.h"

enum { SCOPE_CENTRAL_MS = 1000, SCOPE_AWAY_MS = 15000 };

/* For a document: sets web->query.central, or opens the index; web->scope and web->away. 0/-1 as web_open_index. */
int scope_open(struct err *err, struct web *web);
/* /scope/all, /scope/local: keeps the choice and leads back. */
void scope_answer(struct web *web);

#endif
