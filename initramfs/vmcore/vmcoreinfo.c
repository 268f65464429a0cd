/* SPDX-License-Identifier: MIT */
/* vmcoreinfo: how a kernel describes itself in its dump; see vmcoreinfo.h. */
#include "vmcoreinfo.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum vmci_form { VMCI_DEC, VMCI_HEX };

static const struct {
	const char *key;
	uint8_t len;
	uint8_t form; /* enum vmci_form */
} vmci_table[VMCI_COUNT] = {
#define VMCI(name, key, form) {key, sizeof(key) - 1, VMCI_##form},
    VMCI_KEYS(VMCI)
#undef VMCI
};

struct vmcoreinfo {
	uint64_t value[VMCI_COUNT];
	uint8_t has[VMCI_COUNT];
	char release[65], build_id[65];
	unsigned version[3]; /* of release: 6, 1, 0; zeros where it has none */
	unsigned lines;
	/* the line so far */
	char line[160];
	size_t len;
	int overlong;
};

struct vmcoreinfo *vmcoreinfo_new(struct err *err)
{
	struct vmcoreinfo *info = calloc(1, sizeof(*info));

	if (!info)
		err_set(err, "out of memory");
	return info;
}

void vmcoreinfo_free(struct vmcoreinfo *info)
{
	free(info);
}

void vmcoreinfo_reset(struct vmcoreinfo *info)
{
	memset(info, 0, sizeof(*info));
}

/* 0/-1. A decimal number may have a sign, or be hex after 0x; a blank or CR may follow. */
static int vmci_value(const char *text, enum vmci_form form, uint64_t *out)
{
	unsigned base = form == VMCI_HEX ? 16 : 10;
	int negative = form == VMCI_DEC && *text == '-';
	uint64_t value = 0;
	const char *digits;

	text += negative;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	for (digits = text; (unsigned)hex_digit(*text) < base; text++) {
		unsigned digit = (unsigned)hex_digit(*text);

		if (value > (UINT64_MAX - digit) / base)
			return -1;
		value = value * base + digit;
	}
	if (text == digits || (*text != '\0' && *text != ' ' && *text != '\r'))
		return -1;
	*out = negative ? 0 - value : value;
	return 0;
}

static void vmci_text(char *out, size_t size, const char *value)
{
	size_t n = 0;

	for (; *value && n + 1 < size; value++) {
		if (*value > 0x20 && *value < 0x7f)
			out[n++] = *value;
	}
	out[n] = '\0';
}

static void vmci_version(struct vmcoreinfo *info)
{
	const char *p = info->release;

	memset(info->version, 0, sizeof(info->version));
	for (size_t i = 0; i < 3; i++) {
		if (*p < '0' || *p > '9')
			return;
		for (; *p >= '0' && *p <= '9'; p++) {
			if (info->version[i] < 100000)
				info->version[i] = info->version[i] * 10 + (unsigned)(*p - '0');
		}
		if (*p != '.')
			return;
		p++;
	}
}

static void vmci_line(struct vmcoreinfo *info)
{
	size_t key_len;
	char *eq;

	info->line[info->len] = '\0';
	eq = info->overlong ? NULL : memchr(info->line, '=', info->len);
	if (info->len)
		info->lines++;
	info->len = 0;
	info->overlong = 0;
	if (!eq)
		return;
	key_len = (size_t)(eq - info->line);
	*eq++ = '\0';
	if (strcmp(info->line, "OSRELEASE") == 0) {
		vmci_text(info->release, sizeof(info->release), eq);
		vmci_version(info);
		return;
	}
	if (strcmp(info->line, "BUILD-ID") == 0) {
		vmci_text(info->build_id, sizeof(info->build_id), eq);
		return;
	}
	for (size_t i = 0; i < VMCI_COUNT; i++) {
		if (vmci_table[i].len != key_len ||
		    memcmp(info->line, vmci_table[i].key, key_len) != 0)
			continue;
		if (vmci_value(eq, (enum vmci_form)vmci_table[i].form, &info->value[i]) == 0)
			info->has[i] = 1;
		return;
	}
}

void vmcoreinfo_feed(struct vmcoreinfo *info, const char *text, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;
		const char *nul = memchr(text, '\0', n);
		size_t room = sizeof(info->line) - 1 - info->len;

		if (nul)
			n = (size_t)(nul - text);
		if (n > room)
			info->overlong = 1;
		memcpy(info->line + info->len, text, n < room ? n : room);
		info->len += n < room ? n : room;
		if (newline || nul) {
			vmci_line(info);
			n++;
		}
		text += n;
		len -= n;
	}
}

void vmcoreinfo_end(struct vmcoreinfo *info)
{
	vmci_line(info);
}

int vmcoreinfo_has(const struct vmcoreinfo *info, enum vmci_key key)
{
	return info->has[key];
}

uint64_t vmcoreinfo_get(const struct vmcoreinfo *info, enum vmci_key key, uint64_t absent)
{
	return info->has[key] ? info->value[key] : absent;
}

const char *vmcoreinfo_name(enum vmci_key key)
{
	return vmci_table[key].key;
}

const char *vmcoreinfo_release(const struct vmcoreinfo *info)
{
	return info->release;
}

const char *vmcoreinfo_build_id(const struct vmcoreinfo *info)
{
	return info->build_id;
}

int vmcoreinfo_at_least(const struct vmcoreinfo *info, unsigned a, unsigned b, unsigned c)
{
	const unsigned *v = info->version;

	if (v[0] != a)
		return v[0] > a;
	if (v[1] != b)
		return v[1] > b;
	return v[2] >= c;
}

unsigned vmcoreinfo_lines(const struct vmcoreinfo *info)
{
	return info->lines;
}
