/* SPDX-License-Identifier: MIT */
/*
 * document: what each page shows, by query.h. A document for .json is the query's own; a page may need more of
 * them together. Each returns a new reference, or NULL with err (web.h: status).
 */
#ifndef LASTWORDS_CGI_WEB_DOCUMENT_H
#define LASTWORDS_CGI_WEB_DOCUMENT_H

#include "web.h"

json_t *document_overview(struct err *err, struct web *web);
json_t *document_crashes(struct err *err, struct web *web);
json_t *document_atom(struct err *err, struct web *web);
json_t *document_group(struct err *err, struct web *web);
json_t *document_diff(struct err *err, struct web *web);
json_t *document_crash(struct err *err, struct web *web);
json_t *document_log(struct err *err, struct web *web);
json_t *document_channels(struct err *err, struct web *web);
json_t *document_machines(struct err *err, struct web *web);
json_t *document_machine(struct err *err, struct web *web);
json_t *document_script(struct err *err, struct web *web);
json_t *document_sessions(struct err *err, struct web *web);
json_t *document_events(struct err *err, struct web *web);
json_t *document_fleet(struct err *err, struct web *web);
json_t *document_rates(struct err *err, struct web *web);

#endif
