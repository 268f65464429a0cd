/* SPDX-License-Identifier: MIT */
/*
 * campaign: the pages of campaigns (`lastwords repro`, `bisect`), from their events in the index.
 *
 *   /campaigns     {"campaigns": [{"campaign", "begun", "last", "state": "running|resumed|ended", "why", "profile",
 *                  "target"}]}, newest first, of the newest CAMPAIGN_EVENTS_MAX events of campaigns
 *   /campaign/ID   what `lastwords repro --json` prints (lastwords-json(5)), of its newest CAMPAIGN_RUNS_MAX runs;
 *                  "end" is why it ended, or "running"
 */
#ifndef LASTWORDS_CGI_WEB_CAMPAIGN_H
#define LASTWORDS_CGI_WEB_CAMPAIGN_H

#include "web.h"

enum { CAMPAIGN_EVENTS_MAX = 2000, CAMPAIGN_RUNS_MAX = 20000 };

json_t *campaign_list_document(struct err *err, struct web *web);
json_t *campaign_document(struct err *err, struct web *web);

#endif
