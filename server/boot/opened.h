/* SPDX-License-Identifier: MIT */
/*
 * opened: which session a boot has, for machines that open it themselves (cgi/boot/open.h). The running
 * kernel asks once it has a network, the capture kernel asks again; both name the boot by the same
 * random word, which only that machine knows, and so get the same session.
 *
 * STATE/opened.table (table.h) has the session's time and profile under a hash of MAC and word, so
 * that a stranger who asks with the same MAC does not displace it. Lost or damaged, the capture kernel
 * gets a session of its own: the crash is stored all the same.
 */
#ifndef LASTWORDS_BOOT_OPENED_H
#define LASTWORDS_BOOT_OPENED_H

#include "base/err.h"
#include "session/session.h"

enum { OPENED_BOOT_MIN = 16, OPENED_BOOT_MAX = 64 };

/* OPENED_BOOT_MIN to OPENED_BOOT_MAX of 0-9 a-f. */
int opened_boot_ok(const char *boot);
/* 1 and the session if this boot has one; 0; -1 unreadable. old: the key of sessions that a version before 0.2
 * opened. */
int opened_find(struct err *err, const char *state, const struct session_key *old,
    const uint8_t mac[6], const char *boot, struct session *session);
/* 0/-1. */
int opened_add(struct err *err, const char *state, const char *boot, const struct session *session);
/* Removes STATE/machines/MAC.opened, written before 0.2. */
void opened_remove_old(const char *state);

#endif
