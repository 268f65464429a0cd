/* SPDX-License-Identifier: MIT */
/*
 * records: reading a directory of pstore: long records, many, compressed ones, and others; and which
 * of them are removed.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "arm/pstore/backend.h"
#include "scratch.h"
#include "tap.h"

static struct pstore pstore;
static char *big; /* lines, PSTORE_INFLATED_MAX and some more */
static const size_t big_len = PSTORE_INFLATED_MAX + 4096;

static void record(const char *name, const char *head, const char *text, size_t len)
{
	FILE *file = fopen(scratch_path(name), "w");
	if (!file || fputs(head, file) < 0 || fwrite(text, 1, len, file) != len || fclose(file))
		exit(1);
}

static void record_packed(const char *name, const char *head, const char *text, size_t len)
{
	size_t head_len = strlen(head), room = len / 2 + 4096;
	char *plain = malloc(head_len + len), *out = malloc(room);
	z_stream z = {0};

	if (!plain || !out || deflateInit2(&z, 1, Z_DEFLATED, -15, 9, 0) != Z_OK)
		exit(1);
	memcpy(plain, head, head_len);
	memcpy(plain + head_len, text, len);
	z.next_in = (unsigned char *)plain;
	z.avail_in = (unsigned int)(head_len + len);
	z.next_out = (unsigned char *)out;
	z.avail_out = (unsigned int)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		exit(1);
	record(name, "", out, room - z.avail_out);
	deflateEnd(&z);
	free(plain);
	free(out);
}

static int there(const char *name)
{
	return access(scratch_path(name), F_OK) == 0;
}

static void look(void)
{
	backend_read_dir(&pstore, open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/* Ends a case: removes what was read. */
static void done(void)
{
	for (unsigned int crash = 0; crash < pstore.crashes; crash++)
		backend_remove(&pstore, crash);
	pstore_free(&pstore);
}

/* Whether the text of the first crash is mark, then len bytes of text, and ends a line. */
static int text_is(const char *mark, const char *text, size_t len)
{
	size_t left, mark_len = strlen(mark);
	char *got = pstore_text(&pstore, 0, &left), *line = got ? memchr(got, '\n', left) : NULL;
	int same = 0;

	if (line) {
		line++;
		left -= (size_t)(line - got);
		same = left >= mark_len + len && memcmp(line, mark, mark_len) == 0 &&
		       memcmp(line + mark_len, text, len) == 0 && line[left - 1] == '\n' &&
		       left <= mark_len + len + 1;
	}
	free(got);
	return same;
}

static void lengths(void)
{
	char mark[64];

	record("dmesg-ramoops-0", "Panic#1 Part1\n", big, 130866);
	look();
	ok(pstore.crashes == 1 && text_is("", big, 130866), "a record of 128 KB is taken whole");
	done();
	ok(!there("dmesg-ramoops-0"), "a record that was taken is removed");

	snprintf(mark, sizeof(mark), "[lastwords: %d bytes left out]\n", 999998);
	record("dmesg-ramoops-0", "Panic#1 Part1\n", big, PSTORE_CRASH_MAX + 999998);
	look();
	ok(text_is(mark, big + 999998, PSTORE_CRASH_MAX), "the end of a record over 8 MB is taken");
	done();

	record("dmesg-erst-1", "Panic#1 Part3\n", big, 4000);
	record("dmesg-erst-2", "Panic#1 Part2\n", big, PSTORE_CRASH_MAX);
	record("dmesg-erst-3", "Panic#1 Part1\n", big + PSTORE_CRASH_MAX, 4000);
	look();
	snprintf(mark, sizeof(mark), "[lastwords: %d bytes left out]\n", 8000);
	ok(text_is(mark, big + 4000, PSTORE_CRASH_MAX), "the last 8 MB of a crash are taken");
	done();
	ok(!there("dmesg-erst-1"), "a record whose loss is marked is removed");
}

/* The parts of one crash, so written that any order of the directory but the right one would show. */
static void many(void)
{
	enum { PARTS = 1000, EACH = 1815 };
	char name[64], head[64];

	for (unsigned int part = 1; part <= PARTS; part++) {
		snprintf(name, sizeof(name), "dmesg-efi-176363347%u001", 200 + part);
		snprintf(head, sizeof(head), "Panic#1 Part%u\n", part);
		record(name, head, big + (size_t)(PARTS - part) * EACH, EACH);
	}
	look();
	ok(pstore.crashes == 1 && pstore.count == PARTS && text_is("", big, (size_t)PARTS * EACH),
	    "a thousand records of a crash are one text in order");
	done();
	ok(!there("dmesg-efi-176363347201001"), "all records of a crash are removed");
}

static void packed(void)
{
	char mark[64];

	record_packed("dmesg-efi-1.enc.z", "Panic#1 Part1\n", big, 200000);
	look();
	ok(text_is("", big, 200000), "a compressed record of 200 KB is taken whole");
	done();
	record_packed("dmesg-efi-1.enc.z", "Panic#1 Part1\n", big, PSTORE_CRASH_MAX + 10002);
	look();
	snprintf(mark, sizeof(mark), "[lastwords: %d bytes left out]\n", 10002);
	ok(text_is(mark, big + 10002, PSTORE_CRASH_MAX),
	    "the end of a compressed record over 8 MB is taken");
	done();
	record_packed("dmesg-efi-1.enc.z", "Panic#1 Part1\n", big, PSTORE_INFLATED_MAX);
	look();
	ok(pstore.count == 0 && there("dmesg-efi-1.enc.z"),
	    "a compressed record of more than 64 MB stays in pstore");
	done();
}

static void others(void)
{
	record("dmesg-erst-1", "Panic#1 Part2\n", "old\n", 4);
	record("dmesg-erst-2", "no header", "", 0);
	record("dmesg-erst-3.enc.z", "garbage \xff\xff\xff", "", 0);
	record("console-ramoops-0", "Panic#1 Part1\n", "new\n", 4);
	look();
	ok(pstore.crashes == 1 && text_is("old\n[lastwords: the end is missing]\n", "", 0),
	    "a record that cannot be read is marked as missing");
	done();
	ok(!there("dmesg-erst-1") && there("dmesg-erst-2") && there("dmesg-erst-3.enc.z") &&
		there("console-ramoops-0"),
	    "what cannot be read stays in pstore");
}

int main(void)
{
	big = malloc(big_len);
	if (!big)
		return 1;
	scratch_make();
	for (size_t at = 0, n = 0; at + 64 < big_len; n++)
		at += (size_t)snprintf(big + at, 64, "<6>[%12zu.0] a line\n", n);
	lengths();
	many();
	packed();
	others();
	free(big);
	return tap_done();
}
