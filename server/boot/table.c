/* SPDX-License-Identifier: MIT */
/* table: one file of fixed size with a slot for each of many keys; see table.h. */
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

int table_open(struct err *err, const struct table_kind *kind, const char *state,
    enum table_open how, struct table *table)
{
	static const int flags[] = {
	    [TABLE_LOOK] = O_RDONLY, [TABLE_CHANGE] = O_RDWR, [TABLE_MAKE] = O_RDWR | O_CREAT};
	char path[FILE_PATH_MAX];

	*table = (struct table){.kind = kind, .fd = -1};
	if (file_path(err, state, kind->name, path))
		return -1;
	table->fd = open(path, flags[how] | O_CLOEXEC, 0640);
	if (table->fd < 0 && errno != ENOENT)
		return err_errno(err, "%s", path);
	return 0;
}

void table_close(struct table *table)
{
	if (table->fd >= 0)
		close(table->fd);
	table->fd = -1;
}

int table_gone(const struct table *table)
{
	struct stat st;

	return table->fd >= 0 && (fstat(table->fd, &st) || st.st_nlink == 0);
}

/* FNV-1a, 32 bits. */
static off_t table_bucket(const uint8_t key[TABLE_KEY_SIZE])
{
	uint32_t hash = 2166136261u;

	for (int i = 0; i < TABLE_KEY_SIZE; i++)
		hash = (hash ^ key[i]) * 16777619u;
	hash ^= hash >> 16;
	return hash % TABLE_BUCKETS;
}

int table_find(struct err *err, const struct table *table, const uint8_t key[TABLE_KEY_SIZE],
    void *slot, off_t *at)
{
	char slots[TABLE_BUCKET_SLOTS * TABLE_SLOT_MAX];
	size_t size = table->kind->slot_size, bucket_size = TABLE_BUCKET_SLOTS * size;
	off_t bucket = table_bucket(key) * (off_t)bucket_size;
	struct table_head head;
	int64_t oldest = INT64_MAX;
	ssize_t n = 0;

	memset(slot, 0, size);
	memcpy(slot, key, TABLE_KEY_SIZE);
	*at = bucket;
	if (table->fd < 0)
		return 0;
	n = pread(table->fd, slots, bucket_size, bucket);
	if (n < 0) {
		*at = -1;
		return err_errno(err, "%s", table->kind->name);
	}
	memset(slots + n, 0, bucket_size - (size_t)n); /* behind the file's end */
	for (size_t i = 0; i < bucket_size; i += size) {
		memcpy(&head, slots + i, sizeof(head));
		if (head.time_ms && memcmp(head.key, key, TABLE_KEY_SIZE) == 0) {
			*at = bucket + (off_t)i;
			memcpy(slot, slots + i, size);
			return 1;
		}
		/* A free one is older than any. */
		if (head.time_ms < oldest) {
			oldest = head.time_ms;
			*at = bucket + (off_t)i;
		}
	}
	return 0;
}

int table_put(struct err *err, const struct table *table, const void *slot, off_t at)
{
	const struct table_kind *kind = table->kind;

	if (table->fd < 0 || at < 0)
		return err_set(err, "%s: not open", kind->name);
	if (pwrite(table->fd, slot, kind->slot_size, at) != (ssize_t)kind->slot_size)
		return err_errno(err, "%s", kind->name);
	return 0;
}
