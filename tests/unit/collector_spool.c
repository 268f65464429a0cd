/* SPDX-License-Identifier: MIT */
/*
 * spool.h's and logfile.h's promises about kill -9, on a real directory with a made clock: a turn's lines
 * of many logs are in the spool when the turn is over, and whatever of them is in the logs already when
 * the collector is killed, the next one makes the logs whole and doubles nothing.
 */
#include "tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/log/logfile.h"
#include "scratch.h"

enum { MANY = LOGFILE_FEW + 8 };

static const char *state;
static struct session_key key = {{1, 2, 3}};
static struct session session[MANY];
static struct logfile *log_of[MANY];
/* One for each life of the collector; a killed one's memory stays here, as it was. */
static struct logfiles life[32];
static int lives;
#define logs (&life[lives])
static int64_t now = 1000;

static int begin(void)
{
	struct err err;
	int rc;

	lives++;
	logfiles_init(logs, state);
	rc = logfiles_open(&err, logs, now);
	for (int i = 0; i < MANY; i++)
		log_of[i] = logfile_get(logs, session[i].id, "netconsole");
	return rc;
}

/* The last life's, as SIGTERM does it. */
static void end(void)
{
	for (int i = 0; i < MANY; i++)
		logfile_put(logs, log_of[i]);
	logfiles_flush(logs, now);
	logfiles_close(logs);
}

static void line(int i, const char *text)
{
	struct stream_counts counts = {.packets = 1, .bytes = strlen(text)};

	logfile_line(logs, log_of[i], text, strlen(text), NETCONSOLE_NO_TIME, 0, now);
	logfile_count(logs, log_of[i], &counts, now);
}

static void turn(const char *text)
{
	for (int i = 0; i < MANY; i++)
		line(i, text);
	now += 10;
	logfiles_turn(logs, now);
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

static void killed_before_writing(void)
{
	begin();
	turn("one");
	turn("two");
	is(log_text(3), "", "the lines of many logs are not in them yet");
	begin();
	ok(all_have("one\ntwo\n"), "killed: the next collector brings them there");
	is_num((long long)logs->recovered, 2 * MANY, "and knows how many");
	ok(strstr(content(path_of(5, "netconsole.meta")), "\npackets=2\nlines=2\nbytes=6\n") !=
		NULL,
	    "their counts, too");
	begin();
	is_num((long long)logs->recovered, 0, "killed again: there is nothing left to bring");
	ok(all_have("one\ntwo\n"), "and nothing is doubled");
	end();
}

static void killed_in_between(void)
{
	struct stat st;

	begin();
	turn("three");
	logfile_flush(logs, log_of[0], now);
	logfile_flush(logs, log_of[1], now);
	turn("four");
	logfile_flush(logs, log_of[1], now);
	logfile_flush(logs, log_of[2], now);
	/* killed inside the write: log 2 has half of its second line */
	if (stat(path_of(2, "netconsole.log"), &st) ||
	    truncate(path_of(2, "netconsole.log"), st.st_size - 3))
		ok(0, "truncate");
	/* this one was removed meanwhile */
	unlink(path_of(3, "netconsole.log"));
	begin();
	is(log_text(0), "one\ntwo\nthree\nfour\n", "what was missing is added");
	is(log_text(1), "one\ntwo\nthree\nfour\n", "nothing where nothing was");
	is(log_text(2), "one\ntwo\nthree\nfour\n", "a line that was cut is made whole");
	is(log_text(4), "one\ntwo\nthree\nfour\n", "and all where all was missing");
	ok(access(path_of(3, "netconsole.log"), F_OK) != 0, "a log that is gone stays gone");
	end();
}

static void written_when_due(void)
{
	begin();
	turn("five");
	ok(strstr(log_text(7), "five") == NULL, "not written at once");
	now += LOGFILE_FLUSH_MS;
	while (logfiles_tick(logs, now) == 2)
		;
	ok(strstr(log_text(7), "five") != NULL, "but when it is time");
	is_num((long long)(logs->spool.live[0] + logs->spool.live[1]), 0, "the spool knows it");
	line(7, "six");
	logfiles_turn(logs, now);
	ok(strstr(log_text(7), "five\nsix\n") != NULL, "a few logs are written at once");
	log_of[8]->died_ms = 1;
	log_of[9]->direct = 1;
	turn("seven");
	ok(strstr(log_text(8), "seven\n") != NULL, "of many, one with a death is");
	now += LOGFILE_FLUSH_MS;
	logfiles_turn(logs, now);
	ok(strstr(log_text(9), "seven\n") != NULL, "and what may be taken back soon");
	end();
	is_num((long long)(logs->spool.size[0] + logs->spool.size[1]), 0, "at the end it is empty");
}

/* Nothing is written for long: the files may not change roles before the older one's lines are. */
static void files_in_turn(void)
{
	char want[2000] = "";

	begin();
	for (int i = 0; i < MANY; i++)
		if (truncate(path_of(i, "netconsole.log"), 0))
			ok(0, "truncate");
	end();
	begin();
	for (int i = 0; i < 40; i++) {
		char text[32];

		snprintf(text, sizeof(text), "turn %d", i);
		turn(text);
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s\n", text);
		now += SPOOL_TURN_MS / 4;
		if (i == 20)
			logfiles_flush(logs, now);
	}
	ok(logs->spool.turn > 1, "the files changed roles");
	for (int i = 0; i < MANY; i++)
		close(log_of[i]->fd);
	begin();
	ok(strcmp(log_text(MANY - 1), want) == 0, "and no line is missing, or twice");
	end();
}

static void damaged(void)
{
	char path[200];
	int fd;

	begin();
	turn("whole");
	snprintf(path, sizeof(path), "%s/run/lines.%d", state, (int)(logs->spool.turn % 2));
	fd = open(path, O_WRONLY | O_APPEND);
	ok(fd >= 0 && write(fd, "1lwl garbage that is no record", 30) == 30, "garbage behind it");
	close(fd);
	begin();
	ok(strstr(log_text(1), "whole\n") != NULL, "costs nothing of what is before it");
	turn("changed");
	fd = open(path, O_WRONLY);
	ok(fd >= 0 && pwrite(fd, "x", 1, 100) == 1, "a byte that is not as it was");
	close(fd);
	begin();
	ok(strstr(log_text(0), "changed") == NULL, "ends what is believed");
	end();
}

static void full(void)
{
	struct rlimit limit, before;

	begin();
	turn("before");
	if (getrlimit(RLIMIT_FSIZE, &before))
		return;
	signal(SIGXFSZ, SIG_IGN);
	limit = before;
	limit.rlim_cur = (rlim_t)logs->spool.size[logs->spool.turn % 2] + 100;
	setrlimit(RLIMIT_FSIZE, &limit);
	turn("during");
	setrlimit(RLIMIT_FSIZE, &before);
	ok(strstr(log_text(6), "before\nduring\n") != NULL,
	    "no room for the spool: the logs are written");
	turn("after");
	begin();
	ok(strstr(log_text(6), "before\nduring\nafter\n") != NULL, "and it goes on");
	end();
}

/* More files than descriptors: metas are closed first, and every log stays open. */
static void descriptors(void)
{
	size_t open_logs = 0;

	begin();
	logs->fds_max = 16;
	for (int round = 0; round < 3; round++) {
		turn("many");
		logfiles_flush(logs, now);
	}
	is_num((long long)logs->fds, 16, "no more descriptors than allowed");
	logs->fds_max = MANY + 4;
	for (int round = 0; round < 3; round++) {
		turn("more");
		logfiles_flush(logs, now);
	}
	for (int i = 0; i < MANY; i++)
		open_logs += log_of[i]->fd >= 0;
	is_num((long long)open_logs, MANY, "metas go first");
	ok(logs->fds <= MANY + 4, "and there is a limit");
	ok(strstr(log_text(MANY - 1), "many\nmany\nmany\nmore\nmore\nmore\n") != NULL,
	    "all is written, too");
	end();
	is_num((long long)(logs->fds + logs->meta_fds), 0, "at the end none is open");
}

int main(void)
{
	struct err err;

	state = scratch_make();
	if (layout_make(&err, state))
		return 1;
	for (int i = 0; i < MANY; i++) {
		const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, (uint8_t)i};

		session_mint(&key, mac, 1700000000000, "lab", &session[i]);
	}
	killed_before_writing();
	killed_in_between();
	written_when_due();
	files_in_turn();
	damaged();
	full();
	descriptors();
	return tap_done();
}
