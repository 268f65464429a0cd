/* SPDX-License-Identifier: MIT */
/* mac: Ethernet addresses as text; see mac.h. Pure. */
#include "mac.h"

#include <string.h>

#include "hex.h"
#include "num.h"

int mac_parse(struct err *err, const char *text, uint8_t mac[6])
{
	size_t len = strlen(text);
	size_t step = len == 12 ? 2 : 3;
	uint8_t all = 0;

	if (len != 12 && len != 17)
		return err_set(err, "\"%.40s\" is not a MAC address", text);
	for (size_t i = 0; i < 6; i++) {
		uint64_t byte;

		if (num_hex64(err, "MAC address", text + i * step, 2, &byte))
			return -1;
		if (step == 3 && i < 5 && text[i * 3 + 2] != text[2])
			return err_set(err, "\"%.40s\" is not a MAC address", text);
		mac[i] = (uint8_t)byte;
		all |= mac[i];
	}
	if (step == 3 && text[2] != ':' && text[2] != '-')
		return err_set(err, "\"%.40s\" is not a MAC address", text);
	if (!all || (mac[0] & 1))
		return err_set(err, "\"%.40s\" is not the MAC address of a machine", text);
	return 0;
}

/* How many pairs of hex digits text has, all with the same separator; 0: it has another form. */
static size_t mac_bytes(const char *text, uint8_t *bytes, size_t max)
{
	size_t count = 0;

	for (const char *p = text;; p++) {
		int byte = *p ? hex_byte(p) : -1;

		if (byte < 0 || count == max)
			return 0;
		bytes[count++] = (uint8_t)byte;
		p += 2;
		if (!*p)
			return count;
		if ((*p != ':' && *p != '-') || *p != text[2])
			return 0;
	}
}

int mac_derive(struct err *err, const char *text, uint8_t mac[6])
{
	enum { IPOIB = 20, GUID = 8 };
	uint8_t bytes[IPOIB];
	size_t count = mac_bytes(text, bytes, sizeof(bytes));
	char plain[18];

	if (count == 7 && bytes[0] == 0x01) {
		mac_format(bytes + 1, plain);
	} else if (count == GUID || (count == GUID + 1 && bytes[0] == 0x20) || count == IPOIB) {
		memcpy(mac, bytes + count - GUID, 3);
		memcpy(mac + 3, bytes + count - 3, 3);
		mac_format(mac, plain);
	} else {
		return mac_parse(err, text, mac);
	}
	return mac_parse(err, plain, mac);
}

void mac_format(const uint8_t mac[6], char text[18])
{
	for (int i = 0; i < 6; i++) {
		hex_text(mac + i, 1, text + 3 * i);
		text[3 * i + 2] = i < 5 ? ':' : '\0';
	}
}

void mac_format_hex(const uint8_t mac[6], char text[13])
{
	hex_text(mac, 6, text);
}

uint64_t mac_number(const uint8_t mac[6])
{
	uint64_t number = 0;

	for (int i = 0; i < 6; i++)
		number = number << 8 | mac[i];
	return number;
}

void mac_of_number(uint64_t number, uint8_t mac[6])
{
	for (int i = 5; i >= 0; i--, number >>= 8)
		mac[i] = (uint8_t)number;
}
