/* SPDX-License-Identifier: MIT */
/*
 * number: the numbers of the journal's lines only grow, whoever writes, whatever becomes of the lock file; what
 * cannot get one in time is written without; a reader finds the place after a number.
 */
#include "store/number.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "scratch.h"
#include "store/journal.h"
#include "tap.h"

static const char *dir;
static struct err err;

/* Newer than any clock: what is appended goes there. */
#define NEWEST "journal/9998-12.log"

static int append(const char *value)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;

	journal_begin(&out, line, sizeof(line), 0, "event", NULL);
	kv_out_pair(&out, ' ', "value", value);
	return journal_append(&err, dir, &out);
}

/* Appends to a file as an older version, or somebody else, would. */
static void raw(const char *name, const char *text)
{
	FILE *file = fopen(scratch_path(name), "a");

	if (!file || fputs(text, file) < 0 || fclose(file))
		scratch_fail(name);
}

struct seen {
	int64_t last, first; /* numbers */
	long count, none,
	    back; /* lines; without a number; whose number is not greater than all before */
	char values[256];
	int pairs_n; /* pairs that are called n */
};

static int got(void *arg, struct journal_entry *entry)
{
	struct seen *seen = arg;
	const char *value = kv_get(&entry->kv, "value");
	size_t len = strlen(seen->values);

	seen->count++;
	seen->pairs_n += kv_get(&entry->kv, "n") != NULL;
	if (len + 20 < sizeof(seen->values))
		snprintf(
		    seen->values + len, sizeof(seen->values) - len, "%s ", value ? value : "-");
	if (entry->number == 0) {
		seen->none++;
		return 0;
	}
	seen->back += entry->number <= seen->last;
	seen->last = entry->number;
	if (seen->first == 0)
		seen->first = entry->number;
	return 0;
}

static struct seen look(void)
{
	struct seen seen = {0};
	struct journal_pos pos = {0};

	(void)journal_read(&err, dir, &pos, got, &seen);
	return seen;
}

/* What is read on after a number. */
static struct seen after(int64_t number)
{
	struct seen seen = {0};
	struct journal_pos pos;

	if (journal_seek(&err, dir, number, &pos) == 0)
		(void)journal_read(&err, dir, &pos, got, &seen);
	return seen;
}

static void test_text(void)
{
	char pair[NUMBER_PAIR + 1];

	number_pair(1048577, pair);
	is(pair, " n=0000000001048577", "a number has 16 digits");
	is_num(number_of("x n=0000000001048577", 20), 1048577, "a line's end has its number");
	is_num(number_of("x n=000000000104857", 19), 0, "of a torn number nothing is taken");
	is_num(number_of("x n=0000000000000000", 20), 0, "there is no number 0");
	is_num(number_of("x m=0000000001048577", 20), 0, "another pair is no number");
	is_num(number_of("n=0000000001048577", 18), 0, "nor is a line that is only a pair");
}

static void test_growing(void)
{
	struct seen seen;
	int64_t before;

	is_num(append("a"), 0, "the first line makes STATE");
	raw(NEWEST, "");
	seen = look();
	ok(seen.count == 1 && seen.none == 0 && seen.first == NUMBER_JUMP + 1,
	    "the first line has the first number after a jump");
	is_num(seen.pairs_n, 0, "the number is no pair of the entry");
	before = seen.last;
	append("b");
	seen = look();
	ok(seen.last == before + 1, "numbers follow each other, also into the next month's file");
	raw(NEWEST, "1970-01-01T00:00:00.000Z event - value=torn n=00000000010485");
	append("c");
	seen = look();
	ok(seen.count == 3 && seen.none == 0 && seen.back == 0 && seen.last == before + 2,
	    "a line that was torn within its number is not read");
}

static void test_writers(void)
{
	struct seen before = look(), seen;

	for (int writer = 0; writer < 8; writer++)
		if (fork() == 0) {
			struct journal_writer open;

			journal_writer_init(&open);
			for (int i = 0; i < 100; i++) {
				char line[200];
				struct kv_out out;
				size_t done;

				journal_begin(&out, line, sizeof(line), 0, "event", NULL);
				if (writer < 4 && journal_writer_append(&err, &open, dir, &out))
					_exit(1);
				if (writer == 4) {
					kv_out_raw(&out, "\n1970-01-01T00:00:00.000Z event -\n");
					(void)journal_append_lines(&err, dir, line, out.len, &done);
				}
				if (writer > 4 && journal_append(&err, dir, &out))
					_exit(1);
			}
			_exit(0);
		}
	for (int status, failed = 0; wait(&status) > 0; failed += status != 0)
		;
	seen = look();
	is_num(seen.count - before.count, 900, "eight writers at once write all their lines");
	/* (on a busy machine some do not get the lock in time) */
	is_num(seen.back, 0, "the numbers only grow from line to line");
}

/* A process that cannot read the boot's id gives numbers beyond those that a power cut may have taken. */
static void test_no_boot(int64_t before)
{
	struct number number;

	number_init(&number);
	is_num(number_lock(&number, dir), 0, "without the boot's id: the lock");
	number.boot[0] = '\0';
	is_num(number_take(&number, dir, 1), before + NUMBER_JUMP + 1, "numbers jump");
	is_num(number_take(&number, dir, 1), before + NUMBER_JUMP + 2, "once");
	number_unlock(&number);
	number_close(&number);
}

static void test_lock_file(void)
{
	struct seen seen = look();
	int64_t before = seen.last, last;
	char text[80] = "";
	FILE *file;

	unlink(scratch_path(NUMBER_LOCK));
	append("lost");
	seen = look();
	ok(seen.back == 0 && seen.last == before + NUMBER_JUMP + 1,
	    "without the lock file numbers go on after the journal's last one, and a jump");
	before = seen.last;
	scratch_put(NUMBER_LOCK, "");
	append("emptied");
	seen = look();
	ok(seen.back == 0 && seen.last == before + NUMBER_JUMP + 1, "after an empty one as well");
	before = seen.last;
	scratch_put(NUMBER_LOCK, "0000000000000007 \n");
	append("old");
	seen = look();
	ok(seen.back == 0 && seen.last > before,
	    "a restored old one does not make numbers go back");
	before = seen.last;

	/* as it is after the server's next boot */
	file = fopen(scratch_path(NUMBER_LOCK), "r+");
	if (file && fgets(text, sizeof(text), file) && text[NUMBER_DIGITS + 1]) {
		rewind(file);
		text[NUMBER_DIGITS + 1] = text[NUMBER_DIGITS + 1] == '0' ? '1' : '0';
		fputs(text, file);
	}
	if (file)
		fclose(file);
	is_num(journal_last_number(&err, dir, &last), 0, "the last number is known");
	is_num(last, before + NUMBER_JUMP, "in the server's next boot numbers jump");
	is_num(journal_last_number(&err, dir, &last), 0, "it is asked for again");
	is_num(last, before + NUMBER_JUMP, "they jump once");
	append("booted");
	seen = look();
	ok(seen.back == 0 && seen.last == before + NUMBER_JUMP + 1, "and go on from there");
	test_no_boot(seen.last);
	append("after it");
	seen = look();
	is_num(journal_raise_number(&err, dir, seen.last + 5000), 0, "numbers can be raised");
	append("raised");
	is_num(look().last, seen.last + 5001, "and go on beyond that");
	is_num(
	    journal_raise_number(&err, dir, NUMBER_MAX), -1, "but not beyond what has 16 digits");
}

/* A process that was stopped while it had the lock. */
static void test_held(void)
{
	struct seen before = look(), seen;
	struct journal_writer writer;
	int fd = open(scratch_path(NUMBER_LOCK), O_RDWR);
	int64_t start, first, second, stuck;
	char line[100];
	struct kv_out out;

	ok(fd >= 0 && flock(fd, LOCK_EX) == 0, "somebody holds the lock");
	journal_writer_init(&writer);
	start = clock_monotonic();
	journal_begin(&out, line, sizeof(line), 0, "event", NULL);
	is_num(journal_writer_append(&err, &writer, dir, &out), 0, "a line is written");
	first = clock_monotonic() - start;
	is_num(journal_writer_append(&err, &writer, dir, &out), 0, "and the next one");
	second = writer.number.busy_until - clock_monotonic();
	stuck = writer.number.stuck_at;
	seen = look();
	is_num(seen.none - before.none, 2, "without a number");
	ok(first >= NUMBER_WAIT_MS, "the first waited its %d ms (%lld)", NUMBER_WAIT_MS,
	    (long long)first);
	ok(second > 0 && stuck == before.last, "the next does not wait while nobody gets one");
	is_num(
	    journal_append_lines(&err, dir, "1970-01-01T00:00:00.000Z event -\n", 33, &(size_t){0}),
	    0, "lines of the collector are written as well");
	close(fd);
	is_num(journal_writer_append(&err, &writer, dir, &out), 0, "when the lock is free again");
	seen = look();
	ok(seen.back == 0 && seen.none - before.none == 3 && seen.last == before.last + 1,
	    "lines have numbers again, and none is left out");
	journal_writer_close(&writer);
}

/* A disk that is full: the machine's line is what counts. */
static void test_no_file(void)
{
	struct seen before = look(), seen;

	unlink(scratch_path(NUMBER_LOCK));
	scratch_mkdir(NUMBER_LOCK);
	is_num(append("x"), 0, "where the lock file cannot be opened lines are written");
	seen = look();
	is_num(seen.none - before.none, 1, "without a number");
	rmdir(scratch_path(NUMBER_LOCK));
	append("y");
	ok(look().last > before.last, "they get numbers when it can be");
}

static void test_long(void)
{
	char line[JOURNAL_LINE_MAX], value[JOURNAL_LINE_MAX];
	struct seen before = look(), seen;
	struct kv_out out;

	for (int more = 0; more < 2; more++) {
		journal_begin(&out, line, sizeof(line), 0, "event", NULL);
		memset(value, 'v', sizeof(value));
		value[sizeof(line) - 1 - NUMBER_PAIR - out.len - strlen(" value=") + (size_t)more] =
		    '\0';
		kv_out_pair(&out, ' ', "value", value);
		is_num(journal_append(&err, dir, &out), 0, "a long line is written");
	}
	seen = look();
	is_num(seen.none - before.none, 1, "only one that has no room for a number has none");
}

static struct seen hashes;
static int64_t hash_first, hash_second;

static int got_hash(void *arg, struct journal_entry *entry)
{
	(void)arg;
	hashes.count++;
	if (hashes.count == 1)
		hash_first = entry->number;
	if (hashes.count == 2)
		hash_second = entry->number;
	return hashes.count == 3;
}

static void test_hash(void)
{
	struct journal_pos pos = {0};

	raw("journal/1970-01.log", "1970-01-01T00:00:00.000Z event - value=1\n"
				   "1970-01-01T00:00:00.000Z event - value=2\n"
				   "1970-01-01T00:00:00.000Z event - value=1\n");
	(void)journal_read_numbered(&err, dir, &pos, got_hash, NULL);
	ok(hash_first < 0 && hash_second < 0 && hash_first != hash_second,
	    "a line without a number gets a negative one from its bytes");
	/* printf '1970-01-01T00:00:00.000Z event - value=1' | sha256sum */
	is_num(hash_first, -521273324603408245, "the first 62 bits of their SHA-256");
}

/* A journal as it is after years: history without numbers, several files, some lines without one. */
static void test_seek(void)
{
	static char old[SCRATCH_PATH_MAX];
	static const char *const files[] = {"old/journal/2020-01.log", "old/journal/2020-02.log",
	    "old/journal/2020-03.log", "old/journal/2020-04.log"};
	char text[100], pair[NUMBER_PAIR + 1];
	int64_t number = 100;
	struct seen seen;
	int wrong = 0;

	snprintf(old, sizeof(old), "%s/old", dir);
	dir = old;
	scratch_mkdir("old");
	scratch_mkdir("old/journal");
	for (int file = 0; file < 4; file++)
		for (int i = 0; i < 3000; i++) {
			const int numbered = file > 0 && !(file == 1 && i < 1500) && i % 3 != 2;

			number_pair(number, pair);
			snprintf(text, sizeof(text),
			    "2020-01-01T00:00:00.000Z event - value=%d.%d%s\n", file, i,
			    numbered ? pair : "");
			raw(files[file], text);
			number += numbered ? 10 : 0;
		}
	seen = after(100 - 1);
	is_num(seen.first, 100, "a number before all: before the first line that has one");
	is_num(seen.count, 1500 + 6000, "history from before numbers is not read");
	for (int64_t at = 100; at < number; at += 370) {
		seen = after(at);
		wrong += at + 10 < number && seen.first != at + 10;
		seen = after(at + 3);
		wrong += at + 10 < number && seen.first != at + 10;
	}
	is_num(wrong, 0, "after each number the next one is read");
	seen = after(110);
	is(strncmp(seen.values, "1.1502 1.1503", 11) == 0 ? "yes" : seen.values, "yes",
	    "a line without a number is read on with what was before it");
	seen = after(number - 10);
	ok(seen.count == 1 && seen.none == 1, "after the last number only what has none");
	seen = after(number + 10000);
	is_num(seen.count, 1, "after a greater one as well");
	raw("old/journal/2020-05.log", "2020-05-01T00:00:00.000Z event - value=x\n");
	seen = after(number - 20);
	is_num(seen.count, 3, "a new month's file may begin with lines that have none");
}

int main(void)
{
	dir = scratch_make();
	test_text();
	test_growing();
	test_writers();
	test_lock_file();
	test_held();
	test_no_file();
	test_long();
	test_hash();
	test_seek();
	return tap_done();
}
