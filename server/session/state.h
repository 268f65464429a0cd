/* SPDX-License-Identifier: MIT */
/*
 * state: how far a session got; the index computes it from the session's events (store/db.h).
 */
#ifndef LASTWORDS_SESSION_STATE_H
#define LASTWORDS_SESSION_STATE_H

enum session_state {
	SESSION_REQUESTED,
	SESSION_STALLED, /* script served, then nothing for DB_STALLED_MS */
	SESSION_NOT_ARMED, /* may run, but without a capture kernel */
	SESSION_ARMED,
	SESSION_RUNNING,
	SESSION_DIED,
	SESSION_NO_CAPTURE, /* died, and no dump arrived within DB_NO_CAPTURE_MS */
	SESSION_CAPTURED,
	SESSION_ENDED, /* the machine's next session is armed or running */
};

/* "requested", "not armed", "died, no capture" … */
const char *session_state_name(enum session_state state);

#endif
