/* SPDX-License-Identifier: MIT */
/* known: whether a machine was here before; see known.h. */
#include "known.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/mac.h"
#include "store/layout.h"

/* 1 if something is set for the machine. */
static int known_is_set(const char *state, const char *hex)
{
	char machines[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err ignored;

	return file_path(&ignored, state, LAYOUT_MACHINES, machines) == 0 &&
	       file_path(&ignored, machines, hex, path) == 0 && access(path, F_OK) == 0;
}

int known_machine(const char *state, const uint8_t mac[6], int64_t now_ms)
{
	char hex[13], path[FILE_PATH_MAX];
	struct session session;
	struct dirent *entry;
	struct err ignored;
	int known = 0;
	DIR *dir;

	mac_format_hex(mac, hex);
	if (known_is_set(state, hex))
		return 1;
	dir = layout_machine_dir(&ignored, state, hex, path) ? NULL : opendir(path);
	while (dir && !known && (entry = readdir(dir)) != NULL)
		known =
		    session_parse(&ignored, entry->d_name, strlen(entry->d_name), &session) == 0 &&
		    session.time_ms <= now_ms - KNOWN_AFTER_MS;
	if (dir)
		closedir(dir);
	return known;
}

int64_t known_from(const char *state, const char *id, int64_t now_ms)
{
	struct session session;
	struct err ignored;

	if (session_parse(&ignored, id, strlen(id), &session) ||
	    session.time_ms <= now_ms - KNOWN_AFTER_MS || session_mac_is_probe(session.mac) ||
	    known_machine(state, session.mac, now_ms))
		return 0;
	return session.time_ms + KNOWN_AFTER_MS;
}

int known_session(const char *state, const char *id, int64_t now_ms)
{
	return known_from(state, id, now_ms) == 0;
}
