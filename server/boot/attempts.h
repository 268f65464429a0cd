/* SPDX-License-Identifier: MIT */
/*
 * attempts: how often a machine has asked for a session since it last ran, for the guard against boot
 * loops and for the limit of a one-shot override.
 *
 * STATE/attempts.table is one sparse file of ATTEMPTS_BUCKETS buckets of ATTEMPTS_BUCKET_SLOTS slots of
 * ATTEMPTS_SLOT_SIZE bytes; a machine's bucket is a hash of its MAC, its slot is any of the bucket's. Of
 * a full bucket the slot that was written longest ago is taken. So a request costs one read and one
 * write, whatever the number of machines, and nobody can fill the disk by asking in many names.
 *
 * A slot, in the machine's own byte order: MAC (6 bytes), count (1), 0 (1), the newest time
 * (ms since 1970, 8), and for each of the count times, oldest first, twice how long before the newest
 * it was (ms, 4 each), and 1 for a quiet one.
 *
 * A session is quiet when nothing will say that it runs although it may: the machine was given none of
 * ours, iPXE has told that it boots without, or netconsole lines come from its kernel and the callback
 * does not. It counts for the limit of a one-shot, and is no sign of a boot loop.
 *
 * Lost, damaged or written by two at once it only makes the guard late: nothing here may stop a boot.
 * Written without a sync and without a lock.
 */
#ifndef LASTWORDS_BOOT_ATTEMPTS_H
#define LASTWORDS_BOOT_ATTEMPTS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum {
	ATTEMPTS_MAX = 60, /* older ones are forgotten */
	ATTEMPTS_SLOT_SIZE = 256,
	ATTEMPTS_BUCKET_SLOTS = 16,
	ATTEMPTS_BUCKETS = 8192
};

struct attempts {
	int count; /* at most ATTEMPTS_MAX */
	int64_t time_ms[ATTEMPTS_MAX];
	uint8_t quiet[ATTEMPTS_MAX];
	off_t slot; /* where it is, or would be, in the table */
};

struct attempts_table {
	int fd; /* -1: none */
};

/* write: made where it is missing. Without the file, or without STATE, fd is -1: an empty table. 0/-1. */
int attempts_open(struct err *err, const char *state, int write, struct attempts_table *table);
void attempts_close(struct attempts_table *table);
/* Somebody has removed the file: to be closed and opened again. */
int attempts_gone(const struct attempts_table *table);

/* 0 also if there is nothing of it. -1: boots is empty, and attempts_add refuses it. */
int attempts_read(struct err *err, const struct attempts_table *table, const uint8_t mac[6],
    struct attempts *attempts);
/* How many came at or after since_ms and not after now_ms; and of these those that are not quiet. */
int attempts_since(const struct attempts *attempts, int64_t since_ms, int64_t now_ms);
int attempts_loud_since(const struct attempts *attempts, int64_t since_ms, int64_t now_ms);
/* One more, at now_ms, to what attempts_read has found. 0/-1. */
int attempts_add(struct err *err, const struct attempts_table *table, const uint8_t mac[6],
    struct attempts *attempts, int64_t now_ms, int quiet);
/* The session of this MAC and time, if it is known, is quiet. 0/-1. */
int attempts_hush(struct err *err, const char *state, const uint8_t mac[6], int64_t time_ms);
/* The machine runs: all are forgotten. 0/-1. */
int attempts_forget(struct err *err, const char *state, const uint8_t mac[6]);

#endif
