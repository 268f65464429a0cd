/* SPDX-License-Identifier: MIT */
/*
 * call: the callback to the server (session/conf.h). It runs in a child process, so that neither
 * libcurl's memory nor a server that never answers stays with the keeper.
 */
#ifndef LASTWORDS_ARM_KEEPER_CALL_H
#define LASTWORDS_ARM_KEEPER_CALL_H

#include <sys/types.h>

#include "arm/pstore/pstore.h"
#include "base/kv.h"
#include "session/conf.h"

enum { ARM_CALL_BODY_MAX = 2048, ARM_CALL_LIMIT_MS = 15000 };

/* What the keeper tells the server; numbers below 0 and empty strings are left out. */
struct arm_report {
	int armed;
	const char *why; /* why not armed */
	long long crashkernel; /* bytes reserved */
	const char *capture;
	long long ms; /* that arming took from the boot */
	const char *release, *interface, *address, *netconsole;
	long long uptime; /* seconds */
};

/* key=value&… into body. Pure. */
void arm_call_body(const struct arm_report *report, struct kv_out *body);

struct arm_call {
	pid_t pid; /* 0: none is under way */
	int fd; /* readable when the child has ended; -1 */
	int64_t end; /* when it is killed, arm_now() */
	unsigned tries;
	int body; /* not for pstore alone */
	int open; /* a session is being opened */
	char said[SESSION_CONF_MAX]; /* after arm_call_end: the answer, when open and 0 */
};

/*
 * Begins a POST of body (NULL: none) to the next of the session's servers, and once that is
 * acknowledged, of what pstore has. 0/-1.
 */
int arm_call_begin(struct err *err, struct arm_call *call, const struct session_conf *conf,
    const char *body, const struct arm_pstore *pstore);
/*
 * Begins a GET of URL/session/open?QUERY, whose answer of at most SESSION_CONF_MAX - 1 bytes
 * arm_call_end leaves in call->said. 0/-1.
 */
int arm_call_open(struct err *err, struct arm_call *call, const char *url, const char *query);
/*
 * When call->fd is readable or call->end has passed: 0 acknowledged, 1 acknowledged but for pstore,
 * -1 not; and why.
 */
int arm_call_end(struct err *err, struct arm_call *call);

#endif
