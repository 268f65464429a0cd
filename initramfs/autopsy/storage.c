/* SPDX-License-Identifier: MIT */
/*
 * storage: block devices and their requests in flight, the oldest first.
 *
 * Block devices are the inodes of the kernel's own file system "bdev". A disk's requests are in its tag
 * set (blk-mq), one table a hardware queue; a request that a driver has is in state 1 (MQ_RQ_IN_FLIGHT).
 */
#include <stdio.h>
#include <string.h>

#include "autopsy.h"

enum {
	STORAGE_DISKS = 256,
	STORAGE_LISTED = 32,
	STORAGE_QUEUES = 256,
	STORAGE_TAGS = 16384, /* of a queue */
	STORAGE_REQUESTS = 1 << 18, /* of all disks */
	STORAGE_IN_FLIGHT = 1,
	STORAGE_OPERATION = 0xff, /* REQ_OP_MASK */
};

#define STORAGE_OLD_NS 10000000000LL /* a request this old is in the summary */

struct storage_disk {
	uint64_t disk, queue;
	char name[KERNEL_NAME];
	int64_t in_flight, oldest; /* ns; -1: none, or not known */
	unsigned operation;
};

/* The requests of one hardware queue that belong to the disk. left: that may still be read. */
static void storage_tags(
    struct autopsy *a, uint64_t tags, struct storage_disk *disk, unsigned *left)
{
	struct kernel *k = &a->kernel;
	uint64_t count = kernel_get(k, L_TAGS_COUNT, tags);
	uint64_t table = kernel_get(k, L_TAGS_REQUESTS, tags);

	if (kernel_fault(k) || count > STORAGE_TAGS)
		return;
	for (uint64_t i = 0; i<count && * left> 0; i++, --*left) {
		uint64_t request = kernel_word(k, table + 8 * i), start, state, queue;

		if (kernel_fault(k))
			break;
		if (!request)
			continue;
		state = kernel_get(k, L_REQUEST_STATE, request);
		queue = kernel_get(k, L_REQUEST_QUEUE, request);
		if (kernel_fault(k) || state != STORAGE_IN_FLIGHT || queue != disk->queue)
			continue;
		disk->in_flight++;
		start = kernel_get(k, L_REQUEST_START, request);
		if (start && start <= a->tasks.now &&
		    (int64_t)(a->tasks.now - start) > disk->oldest) {
			disk->oldest = (int64_t)(a->tasks.now - start);
			disk->operation =
			    (unsigned)kernel_get(k, L_REQUEST_FLAGS, request) & STORAGE_OPERATION;
		}
	}
	kernel_fault(k);
}

static void storage_disk(struct autopsy *a, struct storage_disk *disk, unsigned *left)
{
	static const char *const operations[] = {"read", "write", "flush", "discard"};
	struct kernel *k = &a->kernel;
	uint64_t set = kernel_get(k, L_RQUEUE_TAGS, disk->queue);
	uint64_t queues = set ? kernel_get(k, L_TAGSET_QUEUES, set) : 0;
	uint64_t table = set ? kernel_get(k, L_TAGSET_TAGS, set) : 0;

	if (kernel_fault(k))
		return;
	for (uint64_t i = 0; i < queues && i < STORAGE_QUEUES && !kernel_expired(k); i++)
		storage_tags(a, kernel_word(k, table + 8 * i), disk, left);
	out_record(&a->out, NULL);
	out_text(&a->out, "disk", disk->name);
	if (set)
		out_number(&a->out, "in_flight", disk->in_flight);
	if (disk->oldest >= 0) {
		out_seconds(&a->out, "oldest_s", disk->oldest);
		if (disk->operation < sizeof(operations) / sizeof(operations[0]))
			out_text(&a->out, "operation", operations[disk->operation]);
	}
	out_end(&a->out);
	if (disk->oldest >= STORAGE_OLD_NS)
		out_headline(&a->out, "disk %s: requests in flight: %lld, the oldest for %lld s",
		    disk->name, (long long)disk->in_flight, (long long)disk->oldest / 1000000000);
}

/* The disk of a block device's inode, if it is a disk of its own (not a partition) and new. 1/0. */
static int storage_read(struct autopsy *a, uint64_t inode, struct storage_disk *disk)
{
	struct kernel *k = &a->kernel;
	uint64_t outer = kernel_owner(k, L_BDEV_INODE, kernel_owner(k, L_INODE_LIST, inode));
	uint64_t device = kernel_at(k, L_BDEV_INODE_BDEV, outer);

	memset(disk, 0, sizeof(*disk));
	disk->oldest = -1;
	disk->disk = kernel_get(k, L_BDEV_DISK, device);
	if (!disk->disk)
		return 0;
	disk->queue = kernel_get(k, L_DISK_QUEUE, disk->disk);
	kernel_text(k, kernel_at(k, L_DISK_NAME, disk->disk), disk->name, 32);
	return !kernel_fault(k) && disk->name[0] && disk->queue;
}

void section_storage(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	uint64_t seen[STORAGE_LISTED], superblock = kernel_variable(k, S_blockdev_superblock, 8),
				       node;
	size_t count = 0, idle = 0;
	unsigned left = STORAGE_REQUESTS;
	struct kernel_list list;

	if (!superblock || !kernel_has(k, L_BDEV_INODE_BDEV) || !kernel_has(k, L_BDEV_DISK)) {
		out_note(&a->out, "the list of block devices is not known");
		return;
	}
	out_list(&a->out, "disks");
	kernel_list_begin(&list, kernel_at(k, L_SB_INODES, superblock), STORAGE_DISKS * 16);
	while (count < STORAGE_LISTED && kernel_list_next(k, &list, &node)) {
		struct storage_disk disk;
		size_t i;

		if (!storage_read(a, node, &disk))
			continue;
		for (i = 0; i < count && seen[i] != disk.disk; i++)
			;
		if (i < count)
			continue;
		if (strncmp(disk.name, "loop", 4) == 0 || strncmp(disk.name, "ram", 3) == 0) {
			idle++;
			continue;
		}
		seen[count++] = disk.disk;
		storage_disk(a, &disk, &left);
	}
	out_end(&a->out);
	kernel_fault(k);
	if (count == 0)
		out_note(&a->out, "no block devices%s", idle ? " but loop and ram disks" : "");
	if (count == STORAGE_LISTED)
		out_note(
		    &a->out, "more than %d block devices: the rest is not listed", STORAGE_LISTED);
}
