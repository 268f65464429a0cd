/* SPDX-License-Identifier: MIT */
/*
 * journal: appended lines are read back by position; torn, invalid and endless lines harm only
 * themselves; lines of many writers do not mix.
 */
#include "store/journal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "scratch.h"
#include "store/layout.h"
#include "tap.h"

static const char *dir;
static const struct session_key key;
static struct session session;
static int64_t november, december;

/* Newer than any clock: what is appended goes there, whatever the month. */
#define NEWEST "9998-12.log"

static int append(int64_t ms, const char *event, const char *value)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	journal_begin(&out, line, sizeof(line), ms, event, session.id);
	kv_out_pair(&out, ' ', "value", value);
	return journal_append(&err, dir, &out);
}

struct seen {
	char text[4096];
	long stop_after, count;
};

static int got(void *arg, struct journal_entry *entry)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);
	const char *value = kv_get(&entry->kv, "value");

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s=%s ", entry->event,
	    value ? value : "-");
	return ++seen->count == seen->stop_after;
}

static void raw(const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/journal/%s", dir, name);
	file = fopen(path, "a");
	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

static void test_reading(void)
{
	struct journal_pos pos = {.file = ""};
	struct seen seen = {.text = ""};
	struct err err;
	char *big = malloc(100001);

	is_num(journal_read(&err, dir, &pos, got, &seen), 0, "without a journal nothing is read");
	ok(append(november, "requested", "one two\nthree") == 0,
	    "the first append makes the directories");
	raw("9998-11.log", "2026-11-30T23:59:59.000Z event - value=old\n");
	raw(NEWEST, "2026-12-01T00:00:00.000Z event - value=new\n");
	ok(append(november, "armed", "late") == 0, "a line with last month's time is appended");
	is_num(journal_read(&err, dir, &pos, got, &seen), 4, "all lines of all files are read");
	is(seen.text, "requested=one two\nthree event=old event=new armed=late ",
	    "lines come file by file, decoded, the late one in the newest file");
	is(pos.file, NEWEST, "the position is in the newest file");
	is_num(journal_read(&err, dir, &pos, got, &seen), 0, "no line is read twice");

	raw(NEWEST, "2026-12-01T00:00:00.000Z torn 5254");
	is_num(journal_read(&err, dir, &pos, got, &seen), 0, "half a line is not read");
	seen.text[0] = '\0';
	append(december, "event", "after");
	is_num(journal_read(&err, dir, &pos, got, &seen), 1, "the line after a torn one is read");
	is(seen.text, "event=after ", "a line after a torn one is whole");
	is_num((long long)pos.skipped, 1, "the torn line is counted");
	seen.text[0] = '\0';
	raw(NEWEST, "2026-12-01T00:00:00.000Z event - value=half-of");
	append(december, "event", "next");
	is_num(journal_read(&err, dir, &pos, got, &seen), 1,
	    "a line that is torn within a value is not read");
	is(seen.text, "event=next ", "but the one after it");
	raw(NEWEST, "not a line\n\n2026-12-01T00:00:00.000Z EVENT - a=b\n");
	raw("notes.txt", "2026-12-01T00:00:00.000Z event - value=x\n");
	if (big) {
		memset(big, 'x', 100000);
		big[100000] = '\0';
		raw(NEWEST, big);
		raw(NEWEST, "\n");
	}
	if (big) {
		/* the reader's buffer ends where this looks like a line */
		big[4 * JOURNAL_LINE_MAX] = '\0';
		raw(NEWEST, big);
		raw(NEWEST, "2026-12-01T00:00:00.000Z event - value=hidden\n");
	}
	seen.text[0] = '\0';
	append(december, "event", "last");
	is_num(
	    journal_read(&err, dir, &pos, got, &seen), 1, "invalid and endless lines are skipped");
	is(seen.text, "event=last ", "the next valid line is read");
	is_num((long long)pos.skipped, 6, "invalid lines are counted");
	memset(&pos, 0, sizeof(pos));
	memset(&seen, 0, sizeof(seen));
	seen.stop_after = 2;
	is_num(journal_read(&err, dir, &pos, got, &seen), 2, "got() can stop after any line");
	seen.stop_after = 0;
	is_num(journal_read(&err, dir, &pos, got, &seen), 5,
	    "reading continues after the last line read");
	free(big);
}

static void test_writing(void)
{
	char value[JOURNAL_LINE_MAX], big[2 * JOURNAL_LINE_MAX];
	struct kv_out out;
	struct journal_pos pos = {.file = ""};
	struct seen seen = {.text = ""};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int bell = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct err err;
	char byte;

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	ok(append(november, "event", value) == -1, "a line over the limit is refused");
	journal_begin(&out, big, sizeof(big), december, "event", session.id);
	kv_out_pair(&out, ' ', "value", value);
	ok(!out.overflow && journal_append(&err, dir, &out) == -1,
	    "a line over the limit is refused in a larger buffer too");
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/run/collector.sock", dir);
	ok(bind(bell, (struct sockaddr *)&at, sizeof(at)) == 0, "a collector listens");
	append(november, "event", "ring");
	ok(recv(bell, &byte, 1, 0) == 0, "a line wakes the collector");
	close(bell);
	ok(append(november, "event", "x") == 0, "a collector that does not run is no error");
	(void)journal_read(&err, dir, &pos, got, &seen);
	for (int writer = 0; writer < 4; writer++)
		if (fork() == 0) {
			for (int i = 0; i < 100; i++)
				append(december, "event", "parallel");
			_exit(0);
		}
	while (wait(NULL) > 0)
		continue;
	is_num(journal_read(&err, dir, &pos, got, &seen), 400, "four writers give 400 whole lines");
}

static int append_with(struct journal_writer *writer, const char *value)
{
	char line[JOURNAL_LINE_MAX];
	struct kv_out out;
	struct err err;

	journal_begin(&out, line, sizeof(line), december, "event", session.id);
	kv_out_pair(&out, ' ', "value", value);
	return journal_writer_append(&err, writer, dir, &out);
}

/* A writer that stays open, among others. */
static void test_writer(void)
{
	struct seen seen = {.text = ""};
	struct journal_pos pos = {0};
	struct journal_writer writer;
	char path[200];
	struct err err;

	snprintf(path, sizeof(path), "%s/journal/" NEWEST, dir);
	is_num(truncate(path, 0), 0, "the journal is emptied");
	journal_writer_init(&writer);
	append_with(&writer, "a");
	append_with(&writer, "b");
	raw(NEWEST, "2026-12-01T00:00:00.000Z torn 5254");
	append_with(&writer, "c");
	append_with(&writer, "d");
	append(december, "event", "e");
	append_with(&writer, "f");
	raw(NEWEST, "x");
	append_with(&writer, "g");
	journal_writer_close(&writer);
	memcpy(pos.file, NEWEST, sizeof(NEWEST));
	is_num(journal_read(&err, dir, &pos, got, &seen), 7,
	    "one writer among others: each line is whole");
	is(seen.text, "event=a event=b event=c event=d event=e event=f event=g ",
	    "lines of several writers are in their order");
	is_num((long long)pos.skipped, 2, "two torn lines are skipped");
}

/* A writer that stays open follows a newer file, and a file or a journal that was replaced. */
static void test_replaced(void)
{
	struct journal_writer writer;
	char path[200], other[200];
	struct stat st;

	journal_writer_init(&writer);
	append_with(&writer, "before");
	snprintf(path, sizeof(path), "%s/journal/" NEWEST, dir);
	snprintf(other, sizeof(other), "%s/journal/new", dir);
	raw("new", "");
	ok(rename(other, path) == 0 && append_with(&writer, "x") == 0 && stat(path, &st) == 0 &&
		st.st_size > 0,
	    "a writer finds the file that replaced its own");
	raw("9999-01.log", "");
	snprintf(other, sizeof(other), "%s/journal/9999-01.log", dir);
	ok(append_with(&writer, "x") == 0 && stat(other, &st) == 0 && st.st_size > 0,
	    "a writer goes on to a newer file");
	unlink(other);
	ok(append_with(&writer, "y") == 0 && stat(path, &st) == 0 && access(other, F_OK) == -1,
	    "a writer goes back when the newer file was removed");
	journal_writer_close(&writer);
}

static void test_lines(void)
{
	struct seen seen = {.text = ""}, full = {.text = ""};
	struct journal_pos pos = {0};
	char text[400];
	size_t done, len, first;
	struct rlimit limit, before;
	struct stat st;
	struct err err;
	char path[200];

	(void)journal_read(&err, dir, &pos, got, &seen);
	raw(NEWEST, "torn");
	first = (size_t)snprintf(
	    text, sizeof(text), "2026-12-01T00:00:00.000Z bound %s value=1\n", session.id);
	len = first + (size_t)snprintf(text + first, sizeof(text) - first,
			  "2026-12-01T00:00:00.000Z bound %s value=2\n", session.id);
	memset(seen.text, 0, sizeof(seen.text));
	is_num(journal_append_lines(&err, dir, text, len, &done), 0,
	    "several lines are appended by one write");
	is_num((long long)done, (long long)len, "all bytes of them are reported as written");
	(void)journal_read(&err, dir, &pos, got, &seen);
	ok(strcmp(seen.text, "bound=1 bound=2 ") == 0, "a torn line before them harms only itself");

	/* A disk that takes the first line and half of the second. */
	snprintf(path, sizeof(path), "%s/journal/%s", dir, NEWEST);
	if (stat(path, &st) || getrlimit(RLIMIT_FSIZE, &before))
		return;
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + first + NUMBER_PAIR + 8;
	setrlimit(RLIMIT_FSIZE, &limit);
	is_num(journal_append_lines(&err, dir, text, len, &done), -1, "a full disk is an error");
	setrlimit(RLIMIT_FSIZE, &before);
	is_num((long long)done, (long long)first, "a full disk reports which lines are written");
	is_num(journal_append_lines(&err, dir, text + done, len - done, &done), 0,
	    "the remaining lines are appended later");
	(void)journal_read(&err, dir, &pos, got, &full);
	ok(strcmp(full.text, "bound=1 bound=2 ") == 0, "no line is doubled, and none is missing");
}

/* From the end on only what comes later is read. */
static void test_end(void)
{
	struct journal_pos pos = {.file = "x"};
	struct seen seen = {.text = ""};
	struct err err;

	ok(journal_end(&err, "/nonexistent", &pos) == 0 && !pos.file[0],
	    "without a journal its end is its beginning");
	ok(journal_end(&err, dir, &pos) == 0, "the journal's end");
	is(pos.file, NEWEST, "is in the newest file");
	is_num(journal_read(&err, dir, &pos, got, &seen), 0, "nothing is read from there");
	append(december, "event", "later");
	is_num(journal_read(&err, dir, &pos, got, &seen), 1, "but what is appended then");
	is(seen.text, "event=later ", "that one line");
}

int main(void)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};

	dir = scratch_make();
	if (clock_parse("2026-11-21T00:00:00.000Z", &november) ||
	    clock_parse("2026-12-01T00:00:00.000Z", &december))
		return 1;
	session_mint(&key, mac, november, "debian", &session);
	test_reading();
	test_end();
	test_writing();
	test_writer();
	test_replaced();
	test_lines();
	return tap_done();
}
