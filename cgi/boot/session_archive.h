/* SPDX-License-Identifier: MIT */
/* session_archive: answers GET …/session/ID.cpio; see boot.h and archive.h. */
#ifndef LASTWORDS_CGI_BOOT_SESSION_ARCHIVE_H
#define LASTWORDS_CGI_BOOT_SESSION_ARCHIVE_H

#include "cgi/http/reply.h"
#include "cgi/http/request.h"
#include "cgi/http/site.h"
#include "identity.h"
#include "session/conf.h"
#include "session/session.h"

/*
 * The text of session.conf, for an address that the machine names (identity) or none. Needs a loaded
 * site and its key. 0, or -1 and the reply is an error.
 */
int session_archive_conf(struct site *site, const struct request *request,
    const struct session *session, const char *token, const struct identity *identity,
    struct reply *reply, char conf[SESSION_CONF_MAX]);
/* Where machines of the profile send their packets: HOST:PORT with a numeric host, "" nowhere. */
void session_archive_target(struct site *site, const struct request *request,
    const struct config_profile *profile, char to[80]);
/*
 * name is the path's last part. With the session's token the boot counts as an attempt
 * (boot/attempts.h), with armed=no as a quiet one. 200 with the archive, or 4xx/503 with a reason: iPXE
 * then boots unarmed.
 */
void session_archive_answer(
    struct site *site, const struct request *request, const char *name, struct reply *reply);

#endif
