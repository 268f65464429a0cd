/* SPDX-License-Identifier: MIT */
/*
 * ring: the public keys of the fleet's servers. Each relay gives its own to the centre, and keeps the others' as
 * STATE/keys/ID.pub; those of revoked servers are removed.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "session/keys.h"

int ring_own(const char *state, uint8_t key[32])
{
	struct err ignored;

	return session_keys_public(&ignored, state, key);
}

static int ring_same(const char *path, const char *key)
{
	char have[80] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	if (!fgets(have, sizeof(have), file))
		have[0] = '\0';
	fclose(file);
	have[strcspn(have, "\n")] = '\0';
	return strcmp(have, key) == 0;
}

/* One server's key, 64 hex digits: written, or removed where it was revoked; another length changes nothing. 0/-1. */
static int ring_one(struct err *err, const char *dir, const char *id, const char *key, int revoked)
{
	char name[SERVER_ID_LEN + 8], path[FILE_PATH_MAX], text[80];
	int len;

	snprintf(name, sizeof(name), "%s.pub", id);
	if (file_path(err, dir, name, path))
		return -1;
	if (revoked) {
		(void)unlink(path);
		return 0;
	}
	if (strlen(key) != 64 || ring_same(path, key))
		return 0;
	len = snprintf(text, sizeof(text), "%s\n", key);
	return file_write(err, dir, name, text, (size_t)len);
}

int ring_fetch(struct err *err, struct relay *relay)
{
	char dir[FILE_PATH_MAX];
	PGresult *result;
	int rc = 0;

	if (file_path(err, relay->config->state, SESSION_KEYS_DIR, dir))
		return -1;
	if (access(dir, W_OK))
		return 0; /* no ring here: the single key */
	result = pq_call(err, &relay->pq,
	    "SELECT encode(id, 'hex'), coalesce(encode(key, 'hex'), ''), revoked IS NOT NULL"
	    " FROM lastwords.server",
	    NULL, 0);
	if (!result)
		return -1;
	for (int row = 0; row < PQntuples(result) && rc == 0; row++)
		if (strcmp(pq_get_text(result, row, 0), relay->id) != 0)
			rc = ring_one(err, dir, pq_get_text(result, row, 0),
			    pq_get_text(result, row, 1),
			    strcmp(pq_get_text(result, row, 2), "t") == 0);
	PQclear(result);
	return rc;
}
