/* SPDX-License-Identifier: MIT */
/* boots: how often a machine has asked since it last ran; see boots.h. */
#include "boots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

struct boots_slot {
	uint8_t mac[6]; /* of zeroes: free */
	uint8_t count, unused;
	int64_t newest_ms;
	uint32_t before_ms[BOOTS_MAX];
};
_Static_assert(sizeof(struct boots_slot) == BOOTS_SLOT_SIZE, "as boots.h says");

static int boots_open_file(struct err *err, const char *state, int flags, struct boots_table *table)
{
	char path[STATE_PATH_MAX];

	table->fd = -1;
	if (state_path(err, state, "boots.table", path))
		return -1;
	table->fd = open(path, flags | O_CLOEXEC, 0640);
	if (table->fd < 0 && errno != ENOENT)
		return err_errno(err, "%s", path);
	return 0;
}

int boots_open(struct err *err, const char *state, int write, struct boots_table *table)
{
	return boots_open_file(err, state, write ? O_RDWR | O_CREAT : O_RDONLY, table);
}

void boots_close(struct boots_table *table)
{
	if (table->fd >= 0)
		close(table->fd);
	table->fd = -1;
}

int boots_gone(const struct boots_table *table)
{
	struct stat st;

	return table->fd >= 0 && (fstat(table->fd, &st) || st.st_nlink == 0);
}

/* FNV-1a, 32 bits. */
static off_t boots_bucket(const uint8_t mac[6])
{
	uint32_t hash = 2166136261u;

	for (int i = 0; i < 6; i++)
		hash = (hash ^ mac[i]) * 16777619u;
	hash ^= hash >> 16;
	return (off_t)(hash % BOOTS_BUCKETS) * BOOTS_BUCKET_SLOTS * BOOTS_SLOT_SIZE;
}

/* What another wrote at this moment may be half of it: anything is taken, within its bounds. */
static void boots_take(const struct boots_slot *slot, struct boots *boots)
{
	int count = slot->count < BOOTS_MAX ? slot->count : BOOTS_MAX;

	for (int i = 0; i < count; i++) {
		int64_t before = slot->before_ms[i] >> 1;

		if (slot->newest_ms < before)
			continue;
		boots->quiet[boots->count] = slot->before_ms[i] & 1;
		boots->time_ms[boots->count++] = slot->newest_ms - before;
	}
}

int boots_read(
    struct err *err, const struct boots_table *table, const uint8_t mac[6], struct boots *boots)
{
	struct boots_slot slots[BOOTS_BUCKET_SLOTS];
	off_t bucket = boots_bucket(mac);
	int oldest = 0;
	ssize_t n = 0;

	boots->count = 0;
	boots->slot = bucket;
	if (table->fd < 0)
		return 0;
	n = pread(table->fd, slots, sizeof(slots), bucket);
	if (n < 0) {
		boots->slot = -1;
		return err_errno(err, "boots.table");
	}
	memset((char *)slots + n, 0, sizeof(slots) - (size_t)n); /* behind the file's end */
	for (int i = 0; i < BOOTS_BUCKET_SLOTS; i++) {
		if (memcmp(slots[i].mac, mac, 6) == 0) {
			boots_take(&slots[i], boots);
			oldest = i;
			break;
		}
		/* A free one is older than any. */
		if (slots[i].newest_ms < slots[oldest].newest_ms)
			oldest = i;
	}
	boots->slot = bucket + (off_t)oldest * BOOTS_SLOT_SIZE;
	return 0;
}

static int boots_count(const struct boots *boots, int64_t since_ms, int64_t now_ms, int quiet)
{
	int count = 0;

	for (int i = 0; i < boots->count; i++)
		count += boots->time_ms[i] >= since_ms && boots->time_ms[i] <= now_ms &&
			 (quiet || !boots->quiet[i]);
	return count;
}

int boots_since(const struct boots *boots, int64_t since_ms, int64_t now_ms)
{
	return boots_count(boots, since_ms, now_ms, 1);
}

int boots_loud_since(const struct boots *boots, int64_t since_ms, int64_t now_ms)
{
	return boots_count(boots, since_ms, now_ms, 0);
}

/* All of boots, the newest of which is of newest_ms, into its slot. */
static int boots_put(struct err *err, const struct boots_table *table, const uint8_t mac[6],
    const struct boots *boots, int64_t newest_ms)
{
	struct boots_slot slot = {.newest_ms = newest_ms};

	memcpy(slot.mac, mac, sizeof(slot.mac));
	/* What is older than 24 days, or of a clock that was set back since, is none any more. */
	for (int i = 0; i < boots->count; i++) {
		int64_t before = newest_ms - boots->time_ms[i];

		if (before >= 0 && before <= UINT32_MAX / 2)
			slot.before_ms[slot.count++] = (uint32_t)before << 1 | !!boots->quiet[i];
	}
	if (pwrite(table->fd, &slot, sizeof(slot), boots->slot) != (ssize_t)sizeof(slot))
		return err_errno(err, "boots.table");
	return 0;
}

int boots_add(struct err *err, const struct boots_table *table, const uint8_t mac[6],
    struct boots *boots, int64_t now_ms, int quiet)
{
	if (boots->slot < 0 || table->fd < 0)
		return err_set(err, "boots.table: not open");
	if (boots->count == BOOTS_MAX) {
		boots->count--;
		memmove(boots->time_ms, boots->time_ms + 1,
		    sizeof(boots->time_ms[0]) * (size_t)boots->count);
		memmove(boots->quiet, boots->quiet + 1, (size_t)boots->count);
	}
	boots->quiet[boots->count] = !!quiet;
	boots->time_ms[boots->count++] = now_ms;
	return boots_put(err, table, mac, boots, now_ms);
}

/* For one change, and never makes the file. 0, 1: there is nothing to change, -1. */
static int boots_open_once(struct err *err, const char *state, const uint8_t mac[6],
    struct boots_table *table, struct boots *boots)
{
	if (boots_open_file(err, state, O_RDWR, table) || boots_read(err, table, mac, boots))
		return -1;
	return boots->count == 0; /* also without a file */
}

int boots_hush(struct err *err, const char *state, const uint8_t mac[6], int64_t time_ms)
{
	struct boots_table table;
	struct boots boots;
	int rc = boots_open_once(err, state, mac, &table, &boots), found = 0;

	for (int i = 0; rc == 0 && i < boots.count; i++) {
		if (boots.time_ms[i] != time_ms || boots.quiet[i])
			continue;
		boots.quiet[i] = 1;
		found = 1;
	}
	if (found)
		rc = boots_put(err, &table, mac, &boots, boots.time_ms[boots.count - 1]);
	boots_close(&table);
	return rc < 0 ? -1 : 0;
}

int boots_forget(struct err *err, const char *state, const uint8_t mac[6])
{
	struct boots_slot slot = {.count = 0};
	struct boots_table table;
	struct boots boots;
	int rc = boots_open_once(err, state, mac, &table, &boots);

	if (rc == 0 && pwrite(table.fd, &slot, sizeof(slot), boots.slot) != (ssize_t)sizeof(slot))
		rc = err_errno(err, "boots.table");
	boots_close(&table);
	return rc < 0 ? -1 : 0;
}
