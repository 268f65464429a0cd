/* SPDX-License-Identifier: MIT */
/* num: text to numbers, strictly; see num.h. */
#include "num.h"

#include <string.h>

#include "hex.h"

static int num_parse(struct err *err, const char *name, const char *text, size_t len,
    unsigned int base, uint64_t *out)
{
	uint64_t value = 0;

	if (len == 0)
		return err_set(err, "%s: empty; a number is needed", name);
	for (size_t i = 0; i < len; i++) {
		int value_of = hex_digit(text[i]);
		unsigned int digit = (unsigned int)value_of;

		if (value_of < 0 || digit >= base)
			return err_set(err, "%s: \"%.*s\" is not a number", name,
			    (int)(len < 40 ? len : 40), text);
		if (value > (UINT64_MAX - digit) / base)
			return err_set(err, "%s: \"%.*s\" is too large", name,
			    (int)(len < 40 ? len : 40), text);
		value = value * base + digit;
	}
	*out = value;
	return 0;
}

int num_u64(struct err *err, const char *name, const char *text, size_t len, uint64_t min,
    uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (num_parse(err, name, text, len, 10, &value))
		return -1;
	if (value < min || value > max)
		return err_set(err, "%s: %llu is not between %llu and %llu", name,
		    (unsigned long long)value, (unsigned long long)min, (unsigned long long)max);
	*out = value;
	return 0;
}

int num_hex64(struct err *err, const char *name, const char *text, size_t len, uint64_t *out)
{
	return num_parse(err, name, text, len, 16, out);
}

int num_int(struct err *err, const char *name, const char *text, int min, int max, int *out)
{
	uint64_t value;

	if (num_u64(err, name, text, strlen(text), (uint64_t)min, (uint64_t)max, &value))
		return -1;
	*out = (int)value;
	return 0;
}

int num_port(struct err *err, const char *name, const char *text, uint16_t *out)
{
	uint64_t value;

	if (num_u64(err, name, text, strlen(text), 1, 65535, &value))
		return -1;
	*out = (uint16_t)value;
	return 0;
}

int num_size(struct err *err, const char *name, const char *text, size_t len, uint64_t *out)
{
	unsigned int shift = 0;
	uint64_t value;

	if (len > 0) {
		char c = text[len - 1];

		if (c == 'K' || c == 'k')
			shift = 10;
		else if (c == 'M' || c == 'm')
			shift = 20;
		else if (c == 'G' || c == 'g')
			shift = 30;
	}
	if (num_parse(err, name, text, shift ? len - 1 : len, 10, &value))
		return -1;
	if (value > UINT64_MAX >> shift)
		return err_set(
		    err, "%s: \"%.*s\" is too large", name, (int)(len < 40 ? len : 40), text);
	*out = value << shift;
	return 0;
}
