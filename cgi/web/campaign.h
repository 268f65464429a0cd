/* SPDX-License-Identifier: MIT */
/*
 * campaign: the pages of campaigns (`lastwords repro`, `bisect`), from their events in the index.
 *
 *   /campaigns     {"campaigns": [{"campaign", "begun", "last", "state": "running|ended", "why", "profile", "target"}]},
 *                  newest first, of the newest QUERY_PAGE_MAX events of campaigns. One whose process was killed is
 *                  "running" too: nothing says that it ended.
 *   /campaign/ID   what `lastwords repro --json` prints (lastwords-json(5)), of its newest CAMPAIGN_RUNS_MAX runs;
 *                  "end" is why it ended, or "running"
 */
#ifndef LASTWORDS_CGI_WEB_CAMPAIGN_H
#define LASTWORDS_CGI_WEB_CAMPAIGN_H

#include "web.h"

enum { CAMPAIGN_RUNS_MAX = 20000 };

json_t *campaign_list_document(struct err *err, struct web *web);
json_t *campaign_document(struct err *err, struct web *web);

#endif
