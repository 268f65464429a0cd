/* SPDX-License-Identifier: MIT */
/* arm_pstore: headers, hostile ones too; which records are one death, and their order; the text. */
#include "arm/pstore/pstore.h"

#include <stdlib.h>

#include "tap.h"

static struct arm_pstore pstore = {.dir = -1};

static size_t header(const char *text)
{
	struct arm_pstore_part part = {.len = 0};

	return arm_pstore_header(text, strlen(text), &part);
}

static void add(const char *name, const char *record, int64_t time)
{
	struct arm_pstore_part *part = &pstore.part[pstore.count++];
	size_t head;

	memset(part, 0, sizeof(*part));
	head = arm_pstore_header(record, strlen(record), part);
	snprintf(part->name, sizeof(part->name), "%s", name);
	part->data = strdup(record + head);
	part->len = strlen(record + head);
	part->time = time;
}

static void text_is(unsigned int death, const char *want, const char *name)
{
	size_t len = 0;
	char *text = arm_pstore_text(&pstore, death, &len);

	ok(text && len == strlen(want) && memcmp(text, want, len) == 0, "%s", name);
	if (text && len != strlen(want))
		printf("# got: %.*s\n", (int)len, text);
	free(text);
}

#define MARK(what) "[lastwords: kept by the firmware (pstore), " what ", the end of a log]\n"

int main(void)
{
	/* "one\ntwo\n" as raw deflate, stored */
	static const char packed[] = "\x01\x08\x00\xf7\xffone\ntwo\n";
	char out[32], id[ARM_PSTORE_ID_MAX];
	static const char named[] =
	    "x lastwords.session=525400aa0001-2026 y\nlastwords: armed abc by";

	is_num((long long)header("Panic#2 Part1\ntext"), 14, "a header");
	is_num((long long)header("Panic#2 Part1"), 0, "without its newline");
	is_num((long long)header("Panic#2 Partx\n"), 0, "without a number");
	is_num((long long)header("Panic#9999999999 Part1\n"), 0, "a number too long");
	is_num((long long)header("#1 Part1\n"), 0, "without a reason");
	is_num((long long)header("AReasonLongerThanItsRoom#1 Part1\n"), 0, "a reason too long");
	is_num((long long)header(""), 0, "nothing");

	add("dmesg-erst-1", "Oops#1 Part1\noops\n", 1000);
	add("dmesg-erst-2", "Panic#2 Part1\nlast\n", 1001);
	add("dmesg-erst-3", "Panic#2 Part2\nfirst\n", 1001);
	add("dmesg-erst-4", "Panic#2 Part3\nold 3\n", 9000);
	add("dmesg-erst-5", "Panic#2 Part1\nold 1", 9000);
	arm_pstore_group(&pstore);
	is_num(pstore.deaths, 3, "three deaths");
	text_is(0, MARK("Panic#2") "old 3\n[lastwords: 1 records are missing here]\nold 1\n",
	    "the newest panic first, with its hole");
	text_is(1, MARK("Panic#2") "first\nlast\n", "parts from the oldest on");
	text_is(2, MARK("Oops#1") "oops\n", "the oops last");
	arm_pstore_free(&pstore);
	add("dmesg-erst-1", "Panic#1 Part1\na\n", 5);
	add("dmesg-erst-2", "Panic#1 Part1\nb\n", 5);
	arm_pstore_group(&pstore);
	is_num(pstore.deaths, 2, "the same part twice is two deaths");
	arm_pstore_free(&pstore);

	ok(arm_pstore_inflate(packed, sizeof(packed) - 1, out, sizeof(out)) == 8 &&
		memcmp(out, "one\ntwo\n", 8) == 0,
	    "inflate");
	ok(arm_pstore_inflate(packed, sizeof(packed) - 1, out, 3) == -1, "too small for it");
	ok(arm_pstore_inflate("\xff\xff\xff", 3, out, sizeof(out)) == -1, "garbage");
	arm_pstore_session(named, sizeof(named) - 1, id);
	is(id, "abc", "the session that it names last");
	arm_pstore_session("lastwords.session=", 18, id);
	is(id, "", "or none");
	return tap_done();
}
