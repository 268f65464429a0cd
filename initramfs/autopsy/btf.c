/* SPDX-License-Identifier: MIT */
/* btf: the types in a kernel's memory; see btf.h. Recursions and chains have a limit each. */
#include "btf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
	BTF_MAGIC = 0xeb9f,
	BTF_HEADER = 24,
	BTF_WINDOW = 65536,
	BTF_EVERY = 64,
	BTF_TYPES_MAX = 1 << 20,
	BTF_BYTES_MAX = 64 << 20,
	BTF_DEPTH = 16, /* unnamed structs in each other */
	BTF_CHAIN = 32, /* typedefs and qualifiers in a row */
	BTF_STARS = 7, /* of a pointer to pointers */
	BTF_RECORD = 12,
	BTF_NAMED_MAX = 4096, /* types that are named by words; a kernel has some 400 */
	BTF_MEMBERS = 1 << 14, /* members that one search looks at */
	BTF_UNKNOWN = UINT32_MAX,
};

struct btf_named {
	uint32_t id;
	uint16_t word;
	uint8_t kind;
};

struct btf {
	struct vmem *vm;
	struct pages *pages;
	const struct words *words;
	struct btf *base; /* of a module: the kernel's */
	uint32_t first,
	    strings_first; /* how many types and bytes of strings base has; 0 without it */
	uint64_t types, strings; /* addresses */
	uint32_t types_len, strings_len;
	uint32_t count; /* types here: the highest number is first + count */
	uint32_t *string; /* of each word its offset, or BTF_UNKNOWN */
	uint32_t *checkpoint; /* offset in types of each BTF_EVERY-th, from type 1 */
	size_t checkpoints, checkpoints_room;
	struct btf_named *named;
	size_t named_count, named_room;
};

static uint32_t btf_u32(const struct btf *btf, const uint8_t *bytes)
{
	return (uint32_t)dump_uint(vmem_header(btf->vm)->order, bytes, 4);
}

/* Bytes that follow a type's first 12, or -1: of an unknown kind. */
static int64_t btf_tail(unsigned kind, uint32_t count)
{
	switch (kind) {
	case BTF_INT:
	case BTF_VAR:
	case BTF_DECL_TAG:
		return 4;
	case BTF_ARRAY:
		return 12;
	case BTF_STRUCT:
	case BTF_UNION:
	case BTF_DATASEC:
	case BTF_ENUM64:
		return 12 * (int64_t)count;
	case BTF_ENUM:
	case BTF_FUNC_PROTO:
		return 8 * (int64_t)count;
	case BTF_PTR:
	case BTF_FWD:
	case BTF_TYPEDEF:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
	case BTF_FUNC:
	case BTF_FLOAT:
	case BTF_TYPE_TAG:
		return 0;
	default:
		return -1;
	}
}

static int btf_header(struct err *err, struct btf *btf, uint64_t start, uint64_t stop)
{
	uint64_t len = stop - start;
	uint8_t b[BTF_HEADER];
	uint32_t header, type_off, string_off;

	if (stop <= start || len > BTF_BYTES_MAX)
		return err_set(err, "impossible length %lld", (long long)len);
	if (pages_read(err, btf->pages, start, b, sizeof(b)))
		return -1;
	if (dump_uint(vmem_header(btf->vm)->order, b, 2) != BTF_MAGIC)
		return err_set(err, "no BTF header");
	header = btf_u32(btf, b + 4);
	type_off = btf_u32(btf, b + 8);
	btf->types_len = btf_u32(btf, b + 12);
	string_off = btf_u32(btf, b + 16);
	btf->strings_len = btf_u32(btf, b + 20);
	if ((uint64_t)header + type_off + btf->types_len > len ||
	    (uint64_t)header + string_off + btf->strings_len > len)
		return err_set(err, "types or strings end past its end");
	btf->types = start + header + type_off;
	btf->strings = start + header + string_off;
	return 0;
}

/* One pass over the strings: where each word is. */
static int btf_read_strings(struct err *err, struct btf *btf, uint8_t *window)
{
	uint32_t hash = WORDS_HASH, begin = 0;
	char text[128]; /* the string so far; longer ones are no words */

	for (uint32_t pos = 0; pos < btf->strings_len;) {
		uint32_t n =
		    btf->strings_len - pos < BTF_WINDOW ? btf->strings_len - pos : BTF_WINDOW;

		if (vmem_read(err, btf->vm, btf->strings + pos, window, n))
			return err_prefix(err, "strings");
		for (uint32_t i = 0; i < n; i++) {
			uint32_t len = pos + i - begin;

			if (window[i] != '\0') {
				hash = words_hash(hash, window[i]);
				if (len < sizeof(text))
					text[len] = (char)window[i];
				continue;
			}
			if (len > 0 && len <= sizeof(text)) {
				int word = words_find(btf->words, text, len, hash);

				if (word >= 0 && btf->string[word] == BTF_UNKNOWN)
					btf->string[word] = btf->strings_first + begin;
			}
			hash = WORDS_HASH;
			begin = pos + i + 1;
		}
		pos += n;
	}
	return 0;
}

static int btf_note_name(struct err *err, struct btf *btf, uint32_t id, unsigned kind, size_t word)
{
	struct btf_named *named;

	if (btf->named_count == BTF_NAMED_MAX)
		return 0; /* (the first ones count) */
	named = array_grow(err, btf->named, &btf->named_room, btf->named_count, sizeof(*named));

	if (!named)
		return -1;
	btf->named = named;
	named[btf->named_count++] = (struct btf_named){id, (uint16_t)word, (uint8_t)kind};
	return 0;
}

static int btf_has_name(unsigned kind)
{
	return kind == BTF_STRUCT || kind == BTF_UNION || kind == BTF_TYPEDEF || kind == BTF_ENUM ||
	       kind == BTF_ENUM64 || kind == BTF_FUNC;
}

/* A set of string offsets, so that one look tells most types' names from words. */
struct btf_filter {
	uint8_t bits[8192];
};

static int btf_filter_test(const struct btf_filter *filter, uint32_t offset)
{
	return filter->bits[offset / 8 % sizeof(filter->bits)] >> offset % 8 & 1;
}

/* One pass over the types: where each 64th is, and which have a word as their name. */
static int btf_read_types(struct err *err, struct btf *btf, uint8_t *buf, struct btf_filter *filter)
{
	struct vmem_window window = {buf, BTF_WINDOW, 0, 0};
	uint32_t pos = 0;

	for (size_t i = 0; i < btf->words->count; i++) {
		if (btf->string[i] != BTF_UNKNOWN)
			filter->bits[btf->string[i] / 8 % sizeof(filter->bits)] |=
			    (uint8_t)(1 << btf->string[i] % 8);
	}
	for (; btf->types_len - pos >= BTF_RECORD; btf->count++) {
		uint32_t left = btf->types_len - pos, name, info;
		const uint8_t *b =
		    vmem_view(err, btf->vm, &window, btf->types + pos, BTF_RECORD, left);
		int64_t tail;

		if (!b)
			return err_prefix(err, "types");
		name = btf_u32(btf, b);
		info = btf_u32(btf, b + 4);
		tail = btf_tail(info >> 24 & 31, info & 0xffff);
		if (tail < 0)
			return err_set(
			    err, "unknown kind %u of type %u", info >> 24 & 31, btf->count + 1);
		if (btf->count == BTF_TYPES_MAX)
			return err_set(err, "more than %d types", BTF_TYPES_MAX);
		if (btf->count % BTF_EVERY == 0) {
			uint32_t *more = array_grow(err, btf->checkpoint, &btf->checkpoints_room,
			    btf->checkpoints, sizeof(*more));

			if (!more)
				return -1;
			btf->checkpoint = more;
			more[btf->checkpoints++] = pos;
		}
		if (name && btf_has_name(info >> 24 & 31) && btf_filter_test(filter, name)) {
			for (size_t i = 0; i < btf->words->count; i++) {
				if (btf->string[i] == name &&
				    btf_note_name(
					err, btf, btf->first + btf->count + 1, info >> 24 & 31, i))
					return -1;
			}
		}
		if (tail > left - BTF_RECORD)
			return err_set(err, "type %u ends past the types", btf->count + 1);
		pos += BTF_RECORD + (uint32_t)tail;
	}
	return 0;
}

static struct btf *btf_make(struct err *err, struct vmem *vm, struct pages *pages, struct btf *base,
    uint64_t start, uint64_t stop, const struct words *words)
{
	struct btf *btf = calloc(1, sizeof(*btf));
	uint8_t *window = malloc(BTF_WINDOW);
	struct btf_filter *filter = calloc(1, sizeof(*filter));
	int rc = -1;

	if (btf)
		btf->string = malloc((words->count + 1) * sizeof(*btf->string));
	if (!btf || !window || !filter || !btf->string) {
		err_set(err, "out of memory");
		goto out;
	}
	btf->vm = vm;
	btf->pages = pages;
	btf->words = words;
	btf->base = base;
	btf->first = base ? base->count : 0;
	btf->strings_first = base ? base->strings_len : 0;
	for (size_t i = 0; i < words->count; i++)
		btf->string[i] = base ? base->string[i] : BTF_UNKNOWN;
	if (btf_header(err, btf, start, stop) || btf_read_strings(err, btf, window) ||
	    btf_read_types(err, btf, window, filter)) {
		err_prefix(err, "BTF");
		goto out;
	}
	rc = 0;
out:
	free(filter);
	free(window);
	if (rc) {
		btf_close(btf);
		return NULL;
	}
	return btf;
}

struct btf *btf_open(struct err *err, struct vmem *vm, struct pages *pages, uint64_t start,
    uint64_t stop, const struct words *words)
{
	return btf_make(err, vm, pages, NULL, start, stop, words);
}

struct btf *btf_open_module(struct err *err, struct btf *base, uint64_t start, uint64_t stop)
{
	return btf_make(err, base->vm, base->pages, base, start, stop, base->words);
}

void btf_close(struct btf *btf)
{
	if (!btf)
		return;
	free(btf->string);
	free(btf->checkpoint);
	free(btf->named);
	free(btf);
}

uint32_t btf_find(const struct btf *btf, enum btf_kind kind, int word)
{
	for (size_t i = 0; word >= 0 && i < btf->named_count; i++) {
		if (btf->named[i].word == word && btf->named[i].kind == kind)
			return btf->named[i].id;
	}
	return btf->base ? btf_find(btf->base, kind, word) : 0;
}

int btf_type(struct err *err, struct btf *btf, uint32_t id, struct btf_type *type)
{
	uint32_t at, local;
	uint64_t pos;

	memset(type, 0, sizeof(*type));
	if (id == 0)
		return 0;
	if (btf->base && id <= btf->first)
		return btf_type(err, btf->base, id, type);
	local = id - btf->first;
	if (local > btf->count)
		return err_set(err, "BTF: no type %u", id);
	at = (local - 1) / BTF_EVERY * BTF_EVERY + 1;
	pos = btf->checkpoint[(local - 1) / BTF_EVERY];
	for (;; at++) {
		uint8_t b[BTF_RECORD];
		uint32_t info;
		int64_t tail;

		if (pos > btf->types_len - BTF_RECORD ||
		    pages_read(err, btf->pages, btf->types + pos, b, sizeof(b)))
			return err_set(err, "BTF: type %u cannot be read", id);
		info = btf_u32(btf, b + 4);
		type->kind = (enum btf_kind)(info >> 24 & 31);
		type->count = info & 0xffff;
		tail = btf_tail(type->kind, type->count);
		if (tail < 0 || (uint64_t)tail > btf->types_len - pos - BTF_RECORD)
			return err_set(err, "BTF: type %u is damaged", id);
		if (at == local) {
			type->name = btf_u32(btf, b);
			type->bitfields = info >> 31;
			type->size = btf_u32(btf, b + 8);
			type->at = btf->types + pos + BTF_RECORD;
			return 0;
		}
		pos += BTF_RECORD + (uint64_t)tail;
	}
}

static int btf_is_wrapper(enum btf_kind kind)
{
	return kind == BTF_TYPEDEF || kind == BTF_VOLATILE || kind == BTF_CONST ||
	       kind == BTF_RESTRICT || kind == BTF_TYPE_TAG;
}

int btf_resolve(struct err *err, struct btf *btf, uint32_t *id, struct btf_type *type)
{
	for (int i = 0; i < BTF_CHAIN; i++) {
		if (btf_type(err, btf, *id, type))
			return -1;
		if (!btf_is_wrapper(type->kind))
			return 0;
		*id = type->size;
	}
	return err_set(err, "BTF: type %u refers to itself", *id);
}

/* left: members that may still be looked at: unnamed structs in each other multiply. */
static int btf_member_in(struct err *err, struct btf *btf, uint32_t id, uint32_t string,
    struct btf_member *member, int depth, unsigned *left)
{
	struct btf_type type;

	if (depth == BTF_DEPTH)
		return err_set(err, "BTF: type %u contains itself", id);
	if (btf_resolve(err, btf, &id, &type))
		return -1;
	if (type.kind != BTF_STRUCT && type.kind != BTF_UNION)
		return 0;
	for (uint32_t i = 0; i < type.count; i++) {
		uint8_t b[12];
		uint32_t name, where;
		uint64_t bit;

		if ((*left)-- == 0)
			return err_set(err, "BTF: type %u has too many members", id);
		if (pages_read(err, btf->pages, type.at + 12 * (uint64_t)i, b, sizeof(b)))
			return err_prefix(err, "BTF");
		name = btf_u32(btf, b);
		where = btf_u32(btf, b + 8);
		bit = type.bitfields ? where & 0xffffff : where;
		if (name == string) {
			member->bit += bit;
			member->width = type.bitfields ? where >> 24 : 0;
			member->type = btf_u32(btf, b + 4);
			return 1;
		}
		if (name == 0) {
			struct btf_member inner = {.bit = member->bit + bit};
			int found = btf_member_in(
			    err, btf, btf_u32(btf, b + 4), string, &inner, depth + 1, left);

			if (found == 1)
				*member = inner;
			if (found)
				return found;
		}
	}
	return 0;
}

int btf_member(struct err *err, struct btf *btf, uint32_t id, int word, struct btf_member *member)
{
	unsigned left = BTF_MEMBERS;

	memset(member, 0, sizeof(*member));
	if (word < 0 || btf->string[word] == BTF_UNKNOWN)
		return 0;
	return btf_member_in(err, btf, id, btf->string[word], member, 0, &left);
}

int btf_array(struct btf *btf, uint32_t id, uint32_t *element, uint32_t *count)
{
	struct btf_type type;
	struct err ignored;
	uint8_t b[12];

	if (btf_resolve(&ignored, btf, &id, &type) || type.kind != BTF_ARRAY ||
	    pages_read(&ignored, btf->pages, type.at, b, sizeof(b)))
		return -1;
	*element = btf_u32(btf, b);
	*count = btf_u32(btf, b + 8);
	return 0;
}

uint64_t btf_size(struct btf *btf, uint32_t id)
{
	uint64_t times = 1;

	for (int i = 0; i < BTF_DEPTH; i++) {
		struct btf_type type;
		struct err ignored;
		uint32_t element, count;

		if (btf_resolve(&ignored, btf, &id, &type))
			return 0;
		switch (type.kind) {
		case BTF_PTR:
			return times * vmem_header(btf->vm)->word;
		case BTF_INT:
		case BTF_STRUCT:
		case BTF_UNION:
		case BTF_ENUM:
		case BTF_ENUM64:
		case BTF_FLOAT:
			return times * type.size;
		case BTF_ARRAY:
			if (btf_array(btf, id, &element, &count) || times > UINT32_MAX)
				return 0;
			times *= count;
			id = element;
			break;
		default:
			return 0;
		}
	}
	return 0;
}

int btf_enumerator(struct err *err, struct btf *btf, uint32_t id, int word, int64_t *value)
{
	struct btf_type type;
	uint64_t each;

	if (word < 0 || btf->string[word] == BTF_UNKNOWN)
		return 0;
	if (btf_resolve(err, btf, &id, &type))
		return -1;
	if (type.kind != BTF_ENUM && type.kind != BTF_ENUM64)
		return 0;
	each = type.kind == BTF_ENUM ? 8 : 12;
	for (uint32_t i = 0; i < type.count; i++) {
		uint8_t b[8];

		if (pages_read(err, btf->pages, type.at + each * i, b, sizeof(b)))
			return err_prefix(err, "BTF");
		if (btf_u32(btf, b) == btf->string[word]) {
			*value = (int32_t)btf_u32(btf, b + 4);
			return 1;
		}
	}
	return 0;
}

int btf_parameter(struct err *err, struct btf *btf, const struct btf_type *proto, unsigned i,
    uint32_t *name, uint32_t *type)
{
	uint8_t b[8];

	if (i >= proto->count)
		return err_set(err, "no parameter %u", i);
	if (pages_read(err, btf->pages, proto->at + 8 * (uint64_t)i, b, sizeof(b)))
		return err_prefix(err, "BTF");
	*name = btf_u32(btf, b);
	*type = btf_u32(btf, b + 4);
	return 0;
}

void btf_string(struct btf *btf, uint32_t offset, char *text, size_t size)
{
	size_t n = 0;
	struct err ignored;

	if (btf->base && offset < btf->strings_first) {
		btf_string(btf->base, offset, text, size);
		return;
	}
	offset -= btf->strings_first;
	for (; n + 1 < size && offset + n < btf->strings_len; n++) {
		if (pages_read(&ignored, btf->pages, btf->strings + offset + n, text + n, 1) ||
		    !text[n])
			break;
		if (text[n] < 0x20 || text[n] >= 0x7f)
			text[n] = '?';
	}
	text[n] = '\0';
}

/* What stands before a type's name in C. */
static const char *btf_before(enum btf_kind kind)
{
	switch (kind) {
	case BTF_STRUCT:
	case BTF_FWD:
		return "struct ";
	case BTF_UNION:
		return "union ";
	case BTF_ENUM:
	case BTF_ENUM64:
		return "enum ";
	default:
		return "";
	}
}

void btf_type_text(struct btf *btf, uint32_t id, char *text, size_t size)
{
	struct btf_type type = {.kind = BTF_VOID};
	const char *constant = "";
	struct err ignored;
	char name[80];
	int stars = 0;

	for (int i = 0; i < BTF_CHAIN && btf_type(&ignored, btf, id, &type) == 0 && id != 0; i++) {
		if (type.kind == BTF_PTR && stars < BTF_STARS)
			stars++;
		else if (type.kind == BTF_CONST)
			constant = "const ";
		else if (type.kind == BTF_TYPEDEF ||
			 (!btf_is_wrapper(type.kind) && type.kind != BTF_PTR))
			break;
		id = type.size;
	}
	if (type.name && id != 0)
		btf_string(btf, type.name, name, sizeof(name));
	else
		snprintf(name, sizeof(name), "%s",
		    type.kind == BTF_FUNC_PROTO ? "(*)()"
		    : id != 0                   ? "?"
						: "void");
	snprintf(text, size, "%s%s%s%s%.*s", constant, id != 0 ? btf_before(type.kind) : "", name,
	    stars ? " " : "", stars, "*******");
}
