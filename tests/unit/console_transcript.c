/* SPDX-License-Identifier: MIT */
/*
 * A console's transcript (console/log): bytes unchanged, a time for each line, "from T1 to T2", rotation, and
 * what a kill or a set clock leaves.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "console/log/entry.h"
#include "console/log/transcript.h"
#include "scratch.h"
#include "tap.h"

static char dir[SCRATCH_PATH_MAX];
static struct transcript transcript;
static struct err err;

static void put(const char *text, int64_t usec)
{
	if (transcript_write(&err, &transcript, text, strlen(text), usec))
		ok(0, "written: %s", err.msg);
}

/* The text from offset on, at most 200 bytes. */
static const char *from(const struct transcript_reader *reader, uint64_t offset)
{
	static char text[201];
	ssize_t n = transcript_read(reader, offset, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void fresh(const char *name)
{
	scratch_mkdir(name);
	snprintf(dir, sizeof(dir), "%s", scratch_path(name));
	ok(transcript_open(&err, &transcript, dir) == 0, "%s: a transcript is opened", name);
}

static void test_lines(void)
{
	struct transcript_reader reader;

	fresh("lines");
	put("one\r\ntw", 1000);
	put("o\rredrawn\n", 2000);
	put("three\nfour\n\n", 3000);
	ok(transcript_read_open(&err, &reader, dir) == 0, "it can be read while it is written");
	is_num(
	    (long long)reader.lines[1], 5, "a line feed ends a line, a carriage return does not");
	is(from(&reader, 0), "one\r\ntwo\rredrawn\nthree\nfour\n\n", "the bytes are unchanged");
	is_num(transcript_time(&reader, 0), 1000, "the time of the first line");
	is_num(transcript_time(&reader, 8), 1000, "a line has the time of its first byte");
	is_num(transcript_time(&reader, 17), 3000, "the time of a later line");
	is(from(&reader, transcript_find(&reader, 2999)), "three\nfour\n\n", "from a time on");
	is(from(&reader, transcript_find(&reader, 0)), "one\r\ntwo\rredrawn\nthree\nfour\n\n",
	    "from 0 on");
	is(from(&reader, transcript_find(&reader, 3001)), "",
	    "after the last line there is nothing");
	is(from(&reader, transcript_last(&reader, 2, 1000)), "four\n\n", "the last two lines");
	is(from(&reader, transcript_last(&reader, 99, 1000)), from(&reader, 0),
	    "more lines than there are");
	is(from(&reader, transcript_last(&reader, 99, 5)), "our\n\n",
	    "the last lines within a limit");
	is(from(&reader, transcript_last(&reader, 0, 1000)), "", "no lines");
	transcript_read_close(&reader);
}

static void test_marks(void)
{
	struct transcript_reader reader;

	fresh("marks");
	put("half a li", 1000);
	ok(transcript_mark(&err, &transcript, "console lost 2 s: x", 2000) == 0,
	    "a mark is written");
	put("ne\n", 3000);
	ok(transcript_mark(&err, &transcript, "console lost 3 s: y", 500) == 0, "another mark");
	transcript_read_open(&err, &reader, dir);
	is(from(&reader, 0),
	    "half a li\n[lastwords: console lost 2 s: x]\nne\n[lastwords: console lost 3 s: y]\n",
	    "a mark is a line of its own, also in the middle of one");
	is_num((long long)reader.lines[1], 4, "marks are indexed as lines");
	is_num(
	    transcript_time(&reader, 60), 3000, "times never decrease when the clock is set back");
	transcript_read_close(&reader);
}

/* As after kill -9 between the log and its index, and after an index that was cut. */
static void test_recovery(void)
{
	struct transcript_reader reader;
	char path[SCRATCH_PATH_MAX + 16];
	int fd;

	fresh("recovery");
	put("one\ntwo\n", 1000);
	transcript_close(&transcript);
	snprintf(path, sizeof(path), "%s/console.log", dir);
	fd = open(path, O_WRONLY | O_APPEND);
	ok(fd >= 0 && write(fd, "three\nfou", 9) == 9, "bytes without an index");
	close(fd);
	snprintf(path, sizeof(path), "%s/console.idx", dir);
	fd = open(path, O_WRONLY | O_APPEND);
	ok(fd >= 0 && write(fd, "torn", 4) == 4, "and half an entry");
	close(fd);
	ok(transcript_open(&err, &transcript, dir) == 0, "it is opened again");
	put("r\nfive\n", INT64_C(4000000000000000));
	transcript_read_open(&err, &reader, dir);
	is_num((long long)reader.lines[1], 5, "the missing lines are indexed");
	is(from(&reader, transcript_last(&reader, 2, 1000)), "four\nfive\n", "and are found");
	ok(transcript_time(&reader, 8) > 1000000000000,
	    "with the time at which the log was written");
	transcript_read_close(&reader);

	transcript_close(&transcript);
	ok(truncate(path, 0) == 0 && transcript_open(&err, &transcript, dir) == 0,
	    "an index that is gone is made again");
	transcript_read_open(&err, &reader, dir);
	is_num((long long)reader.lines[1], 5, "with every line");
	transcript_read_close(&reader);

	transcript_close(&transcript);
	snprintf(path, sizeof(path), "%s/console.log", dir);
	ok(truncate(path, 5) == 0 && transcript_open(&err, &transcript, dir) == 0,
	    "a log that is shorter than its index says");
	transcript_read_open(&err, &reader, dir);
	is_num((long long)reader.lines[1], 2, "entries behind its end are cut");
	transcript_read_close(&reader);
}

static void test_hostile_index(void)
{
	struct transcript_reader reader;
	unsigned char entry[ENTRY_SIZE];
	char path[SCRATCH_PATH_MAX + 16];
	int fd;

	fresh("hostile");
	put("one\ntwo\n", 1000);
	snprintf(path, sizeof(path), "%s/console.idx", dir);
	entry_put(entry, UINT64_MAX - 3, 5000);
	fd = open(path, O_WRONLY | O_APPEND);
	ok(fd >= 0 && write(fd, entry, sizeof(entry)) == sizeof(entry),
	    "an entry far behind the end");
	close(fd);
	transcript_read_open(&err, &reader, dir);
	is(from(&reader, transcript_find(&reader, 2000)), "", "reads nothing that is not there");
	is(from(&reader, transcript_last(&reader, 1, 1000)), "", "nor do the last lines");
	transcript_read_close(&reader);
}

static void test_rotation(void)
{
	static char line[1 << 16];
	struct transcript_reader reader;
	uint64_t lines = 0;

	fresh("rotation");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (; lines < 2 * TRANSCRIPT_MAX / sizeof(line) + 8; lines++)
		if (transcript_write(&err, &transcript, line, sizeof(line), (int64_t)lines + 1))
			ok(0, "written: %s", err.msg);
	transcript_read_open(&err, &reader, dir);
	ok(reader.part[0] == TRANSCRIPT_MAX && reader.part[1] == 8 * sizeof(line),
	    "two parts of 16 MB at most are kept");
	is_num(transcript_time(&reader, transcript_size(&reader) - 1), (long long)lines,
	    "the last line is in the newer part");
	is_num((long long)transcript_find(&reader, (int64_t)lines - 7), (long long)TRANSCRIPT_MAX,
	    "a time in the newer part is found");
	is_num((long long)transcript_find(&reader, (int64_t)lines - 9),
	    (long long)(TRANSCRIPT_MAX - 2 * sizeof(line)), "a time in the older part is found");
	is_num(transcript_read(&reader, TRANSCRIPT_MAX - 3, line, sizeof(line)), 3,
	    "a read ends with the older part");
	is_num(transcript_read(&reader, TRANSCRIPT_MAX, line, 10), 10, "and goes on in the newer");
	transcript_read_close(&reader);
	ok(!transcript_is_gone(&transcript), "its files are there");
	unlink(scratch_path("rotation/console.log"));
	ok(transcript_is_gone(&transcript), "a removed log is noticed");
}

int main(void)
{
	scratch_make();
	transcript_init(&transcript);
	test_lines();
	test_marks();
	test_recovery();
	test_hostile_index();
	test_rotation();
	transcript_close(&transcript);
	ok(transcript_open(&err, &transcript, "/nowhere/at/all") == -1 &&
		strstr(err.msg, "/nowhere"),
	    "a directory that is missing is an error");
	return tap_done();
}
