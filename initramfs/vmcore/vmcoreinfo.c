/* SPDX-License-Identifier: MIT */
/* vmcoreinfo: what a kernel says of itself in its dump; see vmcoreinfo.h. Pure: text in, values out. */
#include "vmcoreinfo.h"

#include <string.h>

enum vmci_how { VMCI_DEC, VMCI_HEX };

static const struct {
	const char *key;
	uint8_t len;
	uint8_t how; /* enum vmci_how */
} vmci_table[VMCI_COUNT] = {
#define VMCI(name, key, how) {key, sizeof(key) - 1, VMCI_##how},
    VMCI_KEYS(VMCI)
#undef VMCI
};

void vmcoreinfo_init(struct vmcoreinfo *info)
{
	memset(info, 0, sizeof(*info));
}

static int vmci_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* 0/-1. Decimal may have a sign or be hex after 0x; a trailing blank or CR is let pass. */
static int vmci_value(const char *text, enum vmci_how how, uint64_t *out)
{
	unsigned base = how == VMCI_HEX ? 16 : 10;
	int negative = 0;
	uint64_t value = 0;

	if (how == VMCI_DEC && *text == '-') {
		negative = 1;
		text++;
	}
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if ((unsigned)vmci_digit(*text) >= base)
		return -1;
	for (; (unsigned)vmci_digit(*text) < base; text++) {
		unsigned digit = (unsigned)vmci_digit(*text);

		if (value > (UINT64_MAX - digit) / base)
			return -1;
		value = value * base + digit;
	}
	if (*text != '\0' && *text != ' ' && *text != '\r')
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
		if (vmci_value(eq, (enum vmci_how)vmci_table[i].how, &info->value[i]))
			info->bad++;
		else
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

int vmcoreinfo_at_least(const struct vmcoreinfo *info, unsigned a, unsigned b)
{
	return info->version[0] > a || (info->version[0] == a && info->version[1] >= b);
}

uint64_t vmcoreinfo_get(const struct vmcoreinfo *info, enum vmci_key key, uint64_t otherwise)
{
	return info->has[key] ? info->value[key] : otherwise;
}

const char *vmcoreinfo_name(enum vmci_key key)
{
	return vmci_table[key].key;
}
