/* SPDX-License-Identifier: MIT */
/* newcomers: what the lines of new machines may cost; see newcomers.h. */
#include "newcomers.h"

#include <string.h>
#include <unistd.h>

#include "boot/known.h"
#include "store/layout.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* One more of what *count counts today. 1, or 0: there are max already. */
static int newcomers_take(struct newcomers *newcomers, size_t *count, size_t max, int64_t utc)
{
	if (newcomers->day != utc / DAY_MS) {
		newcomers->day = utc / DAY_MS;
		newcomers->sessions = newcomers->events = 0;
	}
	if (*count >= max)
		return 0;
	(*count)++;
	return 1;
}

int newcomers_may_begin(
    struct newcomers *newcomers, const char *state, const char *session, int64_t utc)
{
	char dir[FILE_PATH_MAX];
	struct session parsed;
	struct err ignored;

	if (session_parse(&ignored, session, strlen(session), &parsed) ||
	    layout_session_dir(&ignored, state, &parsed, LAYOUT_LOOK, dir) ||
	    access(dir, F_OK) == 0 || known_session(state, session, utc))
		return 1;
	return newcomers_take(newcomers, &newcomers->sessions, NEWCOMERS_SESSIONS, utc);
}

int newcomers_may_tell(
    struct newcomers *newcomers, const char *state, const char *session, int64_t utc, int room)
{
	if (known_session(state, session, utc))
		return 1;
	return room && newcomers_take(newcomers, &newcomers->events, NEWCOMERS_EVENTS, utc);
}
