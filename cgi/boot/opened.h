/* SPDX-License-Identifier: MIT */
/*
 * opened: which session a boot has, for machines that open it themselves (open.h). The running
 * kernel asks once it has a network, the capture kernel asks again; both name the boot by the same
 * random word, which only that machine knows, and so get the same session.
 *
 * STATE/machines/MAC.opened has a line "BOOT SESSION" for each, the newest last. Lost or damaged, the
 * capture kernel gets a session of its own: the crash is stored all the same. Written without a sync.
 */
#ifndef LASTWORDS_CGI_BOOT_OPENED_H
#define LASTWORDS_CGI_BOOT_OPENED_H

#include "base/err.h"
#include "session/session.h"

enum { OPENED_BOOT_MIN = 16, OPENED_BOOT_MAX = 64 };

/* OPENED_BOOT_MIN to OPENED_BOOT_MAX of 0-9 a-f. */
int opened_boot_ok(const char *boot);
/* 1 and the session if this boot has one that the key says is ours; 0; -1 unreadable. */
int opened_find(struct err *err, const char *state, const struct session_key *key,
    const uint8_t mac[6], const char *boot, struct session *session);
/* 0/-1. */
int opened_add(struct err *err, const char *state, const char *boot, const struct session *session);

#endif
