/* SPDX-License-Identifier: MIT */
/*
 * crash_json: one crash as JSON, in the one shape that the hook program, `lastwords crashes --json`
 * and `lastwords show --json` give. crash_json_begin is pure; crash_json_load reads a session's files.
 *
 * One object, UTF-8. Always there: session, mac, profile, booted (RFC 3339, UTC), class, function,
 * title, signature, severity, corrupted. Only where known: time (of the death, or of its being
 * learned of), state, channels, product, address, release, build_id, task, pid, cpu, taint,
 * hardware, modules, rip, uptime (seconds), dmesg and netconsole (absolute paths). Bytes that are no UTF-8 become U+FFFD.
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
	const struct report *report; /* title "" when the log has no report */
	int64_t time_ms; /* 0 not known */
	/* "" or NULL: not known */
	const char *state, *channels, *product, *address, *dmesg, *netconsole;
};

/* Appends the object without its closing brace, so that more may follow. out->overflow says that it
 * did not fit. */
void crash_json_begin(struct kv_out *out, const struct crash_json *crash);

/* The same with what it points to. */
struct crash_json_all {
	struct crash_json crash;
	struct session session;
	struct report report;
	char dmesg[FILE_PATH_MAX], netconsole[FILE_PATH_MAX];
};

/* crash points to all's session and title, and to the paths of the files that are in dir. */
void crash_json_join(struct crash_json_all *all, const char *dir);
/* "http", "netconsole", "pstore", joined by "+", or "" */
const char *crash_json_channels(const struct db_session *known);
/* What the index's row tells: time, state, channels, product, address. It must outlive crash. */
void crash_json_know(struct crash_json *crash, const struct db_session *known);
/*
 * Fills it from the index's row, which must outlive it, and the session's record.meta (record.h),
 * which tells more of the report; without one it is what the index has. 0, or -1: no session's id.
 */
int crash_json_load(
    struct err *err, const char *state, const struct db_session *known, struct crash_json_all *all);

#endif
