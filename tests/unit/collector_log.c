/* SPDX-License-Identifier: MIT */
/*
 * logfile.h's and spool.h's promises about kill -9 and about a disk that refuses, on a real directory with
 * a made clock: a turn's lines of many logs are in the spool when the turn is over, and whatever of them is
 * in the logs when the collector is killed, the next one completes the logs and doubles nothing.
 */
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "boot/known.h"
#include "collector/log/linefile.h"
#include "collector/log/logfile.h"
#include "collector/log/spool.h"
#include "scratch.h"
#include "store/layout.h"

enum { MANY = LOGFILE_FEW + 8 };

static const char *state;
static struct session_key key = {{1, 2, 3}};
static struct session session[MANY];
static struct logfile *log_of[MANY];
static struct logfiles *logs; /* a killed collector's memory stays as it was: it is leaked */
static struct logfiles *killed[32];
static int kills;
static int64_t now = 1000;

/* A collector starts; one that still runs was killed. Returns how many lines it recovered, or -1. */
static long long begin(void)
{
	struct err err;
	uint64_t lines;
	int rc;

	if (logs)
		killed[kills++] = logs; /* so that it is no leak */
	logs = logfiles_new(state, NULL, NULL);
	rc = logfiles_recover(&err, logs, now, &lines);
	for (int i = 0; i < MANY; i++)
		log_of[i] = logfile_get(logs, session[i].id, "netconsole");
	return rc ? -1 : (long long)lines;
}

/* As after SIGTERM. */
static void end(void)
{
	for (int i = 0; i < MANY; i++)
		logfile_put(log_of[i]);
	logfiles_flush(logs, now);
	logfiles_free(logs);
	logs = NULL;
}

static int put_line(int i, const char *text)
{
	struct stream_counts counts = {.packets = 1, .bytes = strlen(text)};
	struct stream_line line = {
	    .text = text, .len = strlen(text), .usec = NETCONSOLE_NO_TIME, .prio = STREAM_NO_PRIO};
	int taken = logfile_add(log_of[i], &line, now);

	logfile_count(log_of[i], &counts, now);
	return taken;
}

static void turn(const char *text)
{
	for (int i = 0; i < MANY; i++)
		put_line(i, text);
	now += 10;
	logfiles_turn(logs, now);
}

static void write_late(void)
{
	while (logfiles_tick(logs, now) == 2)
		;
}

static const char *path_of(int i, const char *name)
{
	static char path[512];
	char mac[13];

	mac_format_hex(session[i].mac, mac);
	snprintf(path, sizeof(path), "%s/sessions/%s/%s/%s", state, mac, session[i].id, name);
	return path;
}

static const char *content(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		return "";
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	return text;
}

static const char *log_text(int i)
{
	return content(path_of(i, "netconsole.log"));
}

static int all_have(const char *want)
{
	for (int i = 0; i < MANY; i++)
		if (strcmp(log_text(i), want) != 0)
			return 0;
	return 1;
}

static const char *spool_path(int which)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/run/lines.%d", state, which);
	return path;
}

/* Bytes in both files of the spool; *which is the longer one. */
static long long spooled(int *which)
{
	long long size[2];

	for (int i = 0; i < 2; i++)
		size[i] = linefile_size(spool_path(i));
	*which = size[1] > size[0];
	return size[0] + size[1];
}

static void killed_before_writing(void)
{
	int which;

	begin();
	turn("one");
	turn("two");
	is(log_text(3), "", "lines of many logs are not in the logs at the end of the turn");
	is_num(begin(), 2 * MANY, "the next collector recovers every line of the spool");
	ok(all_have("one\ntwo\n"), "the recovered lines are in their logs");
	ok(strstr(content(path_of(5, "netconsole.meta")), "\npackets=2\nlines=2\nbytes=6\n") !=
		NULL,
	    "the recovered counts are in the meta");
	is_num(spooled(&which), 0, "the spool is empty after the recovery");
	is_num(begin(), 0, "a second start finds nothing to recover");
	ok(all_have("one\ntwo\n"), "a second start doubles no line");
	end();
}

static void killed_in_between(void)
{
	struct stat st;

	begin();
	turn("three");
	logfile_flush(log_of[0], now);
	logfile_flush(log_of[1], now);
	turn("four");
	logfile_flush(log_of[1], now);
	logfile_flush(log_of[2], now);
	/* killed inside the write: log 2 has half of its second line */
	if (stat(path_of(2, "netconsole.log"), &st) ||
	    truncate(path_of(2, "netconsole.log"), st.st_size - 3))
		ok(0, "truncate");
	/* log 3 was removed meanwhile; log 5 was replaced by another */
	unlink(path_of(3, "netconsole.log"));
	unlink(path_of(5, "netconsole.log"));
	scratch_put(path_of(5, "netconsole.log") + strlen(state) + 1, "another file\n");
	begin();
	is(log_text(0), "one\ntwo\nthree\nfour\n", "a line that is missing in the log is added");
	is(log_text(1), "one\ntwo\nthree\nfour\n", "nothing is added to a complete log");
	is(log_text(2), "one\ntwo\nthree\nfour\n", "half a line in the log is completed");
	is(log_text(4), "one\ntwo\nthree\nfour\n", "all lines are added where none was written");
	ok(access(path_of(3, "netconsole.log"), F_OK) != 0,
	    "a log that was removed is not made again");
	is(log_text(5), "another file\n", "another file in the place of the log is left alone");
	end();
	unlink(path_of(5, "netconsole.log"));
}

static void written_when_due(void)
{
	int which;

	begin();
	turn("five");
	ok(strstr(log_text(7), "five") == NULL, "a spooled line is not written at once");
	now += LOGFILE_FLUSH_MS;
	write_late();
	ok(strstr(log_text(7), "five") != NULL, "a spooled line is written when it is due");
	put_line(7, "six");
	logfiles_turn(logs, now);
	ok(strstr(log_text(7), "five\nsix\n") != NULL,
	    "a few logs are written at the end of the turn");
	logfile_meta(log_of[8])->died = 1;
	logfile_set_direct(log_of[9]);
	turn("seven");
	ok(strstr(log_text(8), "seven\n") != NULL,
	    "a log with a crash is written at the end of the turn");
	begin();
	ok(strstr(log_text(9), "seven\n") == NULL,
	    "lines that may be taken back are not in the spool");
	ok(strstr(log_text(10), "seven\n") != NULL, "other lines of that turn are in the spool");
	logfile_set_direct(log_of[9]);
	turn("eight");
	now += LOGFILE_FLUSH_MS;
	write_late();
	ok(strstr(log_text(9), "eight\n") != NULL,
	    "lines outside the spool are written within 100 ms");
	end();
	is_num(spooled(&which), 0, "the spool is empty at the end");
}

/* A power cut left half a line; and a log at its largest size, with lines in the spool. */
static void ends_of_files(void)
{
	begin();
	scratch_put(path_of(0, "netconsole.log") + strlen(state) + 1, "whole\nhalf");
	logfiles_forget(logs, session[0].id, "netconsole");
	put_line(0, "next");
	logfiles_turn(logs, now);
	is(log_text(0), "whole\nhalf\nnext\n", "a line after half a line begins on its own line");
	end();
	if (truncate(path_of(1, "netconsole.log"), 0) ||
	    truncate(path_of(1, "netconsole.log"), LOGFILE_MAX - 20))
		ok(0, "truncate");
	begin();
	put_line(1, "");
	logfile_flush(log_of[1], now);
	turn("fits");
	turn("fits no more, so it is written");
	ok(access(path_of(1, "netconsole.log.0"), F_OK) != 0,
	    "a log with lines in the spool is not rotated");
	put_line(1, "first line of the next file");
	logfiles_turn(logs, now);
	ok(access(path_of(1, "netconsole.log.0"), F_OK) == 0, "it is rotated with its next line");
	is(log_text(1), "first line of the next file\n", "the next file begins with that line");
	end();
}

/* Only a few logs are written for long: the files may not be swapped while the older one is needed. */
static void files_in_turn(void)
{
	char want[2000] = "turn -1\n";
	int which, first;

	begin();
	for (int i = 0; i < MANY; i++)
		if (truncate(path_of(i, "netconsole.log"), 0))
			ok(0, "truncate");
	end();
	begin();
	turn("turn -1");
	spooled(&first);
	logfiles_flush(logs, now);
	for (int i = 0; i < 40; i++) {
		char text[32];

		snprintf(text, sizeof(text), "turn %d", i);
		turn(text);
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s\n", text);
		now += SPOOL_TURN_MS / 4;
		if (i == 10)
			ok(spooled(&which) > 0 && linefile_size(spool_path(!first)) > 0,
			    "the other file of the spool is used after a while");
		if (i == 20)
			logfiles_flush(logs, now);
	}
	begin();
	ok(all_have(want), "no line is missing or doubled after a swap");
	end();
}

static void damaged(void)
{
	int fd, which;

	begin();
	turn("whole");
	spooled(&which);
	fd = open(spool_path(which), O_WRONLY | O_APPEND);
	ok(fd >= 0 && write(fd, "2lwl garbage that is no record", 30) == 30,
	    "garbage is appended to the spool");
	close(fd);
	begin();
	ok(strstr(log_text(1), "whole\n") != NULL, "records before the garbage are recovered");
	turn("changed");
	spooled(&which);
	fd = open(spool_path(which), O_WRONLY);
	ok(fd >= 0 && pwrite(fd, "x", 1, 100) == 1, "a byte of the first record is changed");
	close(fd);
	begin();
	ok(strstr(log_text(0), "changed") == NULL, "a record with a wrong checksum is not used");
	end();
}

static void spool_refused(void)
{
	struct rlimit limit, before;
	int which;

	begin();
	turn("before");
	if (getrlimit(RLIMIT_FSIZE, &before))
		return;
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)spooled(&which) + 100;
	setrlimit(RLIMIT_FSIZE, &limit);
	turn("during");
	setrlimit(RLIMIT_FSIZE, &before);
	ok(strstr(log_text(6), "before\nduring\n") != NULL,
	    "without room for the spool the logs are written");
	turn("after");
	begin();
	ok(strstr(log_text(6), "before\nduring\nafter\n") != NULL, "the spool is used again later");
	end();
}

/* What the disk refuses waits, within limits, and is written when there is room. */
static void disk_refuses(void)
{
	static char text[1000];
	int taken = 0, tries = LOGFILE_PENDING_MAX / (int)sizeof(text) + 50;
	char want[64];

	memset(text, 'x', sizeof(text) - 1);
	begin();
	if (truncate(path_of(0, "netconsole.log"), 0))
		ok(0, "truncate");
	logfiles_forget(logs, session[0].id, "netconsole");
	logfiles_set_disk(logs, LOGFILES_FULL);
	for (int i = 0; i < tries; i++)
		taken += put_line(0, text);
	logfiles_turn(logs, now);
	ok(taken == LOGFILE_PENDING_MAX / (int)sizeof(text), "a log keeps no more than its limit");
	is(log_text(0), "", "nothing is written while the disk is full");
	ok(logfiles_counts(logs)->write_errors > 0, "a refused write is counted");
	is_num(
	    (long long)logfiles_counts(logs)->dropped, tries - taken, "a dropped line is counted");
	logfiles_set_disk(logs, LOGFILES_ROOM);
	write_late();
	is(log_text(0), "", "a refused log is not tried again at once");
	now += LOGFILE_RETRY_MS;
	write_late();
	snprintf(want, sizeof(want), "[lastwords: %d lines not kept]\n", tries - taken);
	ok(strncmp(log_text(0), want, strlen(want)) == 0,
	    "the log has a mark with the number of dropped lines");
	is_num(linefile_size(path_of(0, "netconsole.log")),
	    (long long)strlen(want) + taken * (long long)sizeof(text),
	    "every line that was kept is written after the disk has room");
	end();
}

/* Lines of senders without a session wait in half of the memory only. */
static void strangers_wait(void)
{
	enum { STRANGERS = LOGFILE_PENDING_ALL / 2 / LOGFILE_PENDING_MAX + 8 };
	static struct logfile *stranger[STRANGERS];
	static char text[8000];
	struct stream_line line = {.text = text,
	    .len = sizeof(text) - 1,
	    .usec = NETCONSOLE_NO_TIME,
	    .prio = STREAM_NO_PRIO};
	int taken = 0;

	memset(text, 'x', sizeof(text) - 1);
	begin();
	logfiles_set_disk(logs, LOGFILES_FULL);
	for (int i = 0; i < STRANGERS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "10.0.0.%d-1", i);
		stranger[i] = logfile_get(logs, "", name);
		for (int n = 0; n < 40; n++)
			taken += logfile_add(stranger[i], &line, now);
	}
	is_num(taken, LOGFILE_PENDING_ALL / 2 / (int)sizeof(text),
	    "lines of senders without a session wait in half of the memory");
	is_num(put_line(0, "waits"), 1, "a session's line waits next to them");
	for (int i = 0; i < STRANGERS; i++)
		logfile_put(stranger[i]);
	logfiles_set_disk(logs, LOGFILES_ROOM);
	end();
}

/* Bytes on disk of a session's log into which a line was put now, on a tight disk. */
static long long tight_size(const struct session *of)
{
	struct logfile *log = logfile_get(logs, of->id, "netconsole");
	struct stream_line line = {
	    .text = "line", .len = 4, .usec = NETCONSOLE_NO_TIME, .prio = STREAM_NO_PRIO};
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err err;
	long long size;

	logfile_add(log, &line, now);
	logfile_flush(log, now);
	size = layout_session_dir(&err, state, of, LAYOUT_LOOK, dir) ||
		       file_path(&err, dir, "netconsole.log", path)
		   ? -2
		   : linefile_size(path);
	logfile_put(log);
	return size;
}

/* On a tight disk only sessions of known machines have room. */
static void newcomers_wait(void)
{
	uint8_t mac[6] = {0x52, 0x54, 9, 9, 9, 9};
	struct session young, old;
	char dir[FILE_PATH_MAX];
	struct err err;

	begin();
	logfiles_set_disk(logs, LOGFILES_TIGHT);
	session_mint(&key, mac, clock_now(), "lab", &young);
	is_num(tight_size(&young), 0, "a new machine's line is not written to a tight disk");
	session_mint(&key, mac, clock_now() - KNOWN_AFTER_MS, "lab", &old);
	is_num(layout_session_dir(&err, state, &old, LAYOUT_LAZY, dir), 0,
	    "(a log of the day before)");
	is_num(tight_size(&young), 5, "a known machine's is");
	logfiles_set_disk(logs, LOGFILES_ROOM);
	end();
}

static int open_count(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* More logs than files may be open: each is still written whole, with its meta. */
static void few_descriptors(void)
{
	const char *const usual = state;
	const int room = 24;
	char apart[200];
	struct err err;
	struct rlimit limit, before;
	int good = 0, opened;
	char want[64];

	snprintf(apart, sizeof(apart), "%s/apart", state);
	if (mkdir(apart, 0700) || layout_make(&err, apart) || getrlimit(RLIMIT_NOFILE, &before))
		return;
	state = apart;
	limit = before;
	limit.rlim_cur = (rlim_t)(open_count() + room);
	setrlimit(RLIMIT_NOFILE, &limit);
	begin();
	for (int i = 0; i < MANY; i++)
		logfile_meta(log_of[i])->counts.packets = 0;
	opened = open_count();
	for (int n = 1; n <= 5; n++) {
		for (int i = 0; i < MANY; i++) {
			snprintf(want, sizeof(want), "line %d of log %d", n, i);
			put_line(i, want);
		}
		logfiles_flush(logs, now);
	}
	opened = open_count() - opened;
	ok(opened > 0 && opened <= room, "files stay open as far as the limit allows");
	for (int i = 0; i < MANY; i++)
		good += strstr(content(path_of(i, "netconsole.meta")), "\npackets=5\n") != NULL;
	is_num(good, MANY, "with few descriptors every meta is up to date");
	good = 0;
	for (int i = 0; i < MANY; i++) {
		snprintf(want, sizeof(want), "line 4 of log %d\nline 5 of log %d\n", i, i);
		good += strstr(log_text(i), want) != NULL;
	}
	is_num(good, MANY, "with few descriptors every log has its lines");
	end();
	setrlimit(RLIMIT_NOFILE, &before);
	state = usual;
}

static void append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

static void put_level(const char *text, int prio)
{
	struct stream_line line = {
	    .text = text, .len = strlen(text), .usec = NETCONSOLE_NO_TIME, .prio = prio};

	logfile_add(log_of[7], &line, now);
}

/* "LEVELS END" of log 7's meta, after writing. */
static const char *levels_of_log(void)
{
	static char text[LEVELS_TAIL_TEXT + 32];
	const char *meta, *levels, *end;

	logfiles_flush(logs, now);
	meta = content(path_of(7, "netconsole.meta"));
	levels = strstr(meta, "\nlevels=");
	end = strstr(meta, "\nlevels-end=");
	if (!levels || !end)
		return "none";
	snprintf(text, sizeof(text), "%.*s %lld", (int)strcspn(levels + 8, "\n"), levels + 8,
	    atoll(end + 12));
	return text;
}

static void skip_line(void *arg, const char *text, size_t len)
{
	(void)arg;
	(void)text;
	(void)len;
}

/* The levels in the meta are those of the log's last lines, whatever happens to the log. */
static void levels_in_meta(void)
{
	char want[64];
	int64_t size;

	begin();
	size = logfile_size(log_of[7]);
	put_level("basic", STREAM_NO_PRIO);
	is(levels_of_log(), "none", "lines of the basic format have no levels");
	put_level("one", 6);
	put_level("two", 8 + 4); /* with a facility */
	put_level("three", STREAM_NO_PRIO);
	snprintf(want, sizeof(want), "ge- %lld", (long long)size + 6 + 4 + 4 + 6);
	is(levels_of_log(), want, "levels and the end of the log are in the meta");
	end();
	begin();
	put_level("four", 2);
	snprintf(want, sizeof(want), "ge-c %lld", (long long)size + 25);
	is(levels_of_log(), want, "they go on after a restart");
	logfile_take_back(log_of[7], size + 20, now, skip_line, NULL);
	is(levels_of_log(), "none", "they are forgotten when lines are taken back");
	put_level("five", 3);
	snprintf(want, sizeof(want), "d %lld", (long long)size + 25);
	is(levels_of_log(), want, "and begin with the next line");
	end();
	append(path_of(7, "netconsole.log"), "a line of a killed collector\n");
	begin();
	put_level("six", 1);
	snprintf(want, sizeof(want), "b %lld", (long long)size + 25 + 29 + 4);
	is(levels_of_log(), want, "a log that has grown since is not the one that they describe");
	begin();
	for (int i = 0; i < MANY; i++)
		put_line(i, "many");
	put_level("seven", 5);
	logfiles_turn(logs, now += 10);
	is_num(begin(), MANY, "lines of the spool are recovered, but of log 0, which is full");
	is(levels_of_log(), "none", "without levels");
	end();
}

int main(void)
{
	struct err err;

	closefrom(3); /* what the runner left open would count against few_descriptors' limit */
	state = scratch_make();
	if (layout_make(&err, state))
		return 1;
	for (int i = 0; i < MANY; i++) {
		const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, (uint8_t)i};

		session_mint(&key, mac, 1700000000000, "lab", &session[i]);
	}
	few_descriptors(); /* first: a killed collector's files stay open */
	killed_before_writing();
	killed_in_between();
	written_when_due();
	files_in_turn();
	ends_of_files();
	damaged();
	spool_refused();
	disk_refuses();
	strangers_wait();
	newcomers_wait();
	levels_in_meta();
	return tap_done();
}
