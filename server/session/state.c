/* SPDX-License-Identifier: MIT */
/* state: the names of a session's states; see state.h. Pure. */
#include "state.h"

const char *session_state_name(enum session_state state)
{
	static const char *const names[] = {
	    [SESSION_REQUESTED] = "requested",
	    [SESSION_STALLED] = "stalled",
	    [SESSION_NOT_ARMED] = "not armed",
	    [SESSION_ARMED] = "armed",
	    [SESSION_RUNNING] = "running",
	    [SESSION_DIED] = "died",
	    [SESSION_NO_CAPTURE] = "died, no capture",
	    [SESSION_CAPTURED] = "captured",
	    [SESSION_ENDED] = "ended, cause unknown",
	};

	return names[state];
}
