/* SPDX-License-Identifier: MIT */
/*
 * btf: the types of a kernel, from the BTF in its own memory.
 *
 * Source: Linux Documentation/bpf/btf.rst. A header of 24 bytes (magic 0xeb9f), then types and strings. Types are
 * numbered from 1 in their order; 0 is void. Nothing is kept but where every 64th type is and which of
 * the words (words.h) name what: 30 KB for 125,000 types.
 */
#ifndef AUTOPSY_BTF_H
#define AUTOPSY_BTF_H

#include "vmcore/pages.h"
#include "words.h"

enum btf_kind {
	BTF_VOID,
	BTF_INT,
	BTF_PTR,
	BTF_ARRAY,
	BTF_STRUCT,
	BTF_UNION,
	BTF_ENUM,
	BTF_FWD,
	BTF_TYPEDEF,
	BTF_VOLATILE,
	BTF_CONST,
	BTF_RESTRICT,
	BTF_FUNC,
	BTF_FUNC_PROTO,
	BTF_VAR,
	BTF_DATASEC,
	BTF_FLOAT,
	BTF_DECL_TAG,
	BTF_TYPE_TAG,
	BTF_ENUM64,
};

struct btf;

struct btf_type {
	enum btf_kind kind;
	uint32_t name; /* offset in the strings; 0: none */
	uint32_t count; /* members, enumerators, parameters */
	int bitfields; /* members' offsets hold a width too (kind_flag) */
	uint32_t size; /* bytes of an int, struct, union or enum; else the type that it refers to */
	uint64_t at; /* what follows the type's first 12 bytes */
};

/* Where a member is. */
struct btf_member {
	uint64_t bit; /* from the beginning of the outermost struct */
	unsigned width; /* bits, of a bitfield; else 0 */
	uint32_t type;
};

/*
 * Reads the BTF in [start, stop). Of types and of the members found later only those named in words can be
 * found. vm, pages and words must outlive the result. NULL: damaged, or no memory.
 */
struct btf *btf_open(struct err *err, struct vmem *vm, struct pages *pages, uint64_t start,
    uint64_t stop, const struct words *words);
/*
 * The BTF of a module, whose types and strings go on where those of base (the kernel's) end; base must
 * outlive it. Types of either can be found and resolved. NULL: damaged, or no memory.
 */
struct btf *btf_open_module(struct err *err, struct btf *base, uint64_t start, uint64_t stop);
void btf_close(struct btf *btf);

/* The first type of that kind with that name (a word's number); 0: not found. */
uint32_t btf_find(const struct btf *btf, enum btf_kind kind, int word);
int btf_type(struct err *err, struct btf *btf, uint32_t id, struct btf_type *type);
/* The type behind typedefs and qualifiers. 0/-1. */
int btf_resolve(struct err *err, struct btf *btf, uint32_t *id, struct btf_type *type);
/* A member of a struct or union by its name, in unnamed ones within it too. 1 found, 0 not found, -1. */
int btf_member(struct err *err, struct btf *btf, uint32_t id, int word, struct btf_member *member);
/* Bytes of a type; 0: it has no size, or is damaged. */
uint64_t btf_size(struct btf *btf, uint32_t id);
/* An array's element type and number of elements. 0/-1: it is no array. */
int btf_array(struct btf *btf, uint32_t id, uint32_t *element, uint32_t *count);
/* An enumerator's value by its name. 1 found, 0 not found, -1. */
int btf_enumerator(struct err *err, struct btf *btf, uint32_t id, int word, int64_t *value);
/* Parameter i of a FUNC_PROTO. 0/-1. */
int btf_parameter(struct err *err, struct btf *btf, const struct btf_type *proto, unsigned i,
    uint32_t *name, uint32_t *type);
/* A string, cut to size with its NUL; unprintable characters become '?'. */
void btf_string(struct btf *btf, uint32_t offset, char *text, size_t size);
/* A type as one writes it in C: "struct file *", "const char *", "int"; cut to size. */
void btf_type_text(struct btf *btf, uint32_t id, char *text, size_t size);

#endif
