/* SPDX-License-Identifier: MIT */
/*
 * raw: a file of a session as it is stored. Its bytes are a stranger's: it is sent as plain text that no browser
 * takes for anything else (nosniff, sandbox).
 */
#ifndef LASTWORDS_CGI_WEB_RAW_H
#define LASTWORDS_CGI_WEB_RAW_H

#include "web.h"

/* /crash/ID/raw/NAME, for the names of store/layout.h that hold logs. */
void raw_answer(struct web *web);
/* 1 if this server has the file of the session /crash/ID; name: as above. */
int raw_has(struct web *web, const char *name);
/* Sends it; as raw_answer. */
void raw_send(struct web *web, const char *name);

#endif
