/* SPDX-License-Identifier: MIT */
/* hex: every digit and no other character; a byte there and back. */
#include "base/hex.h"

#include "tap.h"

int main(void)
{
	static const char digits[] = "0123456789abcdef";
	int wrong = 0, back = 0;
	char text[3];

	for (int c = 0; c < 256; c++) {
		const char lower = (char)(c >= 'A' && c <= 'F' ? c + 32 : c);
		const char *at = c ? strchr(digits, lower) : NULL;

		wrong += hex_digit((char)c) != (at ? (int)(at - digits) : -1);
	}
	is_num(wrong, 0, "0-9, a-f and A-F are digits, the other 234 characters are not");
	for (int c = 0; c < 256; c++) {
		uint8_t byte = (uint8_t)c;

		hex_text(&byte, 1, text);
		back += hex_byte(text) == c && text[2] == '\0';
	}
	is_num(back, 256, "each byte as text is that byte again");
	ok(hex_byte("0g") == -1 && hex_byte("g0") == -1 && hex_byte("\0") == -1,
	    "one digit is not a byte, and nothing is read after the end");
	return tap_done();
}
