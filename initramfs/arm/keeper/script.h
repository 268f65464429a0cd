/* SPDX-License-Identifier: MIT */
/*
 * script: runs the session's script (session/conf.h) in the booted OS, once, and sends its output. All of it
 * is done by a child process, which only a session with a script has: the keeper keeps nothing of it.
 *
 * The child fetches the script from one of the session's servers and runs it as root, in a process group of
 * its own: by the interpreter that its "#!" names, else by /bin/sh. It sees the OS's file systems (PID 1's
 * root), PATH, HOME and LASTWORDS_SESSION; standard input is /dev/null. After conf->script seconds the group
 * gets SIGTERM, then SIGKILL. Of standard output and standard error the last SCRIPT_OUTPUT_MAX bytes are sent,
 * with a line of ours at the end, once the script itself has ended: what it has left in the background goes on.
 */
#ifndef LASTWORDS_ARM_KEEPER_SCRIPT_H
#define LASTWORDS_ARM_KEEPER_SCRIPT_H

#include <sys/types.h>

#include "arm/sys.h"
#include "base/err.h"
#include "session/conf.h"

enum { /* bytes */
	SCRIPT_MAX = 1 << 20,
	SCRIPT_OUTPUT_MAX = 1 << 20,
};
enum { /* ms */
	/* an initramfs that will hand over to another root is waited for */
	SCRIPT_HANDOVER_MS = 120000,
	SCRIPT_SETTLE_MS = 5000, /* and then for its init to begin */
	SCRIPT_FETCH_MS = 60000,
	SCRIPT_TERM_MS = 5000, /* from SIGTERM to SIGKILL */
	SCRIPT_REST_MS = 1000, /* for output that is still in the pipe after its end */
	SCRIPT_SEND_MS = 600000,
};

/* Begins. The child's pid, to be reaped; -1. */
pid_t script_begin(struct err *err, const struct sys *sys, const struct session_conf *conf);

/* --- parts, for tests ------------------------------------------------------------------ */

/* The last bytes of a stream. */
struct script_tail {
	char *bytes; /* SCRIPT_OUTPUT_MAX */
	size_t at, len; /* the next byte's place; how many there are */
	unsigned long long left_out;
};
void script_tail_add(struct script_tail *tail, const char *bytes, size_t len);

/* How it ended. */
struct script_end {
	int status; /* exit status; -1 */
	int signal; /* that ended it; 0 */
	char why[128]; /* why it was not run or was ended; "" */
	long long ms;
};
/*
 * What is sent: "[lastwords: N bytes left out]" where there was more, the output, and
 * "[lastwords: exit status 3, 1.234 s]". malloc'ed, NULL.
 */
char *script_text(const struct script_tail *tail, const struct script_end *end, size_t *len);

#endif
