/* SPDX-License-Identifier: MIT */
/*
 * The promises of source.h, sources.h and logfile.h, on a real directory with a made clock: which log each
 * line goes to, what happens at a restart of the machine and of the collector, and the limits.
 */
#include "tap.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/sources.h"
#include "scratch.h"
#include "store/layout.h"

static const char *state;
static struct session_key key = {{1, 2, 3}};
static struct session_keys keys;
/* One for each life of the collector; a killed one's memory stays here, as it was. */
static struct {
	struct logfiles *logs;
	struct sources sources;
} life[32];
static int lives;
#define logs (life[lives].logs)
#define sources (life[lives].sources)
static int64_t now, utc = 1700000000000;
static char guess_id[SESSION_ID_MAX + 1], events[65536];

static int guess(void *arg, const char *address, int64_t boot_ms, char id[SESSION_ID_MAX + 1])
{
	(void)arg;
	(void)address;
	(void)boot_ms;
	memcpy(id, guess_id, sizeof(guess_id));
	return guess_id[0] != '\0';
}

static void event(
    void *arg, const char *name, const char *session, const char *what, const char *value)
{
	size_t have = strlen(events);

	(void)arg;
	snprintf(
	    events + have, sizeof(events) - have, "%s %.12s %s=%s\n", name, session, what, value);
}

static void begin(void)
{
	static const struct source_env env = {.keys = &keys, .guess = guess, .event = event};

	lives++;
	session_keys_of(&keys, &key);
	logs = logfiles_new(state, NULL, NULL);
	sources_init(&sources, state, logs, &env);
	events[0] = '\0';
}

static void pass(int64_t ms)
{
	now += ms;
	utc += ms;
	sources_tick(&sources, now, utc);
	while (logfiles_tick(logs, now) == 2)
		;
}

static void end(void)
{
	sources_finish(&sources, now, utc);
	logfiles_flush(logs, now);
	logfiles_free(logs);
}

static void send_to(const char *address, int port, const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, address, &in.sin_addr);
	sources_packet(&sources, (struct sockaddr *)&in, text, strlen(text), now, utc);
}

static void record(int port, int seq, int usec, const char *text)
{
	char packet[1024];

	snprintf(packet, sizeof(packet), "6,%d,%d,-;%s\n", seq, usec, text);
	send_to("10.0.0.1", port, packet);
}

static void mint(int machine, int64_t time_ms, struct session *session)
{
	const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, (uint8_t)machine};

	session_mint(&key, mac, time_ms, "lab", session);
}

static void command_line(int port, int seq, int usec, const struct session *session)
{
	char text[256];

	snprintf(text, sizeof(text), "Command line: ro lastwords.session=%s quiet", session->id);
	record(port, seq, usec, text);
}

static const char *content(const char *path)
{
	static char text[1 << 20];
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static const char *log_path(const struct session *session, const char *name)
{
	static char path[FILE_PATH_MAX + 64];
	char dir[FILE_PATH_MAX];
	struct err err;

	layout_session_dir(&err, state, session, LAYOUT_LOOK, dir);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const char *session_log(const struct session *session)
{
	return content(log_path(session, "netconsole.log"));
}

static const char *unassigned_log(const char *name)
{
	char path[FILE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/streams/%s.log", state, name);
	return content(path);
}

static int has(const char *text, const char *what)
{
	return text && strstr(text, what) != NULL;
}

static void bound_by_id(void)
{
	struct session a, b;

	mint(1, utc, &a);
	mint(2, utc, &b);
	begin();
	/* NAT: one address, two ports, interleaved */
	record(1001, 0, 0, "Linux version a");
	record(1002, 0, 0, "Linux version b");
	command_line(1001, 1, 0, &a);
	command_line(1002, 1, 0, &b);
	record(1001, 2, 100, "only a");
	record(1002, 2, 100, "only b");
	pass(250);
	pass(150);
	ok(has(session_log(&a), "Linux version a\n") && has(session_log(&a), "only a\n"),
	    "the first stream is in its session's log, from its first line on");
	ok(!has(session_log(&a), "only b"), "a session's log has no line of another session");
	ok(has(session_log(&b), "Linux version b\n") && has(session_log(&b), "only b\n"),
	    "the second stream is in its session's log");
	is(events,
	    "bound 525400000001 stream=10.0.0.1-1001\nbound 525400000002 stream=10.0.0.1-1002\n",
	    "each binding makes one event");
	end();
}

/* A kernel whose records name their session: a line in the middle is enough. */
static void bound_by_dictionary(void)
{
	struct session a, b;
	char text[256];

	begin();
	mint(60, utc, &a);
	mint(61, utc, &b);
	snprintf(text, sizeof(text), "middle\n lastwords.session=%s\n cpu=0\n msgid=3", a.id);
	record(7060, 700, 9000000, text);
	pass(250);
	pass(150);
	ok(has(session_log(&a), "middle\n"), "a record's dictionary binds its stream");
	ok(!has(session_log(&a), "msgid"), "and is not in the log");
	snprintf(text, sizeof(text), "next\n lastwords.session=%.*sx", (int)strlen(b.id) - 1, b.id);
	record(7060, 701, 9100000, text);
	pass(250);
	pass(150);
	ok(has(session_log(&a), "next\n"), "an id that this server did not make changes nothing");
	end();
}

static void forged(void)
{
	struct session_key other = {{9}};
	struct session forged;
	const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 3};

	session_mint(&other, mac, utc, "lab", &forged);
	begin();
	command_line(1003, 1, 0, &forged);
	pass(250);
	ok(!has(unassigned_log("10.0.0.1-1003"), "Command line"),
	    "lines are held until an id is seen");
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	ok(session_log(&forged) == NULL, "another server's session gets no log");
	ok(has(unassigned_log("10.0.0.1-1003"), "Command line"),
	    "lines with another server's id are unassigned");
	end();
}

static void guessed(void)
{
	struct session old, right;

	mint(4, utc, &old);
	mint(5, utc + 1, &right);
	begin();
	memcpy(guess_id, old.id, sizeof(guess_id));
	record(1004, 5, 5000000, "before the id");
	pass(250);
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	ok(has(session_log(&old), "before the id"),
	    "without an id the lines go to the address's session");
	is(events, "", "a guessed session is not a binding");
	command_line(1004, 6, 6000000, &right);
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	is(session_log(&old), "", "an id that is seen later takes the lines back");
	ok(has(session_log(&right), "before the id\n[    6.000000] Command line"),
	    "lines that were taken back are in the id's log");
	guess_id[0] = '\0';
	end();
}

static void rebooted(void)
{
	struct session first, second;
	const char *text;

	mint(6, utc, &first);
	mint(6, utc + 60000, &second);
	begin();
	record(1005, 0, 0, "Linux version 6");
	command_line(1005, 1, 0, &first);
	for (int i = 2; i < 100; i++)
		record(1005, i, i * 100000, "of the first");
	pass(400);
	/* the same port again */
	record(1005, 0, 0, "Linux version 6");
	command_line(1005, 1, 0, &second);
	record(1005, 2, 210000, "of the second");
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	ok(!has(session_log(&first), "second"), "the next boot's lines are not in the first's log");
	text = session_log(&second);
	ok(text && strncmp(text, "[    0.000000] Linux version 6\n", 31) == 0,
	    "the next boot's log begins with its first line");
	ok(!has(text, "of the first"), "the next boot's log has no line of the first");
	end();
}

static void replayed(void)
{
	struct session a;
	const char *text;
	char *twice;

	mint(7, utc, &a);
	begin();
	record(1006, 0, 0, "Linux version 6");
	command_line(1006, 1, 0, &a);
	for (int i = 2; i < 50; i++)
		if (i != 20)
			record(1006, i, i * 100000, "a line");
	pass(400);
	/* netconsole is loaded again: the same log from the beginning, and newer lines */
	record(1006, 0, 0, "Linux version 6");
	command_line(1006, 1, 0, &a);
	for (int i = 2; i < 60; i++)
		record(1006, i, i * 100000, "a line");
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	text = session_log(&a);
	twice = strstr(text, "Linux version 6");
	ok(twice && !strstr(twice + 1, "Linux version 6"), "a replay doubles no line");
	ok(has(text, "[    2.000000] a line\n"), "a replay adds the line that was lost");
	ok(has(text, "[    5.900000] a line\n"), "lines after the replay are added");
	text = content(log_path(&a, "netconsole.meta"));
	ok(has(text, "\nlines=60\n") && has(text, "\nlost=0\n") && has(text, "\nlate=1\n"),
	    "after a replay the counts are right");
	/* the same with another port, as a sender of its own */
	record(1007, 0, 0, "Linux version 6");
	command_line(1007, 1, 0, &a);
	record(1007, 2, 200000, "a line");
	record(1007, 60, 6000000, "from the other port");
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	text = session_log(&a);
	twice = strstr(text, "[    0.200000] a line");
	ok(twice && !strstr(twice + 1, "[    0.200000] a line") && has(text, "from the other port"),
	    "a second stream of a session doubles no line");
	end();
}

static void collector_restarted(void)
{
	struct session a;
	const char *text;
	char *twice;

	mint(8, utc, &a);
	begin();
	record(1008, 0, 0, "Linux version 6");
	command_line(1008, 1, 0, &a);
	for (int i = 2; i < 10; i++)
		record(1008, i, i * 1000000, "a line");
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	/* killed: what is in memory is gone, nothing is finished */
	begin();
	record(1008, 10, 10000000, "after");
	pass(LOGFILE_FLUSH_MS);
	ok(has(session_log(&a), "[   10.000000] after\n"),
	    "a known stream continues after a restart");
	ok(!has(session_log(&a), "lost"), "a restart without a loss marks none");
	begin();
	record(1008, 13, 13000000, "later");
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	ok(has(session_log(&a), "[lastwords: 2 records lost: seq 11–12]\n"),
	    "records sent during a restart are marked as lost");
	begin();
	record(1008, 0, 0, "Linux version 6");
	command_line(1008, 1, 0, &a);
	for (int i = 2; i < 10; i++)
		record(1008, i, i * 1000000, "a line");
	record(1008, 14, 14000000, "still later");
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	text = session_log(&a);
	twice = strstr(text, "[    5.000000] a line");
	ok(twice && !strstr(twice + 1, "[    5.000000] a line") && has(text, "still later\n"),
	    "a replay to a restarted collector doubles nothing");
	is(events, "bound 525400000008 stream=10.0.0.1-1008\n",
	    "a replay after a restart makes the bound event again");
	end();
}

static void deaths(void)
{
	static const char line[] =
	    "BUG: kernel NULL pointer dereference, address: 0000000000000000";
	struct session a;
	char want[256];

	mint(9, utc, &a);
	begin();
	command_line(1009, 1, 1, &a);
	pass(250);
	events[0] = '\0';
	record(1009, 2, 2000, "WARNING: CPU: 0 PID: 1 at kernel/foo.c:1 bar+0x1/0x2");
	is(events, "", "a warning makes no died event");
	record(1009, 3, 3000, line);
	snprintf(want, sizeof(want), "died 525400000009 line=[    0.003000] %s\n", line);
	is(events, want, "an oops makes a died event");
	ok(has(session_log(&a), line), "the line of an oops is on disk at once");
	record(1009, 4, 4000, "Kernel panic - not syncing: Fatal exception");
	is(events, want, "a second crash line makes no event");
	end();
	begin();
	record(1009, 5, 5000, "Kernel panic - not syncing: Fatal exception");
	pass(250);
	is(events, "", "after a restart of the collector neither");
	end();
	begin();
	record(1010, 1, 1, line);
	pass(250);
	pass(LOGFILE_FLUSH_MS);
	ok(has(unassigned_log("10.0.0.1-1010"), line),
	    "a crash of an unassigned stream is not held back");
	is(events, "", "a crash of an unassigned stream makes no event");
	end();
}

/* The capture kernel sends again what HTTP did not take: another port, the same session. */
static void resent(void)
{
	struct session a;
	char packet[SESSION_ID_MAX + 32];
	const char *text, *again;

	mint(9, utc, &a);
	snprintf(packet, sizeof(packet), "lastwords.session=%s\n", a.id);
	begin();
	command_line(1020, 1, 0, &a);
	record(1020, 2, 100, "seen alive");
	pass(400);
	events[0] = '\0';
	send_to("10.0.0.1", 1021, packet);
	ok(has(events, "resent"), "the resent event comes at once");
	send_to("10.0.0.1", 1021, packet);
	record(1021, 2, 100, "seen alive");
	record(1021, 3, 200, "last words");
	pass(400);
	is(events, "bound 525400000009 stream=10.0.0.1-1021\nresent 525400000009 channel=udp\n",
	    "the journal has the udp channel once");
	text = session_log(&a);
	ok(has(text, "[lastwords: sent by the capture kernel over UDP, from 10.0.0.1-1021]\n"),
	    "a mark shows where the resent lines begin");
	ok(has(text, "last words\n"), "a line that was missing is added");
	again = text ? strstr(text, "seen alive") : NULL;
	ok(again && !strstr(again + 1, "seen alive"), "a line that was there is not doubled");
	ok(!has(text, "\nlastwords.session="), "the packet with the id is not in the log");
	end();
}

static void limits(void)
{
	static char junk[60001];
	size_t unassigned;

	begin();
	sources.max = 3000;
	sources.shared.unassigned_max = 1000;
	memset(junk, 'j', 60000);
	for (int i = 0; i < 1200; i++)
		send_to("10.0.0.2", 1, junk);
	ok(sources.limited > 0, "a sender over its rate is limited");
	send_to("10.0.0.3", 1, "6,1,1,-;quiet one\n");
	pass(250);
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	ok(has(unassigned_log("10.0.0.3-1"), "quiet one"), "a flood does not limit another sender");
	for (int i = 0; i < 3100; i++) {
		char address[32];

		snprintf(address, sizeof(address), "10.1.%d.%d", i / 256, i % 256);
		send_to(address, 7, "6,1,1,-;hello\n");
	}
	is_num((long long)sources.count, 3000, "the number of senders is limited");
	end();
	unassigned = sources.shared.unassigned_files;
	is_num((long long)unassigned, 1000, "the number of unassigned logs is limited");
	ok(has(unassigned_log("other"), "10.1."), "further streams share a log that names them");
	is_num((long long)sources.shared.held, 0, "no held line is left at the end");
}

/* One id from many addresses: no more files of bindings than sources. */
static void one_id_everywhere(void)
{
	struct session a;
	char address[32], text[160];
	struct stat st;

	mint(40, utc, &a);
	begin();
	sources.max = 3;
	snprintf(text, sizeof(text), "6,1,1,-;Command line: lastwords.session=%s\n", a.id);
	for (int i = 1; i <= 5; i++) {
		snprintf(address, sizeof(address), "10.2.0.%d", i);
		send_to(address, 7, text);
		pass(250);
	}
	ok(stat(scratch_path("streams/10.2.0.1-7.bound"), &st) < 0 &&
		stat(scratch_path("streams/10.2.0.2-7.bound"), &st) < 0,
	    "the binding of a source that is forgotten is removed");
	ok(stat(scratch_path("streams/10.2.0.3-7.bound"), &st) == 0 &&
		stat(scratch_path("streams/10.2.0.5-7.bound"), &st) == 0,
	    "the binding of a source that is known stays");
	end();
}

/* As `lastwords prune` does while a collector runs. */
static void remove_streams(void)
{
	DIR *streams = opendir(scratch_path("streams"));
	struct dirent *entry;

	while (streams && (entry = readdir(streams)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(streams), entry->d_name, 0);
	if (streams)
		closedir(streams);
}

static void room_again(void)
{
	begin();
	is_num((long long)sources.shared.unassigned_files, 1001,
	    "a new collector counts the unassigned logs, the shared one with them");
	sources.shared.unassigned_max = 1000;
	send_to("10.0.0.4", 1, "6,1,1,-;one of too many\n");
	pass(250);
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	ok(has(unassigned_log("other"), "one of too many"),
	    "a stream over the limit has no log of its own");
	remove_streams();
	pass(SOURCE_COUNT_MS);
	send_to("10.0.0.5", 1, "6,1,1,-;there is room\n");
	pass(250);
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	ok(has(unassigned_log("10.0.0.5-1"), "there is room"),
	    "after logs were removed a stream has its own again");
	end();
}

/* The first or the last bytes of a file, NUL-terminated; valid until the next call. */
static const char *piece(const char *path, int whence, long offset)
{
	static char text[200];
	FILE *file = fopen(path, "r");
	size_t n = 0;

	if (file && fseek(file, offset, whence) == 0)
		n = fread(text, 1, sizeof(text) - 1, file);
	if (file)
		fclose(file);
	text[n] = '\0';
	return text;
}

static void rotation(void)
{
	struct session a;
	struct stat st;
	char text[1000];

	memset(text, 'r', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	mint(10, utc, &a);
	begin();
	command_line(1011, 1, 1, &a);
	for (int i = 0; i < 52000; i++) {
		record(1011, i + 2, i + 2, text);
		if (i % 100 == 0)
			pass(110);
	}
	end();
	ok(stat(log_path(&a, "netconsole.log"), &st) == 0 && st.st_size <= LOGFILE_MAX,
	    "a log does not grow over its limit");
	ok(stat(log_path(&a, "netconsole.log.1"), &st) == 0 && st.st_size > LOGFILE_MAX / 2,
	    "the older part is in netconsole.log.1");
	ok(strstr(piece(log_path(&a, "netconsole.log.0"), SEEK_SET, 0), "Command line") != NULL,
	    "the beginning stays in netconsole.log.0, however much comes later");
	is(piece(log_path(&a, "netconsole.log.0"), SEEK_END, -38),
	    "r\n[lastwords: lines were removed here]\n" + 1,
	    "with one mark where lines were removed");
	ok(has(content(log_path(&a, "netconsole.meta")), "\nlines=52001\n"),
	    "every line is counted over a rotation");
}

/* One that no session explains: every line stays, in parts; strangers stop where the disk is tight. */
static void unassigned_whole(void)
{
	struct session a;
	char text[1000];
	DIR *streams;
	struct dirent *entry;
	long long lines = 0, parts = 0;

	memset(text, 'u', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	remove_streams();
	begin();
	for (int i = 0; i < 50000; i++) {
		record(1030, i + 2, i + 2, text);
		if (i % 100 == 0)
			pass(110);
		if (i == 100)
			pass(SOURCE_HOLD_MS);
	}
	end();
	streams = opendir(scratch_path("streams"));
	while (streams && (entry = readdir(streams)) != NULL) {
		char name[FILE_PATH_MAX];
		FILE *file;

		if (!strstr(entry->d_name, ".log"))
			continue;
		snprintf(name, sizeof(name), "streams/%s", entry->d_name);
		parts++;
		file = fopen(scratch_path(name), "r");
		for (int c; file && (c = fgetc(file)) != EOF;)
			lines += c == '\n';
		if (file)
			fclose(file);
	}
	if (streams)
		closedir(streams);
	is_num(lines, 50000, "every line of an unassigned stream stays over rotations");
	ok(parts >= 3, "the log of an unassigned stream is in parts");
	is_num((long long)sources.shared.unassigned_files, 1, "parts count as one log");
	mint(11, utc, &a);
	begin();
	is_num((long long)sources.shared.unassigned_files, 1,
	    "a new collector counts the parts as one log");
	logfiles_set_disk(logs, LOGFILES_TIGHT);
	command_line(1031, 1, 1, &a);
	record(1032, 1, 1, "of a stranger");
	pass(250);
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	ok(has(session_log(&a), "Command line"), "a session's lines are written to a tight disk");
	ok(!has(unassigned_log("10.0.0.1-1032"), "stranger"),
	    "an unassigned stream's lines are not written to a tight disk");
	logfiles_set_disk(logs, LOGFILES_ROOM);
	pass(LOGFILE_RETRY_MS);
	ok(has(unassigned_log("10.0.0.1-1032"), "stranger"),
	    "an unassigned stream's lines are written when there is room");
	end();
}

/* A session whose id comes from ever new ports: each has its lines in the log, the journal has 64 of them. */
static void bound_limit(void)
{
	struct session a;
	char last[64];
	int told = 0;

	mint(12, utc, &a);
	begin();
	for (int port = 2000; port < 2100; port++) {
		command_line(port, 2 * port, 1000 * port, &a);
		snprintf(last, sizeof(last), "by port %d", port);
		record(port, 2 * port + 1, 1000 * port + 1, last);
		pass(10);
	}
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	for (const char *at = events; (at = strstr(at, "bound ")) != NULL; at++)
		told++;
	is_num(told, 64, "of the bindings of one session 64 are in the journal");
	ok(has(session_log(&a), last), "the log has the lines of all");
	end();
	begin();
	command_line(2100, 4200, 2100000, &a);
	pass(SOURCE_HOLD_MS);
	pass(LOGFILE_FLUSH_MS);
	is(events, "", "after a restart there is no further one");
	end();
}

int main(void)
{
	struct err err;

	state = scratch_make();
	if (layout_make(&err, state))
		return 1;
	bound_by_id();
	bound_by_dictionary();
	one_id_everywhere();
	forged();
	guessed();
	rebooted();
	replayed();
	collector_restarted();
	deaths();
	resent();
	limits();
	room_again();
	rotation();
	unassigned_whole();
	bound_limit();
	return tap_done();
}
