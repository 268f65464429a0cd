/* SPDX-License-Identifier: MIT */
/* kv: whatever goes in comes out again, in every separator, and limits hold. */
#include "base/kv.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/num.h"
#include "scratch.h"
#include "tap.h"

static void test_parse(void)
{
	char text[] = "a=1&&B=%41%zz%4&c&=x&d%20=1&a=2&e=x+y=z&f=%00q&long";
	const struct kv_pair *pair;
	struct kv kv;

	is_num(
	    (long long)kv_parse(&kv, text, strlen(text), '&'), 2, "two pieces have no valid key");
	is(kv_get(&kv, "a"), "2", "of equal keys the last counts");
	is(kv_get(&kv, "b"), "A%zz%4", "keys are folded, invalid escapes kept");
	is(kv_get(&kv, "c"), "", "a piece without = is present and empty");
	is(kv_get(&kv, "e"), "x+y=z", "+ is not a space, and only the first = separates");
	is(kv_get(&kv, "nothing"), NULL, "a key that is absent has no value");
	pair = kv_find(&kv, "f");
	ok(pair && pair->len == 2 && memcmp(pair->value, "\0q", 2) == 0,
	    "a value may have a NUL byte");
}

static void test_limits(void)
{
	char text[KV_MAX * 8 + 64], buf[16];
	struct kv_out out;
	struct kv kv;
	size_t len = 0;

	for (int i = 0; i < KV_MAX + 3; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "k%d=%d&", i, i);
	is_num((long long)kv_parse(&kv, text, len, '&'), 3, "pairs past the limit are counted");
	is_num((long long)kv.count, KV_MAX, "pairs past the limit are dropped");
	kv_out_init(&out, buf, sizeof(buf));
	kv_out_pair(&out, '&', "key", "0123456789abcdef");
	ok(out.overflow && strlen(buf) < sizeof(buf),
	    "text that does not fit is remembered, not written");
	kv_out_init(&out, buf, sizeof(buf));
	kv_out_pair(&out, '&', "k", NULL);
	is(buf, "", "a NULL value writes nothing");
}

static void test_round(void)
{
	static const char seps[] = " \n&";
	int bad = 0;

	srand(1);
	for (int round = 0; round < 3000; round++) {
		char value[40], text[400], before[400], again[400];
		struct kv_out out;
		struct kv kv;
		struct err err;
		char sep = seps[round % 3];
		int n = rand() % 39, second;

		for (int i = 0; i < n; i++)
			value[i] = (char)(1 + rand() % 255);
		value[n] = '\0';
		kv_out_init(&out, text, sizeof(text));
		kv_out_pair(&out, sep, "first", value);
		kv_out_num(&out, sep, "second", (unsigned long long)round);
		/* The separator stands once, and nothing else a line or shell could act on. */
		bad += strchr(text, sep) != strrchr(text, sep) || strpbrk(text, "\r\t\"'$`\\;|<>#");
		memcpy(before, text, out.len + 1);
		kv_parse(&kv, text, out.len, sep);
		bad += kv.count != 2 || !kv_get(&kv, "first") ||
		       strcmp(kv_get(&kv, "first"), value) != 0 || !kv_get(&kv, "second") ||
		       num_int(&err, "second", kv_get(&kv, "second"), round, round, &second);
		kv_out_init(&out, again, sizeof(again));
		kv_out_all(&out, sep, &kv);
		bad += strcmp(again, before) != 0;
	}
	is_num(bad, 0, "3,000 random values come back as they were");
}

static void test_file(void)
{
	const char *path;
	char buf[64];
	struct err err;
	struct kv kv;

	scratch_make();
	scratch_put("kv", "a=1\nb=%0A\n");
	path = scratch_path("kv");
	ok(access(path, R_OK) == 0, "the metadata file can be read");
	ok(kv_read_file(&err, path, buf, sizeof(buf), &kv) == 0 && kv.count == 2,
	    "a metadata file is parsed");
	is(kv_get(&kv, "b"), "\n", "its values are decoded");
	ok(kv_read_file(&err, path, buf, 5, &kv) == 0, "a buffer that is too small is no overrun");
	unlink(path);
	ok(kv_read_file(&err, path, buf, sizeof(buf), &kv) == -1 && strstr(err.msg, path),
	    "a missing file is named");
}

int main(void)
{
	test_parse();
	test_limits();
	test_round();
	test_file();
	return tap_done();
}
