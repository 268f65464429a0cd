/* SPDX-License-Identifier: MIT */
/*
 * live: what is new, for pages that move: as server-sent events (HTML standard, 9.2) or, with ".json", as one
 * object for who polls. A reply has what came since "Last-Event-ID" (or ?after=) and ends: the browser asks
 * again after LIVE_RETRY_MS, so that nobody who watches holds a worker. At most LIVE_MAX bytes of each log a reply.
 *
 *   /machine/MAC/live   of the machine's newest session. after: SESSION_N_C, the bytes of netconsole.log and
 *                       console.log that were given. Events: session {"session", "state"};
 *                       netconsole, console ["line", …], controls escaped as in pages.
 *                       JSON: {"after", "session", "state", "netconsole": […], "console": […]}
 *   /live               events of all sessions, oldest first. after: the time of the last that was given.
 *                       Events: event, as in query_events. JSON: {"after", "events": […]}
 */
#ifndef LASTWORDS_CGI_WEB_LIVE_H
#define LASTWORDS_CGI_WEB_LIVE_H

#include "web.h"

enum { LIVE_MAX = 32768, LIVE_RETRY_MS = 1000, LIVE_EVENTS = 200 };

void live_machine(struct web *web);
void live_events(struct web *web);

/*
 * What is new of a machine since after ("": the end of its logs): the document of /machine/MAC/live.json. NULL: it
 * has no session. Needs web->query.db.
 */
json_t *live_of_machine(struct err *err, struct web *web, const uint8_t mac[6], const char *after);

#endif
