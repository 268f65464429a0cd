/* SPDX-License-Identifier: MIT */
/*
 * attempts: how often a machine has begun to boot since it last ran, for the guard against boot loops
 * and for the limit of a one-shot override.
 *
 * An attempt is a session whose archive was fetched, or that iPXE reported as not armed: both need the
 * session's token. A request that carries only a MAC is no attempt, or, where the loader has no token
 * (pxelinux), an unproven one, which never counts against what a person has set.
 *
 * STATE/attempts.table (table.h): behind the head, whose key is the MAC and two zeroes, for each
 * attempt, oldest first, 4 * (ms before the head's time, which is the newest's, + 1) + kind.
 *
 * Lost or damaged it only makes the guard late: nothing here may stop a boot.
 */
#ifndef LASTWORDS_BOOT_ATTEMPTS_H
#define LASTWORDS_BOOT_ATTEMPTS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "table.h"

enum { ATTEMPTS_MAX = 60 }; /* older ones are forgotten */

enum attempts_kind {
	ATTEMPT_LOUD = 1, /* the machine reports if it runs */
	ATTEMPT_QUIET = 2, /* nothing reports it: booted unarmed, or only netconsole gets through */
	ATTEMPT_UNPROVEN = 3,
};

struct attempts {
	int count; /* at most ATTEMPTS_MAX */
	int64_t time_ms[ATTEMPTS_MAX];
	uint8_t kind[ATTEMPTS_MAX];
	off_t slot; /* where it is, or would be, in the table; -1 nowhere */
};

extern const struct table_kind attempts_file;

/* 0 also if there is nothing of it. -1: attempts is empty, and attempts_add refuses it. */
int attempts_read(
    struct err *err, const struct table *table, const uint8_t mac[6], struct attempts *attempts);
/* How many of one kind came at or after since_ms and not after now_ms. */
int attempts_since(
    const struct attempts *attempts, enum attempts_kind kind, int64_t since_ms, int64_t now_ms);
/* One more, at now_ms, to what attempts_read has found. 0/-1. */
int attempts_add(struct err *err, const struct table *table, const uint8_t mac[6],
    struct attempts *attempts, int64_t now_ms, enum attempts_kind kind);
/*
 * The session of this MAC and time has been seen to boot. One that is known only becomes quiet, if
 * kind is; one that is older than the newest is not added. 0/-1.
 */
int attempts_prove(struct err *err, const struct table *table, const uint8_t mac[6],
    int64_t time_ms, enum attempts_kind kind);
/* The session of this MAC and time, if it is known, is quiet. 0/-1. */
int attempts_hush(struct err *err, const char *state, const uint8_t mac[6], int64_t time_ms);
/* The machine runs: all are forgotten. 0/-1. */
int attempts_forget(struct err *err, const char *state, const uint8_t mac[6]);

#endif
