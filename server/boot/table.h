/* SPDX-License-Identifier: MIT */
/*
 * table: one file of fixed size with a slot for each of many keys, for what requests leave behind.
 * A request costs one read and one write however many machines there are, and no number of made-up
 * names can fill the disk.
 *
 * STATE/NAME is a sparse file of TABLE_BUCKETS buckets of TABLE_BUCKET_SLOTS slots. The key's hash
 * chooses the bucket; its slot is any of that bucket. When a bucket is full its least recently
 * written slot is reused. A slot begins with a struct table_head, in the machine's own byte order.
 *
 * Written without a sync and without a lock: what is lost, damaged or written by two at once must
 * harm nothing. No function here may stop a boot.
 */
#ifndef LASTWORDS_BOOT_TABLE_H
#define LASTWORDS_BOOT_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum { TABLE_BUCKETS = 8192, TABLE_BUCKET_SLOTS = 16, TABLE_SLOT_MAX = 256, TABLE_KEY_SIZE = 8 };

struct table_head {
	uint8_t key[TABLE_KEY_SIZE];
	int64_t time_ms; /* when it was written; 0 free */
};

struct table_kind {
	const char *name; /* of the file */
	size_t slot_size; /* at most TABLE_SLOT_MAX */
};

struct table {
	const struct table_kind *kind;
	int fd; /* -1: none, an empty table */
};

enum table_open { TABLE_LOOK, TABLE_CHANGE, TABLE_MAKE /* if it is missing */ };

/* Sets kind; without the file, or without STATE, fd is -1. 0/-1. */
int table_open(struct err *err, const struct table_kind *kind, const char *state,
    enum table_open how, struct table *table);
void table_close(struct table *table);
/* 1 if the file was removed: close the table and open it again. */
int table_gone(const struct table *table);

/*
 * Copies the key's slot to slot (slot_size bytes), or zeroes with the key. *at: its place in the
 * file, or the place for a new one; -1 after an error. 1 found, 0, -1.
 */
int table_find(struct err *err, const struct table *table, const uint8_t key[TABLE_KEY_SIZE],
    void *slot, off_t *at);
/* Writes the slot to the place that table_find returned. 0/-1. */
int table_put(struct err *err, const struct table *table, const void *slot, off_t at);

#endif
