/* SPDX-License-Identifier: MIT */
/* quota: how many journal lines boot requests may cost; see quota.h. */
#include "quota.h"

#include <string.h>

enum { HOUR_MS = 3600000, DAY_MS = 24 * HOUR_MS };

struct quota_slot {
	struct table_head head;
	uint32_t period; /* since 1970: a machine's hour, or the strangers' day */
	uint16_t lines; /* of newcomers: units */
	uint16_t reason; /* hash of the last refusal's; 0 none */
	uint32_t left_out, unused;
};

const struct table_kind quota_file = {"quota.table", sizeof(struct quota_slot)};

static uint16_t quota_reason(const char *text)
{
	uint32_t hash = 2166136261u;

	if (!text)
		return 0;
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return (uint16_t)(hash >> 16 | 1);
}

/* The key's slot as it is in this period of period_ms. */
static int quota_find(struct err *err, const struct table *table, const uint8_t key[TABLE_KEY_SIZE],
    int64_t now_ms, int64_t period_ms, struct quota_slot *slot, off_t *at, uint32_t *left_out)
{
	uint32_t period = (uint32_t)(now_ms / period_ms);

	if (table_find(err, table, key, slot, at) < 0)
		return -1;
	slot->head.time_ms = now_ms;
	*left_out = 0;
	if (slot->period == period)
		return 0;
	*left_out = slot->left_out;
	slot->period = period;
	slot->lines = slot->reason = 0;
	slot->left_out = 0;
	return 0;
}

/* What all strangers, or all newcomers, have left of their day. 1 if the line may be written, 0, -1. */
static int quota_take_shared(
    struct err *err, const struct table *table, const struct quota_ask *ask, uint32_t *left_out)
{
	const uint8_t key[TABLE_KEY_SIZE] = {[TABLE_KEY_SIZE - 1] = ask->newcomer   ? 3
								    : ask->callback ? 2
										    : 1};
	const size_t limit = ask->newcomer ? QUOTA_NEWCOMERS : QUOTA_STRANGERS;
	const size_t cost = ask->newcomer ? 1 + ask->bytes / QUOTA_UNIT : 1;
	struct quota_slot all;
	off_t at;
	int full;

	if (quota_find(err, table, key, ask->now_ms, DAY_MS, &all, &at, left_out))
		return -1;
	full = all.lines + cost > limit;
	all.left_out += (uint32_t)full;
	if (!full)
		all.lines = (uint16_t)(all.lines + cost);
	return table_put(err, table, &all, at) ? -1 : !full;
}

int quota_take(
    struct err *err, const struct table *table, const struct quota_ask *ask, uint32_t *left_out)
{
	struct quota_slot own;
	uint8_t key[TABLE_KEY_SIZE] = {0};
	uint16_t reason = quota_reason(ask->reason);
	uint32_t none;
	off_t own_at;

	*left_out = 0;
	if (table->fd < 0)
		return 1; /* no STATE yet */
	memcpy(key, ask->mac, sizeof(ask->mac));
	/* (anyone can ask to boot with any MAC; no machine's MAC is zeroes) */
	key[TABLE_KEY_SIZE - 1] = ask->callback ? 1 : 0;
	if (quota_find(err, table, key, ask->now_ms, HOUR_MS, &own, &own_at, &none))
		return -1;
	if (own.lines >= QUOTA_MACHINE || (reason && reason == own.reason))
		return 0;
	if (ask->stranger || ask->newcomer) {
		int may = quota_take_shared(err, table, ask, left_out);

		if (may <= 0)
			return may;
	}
	own.lines++;
	if (reason)
		own.reason = reason;
	return table_put(err, table, &own, own_at) ? -1 : 1;
}
