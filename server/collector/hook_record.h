/* SPDX-License-Identifier: MIT */
/*
 * hook_record: what a hook program is told of one crash, as JSON. Pure.
 *
 * One object and a newline, UTF-8. Always there: session, mac, profile, booted (RFC 3339, UTC),
 * class, function, title, signature, severity, corrupted. Only where known: product, address,
 * release, task, pid, cpu, taint, hardware, modules, uptime (seconds), dmesg and netconsole
 * (absolute paths). Bytes that are no UTF-8 become U+FFFD.
 */
#ifndef COLLECTOR_HOOK_RECORD_H
#define COLLECTOR_HOOK_RECORD_H

#include "kv.h"
#include "session.h"
#include "title.h"

enum { HOOK_RECORD_MAX = 32768 };

struct hook_record {
	const struct session *session;
	const struct title *title; /* title "" when the log has no report */
	const char *product, *address, *dmesg, *netconsole; /* "" or NULL: not known */
};

/* Appends the record. out->overflow says that it did not fit. */
void hook_record_format(struct kv_out *out, const struct hook_record *record);

#endif
