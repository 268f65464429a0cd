/* SPDX-License-Identifier: MIT */
/* stream.h's promises: order, duplicates, fragments, losses, restarts, the basic format. */
#include "tap.h"

#include <stdlib.h>

#include "collector/wire/stream.h"

static char out[1 << 20];
static int restarts, marks;
static size_t lines, all;

static int last_prio;

static void got_line(void *arg, const struct stream_line *line)
{
	size_t have = strlen(out);

	(void)arg;
	snprintf(out + have, sizeof(out) - have, "%.*s\n", (int)line->len, line->text);
	marks += line->mark;
	last_prio = line->prio;
	lines++;
}

static void got_restart(void *arg)
{
	size_t have = strlen(out);

	(void)arg;
	restarts++;
	snprintf(out + have, sizeof(out) - have, "RESTART\n");
}

static const struct stream_sink sink = {.line = got_line, .restart = got_restart};

static struct stream *fresh(struct stream *old)
{
	stream_free(old);
	out[0] = '\0';
	restarts = marks = 0;
	lines = 0;
	all = 0;
	return stream_new(&all);
}

static void send(struct stream *stream, const char *text, int64_t now)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1); /* exact size: ASan sees one byte too many */

	memcpy(copy, text, len);
	stream_packet(stream, copy, len, now, &sink);
	free(copy);
}

/* A record whose text is its number and whose time is usec. */
static void record(struct stream *stream, uint64_t seq, uint64_t usec, int64_t now)
{
	char text[128];

	snprintf(text, sizeof(text), "6,%llu,%llu,-;r%llu\n", (unsigned long long)seq,
	    (unsigned long long)usec, (unsigned long long)seq);
	send(stream, text, now);
}

/* Records of one kernel: number n at n milliseconds. */
static void number(struct stream *stream, uint64_t seq, int64_t now)
{
	record(stream, seq, seq * 1000, now);
}

static void given(const char *want, const char *name)
{
	is(out, want, name);
	out[0] = '\0';
}

/* Fragments that arrive after their record was given out. */
static void late_pieces(void)
{
	struct stream *s = fresh(NULL);

	number(s, 1, 0);
	stream_tick(s, 200, &sink);
	send(s, "6,2,2000,-,ncfrag=0/8;abcd", 210);
	stream_tick(s, 500, &sink);
	given("[    0.001000] r1\n[    0.002000] abcd[lastwords: 4 bytes lost]\n",
	    "an incomplete record is given out with a mark");
	send(s, "6,2,2000,-,ncfrag=4/8;efgh", 510);
	is_num((long long)stream_counts(s)->late, 1, "a fragment that arrives after that is late");
	is_num((long long)stream_counts(s)->duplicates, 0, "a late fragment is no duplicate");
	send(s, "6,2,2000,-,ncfrag=4/8;efgh", 511);
	is_num((long long)stream_counts(s)->duplicates, 1,
	    "the same late fragment again is a duplicate");
	is_num((long long)stream_counts(s)->truncated, 1,
	    "a late fragment leaves the record truncated");

	number(s, 5, 600);
	stream_tick(s, 900, &sink);
	is_num((long long)stream_counts(s)->lost, 2, "two missing records are counted as lost");
	send(s, "6,4,4000,-,ncfrag=0/8;abcd", 910);
	stream_tick(s, 1200, &sink);
	is_num((long long)stream_counts(s)->found, 1,
	    "a late record of which a piece arrived is found");
	is_num((long long)stream_counts(s)->truncated, 2,
	    "a late record without all pieces is truncated");
	number(s, 3, 1210);
	is_num((long long)stream_counts(s)->found, 2, "a late record that is whole is found");
	stream_free(s);
}

/* The network doubles basic packets too. */
static void basic_echo(void)
{
	struct stream *s = fresh(NULL);

	send(s, "[    0.000000] same\n", 0);
	send(s, "[    0.000000] same\n", 1);
	send(s, "[    1.000000] once\n", 2);
	send(s, "[    1.000001] next\n", 3);
	send(s, "[    1.000000] once\n", 4);
	send(s, "no time\n", 5);
	send(s, "no time\n", 6);
	given("[    0.000000] same\n[    0.000000] same\n[    1.000000] once\n"
	      "[    1.000001] next\nno time\nno time\n",
	    "a line of the same microsecond and text is one, where there is a clock");
	is_num((long long)stream_counts(s)->duplicates, 1, "a duplicate is counted");
	send(s, "[    1.000000] once\n", 4 + STREAM_ECHO_MS + 1);
	given("[    1.000000] once\n", "much later it is no echo");
	stream_free(s);
}

static void order(void)
{
	struct stream *s = fresh(NULL);

	number(s, 10, 0);
	number(s, 12, 1);
	number(s, 9, 2);
	given("", "the first records wait for one that may belong before them");
	ok(stream_deadline(s) == STREAM_WINDOW_MS, "the deadline is the end of the window");
	stream_tick(s, STREAM_WINDOW_MS - 1, &sink);
	given("", "the first records wait for all of the window");
	number(s, 11, 3);
	stream_tick(s, STREAM_WINDOW_MS, &sink);
	given("[    0.009000] r9\n[    0.010000] r10\n[    0.011000] r11\n[    0.012000] r12\n",
	    "the first records are given out in order");
	number(s, 13, 300);
	given("[    0.013000] r13\n", "the next record is given out at once");
	ok(stream_deadline(s) == INT64_MAX, "nothing waits after the window");
	number(s, 15, 300);
	number(s, 15, 300);
	number(s, 13, 300);
	given("", "a record that is ahead waits");
	number(s, 14, 310);
	given("[    0.014000] r14\n[    0.015000] r15\n",
	    "a waiting record is given out when the gap is filled");
	is_num((long long)stream_counts(s)->duplicates, 2, "duplicates are counted");
	number(s, 18, 400);
	number(s, 20, 500);
	stream_tick(s, 600, &sink);
	given("[lastwords: 2 records lost: seq 16–17]\n[    0.018000] r18\n",
	    "a gap is given up after the window, the next one not yet");
	stream_tick(s, 700, &sink);
	given("[lastwords: 1 record lost: seq 19]\n[    0.020000] r20\n",
	    "a second gap is given up after its window");
	is_num((long long)stream_counts(s)->lost, 3, "lost ones are counted");
	number(s, 17, 800);
	given("[    0.017000] r17\n", "a late record is given out");
	is_num((long long)stream_counts(s)->late, 1, "counted as late");
	is_num((long long)stream_counts(s)->found, 1, "a late record is counted as found");
	number(s, 17, 800);
	number(s, 20, 800);
	given("", "a late record is given out once");
	number(s, 21, 800);
	given("[    0.021000] r21\n", "the next record is given out after a late one");
	number(s, 25, 900);
	stream_flush(s, &sink);
	given("[lastwords: 3 records lost: seq 22–24]\n[    0.025000] r25\n",
	    "a flush waits no more");
	is_num((long long)stream_counts(s)->packets, 16, "packets are counted");
	for (uint64_t seq = 26; seq < 126; seq++)
		number(s, seq, 1000);
	out[0] = '\0';
	number(s, 17, 1000);
	given("", "a late record that comes much later is a duplicate");
	number(s, 22, 1000);
	given("[    0.022000] r22\n", "a late record at the beginning of its gap is given out");
	for (uint64_t seq = 126; seq < 226; seq++)
		number(s, seq, 1000);
	out[0] = '\0';
	number(s, 22, 1000);
	given("", "a record at the beginning of its gap is given out once");
	is_num(restarts, 0, "losses and late records are no restart");
	stream_free(s);
}

static void fragments(void)
{
	struct stream *s = fresh(NULL);

	number(s, 1, 0);
	stream_tick(s, STREAM_WINDOW_MS, &sink);
	out[0] = '\0';
	send(s, "6,2,2000,-,caller=T7,ncfrag=6/9;789", 300);
	send(s, "6,2,2000,-,caller=T7,ncfrag=0/9;123", 300);
	send(s, "6,2,2000,-,caller=T7,ncfrag=6/9;789", 300);
	number(s, 3, 301);
	given("", "an incomplete record waits, and the next with it");
	send(s, "6,2,2000,-,caller=T7,ncfrag=2/9;3456", 302);
	given("[    0.002000][    T7] 123456789\n[    0.003000] r3\n",
	    "fragments in any order, doubled and overlapping");
	send(s, "6,2,2000,-,caller=T7,ncfrag=0/9;123", 303);
	given("", "a fragment of a record that is out is a duplicate");
	is_num((long long)stream_counts(s)->duplicates, 2, "the duplicate records are counted");

	send(s, "6,5,5000,-,ncfrag=0/9;123", 400);
	send(s, "6,5,5000,-,ncfrag=6/9;789", 401);
	number(s, 6, 402);
	stream_tick(s, 400 + STREAM_WINDOW_MS, &sink);
	given("[lastwords: 1 record lost: seq 4]\n"
	      "[    0.005000] 123[lastwords: 3 bytes lost]789\n[    0.006000] r6\n",
	    "an incomplete record is given out with its missing bytes");
	is_num((long long)stream_counts(s)->truncated, 1,
	    "the incomplete record is counted as truncated");
	send(s, "6,4,4000,-,ncfrag=0/9;123", 650);
	stream_tick(s, 650 + STREAM_WINDOW_MS, &sink);
	given("[    0.004000] 123[lastwords: 6 bytes lost]\n",
	    "an incomplete late record is given out, too");
	for (uint64_t seq = 8; seq < 40; seq++) {
		char text[64];

		snprintf(text, sizeof(text), "6,%llu,%llu,-,ncfrag=0/16384;x",
		    (unsigned long long)seq, (unsigned long long)seq * 1000);
		send(s, text, 700);
	}
	ok(strstr(out, "[    0.008000] x[lastwords: 16383 bytes lost]") != NULL,
	    "more beginnings than there is room for: the oldest goes out as it is");
	stream_flush(s, &sink);
	ok(strstr(out, "[    0.039000] x[lastwords: 16383 bytes lost]") != NULL,
	    "the last fragment completes the record");
	stream_free(s);
}

static void windows(void)
{
	struct stream *s = fresh(NULL);
	char want[64];

	number(s, 1, 0);
	stream_tick(s, STREAM_WINDOW_MS, &sink);
	out[0] = '\0';
	for (uint64_t seq = 3; seq < 3 + STREAM_WINDOW_RECORDS + 1; seq++)
		number(s, seq, 300);
	snprintf(want, sizeof(want), "[lastwords: 1 record lost: seq 2]\n");
	ok(strncmp(out, want, strlen(want)) == 0, "a full window gives the gap up at once");
	is_num((long long)lines, 1 + 1 + STREAM_WINDOW_RECORDS + 1, "nothing held is lost");
	out[0] = '\0';
	record(s, INT64_MAX - 5, 400000, 400);
	stream_tick(s, 1000, &sink);
	ok(strstr(out, "records lost: seq 260") != NULL, "a huge gap is one mark");
	record(s, INT64_MAX, 400000, 1000);
	stream_flush(s, &sink);
	ok(strstr(out, "r9223372036854775807\n") != NULL, "the last number there is");
	stream_free(s);
}

static void restart(void)
{
	struct stream *s = fresh(NULL);

	for (uint64_t seq = 0; seq < 100; seq++)
		record(s, seq, seq * 100000, 0);
	stream_tick(s, 200, &sink);
	ok(restarts == 0 && lines == 100, "records of one kernel are no restart");
	out[0] = '\0';
	record(s, 0, 0, 1000);
	record(s, 1, 0, 1000);
	record(s, 2, 500000, 1000);
	stream_tick(s, 1200, &sink);
	given("RESTART\n[    0.000000] r0\n[    0.000000] r1\n[    0.500000] r2\n",
	    "numbers and times that fall back are another kernel");
	record(s, 3, 600000, 1300);
	record(s, 500, 700000, 1300);
	out[0] = '\0';
	stream_tick(s, 1600, &sink);
	given("[lastwords: 496 records lost: seq 4–499]\n[    0.700000] r500\n",
	    "a jump ahead is a loss, not a restart");

	record(s, 600, 90000000, 1700);
	stream_tick(s, 2000, &sink);
	out[0] = '\0';
	record(s, 700, 8000000, 2100);
	stream_tick(s, 2400, &sink);
	given("RESTART\n[    8.000000] r700\n",
	    "a time that falls back with a higher number is one too");
	record(s, 701, 7500000, 2500);
	given("[    7.500000] r701\n", "half a second is only another CPU's clock");

	s = fresh(s);
	for (uint64_t seq = 0; seq < 70; seq++)
		record(s, seq, seq * 1000, 0);
	stream_tick(s, 200, &sink);
	out[0] = '\0';
	send(s, "5,0,0,-;Linux version 6.1.0\n", 300);
	stream_flush(s, &sink);
	given("RESTART\n[    0.000000] Linux version 6.1.0\n",
	    "the first line again is a restart, however short the kernel lived");

	s = fresh(s);
	send(s, "5,0,0,-;Linux version 6.1.0\n", 0);
	record(s, 1, 0, 0);
	stream_tick(s, 200, &sink);
	send(s, "5,0,0,-;Linux version 6.1.0\n", 210);
	is_num(restarts, 0, "a first line doubled by the network is no restart");
	send(s, "5,0,0,-;Linux version 6.1.0\n", 210 + STREAM_ECHO_MS + 1);
	is_num(restarts, 1, "a first line after the echo time is a restart");
	stream_free(s);
}

static void restored(void)
{
	struct stream *s = fresh(NULL);
	uint64_t next;

	ok(!stream_position(s, &next), "a new stream has no position");
	stream_restore(s, 50, 5000000);
	ok(stream_position(s, &next) && next == 50, "a restored stream has its position");
	record(s, 53, 5300000, 0);
	stream_tick(s, 200, &sink);
	given("[lastwords: 3 records lost: seq 50–52]\n[    5.300000] r53\n",
	    "records sent during a restart are lost");
	record(s, 0, 0, 300);
	stream_flush(s, &sink);
	given("RESTART\n[    0.000000] r0\n", "a log from the beginning is a restart");
	stream_free(s);
}

static void basic(void)
{
	struct stream *s = fresh(NULL);
	char big[NETCONSOLE_CHUNK + 1];

	send(s, "[    1.000000] one\n[    1.5000", 0);
	given("[    1.000000] one\n", "a packet may end in mid-line");
	send(s, "00] two\n", 1);
	given("[    1.500000] two\n", "the next has the rest");
	send(s, "no end", 10);
	ok(stream_deadline(s) == 10 + STREAM_PARTIAL_MS, "a line without end has its time");
	stream_tick(s, 9 + STREAM_PARTIAL_MS, &sink);
	given("", "a line without end waits for STREAM_PARTIAL_MS");
	stream_tick(s, 10 + STREAM_PARTIAL_MS, &sink);
	given("no end\n", "a line without end is given out after that time");
	send(s, "a\n\nb\x01\xff\tc\n", 1000);
	given("a\n\nb\\x01\\xff\tc\n", "empty lines stay, bytes are escaped");
	memset(big, 'y', sizeof(big));
	big[NETCONSOLE_CHUNK] = '\0';
	send(s, big, 1000);
	send(s, "z\n", 1000);
	is_num((long long)stream_counts(s)->truncated, 1, "packets of 1000 bytes are counted");
	ok(strlen(out) == NETCONSOLE_CHUNK + 2, "a cut packet is joined with the next");
	out[0] = '\0';
	send(s, "", 1000);
	given("", "an empty packet is nothing");
	send(s, "[    0.000000] Linux version 6\n", 1100);
	given("RESTART\n[    0.000000] Linux version 6\n", "a first line is a restart");
	send(s, "[   50.000000] x\n[    2.000000] y\n", 1200);
	given("[   50.000000] x\nRESTART\n[    2.000000] y\n",
	    "a printed time that falls back is a restart");
	send(s, "6,5,60000000,-;extended\n", 1300);
	send(s, "[    2.500000] and basic\n", 1300);
	stream_flush(s, &sink);
	given("[    2.500000] and basic\n[   60.000000] extended\n", "both formats on one port");
	stream_free(s);
}

/* console_msg_format=syslog */
static void syslog_format(void)
{
	struct stream *s = fresh(NULL);

	send(s, "<5>[    0.000000] Linux version 6.1.0\n", 0);
	send(s, "<6>[  100.000000] running\n", 10);
	send(s, "<5>[    0.000000] Linux version 6.1.0\n", 2000);
	given("<5>[    0.000000] Linux version 6.1.0\n<6>[  100.000000] running\n"
	      "RESTART\n<5>[    0.000000] Linux version 6.1.0\n",
	    "a time that falls back after a priority is a restart");
	s = fresh(s);
	send(s, "<5>Linux version 6.1.0\n<6>running\n", 0);
	send(s, "<5>Linux version 6.1.0\n", 2000);
	given("<5>Linux version 6.1.0\n<6>running\nRESTART\n<5>Linux version 6.1.0\n",
	    "the first line after a priority without a time is a restart");
	stream_free(s);
}

/* 67000 bytes in fragments, as Linux 6.19 sends them with many items of user data. */
static void large_record(void)
{
	const size_t total = 67000, size = 960;
	struct stream *s = fresh(NULL);
	char text[2000];

	number(s, 1, 0);
	stream_tick(s, 200, &sink);
	for (size_t at = 0; at < total; at += size) {
		size_t len = total - at < size ? total - at : size;
		int n = snprintf(text, sizeof(text), "3,2,2000,-,ncfrag=%zu/%zu;", at, total);

		memset(text + n, 'v', len);
		if (at == 0)
			memcpy(text + n, "disk failure\n k=", 16);
		text[n + (int)len] = '\0';
		send(s, text, 210);
	}
	number(s, 3, 220);
	given("[    0.001000] r1\n[    0.002000] disk failure\n[    0.003000] r3\n",
	    "a record of 67000 bytes is put together from its fragments");
	is_num((long long)stream_counts(s)->lost, 0, "no record is lost around a large one");
	is_num((long long)all, 0, "a stream that waits for nothing holds no memory");
	stream_free(s);
}

static void shared_memory(void)
{
	enum { MANY = 1000 };
	static struct stream *many[MANY];
	struct stream *s = fresh(NULL);
	char text[100];
	size_t most = 0;

	stream_free(s);
	for (int i = 0; i < MANY; i++) {
		many[i] = stream_new(&all);
		for (int seq = 1; seq <= STREAM_FRAGMENTED; seq++) {
			snprintf(text, sizeof(text), "6,%d,2000,-,ncfrag=0/%d;x", seq,
			    NETCONSOLE_BODY_MAX);
			send(many[i], text, 0);
			most = all > most ? all : most;
		}
	}
	ok(most > STREAM_ALL_BYTES / 2 && most <= STREAM_ALL_BYTES,
	    "all streams together hold at most STREAM_ALL_BYTES of fragments");
	s = stream_new(&all);
	out[0] = '\0';
	stream_restore(s, 1, 0);
	all += STREAM_ALL_BYTES;
	number(s, 1, 300);
	number(s, 3, 300);
	given("[    0.001000] r1\n[lastwords: 1 record lost: seq 2]\n[    0.003000] r3\n",
	    "without memory a record does not wait for those before it");
	all -= STREAM_ALL_BYTES;
	stream_free(s);
	for (int i = 0; i < MANY; i++)
		stream_free(many[i]);
	is_num((long long)all, 0, "freed streams hold no memory");
}

/* A record, and the number of its message. */
static void message(struct stream *stream, int seq, int msgid, int64_t now)
{
	char text[128];

	snprintf(text, sizeof(text), "6,%d,%d,-;r%d\n msgid=9\n cpu=1\n msgid=%d\n", seq,
	    seq * 1000, seq, msgid);
	send(stream, text, now);
}

static void unsent(void)
{
	struct stream *stream = fresh(NULL);

	message(stream, 1, 1, 0);
	stream_tick(stream, STREAM_WINDOW_MS, &sink);
	out[0] = '\0';
	message(stream, 5, 2, 300);
	stream_tick(stream, 300 + STREAM_WINDOW_MS, &sink);
	given(
	    "[lastwords: 3 records lost: seq 2–4, 3 of them never sent by the kernel]\n[    0.005000] r5\n",
	    "a gap in the numbers of records alone: they were never sent");
	message(stream, 9, 4, 1000);
	stream_tick(stream, 1000 + STREAM_WINDOW_MS, &sink);
	given(
	    "[lastwords: 3 records lost: seq 6–8, 2 of them never sent by the kernel]\n[    0.009000] r9\n",
	    "a gap in both: one was lost on the way");
	is_num((long long)stream_counts(stream)->lost, 1, "only that one counts as lost");
	is_num((long long)stream_counts(stream)->unsent, 5, "the others as never sent");
	message(stream, 12, 7, 2000);
	stream_tick(stream, 2000 + STREAM_WINDOW_MS, &sink);
	given("[lastwords: 2 records lost: seq 10–11]\n[    0.012000] r12\n",
	    "the same gap in both: all were lost on the way");
	message(stream, 15, 99, 3000);
	stream_tick(stream, 3000 + STREAM_WINDOW_MS, &sink);
	given("[lastwords: 2 records lost: seq 13–14]\n[    0.015000] r15\n",
	    "numbers that do not fit say nothing");
	number(stream, 18, 4000);
	stream_tick(stream, 4000 + STREAM_WINDOW_MS, &sink);
	given("[lastwords: 2 records lost: seq 16–17]\n[    0.018000] r18\n",
	    "nor does a record without a number");
	stream_free(stream);
}

int main(void)
{
	unsent();
	order();
	late_pieces();
	basic_echo();
	fragments();
	windows();
	restart();
	restored();
	basic();
	syslog_format();
	large_record();
	shared_memory();
	return tap_done();
}
