/* SPDX-License-Identifier: MIT */
/*
 * boots: how often a machine has asked for a session since it last ran, for the guard against boot
 * loops and for the limit of a one-shot override.
 *
 * STATE/boots.table is one sparse file of BOOTS_BUCKETS buckets of BOOTS_BUCKET_SLOTS slots of
 * BOOTS_SLOT_SIZE bytes; a machine's bucket is a hash of its MAC, its slot is any of the bucket's. Of
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
#ifndef LASTWORDS_BOOTS_H
#define LASTWORDS_BOOTS_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

enum {
	BOOTS_MAX = 60, /* older ones are forgotten */
	BOOTS_SLOT_SIZE = 256,
	BOOTS_BUCKET_SLOTS = 16,
	BOOTS_BUCKETS = 8192
};

struct boots {
	int count; /* at most BOOTS_MAX */
	int64_t time_ms[BOOTS_MAX];
	uint8_t quiet[BOOTS_MAX];
	off_t slot; /* where it is, or would be, in the table */
};

struct boots_table {
	int fd; /* -1: none */
};

/* write: made where it is missing. Without the file, or without STATE, fd is -1: an empty table. 0/-1. */
int boots_open(struct err *err, const char *state, int write, struct boots_table *table);
void boots_close(struct boots_table *table);
/* Somebody has removed the file: to be closed and opened again. */
int boots_gone(const struct boots_table *table);

/* 0 also if there is nothing of it. -1: boots is empty, and boots_add refuses it. */
int boots_read(
    struct err *err, const struct boots_table *table, const uint8_t mac[6], struct boots *boots);
/* How many came at or after since_ms and not after now_ms; and of these those that are not quiet. */
int boots_since(const struct boots *boots, int64_t since_ms, int64_t now_ms);
int boots_loud_since(const struct boots *boots, int64_t since_ms, int64_t now_ms);
/* One more, at now_ms, to what boots_read has found. 0/-1. */
int boots_add(struct err *err, const struct boots_table *table, const uint8_t mac[6],
    struct boots *boots, int64_t now_ms, int quiet);
/* The session of this MAC and time, if it is known, is quiet. 0/-1. */
int boots_hush(struct err *err, const char *state, const uint8_t mac[6], int64_t time_ms);
/* The machine runs: all are forgotten. 0/-1. */
int boots_forget(struct err *err, const char *state, const uint8_t mac[6]);

#endif
