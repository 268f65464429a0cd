/* SPDX-License-Identifier: MIT */
/*
 * reclog: reads the record buffer of kernels 3.5 to 5.9; see reclog.h. One pass over the live bytes;
 * where the chain of records is broken it searches for the next place with two records in a row.
 */
#include "reclog.h"

#include <string.h>

enum {
	RECLOG_NEWLINE = 2, /* enum log_flags */
	RECLOG_PREFIX = 4,
	RECLOG_CONT = 8,
	RECLOG_ALIGN = 4, /* the smallest of any architecture */
	RECLOG_PAD_MAX = 16,
	RECLOG_HEADER_MAX = 64,
	RECLOG_UNREADABLE_MAX = 4096, /* pages in a row, after which the search ends */
};

#define RECLOG_BUF_MAX (1ULL << 31) /* LOG_BUF_LEN_MAX */

struct reclog {
	struct vmem *vm;
	enum dump_order order;
	const struct klog_sink *sink;
	uint64_t buf, len; /* address and bytes of the buffer */
	uint64_t first, next;
	size_t size, ts, rec_len, text_len, dict_len, caller; /* caller 0: none */
	int plain_level; /* 3.5: 16 bits of level and facility, no flags */
	int cont_flags; /* before 4.10: flags mark how a line is continued */
	struct vmem_window window;
	uint64_t seq;
	unsigned prev; /* flags of the record before */
	int stopped;
};

struct reclog_header {
	uint64_t ts;
	size_t len, text_len, dict_len;
	int level, facility;
	unsigned flags;
	uint32_t caller;
};

int reclog_present(const struct vmcoreinfo *info)
{
	return vmcoreinfo_has(info, VMCI_LOG_BUF) && vmcoreinfo_has(info, VMCI_LOG_FIRST_IDX) &&
	       vmcoreinfo_has(info, VMCI_LOG_NEXT_IDX);
}

static int reclog_layout(struct err *err, struct reclog *log)
{
	const struct vmcoreinfo *info = vmem_info(log->vm);
	int plog = vmcoreinfo_has(info, VMCI_PLOG_SIZE);
	uint64_t size = plog ? vmcoreinfo_get(info, VMCI_PLOG_SIZE, 0)
			     : vmcoreinfo_get(info, VMCI_LOG_SIZE, 16);
	uint64_t ts = vmcoreinfo_get(info, plog ? VMCI_PLOG_TS : VMCI_LOG_TS, 0);
	uint64_t len = vmcoreinfo_get(info, plog ? VMCI_PLOG_LEN : VMCI_LOG_LEN, 8);
	uint64_t text = vmcoreinfo_get(info, plog ? VMCI_PLOG_TEXT_LEN : VMCI_LOG_TEXT_LEN, 10);
	uint64_t dict = vmcoreinfo_get(info, plog ? VMCI_PLOG_DICT_LEN : VMCI_LOG_DICT_LEN, 12);
	uint64_t caller = 0;

	if (size < 16 || size > RECLOG_HEADER_MAX || ts > size - 8 || len > size - 2 ||
	    text > size - 2 || dict > size - 4)
		return err_set(err, "VMCOREINFO: impossible layout of a record: SIZE=%llu",
		    (unsigned long long)size);
	/* built to print the caller's id, a kernel has a word for it after the level */
	if (vmcoreinfo_has(info, VMCI_PLOG_CALLER_ID))
		caller = vmcoreinfo_get(info, VMCI_PLOG_CALLER_ID, 0);
	else if (vmcoreinfo_at_least(info, 5, 1, 0) && size >= dict + 8)
		caller = dict + 4;
	if (caller > size - 4)
		caller = 0;
	log->size = (size_t)size;
	log->ts = (size_t)ts;
	log->rec_len = (size_t)len;
	log->text_len = (size_t)text;
	log->dict_len = (size_t)dict;
	log->caller = (size_t)caller;
	log->plain_level =
	    vmcoreinfo_at_least(info, 3, 5, 0) && !vmcoreinfo_at_least(info, 3, 6, 0);
	log->cont_flags =
	    vmcoreinfo_at_least(info, 3, 6, 0) && !vmcoreinfo_at_least(info, 4, 10, 0);
	return 0;
}

static int reclog_open(
    struct err *err, struct reclog *log, struct vmem *vm, struct klog_scratch *scratch)
{
	const struct vmcoreinfo *info = vmem_info(vm);

	log->vm = vm;
	log->order = vmem_header(vm)->order;
	log->window = (struct vmem_window){.buf = scratch->c, .size = sizeof(scratch->c)};
	if (reclog_layout(err, log))
		return -1;
	if (vmem_word(err, vm, vmcoreinfo_get(info, VMCI_LOG_BUF, 0), &log->buf))
		return err_prefix(err, "log_buf");
	if (!vmcoreinfo_has(info, VMCI_LOG_BUF_LEN))
		return err_set(err, "VMCOREINFO has no %s", vmcoreinfo_name(VMCI_LOG_BUF_LEN));
	if (vmem_uint(err, vm, vmcoreinfo_get(info, VMCI_LOG_BUF_LEN, 0), 4, &log->len))
		return err_prefix(err, "log_buf_len");
	if (vmem_uint(err, vm, vmcoreinfo_get(info, VMCI_LOG_FIRST_IDX, 0), 4, &log->first))
		log->first = UINT64_MAX;
	if (vmem_uint(err, vm, vmcoreinfo_get(info, VMCI_LOG_NEXT_IDX, 0), 4, &log->next))
		log->next = UINT64_MAX;
	if (log->len < log->size || log->len > RECLOG_BUF_MAX)
		return err_set(err, "log_buf_len is %llu: damaged", (unsigned long long)log->len);
	return 0;
}

static void reclog_header_parse(
    const struct reclog *log, const uint8_t *b, struct reclog_header *header)
{
	unsigned bits;

	header->ts = dump_uint(log->order, b + log->ts, 8);
	header->len = (size_t)dump_uint(log->order, b + log->rec_len, 2);
	header->text_len = (size_t)dump_uint(log->order, b + log->text_len, 2);
	header->dict_len = (size_t)dump_uint(log->order, b + log->dict_len, 2);
	header->caller = log->caller ? (uint32_t)dump_uint(log->order, b + log->caller, 4) : 0;
	header->flags = 0;
	if (log->plain_level) {
		bits = (unsigned)dump_uint(log->order, b + log->dict_len + 2, 2);
		header->level = (int)(bits & 7);
		header->facility = (int)(bits >> 3);
		return;
	}
	header->facility = (int)dump_uint(log->order, b + log->dict_len + 2, 1);
	bits = (unsigned)dump_uint(log->order, b + log->dict_len + 3, 1);
	/* flags:5, level:3, from the low end on little-endian machines */
	if (log->order == DUMP_LITTLE) {
		header->level = (int)(bits >> 5);
		header->flags = bits & 31;
	} else {
		header->level = (int)(bits & 7);
		header->flags = bits >> 3;
	}
}

/* 1 if a record of that header fits into the room bytes from it to the end of what is live. */
static int reclog_header_ok(
    const struct reclog *log, const struct reclog_header *header, uint64_t room)
{
	size_t used = log->size + header->text_len + header->dict_len;

	return header->len >= used && header->len - used < RECLOG_PAD_MAX &&
	       header->len % RECLOG_ALIGN == 0 && header->len <= room;
}

/* The header at idx; room: live bytes from there on. 0, or -1: unreadable. */
static int reclog_header_at(
    struct reclog *log, uint64_t idx, uint64_t room, struct reclog_header *header)
{
	struct err ignored;
	const uint8_t *b =
	    vmem_view(&ignored, log->vm, &log->window, log->buf + idx, log->size, room);

	if (!b)
		return -1;
	reclog_header_parse(log, b, header);
	return 0;
}

static void reclog_give(
    struct reclog *log, const struct reclog_header *header, const uint8_t *bytes)
{
	struct klog_record record = {
	    .seq = log->seq++,
	    .ts_nsec = header->ts,
	    .has_time = 1,
	    .level = header->level,
	    .facility = header->facility,
	    .has_caller = log->caller != 0,
	    .caller = header->caller,
	    .text = (const char *)bytes + log->size,
	    .len = header->text_len,
	};

	if (log->cont_flags) {
		unsigned flags = header->flags, prev = log->prev;

		if ((prev & RECLOG_CONT) && !(flags & RECLOG_PREFIX))
			record.flags |= KLOG_NO_PREFIX;
		if ((flags & RECLOG_CONT) && (prev & RECLOG_CONT) && !(prev & RECLOG_NEWLINE))
			record.flags |= KLOG_NO_PREFIX;
		if ((flags & RECLOG_CONT) && !(flags & RECLOG_NEWLINE))
			record.flags |= KLOG_NO_NEWLINE;
		log->prev = flags;
	}
	if (log->sink->record(log->sink->arg, &record))
		log->stopped = 1;
}

static void reclog_lose(struct reclog *log, uint64_t bytes, const char *what)
{
	struct klog_hole hole = {.bytes = bytes, .what = what};

	log->prev = 0;
	if (log->sink->hole(log->sink->arg, &hole))
		log->stopped = 1;
}

/*
 * After a broken place: the next index below end with a record that is followed by another one, the
 * end or a wrap marker; else end.
 */
static uint64_t reclog_resync(struct reclog *log, uint64_t idx, uint64_t end)
{
	struct reclog_header header, after;
	unsigned unreadable = 0;

	for (idx = (idx + RECLOG_ALIGN) & ~(uint64_t)(RECLOG_ALIGN - 1); idx + log->size <= end;
	     idx += RECLOG_ALIGN) {
		uint64_t follow;

		if (reclog_header_at(log, idx, end - idx, &header)) {
			if (++unreadable >= RECLOG_UNREADABLE_MAX)
				return end;
			idx |= 4096 - RECLOG_ALIGN; /* this page is missing: try the next */
			continue;
		}
		unreadable = 0;
		if (header.text_len == 0 || !reclog_header_ok(log, &header, end - idx))
			continue;
		follow = idx + header.len;
		if (follow == end)
			return idx;
		if (follow + log->size <= end &&
		    reclog_header_at(log, follow, end - follow, &after) == 0 &&
		    (after.len == 0 || reclog_header_ok(log, &after, end - follow)))
			return idx;
	}
	return end;
}

/*
 * Gives the records from idx to end, where no wrap can be. may_wrap: a length of 0 ends them; open (the
 * real end is unknown): so does anything that is not a record.
 */
static void reclog_piece(struct reclog *log, uint64_t idx, uint64_t end, int may_wrap, int open)
{
	struct err ignored;

	while (idx + log->size <= end && !log->stopped) {
		struct reclog_header header = {0};
		const uint8_t *bytes = NULL;
		uint64_t go_on;

		if (reclog_header_at(log, idx, end - idx, &header) == 0) {
			if (header.len == 0 && (may_wrap || open))
				return;
			if (reclog_header_ok(log, &header, end - idx))
				bytes = vmem_view(&ignored, log->vm, &log->window, log->buf + idx,
				    header.len, end - idx);
		}
		if (bytes) {
			reclog_give(log, &header, bytes);
			idx += header.len;
			continue;
		}
		if (open)
			return;
		go_on = reclog_resync(log, idx, end);
		reclog_lose(log, go_on - idx, NULL);
		idx = go_on;
	}
}

int reclog_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch,
    const struct klog_sink *sink, int *stopped)
{
	struct reclog log = {.sink = sink};
	int first_ok, next_ok;

	*stopped = 0;
	if (reclog_open(err, &log, vm, scratch))
		return err_prefix(err, "the log's records");
	first_ok = log.first < log.len && log.first % RECLOG_ALIGN == 0;
	next_ok = log.next <= log.len && log.next % RECLOG_ALIGN == 0;
	if (!first_ok || !next_ok)
		reclog_lose(&log, 0,
		    "log_first_idx or log_next_idx is damaged; what follows was found by scanning");
	if (first_ok && next_ok && log.first <= log.next) {
		reclog_piece(&log, log.first, log.next, 0, 0);
	} else if (next_ok) {
		uint64_t from = first_ok ? log.first : log.next;

		/* without its beginning: the oldest whole record is somewhere after next */
		if (!first_ok)
			from = reclog_resync(&log, from - (from ? RECLOG_ALIGN : 0), log.len);
		reclog_piece(&log, from, log.len, 1, 0);
		reclog_piece(&log, 0, log.next, 0, 0);
	} else {
		uint64_t from = first_ok ? log.first : 0;

		reclog_piece(&log, from, log.len, 1, 1);
		reclog_piece(&log, 0, from, 0, 1);
	}
	*stopped = log.stopped;
	return log.stopped ? -1 : 0;
}
