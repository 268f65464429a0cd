/* SPDX-License-Identifier: MIT */
/*
 * dmesg_random: rings of every format, filled at random for many laps, on every machine, are read back.
 * Evidence: exactly the records that the model still holds, in order, with their text, time, level and
 * number; no hole. Then the same dumps with bytes changed at random: the reader ends, within bounds
 * (SAN=1), and gives no more than the ring had.
 */
#include <stdlib.h>

#include "dmesg/extract.h"
#include "tap.h"
#include "tests/vmcore/ring.h"

static struct extract extract;
static uint64_t seed = 88172645463325252ULL;

static uint64_t random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static size_t random_below(size_t n)
{
	return (size_t)(random_next() % n);
}

enum { LOGGED = 400 };

static struct {
	int live; /* the model still holds it */
	uint64_t ts;
	unsigned prio;
	size_t len;
	char text[300];
} logged[LOGGED];

struct seen {
	int exact; /* compare with logged[] */
	uint64_t records, next; /* seq */
	uint64_t bytes, wrong;
	int by_position; /* seq is a position, not the kernel's number: use the time instead */
};

static int see_record(void *arg, const struct klog_record *record)
{
	struct seen *seen = arg;
	uint64_t seq = seen->by_position ? record->ts_nsec / 1000 : record->seq;

	seen->bytes += record->len;
	seen->records++;
	if (!seen->exact)
		return 0;
	while (seen->next < LOGGED && !logged[seen->next].live)
		seen->next++;
	if (seq != seen->next++ || seq >= LOGGED || record->len != logged[seq].len ||
	    memcmp(record->text, logged[seq].text, record->len) != 0 ||
	    record->ts_nsec != logged[seq].ts || record->level != (int)(logged[seq].prio & 7) ||
	    record->facility != (int)(logged[seq].prio >> 3))
		seen->wrong++;
	return 0;
}

static int see_hole(void *arg, const struct klog_hole *hole)
{
	struct seen *seen = arg;

	(void)hole;
	seen->wrong++;
	return 0;
}

static int read_back(const struct bytes *bytes, struct seen *seen)
{
	struct klog_sink sink = {see_record, see_hole, seen};
	struct err err;
	struct dump *dump = dump_open_memory(&err, bytes->at, bytes->len);
	int rc = extract_open(&err, dump, &extract);

	if (rc == 0)
		rc = extract_run(&err, &extract, &sink);
	extract_close(&extract);
	dump_close(dump);
	return rc;
}

/* A ring with LOGGED random records; in logged[] those that it still holds are marked live. */
static void fill(struct ring *r, const struct machine *m, enum ring_kind kind, int new_rule)
{
	size_t w = m->word, most = kind == RING_PRB ? 100 : 280;

	memset(r, 0, sizeof(*r));
	image_begin(&r->image, m,
	    kind == RING_PRB   ? "6.1.0"
	    : kind == RING_LOG ? "3.8.0"
			       : "5.7.0");
	r->kind = kind;
	r->new_rule = new_rule;
	if (kind == RING_PRB)
		prb_begin(r, 3 + (unsigned)random_below(4), 8 + (unsigned)random_below(4), 0);
	else
		log_begin(r, 1024 + random_below(64) * 4);
	for (uint64_t i = 0; i < LOGGED; i++) {
		logged[i].ts = i * 1000;
		logged[i].prio = (unsigned)random_below(24) << 3 | (unsigned)random_below(8);
		logged[i].len = random_below(8) ? random_below(most) : 0;
		for (size_t k = 0; k < logged[i].len; k++)
			logged[i].text[k] = (char)random_next();
		if (kind == RING_PRB)
			prb_store(r, RING_FINALIZED, logged[i].prio, logged[i].ts, 0,
			    logged[i].text, logged[i].len, 0);
		else
			log_store(
			    r, logged[i].prio, 2, logged[i].ts, 0, logged[i].text, logged[i].len);
	}
	ring_finish(r);
	for (uint64_t i = 0; i < LOGGED; i++)
		logged[i].live = 0;
	if (kind == RING_PRB) {
		uint64_t mask = ring_long_mask(r) >> 2;

		for (uint64_t id = r->tail; id != ((r->head + 1) & mask); id = (id + 1) & mask) {
			if (ring_get(r, ring_desc(r, id), w) >> (8 * w - 2) == RING_FINALIZED)
				logged[ring_get(r, ring_info(r, id), 8)].live = 1;
		}
	} else {
		uint64_t at = ring_get(r, r->at_data + (size_t)r->first + 8, 2) ? r->first : 0;

		at = ring_get(r, r->at_data + (size_t)at, 8) / 1000;
		for (; at < LOGGED; at++)
			logged[at].live = 1;
	}
}

static void check_kind(const struct machine *m, enum ring_kind kind, const char *name)
{
	int good = 1, bounded = 1;
	uint64_t total = 0;

	for (int round = 0; round < 60; round++) {
		static struct ring r;
		uint64_t size, count;
		struct seen seen = {.exact = 1, .by_position = kind != RING_PRB};
		struct bytes bytes;

		fill(&r, m, kind, round & 1);
		size = r.size;
		count = kind == RING_PRB ? r.count : r.size / 16;
		bytes = image_dump(&r.image, round % 3 ? MAP_LOAD : MAP_SPLIT, 0);
		if (read_back(&bytes, &seen) || seen.wrong || seen.next != LOGGED) {
			if (good)
				printf("# round %d: next %llu, %llu wrong\n", round,
				    (unsigned long long)seen.next, (unsigned long long)seen.wrong);
			good = 0;
		}
		total += seen.records;
		for (int damage = 0; damage < 20; damage++) {
			size_t hits = 1 + random_below(8);

			seen = (struct seen){0};
			for (size_t i = 0; i < hits; i++)
				bytes.at[400 + random_below(bytes.len - 400)] ^=
				    (uint8_t)random_next();
			read_back(&bytes, &seen);
			/* a damaged length may make the buffer seem larger, but not the dump */
			if (seen.records > 65536 ||
			    (seen.records > 16 * count && seen.bytes > 64 * size))
				bounded = 0;
		}
		free(bytes.at);
	}
	ok(good && total > 60, "%s: %s: exactly the live records of 60 random rings are given",
	    m->name, name);
	ok(bounded, "%s: %s: reading ends after each of 1200 random damages", m->name, name);
}

int main(void)
{
	for (size_t i = 0; i < MACHINES; i++) {
		check_kind(&machine_table[i], RING_PRB, "lockless ring");
		check_kind(&machine_table[i], RING_LOG, "records, SIZE(log)");
		check_kind(&machine_table[i], RING_PRINTK_LOG, "records, SIZE(printk_log)");
	}
	return tap_done();
}
