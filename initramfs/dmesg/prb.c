/* SPDX-License-Identifier: MIT */
/*
 * prb: reads the lockless printk ring buffer; see prb.h. One walk from tail to head by id, of at most
 * as many steps as there are descriptors; a record that cannot be given becomes part of a hole.
 */
#include "prb.h"

#include "prb_ring.h"

enum { PRB_UNREADABLE_MAX = 4096, PRB_LPOS_EMPTY = 3 };

struct prb_walk {
	struct prb *prb;
	const struct klog_sink *sink;
	uint64_t left; /* ids that come after this one */
	uint64_t seq_offset; /* seq - id, modulo the id's bits */
	int anchored; /* seq_offset is of a record, no longer the ring's default */
	int begun; /* a record with text was given: none after it can have been reused for new text */
	uint64_t text_budget; /* blocks are disjoint: all texts together fit into the ring */
	struct klog_hole hole; /* the current one; count 0: none */
	uint64_t lpos; /* the highest begin so far */
	unsigned unreadable;
	int stopped;
};

int prb_present(const struct vmcoreinfo *info)
{
	return vmcoreinfo_has(info, VMCI_PRB);
}

static void prb_flush_hole(struct prb_walk *walk)
{
	if (walk->hole.count == 0)
		return;
	if (walk->sink->hole(walk->sink->arg, &walk->hole))
		walk->stopped = 1;
	walk->hole.count = 0;
}

static void prb_lose(struct prb_walk *walk, uint64_t id)
{
	uint64_t seq = (id + walk->seq_offset) & walk->prb->id_mask;

	if (walk->hole.count == 0)
		walk->hole = (struct klog_hole){.first = seq, .has_seq = 1};
	walk->hole.count++;
	walk->hole.last = seq;
}

/* Counts all records up to the head as lost, unread. */
static void prb_lose_rest(struct prb_walk *walk)
{
	walk->hole.count += walk->left;
	walk->hole.last = (walk->hole.last + walk->left) & walk->prb->id_mask;
	walk->left = 0;
}

/*
 * The place of a block's text: its index in the ring, and its bytes. 0, or -1: impossible positions.
 *
 * A block that would cross the ring's end is moved to the ring's start as a whole, and next then
 * counts from there. Before 6.19 one that would end exactly at the end was moved too; since then it
 * stays. Comparing the laps of begin and of the last byte (next - 1) is right for both.
 */
static int prb_block(
    const struct prb *prb, const struct prb_desc *desc, uint64_t *index, uint64_t *bytes)
{
	uint64_t mask = prb->size - 1, last = (desc->next - 1) & prb->lpos_mask;
	uint64_t lap = desc->begin >> prb->size_bits, last_lap = last >> prb->size_bits;

	if (lap == last_lap) {
		*index = desc->begin & mask;
		*bytes = (desc->next - desc->begin) & prb->lpos_mask;
	} else if (((lap + 1) & (prb->lpos_mask >> prb->size_bits)) == last_lap) {
		*index = 0;
		*bytes = (last & mask) + 1;
	} else {
		return -1;
	}
	if (*bytes > prb->size - *index || *bytes <= prb->word)
		return -1;
	*index += prb->word;
	*bytes -= prb->word;
	return 0;
}

/* The text of a block, which follows its id; NULL: unreadable, or now another record's. */
static const char *prb_text(
    struct prb_walk *walk, const struct prb_desc *desc, uint64_t index, size_t len)
{
	struct prb *prb = walk->prb;
	struct err ignored;
	size_t need = prb->word + len;
	uint64_t at = index - prb->word, ahead = prb->size - at, live;
	struct vmem_window *window = &prb->text_window;
	const uint8_t *b;

	/* never read ahead past what is written */
	live = (prb->head_lpos - desc->begin) & prb->lpos_mask;
	if (prb->head_lpos && live <= prb->size && at == (desc->begin & (prb->size - 1)) &&
	    live < ahead)
		ahead = live;
	if (at == 0 && (desc->begin & (prb->size - 1)) != 0) {
		live = prb->head_lpos & (prb->size - 1);
		if (prb->head_lpos && live >= need && live < ahead)
			ahead = live;
	}
	/* a writer that was overtaken has its text before its predecessor's: keep the window as it is */
	if (((desc->begin - walk->lpos) & prb->lpos_mask) > prb->lpos_mask / 2) {
		window = &prb->back_window;
		ahead = need;
	} else {
		walk->lpos = desc->begin;
	}
	b = vmem_view(&ignored, prb->vm, window, prb->data + at, need, ahead);
	if (!b || (dump_uint(prb->order, b, prb->word) & prb->lpos_mask) != desc->id)
		return NULL;
	return (const char *)b + prb->word;
}

/* The length of a text whose writer died before it set one; 0: it is not text. */
static size_t prb_unfinished_len(const char *text, size_t len)
{
	size_t n = 0;

	while (
	    n < len && ((text[n] >= 0x20 && text[n] < 0x7f) || text[n] == '\n' || text[n] == '\t'))
		n++;
	return n < len && text[n] == '\0' ? n : 0;
}

/* The record's number: the one seen in its info, where it fits its id; -1 where not. */
static int prb_seq(struct prb_walk *walk, const struct prb_desc *desc, uint64_t seen, uint64_t *seq)
{
	uint64_t mask = walk->prb->id_mask, want = (desc->id + walk->seq_offset) & mask;

	if ((seen & mask) == want) {
		*seq = seen;
		walk->anchored = 1;
		return 0;
	}
	if (!walk->anchored) {
		/* the first one decides */
		walk->seq_offset = (seen - desc->id) & mask;
		walk->anchored = 1;
		*seq = seen;
		return 0;
	}
	*seq = want;
	return -1;
}

/* Gives a record to the sink. 0, or -1: it is lost. */
static int prb_give(struct prb_walk *walk, const struct prb_desc *desc)
{
	struct prb *prb = walk->prb;
	struct err ignored;
	struct klog_record record = {.text = "", .level = -1};
	uint64_t index = desc->id & (prb->count - 1), ahead, at, bytes = 0;
	const uint8_t *info;
	int empty = desc->begin & 1 && desc->next & 1; /* it has no block */

	if (empty && (desc->begin != PRB_LPOS_EMPTY || desc->next != PRB_LPOS_EMPTY))
		return -1; /* because there was no room for it */
	if (!empty && prb_block(prb, desc, &at, &bytes))
		return -1;
	ahead = walk->left + 1 < prb->count - index ? walk->left + 1 : prb->count - index;
	info = vmem_view(&ignored, prb->vm, &prb->info_window, prb->infos + index * prb->info_size,
	    prb->info_size, ahead * prb->info_size);
	if (!info)
		return -1;
	record.len = (size_t)dump_uint(prb->order, info + prb->info_text_len, 2);
	if (desc->state == PRB_RESERVED && record.len == 0)
		record.len = bytes < KLOG_TEXT_MAX ? (size_t)bytes : KLOG_TEXT_MAX;
	if (record.len > bytes)
		record.len = (size_t)bytes;
	if (!empty) {
		record.text = prb_text(walk, desc, at, record.len);
		if (!record.text || record.len > walk->text_budget)
			return -1;
		walk->text_budget -= record.len;
	}
	if (prb_seq(walk, desc, dump_uint(prb->order, info + prb->info_seq, 8), &record.seq) &&
	    desc->state == PRB_RESERVED)
		return -1;
	if (desc->state == PRB_RESERVED) {
		if (dump_uint(prb->order, info + prb->info_text_len, 2) == 0)
			record.len = prb_unfinished_len(record.text, record.len);
		if (record.len == 0)
			return -1;
	}
	if (desc->state != PRB_FINALIZED)
		record.flags |= KLOG_UNFINISHED;
	record.ts_nsec = dump_uint(prb->order, info + prb->info_ts, 8);
	record.has_time = 1;
	record.facility = (int)dump_uint(prb->order, info + prb->info_text_len + 2, 1);
	record.level = (int)dump_uint(prb->order, info + prb->info_text_len + 3, 1);
	/* flags:5, level:3: a bit field begins at the low end on little-endian machines */
	record.level = prb->order == DUMP_LITTLE ? record.level >> 5 : record.level & 7;
	if (prb->info_caller)
		record.caller = (uint32_t)dump_uint(prb->order, info + prb->info_caller, 4);
	prb_flush_hole(walk);
	if (!walk->stopped && walk->sink->record(walk->sink->arg, &record))
		walk->stopped = 1;
	walk->begun |= !empty;
	return 0;
}

static void prb_step(struct prb_walk *walk, uint64_t id)
{
	struct prb_desc desc;

	if (prb_desc_read(walk->prb, id, walk->left + 1, &desc)) {
		prb_lose(walk, id);
		if (++walk->unreadable >= PRB_UNREADABLE_MAX)
			prb_lose_rest(walk);
		return;
	}
	walk->unreadable = 0;
	/*
	 * The oldest have made room for new text, which is no loss. Only empty lines among them are left,
	 * having no text to be overwritten; dmesg prints those too.
	 */
	if (!walk->begun && desc.id == id && desc.state == PRB_REUSABLE)
		return;
	if (desc.id != id || desc.state == PRB_REUSABLE || prb_give(walk, &desc))
		prb_lose(walk, id);
}

int prb_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch,
    const struct klog_sink *sink, int *stopped)
{
	static const struct klog_hole found = {
	    .what = "the ring's head or tail is damaged; what follows was found by scanning"};
	struct prb prb;
	struct prb_walk walk = {.prb = &prb, .sink = sink};
	enum prb_ends ends;

	*stopped = 0;
	if (prb_ring_read(err, vm, scratch, &prb))
		return err_prefix(err, "the printk ring");
	ends = prb_ends_find(&prb);
	if (ends == PRB_ENDS_NONE)
		return err_set(err,
		    "the printk ring: head and tail are damaged, and a scan of %llu descriptors found no record",
		    (unsigned long long)prb.count);
	if (ends == PRB_ENDS_FOUND && sink->hole(sink->arg, &found)) {
		*stopped = 1;
		return -1;
	}
	/* numbers are counted with ids: record 0 has the id -count */
	walk.seq_offset = prb.count;
	walk.text_budget = prb.size;
	walk.lpos = prb.head_lpos - prb.size;
	walk.left = (prb.head - prb.tail) & prb.id_mask;
	for (uint64_t id = prb.tail;; id = (id + 1) & prb.id_mask, walk.left--) {
		prb_step(&walk, id);
		if (walk.stopped || walk.left == 0)
			break;
	}
	if (!walk.stopped)
		prb_flush_hole(&walk);
	*stopped = walk.stopped;
	return walk.stopped ? -1 : 0;
}
