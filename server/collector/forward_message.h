/* SPDX-License-Identifier: MIT */
/*
 * forward_message: one kernel line as a syslog message (RFC 5424). Pure.
 *
 *   <PRI>1 TIMESTAMP HOSTNAME kernel PROCID netconsole - MSG
 *
 * PRI is the kernel's own (facility<<3|level). HOSTNAME is the machine's MAC (52:54:00:aa:00:01), or
 * the sender's address where no session is known. PROCID is the session, "-" without one: it
 * changes when the machine boots again (section 6.2.6). MSG is the line as in the log, with control bytes
 * as '?'. Over TCP, "LENGTH " comes before it (RFC 6587, octet counting).
 */
#ifndef COLLECTOR_FORWARD_MESSAGE_H
#define COLLECTOR_FORWARD_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* Most receivers accept this much (RFC 5424 requires 2048); a longer line is cut. */
enum { FORWARD_MESSAGE_MAX = 8192, FORWARD_PRIO_UNKNOWN = 6 };

struct forward_line {
	int64_t utc; /* when it was received, ms */
	unsigned int prio; /* over 191: FORWARD_PRIO_UNKNOWN is used */
	const char *host, *session; /* session NULL or "": none */
	const char *text;
	size_t len;
};

/* The message, without a NUL; counted: with the length before it. Returns its bytes. */
size_t forward_message_format(
    const struct forward_line *line, int counted, char out[FORWARD_MESSAGE_MAX]);

#endif
