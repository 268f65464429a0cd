/* SPDX-License-Identifier: MIT */
/*
 * state: where lastwords keeps things. Files are the truth, the database is an index of them.
 *
 *   STATE/key                       the server's secret (session.h)
 *   STATE/journal/YYYY-MM.log       every event, one line each (journal.h)
 *   STATE/machines/MAC              overrides of one machine (override.h); MAC as 525400a1b2c3
 *   STATE/boots.table               machines' sessions since they last ran (boots.h)
 *   STATE/machines/MAC.opened       the sessions that it opened itself (cgi/boot/opened.h)
 *   STATE/sessions/MAC/ID/          one boot:
 *       dmesg.txt  dmesg.meta       the uploaded kernel log and what is known of it;
 *       dmesg-2.txt …               further, different uploads (up to STATE_UPLOADS_MAX)
 *       netconsole.log              what netconsole brought, whole lines (collector only);
 *       netconsole.log.1            the older part of a long one
 *       netconsole.meta             its counts (collector only)
 *       hook.meta                   what came of the hook program (collector only)
 *       keep                        a person marked it: nothing removes it
 *       record.txt .ropes .meta     all of these as one log, made again at any time (record.h)
 *   STATE/sessions/MAC/.pruned-ID/  being removed (prune.h)
 *   STATE/sessions/MAC/pstore/      the same files, of a death of no session that is known
 *   STATE/streams/ADDRESS-PORT.log  netconsole of nobody's session, with .log.1 and .meta as above
 *                                   (collector only)
 *   STATE/streams/ADDRESS-PORT.bound   the session a stream was last bound to (collector only)
 *   STATE/index.db                  SQLite, written by the collector only
 *   STATE/hook.pos                  how far the hook has read the journal (hook.h)
 *   STATE/run/                      lighttpd.conf, logs, pids, locks, the collector's socket, spool,
 *                                   collector.meta and metrics.prom; prune.meta (prune.h)
 *
 * Durable means: written to a temporary name in the same directory, fsync, rename or link, fsync of
 * the directory.
 */
#ifndef LASTWORDS_STATE_H
#define LASTWORDS_STATE_H

#include <stddef.h>

#include "err.h"
#include "session.h"

enum { STATE_PATH_MAX = 1024, STATE_UPLOADS_MAX = 16 };

/* STATE/NAME into path; -1 if too long. */
int state_path(struct err *err, const char *state, const char *name, char path[STATE_PATH_MAX]);
/* How a session's directory is made. STATE_LAZY does not wait for the disk: for logs that are not
 * synced either, when thousands of machines boot at once. */
enum { STATE_LOOK = 0, STATE_DURABLE = 1, STATE_LAZY = 2 };

/* STATE/sessions/MAC/ID; made with its parents unless create is STATE_LOOK. */
int state_session_dir(struct err *err, const char *state, const struct session *session, int create,
    char path[STATE_PATH_MAX]);
/* Makes STATE and its fixed subdirectories (0750). 0 also if they exist. */
int state_make(struct err *err, const char *state);

/* 1 if an entry of STATE/sessions is called as a machine's is. A filter for scandir(3). */
struct dirent;
int state_is_machine(const struct dirent *entry);

/*
 * Makes STATE/run/NAME if it is not there and locks it (flock), not waiting. The descriptor, which holds
 * the lock until it is closed, or -1: errno is EWOULDBLOCK if another has it.
 */
int state_lock(struct err *err, const char *state, const char *name);

/* What was renamed or linked in dir is on the disk. 0/-1. */
int state_sync_dir(struct err *err, const char *dir);

/*
 * Writes a whole small file durably under dir/name, replacing an older one. 0/-1.
 */
int state_write(struct err *err, const char *dir, const char *name, const char *text, size_t len);
/* The same for what is not worth a sync: after a power cut it may be the older one, or none. */
int state_replace(struct err *err, const char *dir, const char *name, const char *text, size_t len);

/*
 * Publishes dir/temp (already written and fsynced) under dir/name without overwriting:
 * 0, 1 if name exists already (temp is left), -1.
 */
int state_publish(struct err *err, const char *dir, const char *temp, const char *name);

#endif
