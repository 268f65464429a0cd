/* SPDX-License-Identifier: MIT */
/* previous: the machine's session before this one; see previous.h. */
#include "previous.h"

#include <dirent.h>
#include <string.h>

#include "store/db.h"
#include "store/layout.h"

/* Sets *best to the session with this id if it is the machine's, before now, and newer than *best (time_ms
 * -1: none). */
static void previous_see(
    struct session_keys *keys, const struct session *now, const char *id, struct session *best)
{
	struct session session;
	struct err ignored;

	if (session_parse(&ignored, id, strlen(id), &session) == 0 &&
	    memcmp(session.mac, now->mac, sizeof(now->mac)) == 0 &&
	    session.time_ms < now->time_ms && session.time_ms > best->time_ms &&
	    session_keys_verify(&ignored, keys, id, strlen(id), &session) == 0)
		*best = session;
}

int previous_session(const char *state, struct session_keys *keys, const struct session *now,
    const char *died, struct session *out)
{
	char path[FILE_PATH_MAX], id[SESSION_ID_MAX + 1];
	struct dirent *entry;
	struct err ignored;
	struct db *db;
	DIR *dir;

	out->time_ms = -1;
	if (died)
		previous_see(keys, now, died, out);
	if (out->time_ms >= 0)
		return 1;
	dir = layout_machine_dir(&ignored, state, now->id, path) ? NULL : opendir(path);
	while (dir && (entry = readdir(dir)) != NULL)
		previous_see(keys, now, entry->d_name, out);
	if (dir)
		closedir(dir);
	db = db_open(&ignored, state, 0);
	if (db && db_session_before(&ignored, db, now, id) > 0)
		previous_see(keys, now, id, out);
	db_close(db);
	return out->time_ms >= 0;
}
