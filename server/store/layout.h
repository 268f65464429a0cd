/* SPDX-License-Identifier: MIT */
/*
 * layout: where lastwords keeps things. Files are the truth, the database is an index of them.
 *
 *   STATE/key                       the server's secret (session.h)
 *   STATE/journal/YYYY-MM.log       every event, one line each (journal.h)
 *   STATE/machines/MAC              overrides of one machine (override.h); MAC as 525400a1b2c3
 *   STATE/attempts.table               machines' sessions since they last ran (boot/attempts.h)
 *   STATE/machines/MAC.opened       the sessions that it opened itself (cgi/boot/opened.h)
 *   STATE/sessions/MAC/ID/          one boot:
 *       dmesg.txt  dmesg.meta       the uploaded kernel log and what is known of it;
 *       dmesg-2.txt …               further, different uploads (up to RECORD_UPLOADS_MAX)
 *       netconsole.log              what netconsole brought, whole lines (collector only);
 *       netconsole.log.1            the older part of a long one
 *       netconsole.meta             its counts (collector only)
 *       hook.meta                   what came of the hook program (collector only)
 *       keep                        a person marked it: nothing removes it
 *       record.txt .channels .meta     all of these as one log, made again at any time (record.h)
 *   STATE/sessions/MAC/.pruned-ID/  being removed (prune.h)
 *   STATE/sessions/MAC/pstore/      the same files, of a death of no session that is known
 *   STATE/streams/ADDRESS-PORT.log  netconsole of nobody's session, with .log.1 and .meta as above
 *                                   (collector only)
 *   STATE/streams/ADDRESS-PORT.bound   the session a stream was last bound to (collector only)
 *   STATE/index.db                  SQLite, written by the collector only
 *   STATE/hook.pos                  how far the hook has read the journal (hook.h)
 *   STATE/run/                      lighttpd.conf, logs, pids, locks, the collector's socket, spool,
 *                                   collector.meta and metrics.prom; prune.meta (prune.h)
 */
#ifndef LASTWORDS_STORE_LAYOUT_H
#define LASTWORDS_STORE_LAYOUT_H

#include <stddef.h>

#include "base/file.h"
#include "session/session.h"

/* How a session's directory is made. LAYOUT_LAZY does not wait for the disk: for logs that are not
 * synced either, when thousands of machines boot at once. */
enum { LAYOUT_LOOK = 0, LAYOUT_DURABLE = 1, LAYOUT_LAZY = 2 };

/* STATE/sessions/MAC/ID; made with its parents unless create is LAYOUT_LOOK. */
int layout_session_dir(struct err *err, const char *state, const struct session *session,
    int create, char path[FILE_PATH_MAX]);
/* Makes STATE and its fixed subdirectories (0750). 0 also if they exist. */
int layout_make(struct err *err, const char *state);

/* 1 if an entry of STATE/sessions is called as a machine's is. A filter for scandir(3). */
struct dirent;
int layout_is_machine(const struct dirent *entry);

/*
 * Makes STATE/run/NAME if it is not there and locks it (flock), not waiting. The descriptor, which holds
 * the lock until it is closed, or -1: errno is EWOULDBLOCK if another has it.
 */
int layout_lock(struct err *err, const char *state, const char *name);

#endif
