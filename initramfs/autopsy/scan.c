/* SPDX-License-Identifier: MIT */
/* scan: finds the tables of kallsyms by their contents; see scan.h. */
#include "scan.h"

#include <stdlib.h>
#include <string.h>

enum {
	SCAN_PIECE = 65536,
	SCAN_DIGITS = 20, /* "0\0" … "9\0" */
	SCAN_FIRST = 48, /* tokens before '0' */
	SCAN_BEFORE = 1024, /* bytes of these at most */
	SCAN_TABLE = 4096,
	SCAN_MARKERS = 8192, /* markers: 2,097,152 symbols */
	SCAN_NAMES = 512, /* names that are walked as a proof */
	SCAN_TRIES = 64, /* places that look like a table of tokens */
};

#define SCAN_IMAGE_MAX ((uint64_t)128 << 20)

struct scan {
	struct vmem *vm;
	enum dump_order order;
	uint64_t stext;
	int long_names;
	uint8_t *buf; /* SCAN_PIECE + SCAN_DIGITS bytes, of the search */
	uint8_t *more; /* SCAN_PIECE bytes, of the proofs */
};

static int scan_read(struct scan *scan, uint64_t address, void *buf, size_t len)
{
	struct err ignored;

	return vmem_read(&ignored, scan->vm, address, buf, len);
}

static uint64_t scan_uint(struct scan *scan, uint64_t address, size_t size)
{
	uint8_t b[8];

	return scan_read(scan, address, b, size) ? 0 : dump_uint(scan->order, b, size);
}

/* The token_index that belongs to a table at that address: its address, or 0. */
static uint64_t scan_index(struct scan *scan, uint64_t table)
{
	static const unsigned alignments[] = {8, 4, 2, 16};
	uint8_t *text = scan->more, want[512], have[512];
	size_t at = 0;

	if (scan_read(scan, table, text, SCAN_TABLE))
		return 0;
	for (size_t i = 0; i < 256; i++) {
		const uint8_t *end = memchr(text + at, '\0', SCAN_TABLE - at);

		want[2 * i] = (uint8_t)(scan->order == DUMP_LITTLE ? at : at >> 8);
		want[2 * i + 1] = (uint8_t)(scan->order == DUMP_LITTLE ? at >> 8 : at);
		if (!end || end == text + SCAN_TABLE - 1)
			return 0;
		at = (size_t)(end - text) + 1;
	}
	for (size_t i = 0; i < sizeof(alignments) / sizeof(alignments[0]); i++) {
		uint64_t index = (table + at + alignments[i] - 1) & ~(uint64_t)(alignments[i] - 1);

		if (scan_read(scan, index, have, sizeof(have)) == 0 &&
		    memcmp(want, have, sizeof(have)) == 0)
			return index;
	}
	return 0;
}

/* The table that the digits at that address are in, and its index. 0/-1. */
static int scan_tokens(struct scan *scan, uint64_t digits, struct kallsyms_tables *tables)
{
	uint8_t before[SCAN_BEFORE];
	size_t at = SCAN_BEFORE - 1;

	if (scan_read(scan, digits - SCAN_BEFORE, before, sizeof(before)) || before[at] != '\0')
		return -1;
	for (int i = 0; i < SCAN_FIRST; i++) {
		do {
			if (at-- == 0)
				return -1;
		} while (before[at] != '\0');
	}
	/* the first token may follow padding */
	tables->tokens = digits - SCAN_BEFORE + at + 1;
	for (int i = 0; i < 3; i++) {
		tables->index = scan_index(scan, tables->tokens);
		if (tables->index)
			return 0;
		tables->tokens = i == 0 ? (tables->tokens + 7) & ~7ULL : tables->tokens & ~7ULL;
	}
	return -1;
}

/* 1 if the names at that address reach the first two markers after 256 names each. */
static int scan_names_fit(struct scan *scan, uint64_t names, const uint64_t marker[2])
{
	uint64_t at = 0;

	if (marker[1] + 2 > SCAN_PIECE || scan_read(scan, names, scan->more, (size_t)marker[1] + 2))
		return 0;
	for (int i = 0; i < SCAN_NAMES; i++) {
		uint64_t len = scan->more[at];

		if (scan->long_names && len & 0x80)
			len = 1 + ((len & 0x7f) | (uint64_t)scan->more[at + 1] << 7);
		at += 1 + len;
		if (at > marker[1] || (i == 255 && at != marker[0]))
			return 0;
	}
	return at == marker[1];
}

/* relative_base and offsets: before num_syms, or (since 6.5) after the index. 0/-1. */
static int scan_offsets(struct scan *scan, uint64_t symbols, struct kallsyms_tables *tables)
{
	uint64_t after = (tables->index + 512 + 7) & ~7ULL;
	uint64_t base = tables->names - 16;

	tables->offsets = (base - 4 * symbols) & ~7ULL;
	for (int i = 0; i < 2; i++) {
		uint64_t distance = scan_uint(scan, base, 8) - scan->stext + ((uint64_t)16 << 20);

		if (distance < (uint64_t)32 << 20) {
			tables->base = base;
			return 0;
		}
		tables->offsets = after;
		base = (after + 4 * symbols + 7) & ~7ULL;
	}
	return -1;
}

/* From the token table back to the markers, the names and their number. 0/-1. */
static int scan_names(struct scan *scan, struct kallsyms_tables *tables)
{
	const uint64_t room = 4 * SCAN_MARKERS;
	uint64_t end = tables->tokens & ~7ULL, first, last, marker[2], count, names, value;
	size_t low, high;

	if (scan_read(scan, end - room, scan->more, (size_t)room))
		return -1;
#define MARKER(i) dump_uint(scan->order, scan->more + 4 * (i), 4)
	high = SCAN_MARKERS - 1;
	if (MARKER(high) == 0) /* padding */
		high--;
	for (low = high; low > 0 && MARKER(low) > MARKER(low - 1); low--)
		;
	if (MARKER(low) != 0 || high - low < 3)
		return -1;
	count = high - low + 1;
	first = end - room + 4 * low;
	last = MARKER(high);
	marker[0] = MARKER(low + 1);
	marker[1] = MARKER(low + 2);
#undef MARKER
	for (uint64_t back = 0; back < 256 * 140; back += 8) {
		names = ((first - last) & ~7ULL) - back;
		value = scan_uint(scan, names - 8, 8);
		if (value <= (count - 1) * 256 || value > count * 256)
			continue;
		if (scan_names_fit(scan, names, marker)) {
			tables->names = names;
			tables->count = names - 8;
			return scan_offsets(scan, value, tables);
		}
	}
	return -1;
}

/* Whether the tables lie around the digits at that address. 0/-1. */
static int scan_try(struct scan *scan, uint64_t digits, struct kallsyms_tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	return scan_tokens(scan, digits, tables) || scan_names(scan, tables) ? -1 : 0;
}

static int scan_image(struct scan *scan, uint64_t end, struct kallsyms_tables *tables)
{
	static const char digits[SCAN_DIGITS] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
	size_t kept = 0; /* bytes of the piece before, at the beginning of buf */
	int tries = 0;

	for (uint64_t at = scan->stext; at < end && tries < SCAN_TRIES; at += SCAN_PIECE) {
		uint8_t *piece = scan->buf + kept;
		const uint8_t *hit = scan->buf;
		size_t len = kept + SCAN_PIECE;

		if (scan_read(scan, at, piece, SCAN_PIECE)) {
			kept = 0;
			continue;
		}
		/* (a piece without a hit costs no try) */
		while ((hit = memmem(hit, len - (size_t)(hit - scan->buf), digits,
			    sizeof(digits))) != NULL &&
		       tries++ < SCAN_TRIES) {
			if (scan_try(scan, at - kept + (uint64_t)(hit - scan->buf), tables) == 0)
				return 0;
			hit++;
		}
		memmove(scan->buf, scan->buf + len - SCAN_DIGITS, SCAN_DIGITS);
		kept = SCAN_DIGITS;
	}
	return -1;
}

int scan_tables(struct err *err, struct vmem *vm, struct kallsyms_tables *tables)
{
	const struct vmcoreinfo *info = vmem_info(vm);
	struct scan scan = {.vm = vm, .order = vmem_header(vm)->order};
	uint64_t end = vmcoreinfo_get(info, VMCI_TOP_PGT, vmcoreinfo_get(info, VMCI_SWAPPER, 0));
	int rc = -1;

	scan.stext = vmcoreinfo_get(info, VMCI_STEXT, 0);
	scan.long_names = vmcoreinfo_at_least(info, 6, 1, 0);
	if (scan.stext == 0)
		return err_set(err, "VMCOREINFO has neither the tables of kallsyms nor _stext");
	if (end <= scan.stext || end - scan.stext > SCAN_IMAGE_MAX)
		end = scan.stext + SCAN_IMAGE_MAX / 2;
	scan.buf = malloc(SCAN_PIECE + SCAN_DIGITS);
	scan.more = malloc(SCAN_PIECE);
	if (!scan.buf || !scan.more)
		err_set(err, "out of memory");
	else if (scan_image(&scan, end, tables))
		err_set(err, "the kernel's symbol table was not found (CONFIG_KALLSYMS?)");
	else
		rc = 0;
	free(scan.buf);
	free(scan.more);
	return rc;
}
