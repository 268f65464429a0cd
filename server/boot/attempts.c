/* SPDX-License-Identifier: MIT */
/* attempts: how often a machine has asked since it last ran; see attempts.h. */
#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/layout.h"

struct attempts_slot {
	uint8_t mac[6]; /* of zeroes: free */
	uint8_t count, unused;
	int64_t newest_ms;
	uint32_t before_ms[ATTEMPTS_MAX];
};
_Static_assert(sizeof(struct attempts_slot) == ATTEMPTS_SLOT_SIZE, "as attempts.h says");

static int attempts_open_file(
    struct err *err, const char *state, int flags, struct attempts_table *table)
{
	char path[FILE_PATH_MAX];

	table->fd = -1;
	if (file_path(err, state, "attempts.table", path))
		return -1;
	table->fd = open(path, flags | O_CLOEXEC, 0640);
	if (table->fd < 0 && errno != ENOENT)
		return err_errno(err, "%s", path);
	return 0;
}

int attempts_open(struct err *err, const char *state, int write, struct attempts_table *table)
{
	return attempts_open_file(err, state, write ? O_RDWR | O_CREAT : O_RDONLY, table);
}

void attempts_close(struct attempts_table *table)
{
	if (table->fd >= 0)
		close(table->fd);
	table->fd = -1;
}

int attempts_gone(const struct attempts_table *table)
{
	struct stat st;

	return table->fd >= 0 && (fstat(table->fd, &st) || st.st_nlink == 0);
}

/* FNV-1a, 32 bits. */
static off_t attempts_bucket(const uint8_t mac[6])
{
	uint32_t hash = 2166136261u;

	for (int i = 0; i < 6; i++)
		hash = (hash ^ mac[i]) * 16777619u;
	hash ^= hash >> 16;
	return (off_t)(hash % ATTEMPTS_BUCKETS) * ATTEMPTS_BUCKET_SLOTS * ATTEMPTS_SLOT_SIZE;
}

/* What another wrote at this moment may be half of it: anything is taken, within its bounds. */
static void attempts_take(const struct attempts_slot *slot, struct attempts *attempts)
{
	int count = slot->count < ATTEMPTS_MAX ? slot->count : ATTEMPTS_MAX;

	for (int i = 0; i < count; i++) {
		int64_t before = slot->before_ms[i] >> 1;

		if (slot->newest_ms < before)
			continue;
		attempts->quiet[attempts->count] = slot->before_ms[i] & 1;
		attempts->time_ms[attempts->count++] = slot->newest_ms - before;
	}
}

int attempts_read(struct err *err, const struct attempts_table *table, const uint8_t mac[6],
    struct attempts *attempts)
{
	struct attempts_slot slots[ATTEMPTS_BUCKET_SLOTS];
	off_t bucket = attempts_bucket(mac);
	int oldest = 0;
	ssize_t n = 0;

	attempts->count = 0;
	attempts->slot = bucket;
	if (table->fd < 0)
		return 0;
	n = pread(table->fd, slots, sizeof(slots), bucket);
	if (n < 0) {
		attempts->slot = -1;
		return err_errno(err, "attempts.table");
	}
	memset((char *)slots + n, 0, sizeof(slots) - (size_t)n); /* behind the file's end */
	for (int i = 0; i < ATTEMPTS_BUCKET_SLOTS; i++) {
		if (memcmp(slots[i].mac, mac, 6) == 0) {
			attempts_take(&slots[i], attempts);
			oldest = i;
			break;
		}
		/* A free one is older than any. */
		if (slots[i].newest_ms < slots[oldest].newest_ms)
			oldest = i;
	}
	attempts->slot = bucket + (off_t)oldest * ATTEMPTS_SLOT_SIZE;
	return 0;
}

static int attempts_count(
    const struct attempts *attempts, int64_t since_ms, int64_t now_ms, int quiet)
{
	int count = 0;

	for (int i = 0; i < attempts->count; i++)
		count += attempts->time_ms[i] >= since_ms && attempts->time_ms[i] <= now_ms &&
			 (quiet || !attempts->quiet[i]);
	return count;
}

int attempts_since(const struct attempts *attempts, int64_t since_ms, int64_t now_ms)
{
	return attempts_count(attempts, since_ms, now_ms, 1);
}

int attempts_loud_since(const struct attempts *attempts, int64_t since_ms, int64_t now_ms)
{
	return attempts_count(attempts, since_ms, now_ms, 0);
}

/* All of boots, the newest of which is of newest_ms, into its slot. */
static int attempts_put(struct err *err, const struct attempts_table *table, const uint8_t mac[6],
    const struct attempts *attempts, int64_t newest_ms)
{
	struct attempts_slot slot = {.newest_ms = newest_ms};

	memcpy(slot.mac, mac, sizeof(slot.mac));
	/* What is older than 24 days, or of a clock that was set back since, is none any more. */
	for (int i = 0; i < attempts->count; i++) {
		int64_t before = newest_ms - attempts->time_ms[i];

		if (before >= 0 && before <= UINT32_MAX / 2)
			slot.before_ms[slot.count++] = (uint32_t)before << 1 | !!attempts->quiet[i];
	}
	if (pwrite(table->fd, &slot, sizeof(slot), attempts->slot) != (ssize_t)sizeof(slot))
		return err_errno(err, "attempts.table");
	return 0;
}

int attempts_add(struct err *err, const struct attempts_table *table, const uint8_t mac[6],
    struct attempts *attempts, int64_t now_ms, int quiet)
{
	if (attempts->slot < 0 || table->fd < 0)
		return err_set(err, "attempts.table: not open");
	if (attempts->count == ATTEMPTS_MAX) {
		attempts->count--;
		memmove(attempts->time_ms, attempts->time_ms + 1,
		    sizeof(attempts->time_ms[0]) * (size_t)attempts->count);
		memmove(attempts->quiet, attempts->quiet + 1, (size_t)attempts->count);
	}
	attempts->quiet[attempts->count] = !!quiet;
	attempts->time_ms[attempts->count++] = now_ms;
	return attempts_put(err, table, mac, attempts, now_ms);
}

/* For one change, and never makes the file. 0, 1: there is nothing to change, -1. */
static int attempts_open_once(struct err *err, const char *state, const uint8_t mac[6],
    struct attempts_table *table, struct attempts *attempts)
{
	if (attempts_open_file(err, state, O_RDWR, table) ||
	    attempts_read(err, table, mac, attempts))
		return -1;
	return attempts->count == 0; /* also without a file */
}

int attempts_hush(struct err *err, const char *state, const uint8_t mac[6], int64_t time_ms)
{
	struct attempts_table table;
	struct attempts attempts;
	int rc = attempts_open_once(err, state, mac, &table, &attempts), found = 0;

	for (int i = 0; rc == 0 && i < attempts.count; i++) {
		if (attempts.time_ms[i] != time_ms || attempts.quiet[i])
			continue;
		attempts.quiet[i] = 1;
		found = 1;
	}
	if (found)
		rc =
		    attempts_put(err, &table, mac, &attempts, attempts.time_ms[attempts.count - 1]);
	attempts_close(&table);
	return rc < 0 ? -1 : 0;
}

int attempts_forget(struct err *err, const char *state, const uint8_t mac[6])
{
	struct attempts_slot slot = {.count = 0};
	struct attempts_table table;
	struct attempts attempts;
	int rc = attempts_open_once(err, state, mac, &table, &attempts);

	if (rc == 0 &&
	    pwrite(table.fd, &slot, sizeof(slot), attempts.slot) != (ssize_t)sizeof(slot))
		rc = err_errno(err, "attempts.table");
	attempts_close(&table);
	return rc < 0 ? -1 : 0;
}
