/* SPDX-License-Identifier: MIT */
/* pstore: headers, hostile ones too; which records are of one crash, and their order; the text. */
#include "arm/pstore/pstore.h"

#include <stdlib.h>

#include "base/array.h"
#include "tap.h"

static struct pstore pstore = {.dir = -1};

static size_t header(const char *text)
{
	struct pstore_part part = {.len = 0};

	return pstore_header(text, strlen(text), &part);
}

static void add(const char *name, const char *record, int64_t time)
{
	struct pstore_part *part;
	struct err err;
	size_t head;

	pstore.part = array_grow(&err, pstore.part, &pstore.room, pstore.count, sizeof(*part));
	part = &pstore.part[pstore.count++];
	memset(part, 0, sizeof(*part));
	head = pstore_header(record, strlen(record), part);
	snprintf(part->name, sizeof(part->name), "%s", name);
	part->data = strdup(record + head);
	part->len = part->size = strlen(record + head);
	part->time = time;
}

static void text_is(unsigned int crash, const char *want, const char *name)
{
	size_t len = 0;
	char *text = pstore_text(&pstore, crash, &len);

	ok(text && len == strlen(want) && memcmp(text, want, len) == 0, "%s", name);
	if (text && len != strlen(want))
		printf("# got: %.*s\n", (int)len, text);
	free(text);
}

#define MARK(what) "[lastwords: kept by the firmware (pstore), " what ", the end of a log]\n"

/* Two machines' worth of records at once: a crash loop whose crashes have equal headers. */
static void loops(void)
{
	add("dmesg-efi-9", "Panic#1 Part2\na\n", 5);
	add("dmesg-efi-11", "Panic#1 Part2\nc\n", 6);
	add("dmesg-efi-10", "Panic#1 Part1\nb\n", 5);
	add("dmesg-efi-12", "Panic#1 Part1\nd\n", 6);
	pstore_group(&pstore);
	is_num(pstore.crashes, 2, "a crash loop within a minute is of two crashes");
	text_is(0, MARK("Panic#1") "c\nd\n", "the second crash of a loop is whole");
	text_is(1, MARK("Panic#1") "a\nb\n", "the first crash of a loop is whole");
	pstore_free(&pstore);
	add("dmesg-efi-9", "Panic#1 Part1\na\n", 5);
	add("dmesg-efi-10", "Panic#1 Part1\nb\n", 5);
	pstore_group(&pstore);
	text_is(
	    0, MARK("Panic#1") "a\n", "records of one second are in the order of their numbers");
	pstore_free(&pstore);
}

/* The sum of the lengths that are taken. */
static size_t taken(void)
{
	size_t sum = 0;

	for (size_t i = 0; i < pstore.count; i++)
		sum += pstore.part[i].len;
	return sum;
}

static void limits(void)
{
	add("dmesg-r-1", "Panic#1 Part3\nold\n", 5);
	add("dmesg-r-2", "Panic#1 Part2\nmid\n", 5);
	add("dmesg-r-3", "Panic#1 Part1\nnew\n", 5);
	pstore.part[2].size = PSTORE_CRASH_MAX - 1;
	pstore_group(&pstore);
	pstore_limit(&pstore);
	is_num((long long)pstore.count, 3, "records that are left out of a crash stay in its list");
	ok(pstore.part[0].len == 0 && pstore.part[1].len == 1 &&
		pstore.part[2].len == PSTORE_CRASH_MAX - 1,
	    "the newest bytes of a crash are taken");
	memmove(pstore.part[1].data, "\n", 1);
	pstore.part[2].size = pstore.part[2].len = 4;
	text_is(0, MARK("Panic#1") "[lastwords: 7 bytes left out]\n\nnew\n",
	    "the bytes that are left out are marked");
	pstore_free(&pstore);

	for (int64_t time = 0; time < 4; time++) {
		add("dmesg-r-1", "Panic#1 Part1\nx\n", time * 1000);
		pstore.part[time].size = PSTORE_CRASH_MAX - (time == 2);
	}
	pstore.part[0].size = 2;
	pstore_group(&pstore);
	pstore_limit(&pstore);
	ok(pstore.crashes == 2 && pstore.left == 2 && taken() == 2 * PSTORE_CRASH_MAX - 1 &&
		pstore.part[0].time == 3000 && pstore.part[1].time == 2000,
	    "the newest crashes that fit are taken, and the others are counted");
	pstore_free(&pstore);
	is_num((long long)pstore.left, 0, "after a free nothing is left");
}

int main(void)
{
	/* "one\ntwo\n" as raw deflate, stored */
	static const char packed[] = "\x01\x08\x00\xf7\xffone\ntwo\n";
	char out[32], id[PSTORE_ID_MAX];
	static const char named[] =
	    "x lastwords.session=525400aa0001-2026 y\nlastwords: armed abc by";

	is_num((long long)header("Panic#2 Part1\ntext"), 14, "a header line is read");
	is_num((long long)header("Panic#2 Part1"), 0, "a header without newline is refused");
	is_num((long long)header("Panic#2 Part-1\n"), 0, "a number with a sign is refused");
	is_num((long long)header("Panic#2 Part1 \n"), 0, "a header with more in it is refused");
	is_num((long long)header("Panic#2 Partx\n"), 0, "a header without number is refused");
	is_num((long long)header("Panic#9999999999 Part1\n"), 0,
	    "a number that is too long is refused");
	is_num((long long)header("#1 Part1\n"), 0, "a header without reason is refused");
	is_num((long long)header("AReasonLongerThanItsRoom#1 Part1\n"), 0,
	    "a reason that is too long is refused");
	is_num((long long)header(""), 0, "an empty record is refused");

	add("dmesg-erst-1", "Oops#1 Part1\noops\n", 1000);
	add("dmesg-erst-2", "Panic#2 Part1\nlast\n", 1001);
	add("dmesg-erst-3", "Panic#2 Part2\nfirst\n", 1001);
	add("dmesg-erst-4", "Panic#2 Part3\nold 3\n", 9000);
	add("dmesg-erst-5", "Panic#2 Part1\nold 1", 9000);
	pstore_group(&pstore);
	is_num(pstore.crashes, 3, "the records are of three crashes");
	text_is(0, MARK("Panic#2") "old 3\n[lastwords: 1 records are missing here]\nold 1\n",
	    "the newest panic is first, with its hole marked");
	text_is(1, MARK("Panic#2") "first\nlast\n", "the oldest part of a crash is first");
	text_is(2, MARK("Oops#1") "oops\n", "the oops is last");
	pstore_free(&pstore);
	add("dmesg-erst-1", "Panic#1 Part1\na\n", 5);
	add("dmesg-erst-2", "Panic#1 Part1\nb\n", 5);
	pstore_group(&pstore);
	is_num(pstore.crashes, 2, "the same part twice is of two crashes");
	pstore_free(&pstore);

	add("dmesg-erst-1", "Panic#1 Part1\nafter\n", 5 + PSTORE_APART);
	add("dmesg-erst-2", "Panic#1 Part2\nbefore\n", 5);
	pstore_group(&pstore);
	is_num(pstore.crashes, 1, "parts written within a minute are of one crash");
	text_is(0, MARK("Panic#1") "before\nafter\n", "such parts are in order");
	pstore.part[0].time--;
	pstore_group(&pstore);
	is_num(pstore.crashes, 2, "parts written further apart are of two crashes");
	text_is(1, MARK("Panic#1") "before\n[lastwords: the end is missing]\n",
	    "a missing end is marked");
	pstore_free(&pstore);
	add("dmesg-erst-1", "Oops#1 Part1\na\n", 5);
	add("dmesg-erst-2", "Oops#2 Part1\nb\n", 5);
	add("dmesg-erst-3", "Emergency#2 Part1\nc\n", 5);
	pstore_group(&pstore);
	is_num(pstore.crashes, 3, "another count or reason is of another crash");
	pstore_free(&pstore);
	add("dmesg-erst-1", "Oops#1 Part2\na\n", 5);
	add("dmesg-erst-2", "Oops#2 Part1\nb\n", 5);
	add("dmesg-erst-3", "Emergency#2 Part2\nc\n", 5);
	pstore_group(&pstore);
	is_num(pstore.crashes, 3, "that is so for different parts, too");
	text_is(1, MARK("Oops#2") "b\n", "the highest count of equal reasons is first");
	pstore_free(&pstore);

	ok(pstore_inflate(packed, sizeof(packed) - 1, 0, out, sizeof(out)) == 8 &&
		memcmp(out, "one\ntwo\n", 8) == 0,
	    "a packed record is inflated");
	memset(out, '-', sizeof(out));
	ok(pstore_inflate(packed, sizeof(packed) - 1, 3, out, 4) == 8 &&
		memcmp(out, "\ntwo-", 5) == 0,
	    "a piece of a packed record is inflated");
	ok(pstore_inflate(packed, sizeof(packed) - 1, 8, out, 4) == 8 && out[0] == '\n',
	    "nothing after the end of a packed record is inflated");
	ok(pstore_inflate("\xff\xff\xff", 3, 0, out, sizeof(out)) == -1, "garbage is not inflated");
	loops();
	limits();
	pstore_session(named, sizeof(named) - 1, id);
	is(id, "abc", "the last session in a text is found");
	pstore_session("lastwords.session=", 18, id);
	is(id, "", "a session without a name is not found");
	return tap_done();
}
