/* SPDX-License-Identifier: MIT */
/*
 * follow: which session each machine is in, from the journal and, at the start, from the directories of
 * sessions.
 */
#ifndef CONSOLE_FOLLOW_H
#define CONSOLE_FOLLOW_H

#include "session/session.h"
#include "store/journal.h"

struct follow {
	const char *state;
	struct journal_pos pos;
	void (*requested)(void *arg, const struct session *session);
	void (*armed)(void *arg, const struct session *session);
	void (*running)(void *arg, const struct session *session);
	void *arg;
};

/* Begins at the end of the journal. 0/-1. */
int follow_init(struct err *err, struct follow *follow, const char *state);
/* The machine's newest session that has a directory. 1, 0: none. */
int follow_newest(const char *state, const uint8_t mac[6], struct session *session);
/* Calls back for what is new. 0/-1. */
int follow_read(struct err *err, struct follow *follow);

#endif
