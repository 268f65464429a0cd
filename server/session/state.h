/* SPDX-License-Identifier: MIT */
/*
 * state: how far a session has come, as the index derives it from the session's events (store/db.h).
 */
#ifndef LASTWORDS_SESSION_STATE_H
#define LASTWORDS_SESSION_STATE_H

/* Worst news last. */
enum session_state {
	SESSION_REQUESTED,
	SESSION_STALLED, /* the script was served, then nothing was heard for DB_STALLED_MS */
	SESSION_NOT_ARMED, /* runs or may run, without a capture kernel */
	SESSION_ARMED,
	SESSION_RUNNING,
	SESSION_DIED,
	SESSION_NO_CAPTURE, /* died, and no dump came within DB_NO_CAPTURE_MS: only netconsole reports it */
	SESSION_CAPTURED,
	SESSION_ENDED, /* the machine's next session is armed or running; how this one ended is unknown */
};

/* "requested", "not-armed" … */
const char *session_state_name(enum session_state state);

#endif
