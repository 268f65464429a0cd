/* SPDX-License-Identifier: MIT */
/*
 * action: what people change by the pages: POST of a form, then 303 to the page that it was on.
 *
 * Needs a person whom the web server has verified (REMOTE_USER), the form's token (csrf.h), and no sign of
 * another site: Sec-Fetch-Site, where sent, is same-origin; Origin, where sent, is this host. Each leaves a
 * line in the journal with by=PERSON.
 *
 *   /group/SIGNATURE   what: mute, note, tag, untag, fixed, duplicate (query.h, triage_write); value. A mute's
 *                      value may be a length of time ("7d"), from now on.
 *   /crash/ID          what=keep; value "" marks the session, "clear" clears the mark
 *   /machine/MAC       what=boot: profile, args, for its next boot (lastwords machine --once);
 *                      what=power: value on, off, cycle, reset or nmi (lastwords power), of a machine that has a
 *                      target
 */
#ifndef LASTWORDS_CGI_WEB_ACTION_H
#define LASTWORDS_CGI_WEB_ACTION_H

#include "web.h"

void action_group(struct web *web);
void action_crash(struct web *web);
void action_machine(struct web *web);

#endif
