/* SPDX-License-Identifier: MIT */
/* place: where a log's files lie; see place.h. */
#include "place.h"

#include <string.h>

#include "store/layout.h"

int place_path(const char *state, const char *session, const char *name, char path[FILE_PATH_MAX])
{
	char dir[FILE_PATH_MAX];
	struct session parsed;
	struct err ignored;

	if (!session[0]) {
		if (file_path(&ignored, state, LAYOUT_STREAMS, dir))
			return -1;
	} else if (session_parse(&ignored, session, strlen(session), &parsed) ||
		   layout_session_dir(&ignored, state, &parsed, LAYOUT_LOOK, dir)) {
		return -1;
	}
	if (file_path(&ignored, dir, name, path))
		return -1;
	/* (the longest suffix is that of an older part) */
	return strlen(path) + sizeof("@00000000T000000000.log") > FILE_PATH_MAX ? -1 : 0;
}

int place_make(struct err *err, const char *state, const char *session)
{
	char dir[FILE_PATH_MAX];
	struct session parsed;

	if (!session[0])
		return layout_make(err, state);
	if (session_parse(err, session, strlen(session), &parsed))
		return -1;
	return layout_session_dir(err, state, &parsed, LAYOUT_LAZY, dir);
}
