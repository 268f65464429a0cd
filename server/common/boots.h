/* SPDX-License-Identifier: MIT */
/*
 * boots: how often a machine has asked for a session since it last ran, for the guard against boot
 * loops and for the limit of a one-shot override.
 *
 * STATE/machines/MAC.boots has one line for each session, its time in milliseconds since 1970. Lost
 * or damaged it only makes the guard late: nothing here may stop a boot. Written without a sync.
 */
#ifndef LASTWORDS_BOOTS_H
#define LASTWORDS_BOOTS_H

#include <stdint.h>

#include "err.h"

enum { BOOTS_MAX = 64 }; /* older ones are forgotten */

struct boots {
	int count; /* at most BOOTS_MAX */
	int64_t time_ms[BOOTS_MAX];
};

/* 0 also if there is no file. -1: boots is empty. */
int boots_read(struct err *err, const char *state, const uint8_t mac[6], struct boots *boots);
/* How many came at or after since_ms and not after now_ms. */
int boots_since(const struct boots *boots, int64_t since_ms, int64_t now_ms);
/* One more, at now_ms. 0/-1. */
int boots_add(struct err *err, const char *state, const uint8_t mac[6], int64_t now_ms);
/* The machine runs: all are forgotten. 0/-1. */
int boots_forget(struct err *err, const char *state, const uint8_t mac[6]);

#endif
