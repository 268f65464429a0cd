/* SPDX-License-Identifier: MIT */
/*
 * autopsy_names: the made-up kernel's kallsyms, in each of its forms. Source: Linux scripts/kallsyms.c.
 */
#ifndef TESTS_AUTOPSY_NAMES_H
#define TESTS_AUTOPSY_NAMES_H

#include "autopsy_code.h"

/* Codes without a character of their own have two: the digits stay a run of ten. */
static const char *fake_token(unsigned code)
{
	static char pair[3];

	if (code > ' ' && code < 0x7f) {
		pair[0] = (char)code;
		pair[1] = '\0';
	} else {
		pair[0] = (char)('a' + code % 26);
		pair[1] = (char)('a' + code / 26);
		pair[2] = '\0';
	}
	return pair;
}

static unsigned fake_pair(char a, char b)
{
	for (unsigned code = 0; code < 256; code++) {
		if ((code <= ' ' || code >= 0x7f) && fake_token(code)[0] == a &&
		    fake_token(code)[1] == b)
			return code;
	}
	return 256;
}

static size_t fake_append(struct fake *f, size_t size)
{
	bytes_grow(&f->image->memory, (8 - f->image->memory.len % 8) % 8);
	bytes_grow(&f->image->memory, size);
	return f->image->memory.len - size;
}

static void fake_put_names(struct fake *f)
{
	uint32_t markers[FAKE_SYMBOLS / 256 + 1];
	size_t count = 0;

	f->number = fake_append(f, 8);
	fake_put(f, f->number, f->symbols, 4);
	f->names = f->image->memory.len;
	for (size_t i = 0; i < f->symbols; i++) {
		const char *name = f->symbol[i].name;
		uint8_t code[600];
		size_t n = 0;

		if (i % 256 == 0)
			markers[count++] = (uint32_t)(f->image->memory.len - f->names);
		code[n++] = (uint8_t)f->symbol[i].type;
		while (*name) {
			unsigned pair = name[1] ? fake_pair(name[0], name[1]) : 256;

			code[n++] = (uint8_t)(pair < 256 ? pair : (unsigned char)*name);
			name += pair < 256 ? 2 : 1;
		}
		if (n > 127 && !f->long_names)
			abort();
		if (n > 127)
			*bytes_grow(&f->image->memory, 1) = (uint8_t)(0x80 | (n & 0x7f));
		*bytes_grow(&f->image->memory, 1) = (uint8_t)(n > 127 ? n >> 7 : n);
		memcpy(bytes_grow(&f->image->memory, n), code, n);
	}
	(void)fake_append(f, 0);
	for (size_t i = 0; i < count; i++)
		machine_put(f->image->m, bytes_grow(&f->image->memory, 4), markers[i], 4);
}

static void fake_put_tokens(struct fake *f)
{
	uint16_t index[256];

	f->tokens = fake_append(f, 0);
	for (unsigned i = 0; i < 256; i++) {
		const char *token = fake_token(i);

		index[i] = (uint16_t)(f->image->memory.len - f->tokens);
		memcpy(bytes_grow(&f->image->memory, strlen(token) + 1), token, strlen(token) + 1);
	}
	f->index = fake_append(f, 512);
	for (unsigned i = 0; i < 256; i++)
		fake_put(f, f->index + 2 * i, index[i], 2);
}

static void fake_put_offsets(struct fake *f)
{
	uint64_t base = fake_address(f, FAKE_TEXT);

	f->offsets = fake_append(f, 4 * f->symbols);
	for (size_t i = 0; i < f->symbols; i++) {
		uint64_t address = f->symbol[i].address, at = f->offsets + 4 * i;

		if (f->rule == FAKE_PLACE)
			fake_put(f, at, address - fake_address(f, at), 4);
		else if (f->rule == FAKE_PERCPU)
			fake_put(f, at, address < 0x100000 ? address : base - 1 - address, 4);
		else
			fake_put(f, at, address - base, 4);
	}
	f->base = fake_append(f, 8);
	fake_put(f, f->base, base, 8);
}

static void fake_put_kallsyms(struct fake *f)
{
	/* by address, and as they came; those below the code count from there (they are per CPU, and absolute) */
	for (size_t i = 1; i < f->symbols; i++) {
		for (size_t k = i; k > 0 && f->symbol[k - 1].address > f->symbol[k].address; k--) {
			struct fake_symbol swap = f->symbol[k];

			f->symbol[k] = f->symbol[k - 1];
			f->symbol[k - 1] = swap;
		}
	}
	if (f->offsets_first)
		fake_put_offsets(f);
	fake_put_names(f);
	fake_put_tokens(f);
	if (!f->offsets_first)
		fake_put_offsets(f);
	bytes_printf(&f->image->info, "SYMBOL(_stext)=%llx\n",
	    (unsigned long long)fake_address(f, FAKE_TEXT));
	if (!f->named)
		return;
	bytes_printf(&f->image->info,
	    "SYMBOL(kallsyms_names)=%llx\nSYMBOL(kallsyms_num_syms)=%llx\n"
	    "SYMBOL(kallsyms_token_table)=%llx\nSYMBOL(kallsyms_token_index)=%llx\n",
	    (unsigned long long)fake_address(f, f->names),
	    (unsigned long long)fake_address(f, f->number),
	    (unsigned long long)fake_address(f, f->tokens),
	    (unsigned long long)fake_address(f, f->index));
	bytes_printf(&f->image->info, "SYMBOL(kallsyms_offsets)=%llx\n",
	    (unsigned long long)fake_address(f, f->offsets));
	if (f->rule != FAKE_PLACE)
		bytes_printf(&f->image->info, "SYMBOL(kallsyms_relative_base)=%llx\n",
		    (unsigned long long)fake_address(f, f->base));
}

#endif
