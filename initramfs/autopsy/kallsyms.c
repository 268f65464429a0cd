/* SPDX-License-Identifier: MIT */
/* kallsyms: the symbol table in a kernel's memory; see kallsyms.h. */
#include "kallsyms.h"

#include <stdlib.h>
#include <string.h>

enum {
	KALLSYMS_WINDOW = 65536,
	KALLSYMS_TOKENS = 256,
	KALLSYMS_TABLE = 4096, /* bytes of token_table at most; it has 900 to 1,100 */
	KALLSYMS_LENGTH = 2047, /* tokens of one name at most */
	KALLSYMS_ALIASES = 1024, /* symbols at one address that are looked at */
};

enum kallsyms_rule { KALLSYMS_PLACE, KALLSYMS_PERCPU, KALLSYMS_BASE };

struct kallsyms {
	struct vmem *vm;
	struct pages *pages;
	struct kallsyms_tables tables;
	uint64_t base; /* the value of relative_base */
	enum kallsyms_rule rule;
	int long_names; /* a length of 128 and more has two bytes */
	size_t count;
	uint16_t token[KALLSYMS_TOKENS]; /* offset in table */
	uint8_t token_len[KALLSYMS_TOKENS];
	char table[KALLSYMS_TABLE];
	uint32_t checkpoint[]; /* offset in names of each KALLSYMS_EVERY-th */
};

static int kallsyms_read_tokens(struct err *err, struct kallsyms *ks)
{
	enum dump_order order = vmem_header(ks->vm)->order;
	uint8_t index[KALLSYMS_TOKENS * 2];
	size_t have = sizeof(ks->table);

	if (pages_read(err, ks->pages, ks->tables.index, index, sizeof(index)))
		return err_prefix(err, "token index");
	while (have > 64 && pages_read(err, ks->pages, ks->tables.tokens, ks->table, have))
		have /= 2;
	for (size_t i = 0; i < KALLSYMS_TOKENS; i++) {
		uint64_t at = dump_uint(order, index + 2 * i, 2);
		const char *end = at < have ? memchr(ks->table + at, '\0', have - at) : NULL;

		if (!end || end - (ks->table + at) > UINT8_MAX)
			return err_set(err, "token %zu is outside its table", i);
		ks->token[i] = (uint16_t)at;
		ks->token_len[i] = (uint8_t)(end - (ks->table + at));
	}
	return 0;
}

/* The signed entry i of offsets. 0/-1. */
static int kallsyms_entry(struct err *err, struct kallsyms *ks, size_t i, int32_t *entry)
{
	uint8_t b[4];

	if (pages_read(err, ks->pages, ks->tables.offsets + 4 * i, b, sizeof(b)))
		return -1;
	*entry = (int32_t)(uint32_t)dump_uint(vmem_header(ks->vm)->order, b, 4);
	return 0;
}

static int kallsyms_address(struct err *err, struct kallsyms *ks, size_t i, uint64_t *address)
{
	int32_t entry;

	if (kallsyms_entry(err, ks, i, &entry))
		return err_prefix(err, "symbol offsets");
	if (ks->rule == KALLSYMS_PLACE)
		*address = ks->tables.offsets + 4 * i + (uint64_t)(int64_t)entry;
	else if (ks->rule == KALLSYMS_BASE)
		*address = ks->base + (uint32_t)entry;
	else
		*address = entry >= 0 ? (uint64_t)entry : ks->base - 1 - (uint64_t)(int64_t)entry;
	return 0;
}

/* By samples: VMCOREINFO does not tell the rule. */
static int kallsyms_find_rule(struct err *err, struct kallsyms *ks)
{
	int negative = 0;

	if (ks->tables.base == 0) {
		ks->rule = KALLSYMS_PLACE;
		return 0;
	}
	if (vmem_word(err, ks->vm, ks->tables.base, &ks->base))
		return err_prefix(err, "relative base");
	for (size_t quarter = 1; quarter < 4; quarter++) {
		int32_t entry;

		if (kallsyms_entry(err, ks, ks->count * quarter / 4, &entry))
			return err_prefix(err, "symbol offsets");
		negative += entry < 0;
	}
	ks->rule = negative >= 2 ? KALLSYMS_PERCPU : KALLSYMS_BASE;
	return 0;
}

/* Expands len tokens; *size: of the name with its type. 0, or -1: it is too long. */
static int kallsyms_expand(
    const struct kallsyms *ks, const uint8_t *tokens, size_t len, char *name, size_t *size)
{
	*size = 0;
	for (size_t i = 0; i < len; i++) {
		size_t n = ks->token_len[tokens[i]];

		if (n > KALLSYMS_NAME - 1 - *size)
			return -1;
		memcpy(name + *size, ks->table + ks->token[tokens[i]], n);
		*size += n;
	}
	name[*size] = '\0';
	return 0;
}

/* The tokens of the name at *pos, which goes past them; valid until the window's next use. NULL: damaged. */
static const uint8_t *kallsyms_tokens(struct err *err, struct kallsyms *ks,
    struct vmem_window *window, uint64_t *pos, size_t ahead, size_t *len)
{
	const uint8_t *b = vmem_view(err, ks->vm, window, ks->tables.names + *pos, 2, ahead);
	size_t head = 1;

	if (!b)
		return NULL;
	*len = b[0];
	if (ks->long_names && b[0] & 0x80) {
		*len = (b[0] & 0x7f) | (size_t)b[1] << 7;
		head = 2;
	}
	if (*len == 0 || *len > KALLSYMS_LENGTH) {
		err_set(err, "a name of %zu tokens at offset %llu", *len, (unsigned long long)*pos);
		return NULL;
	}
	b = vmem_view(err, ks->vm, window, ks->tables.names + *pos + head, *len, ahead);
	*pos += head + *len;
	return b;
}

/* One pass over all names. */
static int kallsyms_search(
    struct err *err, struct kallsyms *ks, const struct words *words, uint64_t *address)
{
	struct vmem_window window = {malloc(KALLSYMS_WINDOW), KALLSYMS_WINDOW, 0, 0};
	char name[KALLSYMS_NAME];
	uint64_t pos = 0;
	int rc = -1;

	if (!window.buf)
		return err_set(err, "out of memory");
	memset(address, 0, words->count * sizeof(*address));
	for (size_t i = 0; i < ks->count; i++) {
		uint32_t hash = WORDS_HASH;
		const uint8_t *tokens;
		size_t len, size;
		int word;

		if (i % KALLSYMS_EVERY == 0)
			ks->checkpoint[i / KALLSYMS_EVERY] = (uint32_t)pos;
		tokens = kallsyms_tokens(err, ks, &window, &pos, KALLSYMS_WINDOW, &len);
		if (!tokens || pos > UINT32_MAX) {
			err_prefix(err, "symbol %zu of %zu", i, ks->count);
			goto out;
		}
		if (kallsyms_expand(ks, tokens, len, name, &size) || size < 2)
			continue;
		for (size_t k = 1; k < size; k++)
			hash = words_hash(hash, (uint8_t)name[k]);
		word = words_find(words, name + 1, size - 1, hash);
		if (word >= 0 && address[word] == 0 && kallsyms_address(err, ks, i, &address[word]))
			goto out;
	}
	rc = 0;
out:
	free(window.buf);
	return rc;
}

struct kallsyms *kallsyms_open(struct err *err, struct vmem *vm, struct pages *pages,
    const struct kallsyms_tables *tables, const struct words *words, uint64_t *address)
{
	struct kallsyms *ks;
	uint64_t count;

	if (vmem_uint(err, vm, tables->count, 4, &count)) {
		err_prefix(err, "kallsyms: number of symbols");
		return NULL;
	}
	if (count < 4 || count > KALLSYMS_MAX) {
		err_set(
		    err, "kallsyms: impossible number of symbols, %llu", (unsigned long long)count);
		return NULL;
	}
	ks = calloc(1, sizeof(*ks) + (count / KALLSYMS_EVERY + 1) * sizeof(ks->checkpoint[0]));
	if (!ks) {
		err_set(err, "out of memory");
		return NULL;
	}
	ks->vm = vm;
	ks->pages = pages;
	ks->tables = *tables;
	ks->count = (size_t)count;
	ks->long_names = vmcoreinfo_at_least(vmem_info(vm), 6, 1, 0);
	if (kallsyms_read_tokens(err, ks) || kallsyms_find_rule(err, ks) ||
	    kallsyms_search(err, ks, words, address)) {
		err_prefix(err, "kallsyms");
		kallsyms_close(ks);
		return NULL;
	}
	return ks;
}

void kallsyms_close(struct kallsyms *ks)
{
	free(ks);
}

size_t kallsyms_count(const struct kallsyms *ks)
{
	return ks->count;
}

/* The name of symbol i, without its type. 0/-1. */
static int kallsyms_name(struct err *err, struct kallsyms *ks, size_t i, char *name)
{
	uint8_t buf[KALLSYMS_LENGTH + 2];
	uint64_t pos = ks->checkpoint[i / KALLSYMS_EVERY];
	size_t len, size;

	for (size_t at = i / KALLSYMS_EVERY * KALLSYMS_EVERY;; at++) {
		/* (a name's end may be the table's: two bytes of the next are not always there) */
		size_t head = 1;

		if (pages_read(err, ks->pages, ks->tables.names + pos, buf, 2))
			return -1;
		len = buf[0];
		if (ks->long_names && buf[0] & 0x80) {
			len = (buf[0] & 0x7f) | (size_t)buf[1] << 7;
			head = 2;
		}
		if (len > KALLSYMS_LENGTH)
			return err_set(err, "a name of %zu tokens", len);
		pos += head;
		if (at == i)
			break;
		pos += len;
	}
	if (pages_read(err, ks->pages, ks->tables.names + pos, buf, len) ||
	    kallsyms_expand(ks, buf, len, name, &size) || size < 2)
		return err_set(err, "unreadable name");
	memmove(name, name + 1, size);
	return 0;
}

int kallsyms_lookup(struct err *err, struct kallsyms *ks, uint64_t address, char *name,
    uint64_t *start, uint64_t *size)
{
	size_t low = 0, high = ks->count; /* [low] <= address < [high] */
	uint64_t value;

	if (kallsyms_address(err, ks, 0, &value))
		return -1;
	if (address < value)
		return err_set(err, "below the first symbol");
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (kallsyms_address(err, ks, middle, &value))
			return -1;
		if (value <= address)
			low = middle;
		else
			high = middle;
	}
	if (kallsyms_address(err, ks, low, start))
		return -1;
	*size = 0;
	if (high < ks->count && kallsyms_address(err, ks, high, &value) == 0)
		*size = value - *start;
	for (int i = 0; low > 0 && i < KALLSYMS_ALIASES; i++) {
		if (kallsyms_address(err, ks, low - 1, &value))
			return -1;
		if (value != *start)
			break;
		low--;
	}
	return kallsyms_name(err, ks, low, name);
}
