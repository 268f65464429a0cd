/* SPDX-License-Identifier: MIT */
/*
 * ring: the three log buffers, filled as the kernel fills them.
 *
 * Models of prb_reserve and its kin (printk_ringbuffer.c), of log_store (printk.c, 3.5-5.9) and of
 * emit_log_char (2.6), so that wraps, recycled descriptors and cut lines come about as they do in
 * life. One writer, no concurrency; what concurrency leaves behind is poked in afterwards.
 */
#ifndef TESTS_VMCORE_RING_H
#define TESTS_VMCORE_RING_H

#include "machine.h"

enum ring_kind { RING_PRB, RING_LOG, RING_PRINTK_LOG, RING_CHARS };
enum ring_state { RING_RESERVED, RING_COMMITTED, RING_FINALIZED, RING_REUSABLE };

struct ring {
	struct image image;
	enum ring_kind kind;
	int new_rule; /* 6.19: a block may end exactly at the ring's end */
	int callers; /* records: with caller ids */
	size_t shift; /* prb: bytes at the beginning of structs, so that no offset is 0 */
	unsigned count_bits;
	uint64_t count, size; /* descriptors; bytes */
	uint64_t head, tail, head_lpos, tail_lpos; /* prb */
	uint64_t text_id; /* prb: the descriptor whose block was pushed out last */
	uint64_t first, next; /* records */
	uint64_t end; /* characters ever */
	uint64_t seq; /* of the next record */
	size_t info_size, desc_size, record_size;
	/* offsets in memory */
	size_t at_descs, at_infos, at_data, at_head, at_tail, at_head_lpos, at_tail_lpos;
	size_t at_first, at_next, at_end;
	int clock_long; /* characters: log_end is unsigned long */
};

static uint8_t *ring_at(struct ring *r, size_t at)
{
	return r->image.memory.at + at;
}

static void ring_put(struct ring *r, size_t at, uint64_t value, size_t size)
{
	machine_put(r->image.m, ring_at(r, at), value, size);
}

static uint64_t ring_get(struct ring *r, size_t at, size_t size)
{
	return machine_get(r->image.m, ring_at(r, at), size);
}

static uint64_t ring_long_mask(const struct ring *r)
{
	return r->image.m->word == 8 ? UINT64_MAX : UINT32_MAX;
}

/* --- lockless ------------------------------------------------------------------------------------- */

static size_t ring_desc(struct ring *r, uint64_t id)
{
	return r->at_descs + (size_t)(id & (r->count - 1)) * r->desc_size + r->shift;
}

static size_t ring_info(struct ring *r, uint64_t id)
{
	return r->at_infos + (size_t)(id & (r->count - 1)) * r->info_size;
}

static void ring_set_desc(
    struct ring *r, uint64_t id, enum ring_state state, uint64_t begin, uint64_t next)
{
	size_t w = r->image.m->word, at = ring_desc(r, id);

	ring_put(r, at, (id & ring_long_mask(r) >> 2) | (uint64_t)state << (8 * w - 2), w);
	ring_put(r, at + w, begin, w);
	ring_put(r, at + 2 * w, next, w);
}

static void ring_set_state(struct ring *r, uint64_t id, enum ring_state state)
{
	size_t w = r->image.m->word, at = ring_desc(r, id);

	ring_set_desc(r, id, state, ring_get(r, at + w, w), ring_get(r, at + 2 * w, w));
}

static void prb_begin(struct ring *r, unsigned count_bits, unsigned size_bits, size_t info_extra)
{
	struct image *image = &r->image;
	size_t w = image->m->word, prb, pointer;
	struct bytes *info = &image->info;

	r->count_bits = count_bits;
	r->count = 1ULL << count_bits;
	r->size = 1ULL << size_bits;
	r->desc_size = 3 * w + r->shift;
	r->info_size = 88 + info_extra;
	/* struct printk_ringbuffer: desc_ring {count_bits, descs, infos, head, tail, last}, text ring
	 * {size_bits, data, head_lpos, tail_lpos}, fail */
	prb = image_room(image, r->shift + 11 * w);
	pointer = image_variable(image, "prb", image_address(image, prb), w);
	prb += r->shift;
	(void)pointer;
	r->at_descs = image_room(image, (size_t)r->count * r->desc_size);
	r->at_infos = image_room(image, (size_t)r->count * r->info_size);
	r->at_data = image_room(image, (size_t)r->size);
	r->at_head = prb + 3 * w;
	r->at_tail = prb + 4 * w;
	r->at_head_lpos = prb + 8 * w;
	r->at_tail_lpos = prb + 9 * w;
	ring_put(r, prb, count_bits, 4);
	ring_put(r, prb + w, image_address(image, r->at_descs), w);
	ring_put(r, prb + 2 * w, image_address(image, r->at_infos), w);
	ring_put(r, prb + 6 * w, size_bits, 4);
	ring_put(r, prb + 7 * w, image_address(image, r->at_data), w);
	bytes_printf(info,
	    "SIZE(printk_ringbuffer)=%zu\nOFFSET(printk_ringbuffer.desc_ring)=%zu\n"
	    "OFFSET(printk_ringbuffer.text_data_ring)=%zu\n"
	    "OFFSET(printk_ringbuffer.fail)=%zu\n",
	    r->shift + 11 * w, r->shift, r->shift + 6 * w, r->shift + 10 * w);
	bytes_printf(info,
	    "OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=%zu\n"
	    "OFFSET(prb_desc_ring.infos)=%zu\nOFFSET(prb_desc_ring.head_id)=%zu\n"
	    "OFFSET(prb_desc_ring.tail_id)=%zu\n",
	    w, 2 * w, 3 * w - r->shift, 4 * w - r->shift);
	bytes_printf(info,
	    "SIZE(prb_desc)=%zu\nOFFSET(prb_desc.state_var)=0\n"
	    "OFFSET(prb_desc.text_blk_lpos)=%zu\nOFFSET(prb_data_blk_lpos.begin)=%zu\n"
	    "OFFSET(prb_data_blk_lpos.next)=%zu\n",
	    r->desc_size, w, r->shift, r->shift + w);
	bytes_printf(info,
	    "SIZE(printk_info)=%zu\nOFFSET(printk_info.seq)=0\n"
	    "OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
	    "OFFSET(printk_info.caller_id)=20\nOFFSET(printk_info.dev_info)=%zu\n",
	    r->info_size, 24 + info_extra);
	bytes_printf(info,
	    "OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=%zu\n"
	    "OFFSET(prb_data_ring.head_lpos)=%zu\nOFFSET(prb_data_ring.tail_lpos)=%zu\n"
	    "SIZE(atomic_long_t)=%zu\nOFFSET(atomic_long_t.counter)=%zu\n",
	    w, 2 * w - r->shift, 3 * w - r->shift, w + r->shift, r->shift);
	r->head = r->tail = (0 - (r->count + 1)) & ring_long_mask(r) >> 2;
	r->head_lpos = r->tail_lpos = 0 - r->size;
	ring_set_desc(r, r->head, RING_REUSABLE, 1, 1);
	ring_put(r, ring_info(r, 0), 0 - r->count, 8);
}

/* Makes room: all blocks before lpos go, and their descriptors become reusable. */
static void prb_push_tail(struct ring *r, uint64_t lpos)
{
	uint64_t mask = ring_long_mask(r), id = r->tail;
	size_t w = r->image.m->word;

	/* ids and blocks are in the same order: go on where the last one was found */
	if (((r->text_id - r->tail) & mask >> 2) < r->count)
		id = r->text_id;
	while (((lpos - r->tail_lpos) & mask) - 1 < mask / 2) {
		/* the block at the tail belongs to the oldest descriptor that begins there */
		while (
		    id != r->head && ring_get(r, ring_desc(r, id) + w, w) != (r->tail_lpos & mask))
			id = (id + 1) & mask >> 2;
		ring_set_state(r, id, RING_REUSABLE);
		r->tail_lpos = ring_get(r, ring_desc(r, id) + 2 * w, w);
	}
	r->text_id = id;
}

/* bytes: of the block's text, len of which the record has; fail: as if there were no room. Returns seq. */
static uint64_t prb_store(struct ring *r, enum ring_state state, unsigned prio, uint64_t ts,
    uint32_t caller, const char *text, size_t len, int fail)
{
	uint64_t mask = ring_long_mask(r), id = (r->head + 1) & mask >> 2, begin = 3, next = 3;
	size_t w = r->image.m->word, at, size = (w + len + w - 1) / w * w;
	unsigned bits = 0;

	while (1ULL << bits < r->size)
		bits++;
	if (((id - r->count) & mask >> 2) == r->tail) {
		uint64_t old_next = ring_get(r, ring_desc(r, r->tail) + 2 * w, w);

		ring_set_state(r, r->tail, RING_REUSABLE);
		if (!(old_next & 1))
			prb_push_tail(r, old_next);
		r->tail = (r->tail + 1) & mask >> 2;
	}
	r->head = id;
	/* reserved first: it holds no block yet that could be pushed out */
	ring_set_desc(r, id, RING_RESERVED, 1, 1);
	if (fail) {
		begin = next = 1;
	} else if (len > 0) {
		uint64_t end;

		begin = r->head_lpos & mask;
		end = (begin + size) & mask;
		next = end;
		if (begin >> bits != (r->new_rule ? (end - 1) & mask : end) >> bits)
			next = ((end >> bits << bits) + size) & mask;
		prb_push_tail(r, next - r->size);
		r->head_lpos = next;
		at = r->at_data + (size_t)(begin & (r->size - 1));
		ring_put(r, at, id, w);
		if (next != end) {
			at = r->at_data;
			ring_put(r, at, id, w);
		}
		memcpy(ring_at(r, at + w), text, len);
	}
	ring_set_desc(r, id, state, begin, next);
	at = ring_info(r, id);
	memset(ring_at(r, at), 0xa5, r->info_size);
	ring_put(r, at, r->seq, 8);
	ring_put(r, at + 8, ts, 8);
	ring_put(r, at + 16, state == RING_RESERVED ? 0 : len, 2);
	ring_put(r, at + 18, prio >> 3, 1);
	ring_put(r, at + 19, r->image.m->big ? 2 << 3 | (prio & 7) : (prio & 7) << 5 | 2, 1);
	ring_put(r, at + 20, caller, 4);
	return r->seq++;
}

/* --- records -------------------------------------------------------------------------------------- */

static void log_begin(struct ring *r, uint64_t size)
{
	const char *name = r->kind == RING_LOG ? "log" : "printk_log";
	struct image *image = &r->image;
	struct bytes *info = &image->info;

	r->size = size;
	r->record_size = r->callers ? 20 : 16;
	r->at_data = image_room(image, (size_t)size);
	image_variable(image, "log_buf", image_address(image, r->at_data), image->m->word);
	image_variable(image, "log_buf_len", size, 4);
	r->at_first = image_variable(image, "log_first_idx", 0, 4);
	r->at_next = image_variable(image, "log_next_idx", 0, 4);
	bytes_printf(info, "SIZE(%s)=%zu\nOFFSET(%s.ts_nsec)=0\nOFFSET(%s.len)=8\n", name,
	    r->record_size, name, name);
	bytes_printf(info, "OFFSET(%s.text_len)=10\nOFFSET(%s.dict_len)=12\n", name, name);
	if (r->callers)
		bytes_printf(info, "OFFSET(%s.caller_id)=16\n", name);
}

static int log_has_space(const struct ring *r, uint64_t need, int empty)
{
	uint64_t free;

	if (r->next > r->first || empty) {
		free = r->size - r->next;
		if (free < r->first)
			free = r->first;
	} else {
		free = r->first - r->next;
	}
	return free >= need + r->record_size; /* a header for the wrap marker */
}

static uint64_t log_store(struct ring *r, unsigned prio, unsigned flags, uint64_t ts,
    uint32_t caller, const char *text, size_t len)
{
	static const char dict[] = "SUBSYSTEM=pci";
	size_t dict_len = r->seq % 3 == 0 ? sizeof(dict) - 1 : 0, at;
	uint64_t size = (r->record_size + len + dict_len + 3) & ~3ULL;

	while (!log_has_space(r, size, r->first == r->next)) {
		uint64_t old = ring_get(r, r->at_data + (size_t)r->first + 8, 2);

		if (old == 0) {
			r->first = ring_get(r, r->at_data + 8, 2);
		} else {
			r->first += old;
		}
		if (r->first == r->next)
			r->first = r->next = 0;
	}
	if (r->next + size + r->record_size > r->size) {
		memset(ring_at(r, r->at_data + (size_t)r->next), 0, r->record_size);
		r->next = 0;
	}
	at = r->at_data + (size_t)r->next;
	memset(ring_at(r, at), 0, (size_t)size);
	ring_put(r, at, ts, 8);
	ring_put(r, at + 8, size, 2);
	ring_put(r, at + 10, len, 2);
	ring_put(r, at + 12, dict_len, 2);
	ring_put(r, at + 14, prio >> 3, 1);
	ring_put(
	    r, at + 15, r->image.m->big ? flags << 3 | (prio & 7) : (prio & 7) << 5 | flags, 1);
	if (r->callers)
		ring_put(r, at + 16, caller, 4);
	memcpy(ring_at(r, at + r->record_size), text, len);
	memcpy(ring_at(r, at + r->record_size + len), dict, dict_len);
	r->next += size;
	return r->seq++;
}

/* --- characters ----------------------------------------------------------------------------------- */

__attribute__((unused)) static void chars_begin(struct ring *r, uint64_t size, int clock_long)
{
	struct image *image = &r->image;

	r->size = size;
	r->clock_long = clock_long;
	r->at_data = image_room(image, (size_t)size);
	image_variable(image, "log_buf", image_address(image, r->at_data), image->m->word);
	r->at_end = image_variable(image, "log_end", 0, clock_long ? image->m->word : 4);
	image_variable(image, "log_buf_len", size, 4);
	image_variable(image, "logged_chars", 0, 4); /* as after dmesg -c */
}

__attribute__((unused)) static void chars_store(struct ring *r, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		*ring_at(r, r->at_data + (size_t)(r->end++ % r->size)) = (uint8_t)text[i];
}

/* Writes the positions that are variables. */
static void ring_finish(struct ring *r)
{
	size_t w = r->image.m->word;

	if (r->kind == RING_PRB) {
		ring_put(r, r->at_head, r->head, w);
		ring_put(r, r->at_tail, r->tail, w);
		ring_put(r, r->at_head_lpos, r->head_lpos, w);
		ring_put(r, r->at_tail_lpos, r->tail_lpos, w);
	} else if (r->kind == RING_CHARS) {
		ring_put(r, r->at_end, r->end, r->clock_long ? w : 4);
	} else {
		ring_put(r, r->at_first, r->first, 4);
		ring_put(r, r->at_next, r->next, 4);
	}
}

#endif
