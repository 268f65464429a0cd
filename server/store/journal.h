/* SPDX-License-Identifier: MIT */
/*
 * journal: every event of every session, in append-only files; entries of pruned sessions are
 * compacted later (compact.h).
 *
 *   STATE/journal/YYYY-MM.log, lines of at most JOURNAL_LINE_MAX bytes with their newline:
 *   2026-11-21T09:36:12.123Z requested 525400a1b2c3-…-5f3a9c01 product=KVM address=10.0.2.15 …
 *
 * TIME (base/clock.h), EVENT ([a-z-]+), SESSION (an id, or "-" for an event of no session), and
 * key=value pairs (base/kv.h), separated by one space each.
 *
 * Any process with write access appends: a line is one write(2) on an O_APPEND descriptor, preceded
 * by a space and a newline if the file does not end in a newline. So a line torn by a full disk harms no other,
 * and ends in a space, which makes it invalid: its last value may be half of one.
 * Readers skip invalid lines. A line ends in its number (number.h), unless its writer could not get one;
 * it is no pair of the entry. An empty datagram on STATE/run/collector.sock wakes the collector, which
 * reads on from its position; after a downtime or a lost database it catches up by reading.
 *
 * Events and their writers:
 *   requested  boot       profile, rule, args (edited at the menu), address, netmask, gateway, arch,
 *                         platform, agent and the SMBIOS fields product, manufacturer, serial,
 *                         asset, uuid, each cut to 64 bytes; image; loader (pxelinux, other) if
 *                         it was not our script. How many there are is limited (boot/quota.h)
 *   refused    boot       why; the same identity fields (session "-")
 *   not-armed  boot, ingest   why (decided by the server, or reported by iPXE or the keeper)
 *   armed      ingest     crashkernel (bytes), capture, ms (duration of arming), release
 *   running    ingest     interface, address, netconsole (on, off, or why not), uptime, release; what its
 *                         channels can carry (boot/channels.h): consoles (threaded, direct: netconsole's),
 *                         panic (kernel.panic), pstore (its backend, or none), watchdog (that ends a panic)
 *   script     ingest     file, bytes, sha256, status (its exit status) or signal, why (it did not run, or
 *                         was ended), ms, address: the script inside the machine has ended
 *   firmware   ingest     file, bytes, sha256, address: what firmware and iPXE printed (ingest/firmware.h)
 *   uploaded   ingest     file, bytes, sha256, channel (http, pstore), address; by (the session that
 *                         sent it from pstore)
 *   bound      collector  stream (ADDRESS-PORT)
 *   resent     collector  channel (udp): the capture kernel sends over UDP what HTTP did not take
 *   died       collector, console, ingest  line (the first oops, BUG or panic line); channel (console;
 *                         capture: the capture kernel started, there is no line; without it netconsole)
 *   stalled, no-capture, ended
 *              collector  what did not happen in time (db_late)
 *   pruned     collector, CLI    the session was removed (retain/prune.h): why, bytes, crash; if it came up: up,
 *                         end (ms), release, product, signature; session "-": stream, console or what
 *   lost       CLI        file: an acknowledged file that is missing (fsck)
 *   override   CLI        mac and what was set; by
 *   power      CLI        a machine was switched, or was to be (target/target.h): target, mac, action,
 *                         result, power, ms; why, by
 *   console    console    session "-": target, state (up, lost, held, refused, silent), why (console/console.h)
 *   campaign   CLI        session "-": campaign (its id), what: begun, with all its options (repro/campaign.h),
 *                         resumed, or ended, with why
 *   run        CLI        session "-", because runs are kept when their sessions are pruned: campaign, target,
 *                         session, verdict and what belongs to it (repro/campaign.h)
 *   triage     CLI, pages session "-": signature, what, value, by: what a person said of a signature
 *                         (query/query.h); never removed
 *   event      any        text: a message for people; of boot with what: address (it and the MAC do
 *                         not match), boot-loop, one-shot, overload, config, strangers (requests
 *                         that were not recorded); of people with what: keep (value on, off: the
 *                         session is marked, or no longer; by); of the index with what: merge (the session's
 *                         logs cannot be merged), clock (a journal file of a month to come)
 */
#ifndef LASTWORDS_STORE_JOURNAL_H
#define LASTWORDS_STORE_JOURNAL_H

#include <stdint.h>

#include "base/err.h"
#include "base/kv.h"
#include "number.h"
#include "session/session.h"

enum { JOURNAL_LINE_MAX = 8192, JOURNAL_EVENT_MAX = 16 };

/* 1 if an entry of STATE/journal has a journal file's name: YYYY-MM.log. A filter for scandir(3). */
struct dirent;
int journal_is_name(const struct dirent *entry);
/* 1 if a journal file's name is of a month to come: the clock was wrong when it was made. */
int journal_is_ahead(const char *name);
/* Sets name to the newest of the journal's files that is newer than name; dir is STATE/journal. */
void journal_newest(const char *dir, char name[12]);

struct journal_entry {
	int64_t time_ms;
	int64_t number; /* number.h; 0: none */
	char event[JOURNAL_EVENT_MAX + 1];
	char session[SESSION_ID_MAX + 1]; /* "-" for none */
	struct kv kv; /* points into the parsed line */
};

/*
 * Starts a line; the caller adds pairs with kv_out_pair(out, ' ', …) and appends it. session NULL
 * means none.
 */
void journal_begin(struct kv_out *out, char *buf, size_t size, int64_t time_ms, const char *event,
    const char *session);
/*
 * Appends the line to this month's file, or to a newer one if there is one, because readers only go
 * forward; the line's own time does not matter. Then wakes the collector, if it runs, without waiting.
 * A line that overflowed is an error. 0/-1.
 */
int journal_append(struct err *err, const char *state, struct kv_out *out);
/* The same, and the line is on the disk before it returns: needed before a machine gets a reply. */
int journal_append_durable(struct err *err, const char *state, struct kv_out *out);

/*
 * Appends text, whole lines with their newlines, by one write, without waking the collector: for the
 * collector itself. *done: bytes of whole lines that were written; with -1 (a full disk) fewer than
 * len, and the rest may be tried again. 0/-1.
 */
int journal_append_lines(
    struct err *err, const char *state, const char *text, size_t len, size_t *done);

/* The same as journal_append for frequent writers: file and socket stay open between lines. One
 * writer for each state. */
struct journal_writer {
	int fd, bell; /* -1: none */
	char name[12]; /* of the file */
	struct number number;
};

void journal_writer_init(struct journal_writer *writer);
void journal_writer_close(struct journal_writer *writer);
int journal_writer_append(
    struct err *err, struct journal_writer *writer, const char *state, struct kv_out *out);

/* Parses one line without its newline, in place (as kv_parse does). 0, or -1 if it is invalid. */
int journal_parse(char *line, size_t len, struct journal_entry *entry);

struct journal_pos {
	char file[16]; /* "2026-11.log" */
	int64_t offset; /* bytes */
	uint64_t skipped; /* invalid lines so far */
};

/* Sets pos to the journal's end: only what is appended later is read from there. 0/-1. */
int journal_end(struct err *err, const char *state, struct journal_pos *pos);

/*
 * Reads on from pos; a zeroed pos is the beginning. Calls got() for each whole line; got returns 0 to
 * go on, anything else stops after that line. The number of lines read, or -1.
 */
long journal_read(struct err *err, const char *state, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg);

/*
 * The same, and a line without a number gets one from its bytes: minus the first 62 bits of their SHA-256, or
 * minus 1. So a line that is sent twice to a central database is one there.
 */
long journal_read_numbered(struct err *err, const char *state, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg);

/*
 * Sets pos to where to read on after number: after the last line with a number up to it. Without one, before
 * the first line with a number; if no line has one, to the end. 0/-1.
 */
int journal_seek(struct err *err, const char *state, int64_t number, struct journal_pos *pos);

/*
 * *number: the greatest that a line of this journal ever had, also if a power cut took the line; 0: none. In a
 * new boot of the server this is when numbers jump. -1: the lock was not had in time, or the disk is full.
 */
int journal_last_number(struct err *err, const char *state, int64_t *number);
/* Later numbers are greater than number, up to NUMBER_MAX - 1. 0/-1. */
int journal_raise_number(struct err *err, const char *state, int64_t number);

/* The events of one session, oldest first, as db_events (db.h) gives them: for where there is no index. got
 * returns 0 to go on. The number of lines read, or -1. */
long journal_events(struct err *err, const char *state, const char *session,
    int (*got)(void *arg, int64_t time_ms, const char *event, const char *text), void *arg);

#endif
