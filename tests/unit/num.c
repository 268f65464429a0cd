/* SPDX-License-Identifier: MIT */
/* num: what is refused, with the field's name, and the edges of what is not. */
#include "base/num.h"

#include "tap.h"

static void refused(const char *text)
{
	struct err err = {""};
	uint64_t out = 7;

	ok(num_u64(&err, "field", text, strlen(text), 0, UINT64_MAX, &out) == -1 && out == 7 &&
		strncmp(err.msg, "field: ", 7) == 0,
	    "refused: \"%s\"", text);
}

static uint64_t size(const char *text)
{
	struct err err;
	uint64_t out = 0;

	return num_size(&err, "size", text, strlen(text), &out) ? UINT64_MAX : out;
}

int main(void)
{
	static const char *const wrong[] = {"", " 1", "1 ", "+1", "-1", "0x10", "1a", "1.0",
	    "18446744073709551616", "99999999999999999999", "\xd9\xa1"};
	struct err err;
	uint64_t u = 0;
	uint16_t port = 0;
	int i = 0;

	for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++)
		refused(wrong[n]);
	ok(num_u64(&err, "n", "18446744073709551615", 20, 0, UINT64_MAX, &u) == 0 &&
		u == UINT64_MAX,
	    "the largest number of 64 bits");
	ok(num_u64(&err, "n", "12345", 2, 0, 99, &u) == 0 && u == 12, "only len bytes are read");
	ok(num_u64(&err, "n", "100", 3, 0, 99, &u) == -1, "a number above the range is refused");
	ok(num_u64(&err, "n", "1", 1, 2, 99, &u) == -1, "a number below the range is refused");
	ok(num_hex64(&err, "n", "fFfFffffffffffff", 16, &u) == 0 && u == UINT64_MAX,
	    "hexadecimal digits of either case");
	ok(num_hex64(&err, "n", "10000000000000000", 17, &u) == -1,
	    "a hexadecimal number over 64 bits is refused");
	ok(num_hex64(&err, "n", "0x1", 3, &u) == -1, "a prefix 0x is refused");
	ok(num_port(&err, "n", "65535", &port) == 0 && port == 65535, "65535 is the last port");
	ok(num_port(&err, "n", "65536", &port) == -1 && num_port(&err, "n", "0", &port) == -1,
	    "65536 and 0 are refused as ports");
	ok(num_int(&err, "n", "5", 0, 5, &i) == 0 && i == 5 &&
		num_int(&err, "n", "6", 0, 5, &i) == -1,
	    "an int has a range too");
	is_num((long long)size("192M"), 192 << 20, "192M is a size in MB");
	is_num((long long)size("1k"), 1024, "1k is a size in KB");
	is_num((long long)size("7"), 7, "7 is a size in bytes");
	ok(size("M") == UINT64_MAX && size("1MB") == UINT64_MAX && size("1 M") == UINT64_MAX,
	    "a suffix alone, two letters, or a space are refused");
	ok(size("17179869184G") == UINT64_MAX, "a size that overflows by its suffix");
	return tap_done();
}
