/* SPDX-License-Identifier: MIT */
/*
 * crash_json: one crash as JSON, the same for the hook program, `lastwords crashes --json` and
 * `lastwords show --json`. crash_json_begin is pure; crash_json_load reads a session's files.
 *
 * One object, UTF-8. Always there: session, mac, profile, booted (RFC 3339, UTC), class, function,
 * title, signature, severity, corrupted. Only where known: time (of the death, or when it became
 * known), state, channels, product, address, release, build_id, task, pid, cpu, taint, hardware,
 * modules, rip, uptime (seconds), dmesg, netconsole, console and autopsy (absolute paths). Invalid UTF-8
 * becomes U+FFFD.
 */
#ifndef LASTWORDS_STORE_CRASH_JSON_H
#define LASTWORDS_STORE_CRASH_JSON_H

#include "base/kv.h"
#include "db.h"
#include "layout.h"
#include "report/report.h"
#include "session/session.h"

enum { CRASH_JSON_MAX = 32768 };

struct crash_json {
	const struct session *session;
	const struct report *report; /* title "" if the log has no report */
	int64_t time_ms; /* 0 unknown */
	/* "" or NULL: unknown */
	const char *state, *channels, *product, *address, *dmesg, *netconsole, *console, *autopsy;
};

/* Appends the object without its closing brace, so that more may follow; out->overflow if it does not
 * fit. */
void crash_json_begin(struct kv_out *out, const struct crash_json *crash);

/* A crash with everything that it points to. */
struct crash_json_all {
	struct crash_json crash;
	struct session session;
	struct report report;
	char dmesg[FILE_PATH_MAX], netconsole[FILE_PATH_MAX], console[FILE_PATH_MAX];
	char autopsy[FILE_PATH_MAX];
};

/* Makes crash point to session, report, and the paths of the files that are in dir. */
void crash_json_join(struct crash_json_all *all, const char *dir);
/* The channels that have the crash: "http", "netconsole", "console", "pstore", joined by "+"; or "". */
const char *crash_json_channels(const struct db_session *known);
/* Sets time, state, channels, product and address from the index's row, which must outlive crash. */
void crash_json_know(struct crash_json *crash, const struct db_session *known);
/*
 * Fills *all from the index's row, which must outlive it, and from the session's record.meta
 * (record/record.h), which has more of the report; without one only from the index. 0, or -1: invalid
 * session id.
 */
int crash_json_load(
    struct err *err, const char *state, const struct db_session *known, struct crash_json_all *all);

#endif
