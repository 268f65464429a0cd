/* SPDX-License-Identifier: MIT */
/*
 * journal: what is appended is read back, by position; torn, foreign and endless lines harm only
 * themselves; many writers at once do not mix.
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

	is_num(journal_read(&err, dir, &pos, got, &seen), 0, "nothing yet");
	ok(append(november, "requested", "one two\nthree") == 0, "append makes the directories");
	raw("9998-11.log", "2026-11-30T23:59:59.000Z event - value=old\n");
	raw(NEWEST, "2026-12-01T00:00:00.000Z event - value=new\n");
	ok(append(november, "armed", "late") == 0, "a line of last month");
	is_num(journal_read(&err, dir, &pos, got, &seen), 4, "all are read");
	is(seen.text, "requested=one two\nthree event=old event=new armed=late ",
	    "file by file, decoded; the late line is in the newest file");
	is(pos.file, NEWEST, "the position is in the last file");
	is_num(journal_read(&err, dir, &pos, got, &seen), 0, "nothing twice");

	raw(NEWEST, "2026-12-01T00:00:00.000Z torn 5254");
	is_num(journal_read(&err, dir, &pos, got, &seen), 0, "half a line is not read");
	seen.text[0] = '\0';
	append(december, "event", "after");
	is_num(journal_read(&err, dir, &pos, got, &seen), 1, "the line after it is");
	is(seen.text, "event=after ", "whole");
	is_num((long long)pos.skipped, 1, "and the torn one counted");
	raw(NEWEST, "not a line\n\n2026-12-01T00:00:00.000Z EVENT - a=b\n");
	raw("notes.txt", "2026-12-01T00:00:00.000Z event - value=x\n");
	if (big) {
		memset(big, 'x', 100000);
		big[100000] = '\0';
		raw(NEWEST, big);
		raw(NEWEST, "\n");
	}
	seen.text[0] = '\0';
	append(december, "event", "last");
	is_num(journal_read(&err, dir, &pos, got, &seen), 1,
	    "foreign and endless lines are passed over");
	is(seen.text, "event=last ", "to the next good one");
	is_num((long long)pos.skipped, 4, "and counted");
	memset(&pos, 0, sizeof(pos));
	memset(&seen, 0, sizeof(seen));
	seen.stop_after = 2;
	is_num(journal_read(&err, dir, &pos, got, &seen), 2, "got() can stop");
	seen.stop_after = 0;
	is_num(journal_read(&err, dir, &pos, got, &seen), 4, "and it goes on behind that line");
	free(big);
}

static void test_writing(void)
{
	char value[JOURNAL_LINE_MAX];
	struct journal_pos pos = {.file = ""};
	struct seen seen = {.text = ""};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int bell = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct err err;
	char byte;

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	ok(append(november, "event", value) == -1, "a line over the limit is refused");
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/run/collector.sock", dir);
	ok(bind(bell, (struct sockaddr *)&at, sizeof(at)) == 0, "a collector");
	append(november, "event", "ring");
	ok(recv(bell, &byte, 1, 0) == 0, "is rung for");
	close(bell);
	ok(append(november, "event", "x") == 0, "its absence is no error");
	(void)journal_read(&err, dir, &pos, got, &seen);
	for (int writer = 0; writer < 4; writer++)
		if (fork() == 0) {
			for (int i = 0; i < 100; i++)
				append(december, "event", "parallel");
			_exit(0);
		}
	while (wait(NULL) > 0)
		continue;
	is_num(journal_read(&err, dir, &pos, got, &seen), 400, "four writers, 400 whole lines");
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

/* A writer that stays open knows its own end of the file, and looks where it is another's. */
static void test_writer(void)
{
	struct seen seen = {.text = ""};
	struct journal_pos pos = {0};
	struct journal_writer writer;
	char path[200];
	struct err err;

	snprintf(path, sizeof(path), "%s/journal/" NEWEST, dir);
	is_num(truncate(path, 0), 0, "a journal anew");
	journal_writer_init(&writer);
	usleep(200000); /* a directory that has just changed is not believed yet */
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
	is(seen.text, "event=a event=b event=c event=d event=e event=f event=g ", "in its order");
	is_num((long long)pos.skipped, 2, "and two torn ones between them");
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
	is_num(journal_append_lines(&err, dir, text, len, &done), 0, "lines by one write");
	is_num((long long)done, (long long)len, "all of them");
	(void)journal_read(&err, dir, &pos, got, &seen);
	ok(strcmp(seen.text, "bound=1 bound=2 ") == 0, "a torn line before them harms only itself");

	/* A disk that takes the first line and half of the second. */
	snprintf(path, sizeof(path), "%s/journal/%s", dir, NEWEST);
	if (stat(path, &st) || getrlimit(RLIMIT_FSIZE, &before))
		return;
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size + first + 8;
	setrlimit(RLIMIT_FSIZE, &limit);
	is_num(journal_append_lines(&err, dir, text, len, &done), -1, "a full disk is an error");
	setrlimit(RLIMIT_FSIZE, &before);
	is_num((long long)done, (long long)first, "and says which lines are in");
	is_num(
	    journal_append_lines(&err, dir, text + done, len - done, &done), 0, "the rest later");
	(void)journal_read(&err, dir, &pos, got, &full);
	ok(strcmp(full.text, "bound=1 bound=2 ") == 0, "nothing doubled, nothing missing");
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
	test_writing();
	test_writer();
	test_lines();
	return tap_done();
}
