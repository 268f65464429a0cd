/* SPDX-License-Identifier: MIT */
/* follow: see follow.h. */
#include "follow.h"

#include <dirent.h>
#include <string.h>

#include "store/layout.h"

int follow_init(struct err *err, struct follow *follow, const char *state)
{
	memset(follow, 0, sizeof(*follow));
	follow->state = state;
	return journal_end(err, state, &follow->pos);
}

int follow_newest(const char *state, const uint8_t mac[6], struct session *session)
{
	struct session other;
	char path[FILE_PATH_MAX], name[13];
	struct dirent *entry;
	struct err ignored;
	int found = 0;
	DIR *dir;

	mac_format_hex(mac, name);
	dir = layout_machine_dir(&ignored, state, name, path) ? NULL : opendir(path);
	while (dir && (entry = readdir(dir)) != NULL)
		if (session_parse(&ignored, entry->d_name, strlen(entry->d_name), &other) == 0 &&
		    memcmp(other.mac, mac, 6) == 0 &&
		    (!found || other.time_ms > session->time_ms)) {
			*session = other;
			found = 1;
		}
	if (dir)
		closedir(dir);
	return found;
}

static int follow_entry(void *arg, struct journal_entry *entry)
{
	static const char *const names[FOLLOW_EVENTS] = {"requested", "armed", "running"};
	struct follow *follow = arg;
	struct session session;
	struct err ignored;

	for (int i = 0; i < FOLLOW_EVENTS; i++)
		if (strcmp(entry->event, names[i]) == 0 &&
		    session_parse(&ignored, entry->session, strlen(entry->session), &session) == 0)
			follow->got(follow->arg, (enum follow_event)i, &session);
	return 0;
}

int follow_read(struct err *err, struct follow *follow)
{
	return journal_read(err, follow->state, &follow->pos, follow_entry, follow) < 0 ? -1 : 0;
}
