/* SPDX-License-Identifier: MIT */
/*
 * follow: which session each machine is in, from the journal and, at the start, from the directories of
 * sessions.
 */
#ifndef CONSOLE_FOLLOW_H
#define CONSOLE_FOLLOW_H

#include "session/session.h"
#include "store/journal.h"

enum follow_event { FOLLOW_REQUESTED, FOLLOW_ARMED, FOLLOW_RUNNING, FOLLOW_EVENTS };

struct follow {
	const char *state;
	struct journal_pos pos;
	void (*got)(void *arg, enum follow_event event, const struct session *session);
	void *arg;
};

/* Begins at the end of the journal. 0/-1. */
int follow_init(struct err *err, struct follow *follow, const char *state);
/* The machine's newest session that has a directory. 1, or 0: it has none. */
int follow_newest(const char *state, const uint8_t mac[6], struct session *session);
/* Calls got() for what is new. 0/-1. */
int follow_read(struct err *err, struct follow *follow);

#endif
