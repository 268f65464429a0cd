/* SPDX-License-Identifier: MIT */
/* boot_session: answers GET …/session/ID.cpio; see boot.h and archive.h. */
#ifndef LASTWORDS_BOOT_SESSION_H
#define LASTWORDS_BOOT_SESSION_H

#include "cgi/common/reply.h"
#include "cgi/common/request.h"
#include "cgi/common/site.h"

/* name is the path's last part. 200 with the archive, or 4xx/503 with a reason: iPXE then boots
 * unarmed. */
void boot_session_archive(
    struct site *site, const struct request *request, const char *name, struct reply *reply);

#endif
