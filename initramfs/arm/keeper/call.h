/* SPDX-License-Identifier: MIT */
/*
 * call: the keeper's requests to the server (session/conf.h). Each runs in a child process, so that
 * neither libcurl's memory nor a server that never replies stays with the keeper.
 */
#ifndef LASTWORDS_ARM_KEEPER_CALL_H
#define LASTWORDS_ARM_KEEPER_CALL_H

#include <sys/types.h>

#include "arm/pstore/pstore.h"
#include "base/kv.h"
#include "session/conf.h"

enum { CALL_BODY_MAX = 2048, CALL_LIMIT_MS = 15000 };

/* What the keeper reports; numbers below 0 and empty strings are left out. */
struct call_report {
	int armed;
	const char *why; /* why not armed */
	long long crashkernel; /* bytes reserved */
	const char *capture;
	long long ms; /* that arming took */
	const char *release, *interface, *address, *netconsole;
	long long uptime; /* seconds */
	/* for server/boot/channels.h */
	const char *consoles; /* "threaded", "direct" */
	long long panic; /* kernel.panic */
	const char *pstore; /* its backend, or "none" */
	const char *watchdog; /* its identity */
};

/* key=value&… into body. Pure. */
void call_body(const struct call_report *report, struct kv_out *body);

enum call_kind { CALL_RUNNING, CALL_PSTORE, CALL_OPEN };

struct call {
	pid_t pid; /* 0: none is under way */
	int fd; /* readable when the child has ended; -1 */
	int64_t end; /* when it is killed, sys_now() */
	unsigned tries;
	enum call_kind kind;
	char said[SESSION_CONF_MAX]; /* after call_end of CALL_OPEN: the reply */
};

/*
 * Begins a POST of body (CALL_RUNNING), or none if it is NULL (CALL_PSTORE), to the next of the
 * session's servers, and then, if that was acknowledged, of the records in pstore. 0/-1.
 */
int call_begin(struct err *err, struct call *call, const struct session_conf *conf,
    const char *body, const struct pstore *pstore);
/*
 * Begins a GET of URL/session/open?QUERY (CALL_OPEN), whose reply of at most SESSION_CONF_MAX - 1
 * bytes call_end leaves in call->said. 0/-1.
 */
int call_open(struct err *err, struct call *call, const char *url, const char *query);

enum call_result {
	CALL_DONE,
	CALL_PSTORE_LEFT, /* acknowledged, but not every record of pstore is stored */
	CALL_FAILED,
};
/* To be called when call->fd is readable or call->end has passed. err is set unless CALL_DONE. */
enum call_result call_end(struct err *err, struct call *call);

#endif
