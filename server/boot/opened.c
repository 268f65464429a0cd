/* SPDX-License-Identifier: MIT */
/* opened: which session a boot has; see opened.h. */
#include "opened.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/hex.h"
#include "store/layout.h"
#include "table.h"

enum { OPENED_CHECK = 4 }; /* bytes of CHECK (session/session.h) */

/* The end of the year 9999: what is later is no time of a session. */
static const int64_t opened_time_max = INT64_C(253402300799999);

struct opened_slot {
	struct table_head head; /* its time is the session's */
	char profile[PROFILE_NAME_MAX + 1];
	char check[7]; /* the end of the id, 4 bytes; zeroes: made by the old key */
};

static const struct table_kind opened_file = {"opened.table", sizeof(struct opened_slot)};

int opened_boot_ok(const char *boot)
{
	size_t len = strlen(boot);

	return len >= OPENED_BOOT_MIN && len <= OPENED_BOOT_MAX &&
	       strspn(boot, "0123456789abcdef") == len;
}

static void opened_key(const uint8_t mac[6], const char *boot, uint8_t key[TABLE_KEY_SIZE])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, 6, mac);
	sha256_update(&hash, strlen(boot), (const uint8_t *)boot);
	sha256_digest(&hash, sizeof(digest), digest);
	memcpy(key, digest, TABLE_KEY_SIZE);
}

int opened_find(struct err *err, const char *state, const struct session_key *old,
    const uint8_t mac[6], const char *boot, struct session *session)
{
	static const char none[sizeof((struct opened_slot){0}.check)];
	struct opened_slot slot;
	uint8_t name[TABLE_KEY_SIZE];
	struct table table;
	off_t at;
	int rc;

	opened_key(mac, boot, name);
	if (table_open(err, &opened_file, state, TABLE_LOOK, &table))
		return -1;
	rc = table_find(err, &table, name, &slot, &at);
	table_close(&table);
	if (rc != 1)
		return rc;
	slot.profile[PROFILE_NAME_MAX] = '\0';
	if (!profile_name_ok(slot.profile) || slot.head.time_ms < 0 ||
	    slot.head.time_ms > opened_time_max)
		return 0;
	session_mint(old, mac, slot.head.time_ms, slot.profile, session);
	if (memcmp(slot.check, none, sizeof(none)) != 0)
		hex_text((const uint8_t *)slot.check, OPENED_CHECK,
		    session->id + strlen(session->id) - 2 * OPENED_CHECK);
	return 1;
}

/* The bytes of the id's CHECK, and a 1, because they may all be zero. */
static void opened_check(const char *id, char check[7])
{
	const char *hex = id + strlen(id) - 2 * (size_t)OPENED_CHECK;

	memset(check, 0, 7);
	for (size_t i = 0; i < OPENED_CHECK; i++)
		check[i] = (char)hex_byte(hex + 2 * i);
	check[OPENED_CHECK] = 1;
}

int opened_add(struct err *err, const char *state, const char *boot, const struct session *session)
{
	struct opened_slot slot;
	uint8_t name[TABLE_KEY_SIZE];
	struct table table;
	off_t at;
	int rc;

	opened_key(session->mac, boot, name);
	if (layout_make(err, state) || table_open(err, &opened_file, state, TABLE_MAKE, &table))
		return -1;
	rc = table_find(err, &table, name, &slot, &at);
	slot.head.time_ms = session->time_ms;
	snprintf(slot.profile, sizeof(slot.profile), "%s", session->profile);
	opened_check(session->id, slot.check);
	if (rc >= 0)
		rc = table_put(err, &table, &slot, at);
	table_close(&table);
	return rc;
}

void opened_remove_old(const char *state)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct dirent *entry;
	struct err ignored;
	DIR *machines = file_path(&ignored, state, LAYOUT_MACHINES, dir) ? NULL : opendir(dir);

	while (machines && (entry = readdir(machines)) != NULL) {
		if (strlen(entry->d_name) == 19 && strcmp(entry->d_name + 12, ".opened") == 0 &&
		    file_path(&ignored, dir, entry->d_name, path) == 0)
			unlink(path);
	}
	if (machines)
		closedir(machines);
}
