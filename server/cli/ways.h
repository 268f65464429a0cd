/* SPDX-License-Identifier: MIT */
/* ways: how commands print which channels can carry a panic (boot/channels.h). */
#ifndef LASTWORDS_CLI_WAYS_H
#define LASTWORDS_CLI_WAYS_H

#include "base/kv.h"
#include "boot/channels.h"
#include "config/config.h"
#include "store/db.h"

/* ,"channels":[{"channel":"http","can":"no","why":"…"},…] of the object that is being written. */
void ways_json(struct kv_out *out, const struct channels *channels);
/*
 * Of a session: by what its machine reported, and where it has reported nothing by the profile as it is now. 1, or 0:
 * there is no such profile, and no report.
 */
int ways_of_session(struct db *db, const struct config *config, const struct db_session *session,
    struct channels *channels);

#endif
