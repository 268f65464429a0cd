/* SPDX-License-Identifier: MIT */
/*
 * layout: where lastwords keeps its files. Files are the truth, the database is an index of them.
 *
 *   STATE/key                       the server's secret (session/session.h)
 *   STATE/server.id                 which server this is (session/server.h)
 *   STATE/keys/own, ID.pub          keys of a fleet (session/keys.h)
 *   STATE/users                     people who may change something on the pages (cli/users.h)
 *   STATE/journal/YYYY-MM.log       every event, one line each (journal.h)
 *   STATE/journal.lock              the number of the journal's last line (number.h)
 *   STATE/machines/MAC              a machine's override (boot/override.h); MAC as 525400a1b2c3
 *   STATE/machines/MAC.script       a script that is to be run inside it
 *   STATE/opened.table              sessions that machines opened themselves (boot/opened.h)
 *   STATE/quota.table               journal lines that requests have cost (boot/quota.h)
 *   STATE/attempts.table            machines' boots since they last ran (boot/attempts.h); boots.table,
 *                                   its name before 0.2, is not read and may be deleted
 *   STATE/sessions/MAC/ID/          one boot:
 *       dmesg.txt  dmesg.meta       the uploaded kernel log and its metadata;
 *       dmesg-2.txt …               further, different uploads (up to RECORD_DMESG_MAX)
 *       pstore-1.txt, .meta …       what a later session has sent from pstore (up to RECORD_PSTORE_MAX;
 *                                   before 0.2 these were stored as dmesg-N.txt, and are still read so)
 *       autopsy.txt, .meta          what the machine was doing when it died (up to RECORD_AUTOPSY_MAX)
 *       script.sh                   the script that the machine was to run (boot/override.h);
 *       script.txt, .meta           its output
 *       netconsole.log              netconsole's lines (collector only);
 *       netconsole.log.0            the beginning of a long one (16 MB)
 *       netconsole.log.1            the part of a very long one before netconsole.log
 *       netconsole.meta             its counts and levels (collector only)
 *       console.log                 what its serial console printed, as it came;
 *       console.idx                 when each line came; both .1: the older part
 *                                   (lastwords-console only; console/log/transcript.h)
 *       hook.meta                   result of the hook program (collector only)
 *       keep                        a person marked the session: it is never removed
 *       record.txt .channels .levels .meta  all of these as one log, can be made again (record/record.h);
 *                                   record.ropes, written before 0.2, is not read
 *       decoded.txt                 the record's report with source lines, where the image names a vmlinux
 *                                   (decode/main.c)
 *   STATE/sessions/MAC/.pruned-ID/  a session that is being removed (retain/prune.h)
 *   STATE/sessions/MAC/pstore/      the same files, of crashes whose session is unknown
 *   STATE/streams/ADDRESS-PORT.log  unassigned netconsole streams, with .meta as above, and
 *   STATE/streams/ADDRESS-PORT@TIME.log   their older parts of 16 MB (collector only)
 *   STATE/streams/ADDRESS-PORT.bound   the session a stream was last bound to (collector only)
 *   STATE/consoles/NAME/            what the console of a target printed outside a session
 *                                   (console/log/transcript.h)
 *   STATE/index.db                  SQLite, written by the collector only
 *   STATE/hook.pos                  the hook's position in the journal (collector/hook.h)
 *   STATE/run/                      lighttpd.conf, logs, pids, locks, the collector's socket, spool,
 *                                   collector.meta and metrics.prom; prune.meta (retain/prune.h); relay.meta
 *   STATE/run/probe/MAC/ID/         the same files of what `lastwords doctor` has sent itself
 *                                   (session/session.h), which it removes
 *   STATE/run/targets/NAME.*        a target's lock, and its driver's files (target/)
 */
#ifndef LASTWORDS_STORE_LAYOUT_H
#define LASTWORDS_STORE_LAYOUT_H

#include <stddef.h>

#include "base/file.h"
#include "session/session.h"

/* The directories in STATE. */
#define LAYOUT_JOURNAL "journal"
#define LAYOUT_MACHINES "machines"
#define LAYOUT_SESSIONS "sessions"
#define LAYOUT_STREAMS "streams"
#define LAYOUT_CONSOLES "consoles"
#define LAYOUT_RUN "run"
#define LAYOUT_PROBE "run/probe"
/* What lastwords-relay last wrote (relay/status.c), and how long it may be. */
#define LAYOUT_RELAY "run/relay.meta"
enum { LAYOUT_RELAY_MAX = 2048 };

enum layout_make {
	LAYOUT_LOOK, /* makes nothing */
	LAYOUT_DURABLE, /* survives a power cut */
	LAYOUT_LAZY, /* no sync: for logs that are not synced either, when thousands of machines boot */
};

/* Sets path to STATE/sessions/MAC/ID (of a probe: STATE/run/probe/MAC/ID) and, as make says, makes it with
 * its parents. 0/-1. */
int layout_session_dir(struct err *err, const char *state, const struct session *session,
    enum layout_make make, char path[FILE_PATH_MAX]);
/* Sets path to STATE/sessions/MAC; mac is 12 hex digits, what follows them is ignored. 0/-1. */
int layout_machine_dir(
    struct err *err, const char *state, const char *mac, char path[FILE_PATH_MAX]);
/* Makes STATE and its directories (0750). 0 also if they exist. */
int layout_make(struct err *err, const char *state);

/* 1 if an entry of STATE/sessions has a machine's name: 12 hex digits. A filter for scandir(3). */
int layout_is_machine(const struct dirent *entry);

/*
 * Locks STATE/run/NAME (flock), which is made if missing; does not wait. Returns the descriptor that
 * holds the lock until it is closed, or -1: errno is EWOULDBLOCK if another process holds it.
 */
int layout_lock(struct err *err, const char *state, const char *name);

#endif
