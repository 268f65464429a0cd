/* SPDX-License-Identifier: MIT */
/*
 * journal: every event of every session, in files that only grow; old ones are written anew without what
 * was told of sessions that are gone (compact.h).
 *
 *   STATE/journal/YYYY-MM.log, lines of at most JOURNAL_LINE_MAX bytes with their newline:
 *   2026-11-21T09:36:12.123Z requested 525400a1b2c3-…-5f3a9c01 product=KVM address=10.0.2.15 …
 *
 * TIME (clock.h), EVENT ([a-z-]+), SESSION (an id, or "-" for an event of no session), and
 * key=value pairs (kv.h), separated by one space each.
 *
 * Anybody with the right to write appends: a line is one write(2) on an O_APPEND descriptor, begun
 * by a newline if the file does not end in one (a torn line of a full disk harms only itself).
 * Readers skip what they cannot read. The collector is woken by an empty datagram on
 * STATE/run/collector.sock and reads on from where it was; it needs no more than the journal, so a
 * collector that was down, or a database that was lost, catches up by reading.
 *
 * Events and who writes them:
 *   requested  boot       profile, rule, args (edited at the menu), address, netmask, gateway, arch, platform, agent and the
 *                         SMBIOS fields product, manufacturer, serial, asset, uuid; image;
 *                         loader (pxelinux, other) where it was not our script
 *   refused    boot       why; the same identity fields (session "-")
 *   not-armed  boot, ingest   why (decided by the server, or told by iPXE or the keeper)
 *   armed      ingest     crashkernel (bytes), capture, ms (what arming cost), release
 *   running    ingest     interface, address, netconsole (on, off, or why not), uptime
 *   uploaded   ingest     file, bytes, sha256, channel (http, pstore), address; by (the session that
 *                         brought it from pstore)
 *   bound      collector  stream (ADDRESS-PORT)
 *   resent     collector  channel (udp): what the capture kernel sends that HTTP did not take
 *   died       collector  line (the first oops, BUG or panic line seen by netconsole)
 *   stalled, no-capture, ended
 *              collector  what did not happen in time (db_overdue)
 *   pruned     collector, CLI    the session was removed (prune.h): why, bytes, crash, up; of no session:
 *                         stream or what. What was told of it before goes with time (compact.h)
 *   lost       CLI        file: what was acknowledged and is not there any more (fsck)
 *   override   CLI        mac and what was set
 *   event      anybody    text: anything a person should see; of boot with what: address (it and the
 *                         MAC cannot belong together), boot-loop, one-shot, overload, config
 */
#ifndef LASTWORDS_STORE_JOURNAL_H
#define LASTWORDS_STORE_JOURNAL_H

#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/kv.h"
#include "session/session.h"

enum { JOURNAL_LINE_MAX = 8192, JOURNAL_EVENT_MAX = 16 };

/* 1 if an entry of STATE/journal is called as its files are: YYYY-MM.log. A filter for scandir(3). */
struct dirent;
int journal_is_name(const struct dirent *entry);

struct journal_entry {
	int64_t time_ms;
	char event[JOURNAL_EVENT_MAX + 1];
	char session[SESSION_ID_MAX + 1]; /* "-" for none */
	struct kv kv; /* points into the line that was parsed */
};

/*
 * Starts a line; the caller adds pairs with kv_out_pair(out, ' ', …) and hands it to
 * journal_append. session NULL means none.
 */
void journal_begin(struct kv_out *out, char *buf, size_t size, int64_t time_ms, const char *event,
    const char *session);
/*
 * Appends the line to the month's file (by the clock now, not by the line's time, and never to an
 * older file than the newest that is there: readers only go forward) and rings the collector's bell (not waiting, its absence is
 * no error). A line that overflowed is an error. 0/-1.
 */
int journal_append(struct err *err, const char *state, struct kv_out *out);
/* The same, on the disk before it returns: for what a machine is told has been noted. */
int journal_append_durable(struct err *err, const char *state, struct kv_out *out);

/*
 * Appends text, whole lines with their newlines, by one write, and rings no bell: for the collector,
 * which need not be woken by itself. *done: the bytes of whole lines that are in the file; less than
 * len with -1 (a full disk), and what is left may be tried again. 0/-1.
 */
int journal_append_lines(
    struct err *err, const char *state, const char *text, size_t len, size_t *done);

/*
 * The same as journal_append for who appends often: the file and the bell stay open from one line to
 * the next, as long as it is still the one to append to. One state for each writer; close it to go to
 * another.
 */
struct journal_writer {
	int fd, bell; /* -1: none */
	char name[12]; /* of the file */
	struct stat dir; /* STATE/journal when nothing newer was there */
	int settled; /* it says so for long enough */
	int64_t looked_ms; /* when it last did */
	int64_t end; /* of the file, if nobody else has written since; -1 not known */
};

void journal_writer_init(struct journal_writer *writer);
void journal_writer_close(struct journal_writer *writer);
int journal_writer_append(
    struct err *err, struct journal_writer *writer, const char *state, struct kv_out *out);

/* Parses one line without its newline, in place (as kv_parse does). 0, or -1 if it is none. */
int journal_parse(char *line, size_t len, struct journal_entry *entry);

/*
 * Reads on. pos names file and offset; a zeroed pos means the beginning. Calls got() for each whole
 * line; got returns 0 to go on, anything else stops there (pos is then behind that line). Returns
 * the number of lines read, or -1. Torn and foreign lines are counted in pos->skipped.
 */
struct journal_pos {
	char file[16]; /* "2026-11.log" */
	int64_t offset; /* bytes */
	uint64_t skipped;
};

long journal_read(struct err *err, const char *state, struct journal_pos *pos,
    int (*got)(void *arg, struct journal_entry *entry), void *arg);

#endif
