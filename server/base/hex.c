/* SPDX-License-Identifier: MIT */
/* hex: bytes as hexadecimal text and back; see hex.h. */
#include "hex.h"

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_byte(const char text[2])
{
	int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

	return low < 0 ? -1 : high << 4 | low;
}

void hex_text(const uint8_t *bytes, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++) {
		*text++ = HEX_DIGITS[bytes[i] >> 4];
		*text++ = HEX_DIGITS[bytes[i] & 15];
	}
	*text = '\0';
}
