/* SPDX-License-Identifier: MIT */
/* attempts: how often a machine has begun to boot since it last ran; see attempts.h. */
#include "attempts.h"

#include <fcntl.h>
#include <string.h>

struct attempts_slot {
	struct table_head head;
	uint32_t before[ATTEMPTS_MAX];
};
_Static_assert(sizeof(struct attempts_slot) == TABLE_SLOT_MAX, "a slot of the table");

const struct table_kind attempts_file = {"attempts.table", sizeof(struct attempts_slot)};

static void attempts_key(const uint8_t mac[6], uint8_t key[TABLE_KEY_SIZE])
{
	memset(key, 0, TABLE_KEY_SIZE);
	memcpy(key, mac, 6);
}

int attempts_read(
    struct err *err, const struct table *table, const uint8_t mac[6], struct attempts *attempts)
{
	struct attempts_slot slot;
	uint8_t key[TABLE_KEY_SIZE];

	attempts->count = 0;
	attempts_key(mac, key);
	if (table_find(err, table, key, &slot, &attempts->slot) < 0)
		return -1;
	/* What another process writes at this moment may be half of it: any bytes are accepted. */
	for (int i = 0; i < ATTEMPTS_MAX && slot.before[i]; i++) {
		int64_t before = (int64_t)(slot.before[i] >> 2) - 1;

		if (before < 0 || slot.head.time_ms < before || !(slot.before[i] & 3))
			continue;
		attempts->kind[attempts->count] = slot.before[i] & 3;
		attempts->time_ms[attempts->count++] = slot.head.time_ms - before;
	}
	return 0;
}

int attempts_since(
    const struct attempts *attempts, enum attempts_kind kind, int64_t since_ms, int64_t now_ms)
{
	int count = 0;

	for (int i = 0; i < attempts->count; i++)
		count += attempts->time_ms[i] >= since_ms && attempts->time_ms[i] <= now_ms &&
			 attempts->kind[i] == kind;
	return count;
}

/* All of attempts, the newest of which is of newest_ms, into its slot. */
static int attempts_put(struct err *err, const struct table *table, const uint8_t mac[6],
    const struct attempts *attempts, int64_t newest_ms)
{
	struct attempts_slot slot = {.head.time_ms = newest_ms};
	int n = 0;

	attempts_key(mac, slot.head.key);
	/* Left out: what is older than 12 days, or newer than newest_ms because the clock was set back. */
	for (int i = 0; i < attempts->count; i++) {
		int64_t before = newest_ms - attempts->time_ms[i];

		if (before >= 0 && before < UINT32_MAX / 4)
			slot.before[n++] = (uint32_t)(before + 1) << 2 | attempts->kind[i];
	}
	return table_put(err, table, &slot, attempts->slot);
}

int attempts_add(struct err *err, const struct table *table, const uint8_t mac[6],
    struct attempts *attempts, int64_t now_ms, enum attempts_kind kind)
{
	if (attempts->count == ATTEMPTS_MAX) {
		attempts->count--;
		memmove(attempts->time_ms, attempts->time_ms + 1,
		    sizeof(attempts->time_ms[0]) * (size_t)attempts->count);
		memmove(attempts->kind, attempts->kind + 1, (size_t)attempts->count);
	}
	attempts->kind[attempts->count] = (uint8_t)kind;
	attempts->time_ms[attempts->count++] = now_ms;
	return attempts_put(err, table, mac, attempts, now_ms);
}

/* Makes the attempt of this time quiet. 1 if it is known, 0, -1. */
static int attempts_make_quiet(struct err *err, const struct table *table, const uint8_t mac[6],
    struct attempts *attempts, int64_t time_ms)
{
	for (int i = 0; i < attempts->count; i++) {
		if (attempts->time_ms[i] != time_ms)
			continue;
		if (attempts->kind[i] == ATTEMPT_QUIET)
			return 1;
		attempts->kind[i] = ATTEMPT_QUIET;
		return attempts_put(
			   err, table, mac, attempts, attempts->time_ms[attempts->count - 1])
			   ? -1
			   : 1;
	}
	return 0;
}

int attempts_prove(struct err *err, const struct table *table, const uint8_t mac[6],
    int64_t time_ms, enum attempts_kind kind)
{
	struct attempts attempts;
	int rc;

	if (attempts_read(err, table, mac, &attempts))
		return -1;
	if (kind == ATTEMPT_QUIET) {
		rc = attempts_make_quiet(err, table, mac, &attempts, time_ms);
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	if (attempts.count > 0 && attempts.time_ms[attempts.count - 1] >= time_ms)
		return 0;
	return attempts_add(err, table, mac, &attempts, time_ms, kind);
}

int attempts_hush(struct err *err, const char *state, const uint8_t mac[6], int64_t time_ms)
{
	struct attempts attempts;
	struct table table;
	int rc = -1;

	if (table_open(err, &attempts_file, state, TABLE_CHANGE, &table))
		return -1;
	if (attempts_read(err, &table, mac, &attempts) == 0)
		rc = attempts_make_quiet(err, &table, mac, &attempts, time_ms);
	table_close(&table);
	return rc < 0 ? -1 : 0;
}

int attempts_forget(struct err *err, const char *state, const uint8_t mac[6])
{
	struct attempts_slot slot = {.head.time_ms = 0};
	struct attempts attempts;
	struct table table;
	int rc;

	if (table_open(err, &attempts_file, state, TABLE_CHANGE, &table))
		return -1;
	rc = attempts_read(err, &table, mac, &attempts);
	if (rc == 0 && attempts.count > 0)
		rc = table_put(err, &table, &slot, attempts.slot);
	table_close(&table);
	return rc;
}
