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

int boots_open(struct err *err, const char *state, int write, struct boots_table *table)
{
	char path[STATE_PATH_MAX];

	table->fd = -1;
	if (state_path(err, state, "boots.table", path))
		return -1;
	table->fd = open(path, (write ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0640);
	if (table->fd < 0 && errno != ENOENT)
		return err_errno(err, "%s", path);
	return 0;
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

	for (int i = 0; i < count; i++)
		if (slot->newest_ms >= slot->before_ms[i])
			boots->time_ms[boots->count++] = slot->newest_ms - slot->before_ms[i];
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

int boots_since(const struct boots *boots, int64_t since_ms, int64_t now_ms)
{
	int count = 0;

	for (int i = 0; i < boots->count; i++)
		count += boots->time_ms[i] >= since_ms && boots->time_ms[i] <= now_ms;
	return count;
}

int boots_add(struct err *err, const struct boots_table *table, const uint8_t mac[6],
    struct boots *boots, int64_t now_ms)
{
	struct boots_slot slot = {.newest_ms = now_ms};

	if (boots->slot < 0 || table->fd < 0)
		return err_set(err, "boots.table: not open");
	if (boots->count == BOOTS_MAX)
		memmove(boots->time_ms, boots->time_ms + 1,
		    sizeof(boots->time_ms[0]) * (size_t)--boots->count);
	boots->time_ms[boots->count++] = now_ms;
	memcpy(slot.mac, mac, sizeof(slot.mac));
	/* What is older than 49 days, or of a clock that was set back since, is none any more. */
	for (int i = 0; i < boots->count; i++) {
		int64_t before = now_ms - boots->time_ms[i];

		if (before >= 0 && before <= UINT32_MAX)
			slot.before_ms[slot.count++] = (uint32_t)before;
	}
	if (pwrite(table->fd, &slot, sizeof(slot), boots->slot) != (ssize_t)sizeof(slot))
		return err_errno(err, "boots.table");
	return 0;
}

int boots_forget(struct err *err, const char *state, const uint8_t mac[6])
{
	struct boots_slot slot = {.count = 0};
	struct boots_table table;
	struct boots boots;
	char path[STATE_PATH_MAX];
	int rc = 0;

	if (state_path(err, state, "boots.table", path))
		return -1;
	table.fd = open(path, O_RDWR | O_CLOEXEC);
	if (table.fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	if (boots_read(err, &table, mac, &boots))
		rc = -1;
	else if (boots.count &&
		 pwrite(table.fd, &slot, sizeof(slot), boots.slot) != (ssize_t)sizeof(slot))
		rc = err_errno(err, "%s", path);
	boots_close(&table);
	return rc;
}
