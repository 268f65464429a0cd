/* SPDX-License-Identifier: MIT */
/* timeline: the rule of timeline.h, case by case: equal lines, order, holes, differences. */
#include "record/timeline.h"

#include <stdlib.h>

#include "tap.h"

enum {
	H = TIMELINE_HTTP,
	N = TIMELINE_NETCONSOLE,
	U = TIMELINE_UDP,
	P = TIMELINE_PSTORE,
	C = TIMELINE_CONSOLE
};

struct channel {
	unsigned int channel;
	const char *text;
};

/* Lines as "H|text", "HN!|text" (differs), "N?|text" (hole), joined by newlines. */
static void check(const char *name, const struct channel *channels, const char *want)
{
	static const char letters[] = "HNUPAC";
	struct timeline timeline = {.count = 0};
	char got[16384] = "", channels_of[TIMELINE_CHANNELS + 1];
	struct err err;
	size_t have = 0, holes = 0, differing = 0;

	for (; channels->text; channels++)
		if (timeline_add(
			&err, &timeline, channels->text, strlen(channels->text), channels->channel))
			ok(0, "%s: %s", name, err.msg);
	timeline_resolve(&timeline);
	for (size_t i = 0; i < timeline.count; i++) {
		const struct timeline_line *line = &timeline.line[i];

		memset(channels_of, 0, sizeof(channels_of));
		for (int r = 0, n = 0; r < TIMELINE_CHANNELS; r++)
			if (line->channels & 1u << r)
				channels_of[n++] = letters[r];
		holes += (line->flags & TIMELINE_HOLE) != 0;
		differing += (line->flags & TIMELINE_DIFFERS) != 0;
		have += (size_t)snprintf(got + have, sizeof(got) - have, "%s%s%s|%.*s\n",
		    channels_of, line->flags & TIMELINE_DIFFERS ? "!" : "",
		    line->flags & TIMELINE_HOLE ? "?" : "", (int)line->len, line->text);
		if (have >= sizeof(got)) {
			ok(0, "%s: more than there is room for here", name);
			break;
		}
	}
	is(got, want, name);
	if (holes != timeline.holes || differing != timeline.differing)
		ok(0, "%s: the counts agree with the flags", name);
	timeline_free(&timeline);
}

#define CHECK(name, want, ...) check(name, (struct channel[]){__VA_ARGS__, {0, NULL}}, want)

static void test_same(void)
{
	CHECK("one channel alone is the record", "H|[    1.000000] a\nH|[    2.000000] b\n",
	    {H, "[    1.000000] a\n[    2.000000] b\n"});
	CHECK("equal lines of two channels are one", "HN|[    1.000000] a\nHN|[    2.000000] b\n",
	    {H, "[    1.000000] a\n[    2.000000] b\n"},
	    {N, "[    1.000000] a\n[    2.000000] b\n"});
	CHECK("level, caller and white space do not count", "HN|[    1.000000] a\n",
	    {H, "[    1.000000] a\n"}, {N, "<6>[    1.000000][   T12] a \r\n"});
	CHECK("a line that stands twice in a channel stands twice",
	    "HN|[    1.000000] a\nHN|[    1.000000] a\n",
	    {H, "[    1.000000] a\n[    1.000000] a\n"},
	    {N, "[    1.000000] a\n[    1.000000] a\n"});
	CHECK("a line is there as often as in the channel with most",
	    "HN|[    1.000000] a\nHN|[    1.000000] a\nN|[    1.000000] a\n",
	    {H, "[    1.000000] a\n[    1.000000] a\n"},
	    {N, "[    1.000000] a\n[    1.000000] a\n[    1.000000] a\n"});
	CHECK("the same text at another time is another line",
	    "HN|[    1.000000] a\nN|[    1.000001] a\n", {H, "[    1.000000] a\n"},
	    {N, "[    1.000000] a\n[    1.000001] a\n"});
	CHECK("empty lines are left out", "HN|[    1.000000] a\n", {H, "\n\n[    1.000000] a\n\n"},
	    {N, "\n[    1.000000] a"});
	CHECK("texts without lines give no lines", "", {H, ""}, {N, "\n"});
	CHECK("four channels are merged",
	    "HNP|[    1.000000] a\nHNUP|[    2.000000] b\nUP|[    3.000000] c\n",
	    {H, "[    1.000000] a\n[    2.000000] b\n"},
	    {N, "[    1.000000] a\n[    2.000000] b\n"},
	    {U, "[    2.000000] b\n[    3.000000] c\n"},
	    {P, "[    1.000000] a\n[    2.000000] b\n[    3.000000] c\n"});
}

static void test_order(void)
{
	CHECK("what the ring has lost comes first",
	    "N|[    1.000000] a\nN|[    2.000000] b\nHN|[    3.000000] c\nH|[    4.000000] d\n",
	    {H, "[    3.000000] c\n[    4.000000] d\n"},
	    {N, "[    1.000000] a\n[    2.000000] b\n[    3.000000] c\n"});
	CHECK("what came after the dump comes last", "HN|[    1.000000] a\nN|[    2.000000] b\n",
	    {H, "[    1.000000] a\n"}, {N, "[    1.000000] a\n[    2.000000] b\n"});
	CHECK("a line is inserted between two others",
	    "HN|[    1.000000] a\nN|[    2.000000] b\nHN|[    3.000000] c\n",
	    {H, "[    1.000000] a\n[    3.000000] c\n"},
	    {N, "[    1.000000] a\n[    2.000000] b\n[    3.000000] c\n"});
	CHECK("a line is inserted between lines of one time",
	    "HN|[    1.000000] a\nN|[    1.000000] b\nHN|[    1.000000] c\n",
	    {H, "[    1.000000] a\n[    1.000000] c\n"},
	    {N, "[    1.000000] a\n[    1.000000] b\n[    1.000000] c\n"});
	CHECK("a line is inserted next to its neighbour of the same time",
	    "HN|[    1.000000] a\nN!|[    1.000000] b\nH!|[    1.000000] z\nHN|[    2.000000] c\n",
	    {H, "[    1.000000] a\n[    1.000000] z\n[    2.000000] c\n"},
	    {N, "[    1.000000] a\n[    1.000000] b\n[    2.000000] c\n"});
	CHECK("a line is inserted before the first of its time",
	    "H|[    0.500000] z\nN|[    1.000000] a\nHN|[    1.000000] b\n",
	    {H, "[    0.500000] z\n[    1.000000] b\n"},
	    {N, "[    1.000000] a\n[    1.000000] b\n"});
	CHECK("the ring's own order is kept, times or not",
	    "HN|[    1.000002] a\nHN|[    1.000001] b\nHN|[    1.000003] c\n",
	    {H, "[    1.000002] a\n[    1.000001] b\n[    1.000003] c\n"},
	    {N, "[    1.000001] b\n[    1.000002] a\n[    1.000003] c\n"});
	CHECK("a late line goes to its time",
	    "N|[    1.000000] a\nN|[    2.000000] b\nN|[    3.000000] c\n",
	    {N, "[    1.000000] a\n[    3.000000] c\n[    2.000000] b\n"});
	CHECK("another kernel's lines stay behind",
	    "N|[  100.000000] a\nN|[    0.000000] Linux\nN|[    1.000000] b\n",
	    {N, "[  100.000000] a\n[    0.000000] Linux\n[    1.000000] b\n"});
	CHECK("a line without time follows its predecessor",
	    "HN|[    1.000000] a\nN|more\nHN|[    3.000000] c\n",
	    {H, "[    1.000000] a\n[    3.000000] c\n"},
	    {N, "[    1.000000] a\nmore\n[    3.000000] c\n"});
	CHECK("a line without time follows an inserted one",
	    "HN|[    1.000000] a\nN|[    2.000000] b\nN|more\nN|[    2.500000] bb\nHN|[    "
	    "3.000000] c\n",
	    {H, "[    1.000000] a\n[    3.000000] c\n"},
	    {N, "[    1.000000] a\n[    2.000000] b\nmore\n[    2.500000] bb\n[    3.000000] c\n"});
}

static void test_timeless(void)
{
	CHECK("without times: by text and place", "N|x\nHN|a\nHN|b\nHN|c\nH|d\n",
	    {H, "a\nb\nc\nd\n"}, {N, "x\na\nb\nc\n"});
	CHECK(
	    "without times: what is between", "HN|a\nN|b\nHN|c\n", {H, "a\nc\n"}, {N, "a\nb\nc\n"});
	CHECK("without times: a line that comes again and again",
	    "HN|a\nHN|x\nHN|b\nHN|x\nHN|c\nHN|x\n", {H, "a\nx\nb\nx\nc\nx\n"},
	    {N, "a\nx\nb\nx\nc\nx\n"});
	CHECK("without times: the end of it", "HN|x\nH|a\nH|x\nHN|b\nHN|x\n",
	    {H, "x\na\nx\nb\nx\n"}, {N, "b\nx\nx\n"});
	CHECK(
	    "without times: channels with nothing in common", "H|a\nN|b\n", {H, "a\n"}, {N, "b\n"});
}

static void test_cut(void)
{
	CHECK("a cut line is its whole form", "HN|[    1.000000] a long line that goes on\n",
	    {H, "[    1.000000] a long line that goes on\n"}, {N, "[    1.000000] a long line\n"});
	CHECK("the whole form stays if it comes second",
	    "HN|[    1.000000] a long line that goes on\n", {H, "[    1.000000] a long line\n"},
	    {N, "[    1.000000] a long line that goes on\n"});
	CHECK("a line with bytes lost inside is its whole form",
	    "HN|[    1.000000] a long line that goes on\n",
	    {H, "[    1.000000] a long line that goes on\n"},
	    {N, "[    1.000000] a long[lastwords: 10 bytes lost] goes on\n"});
	CHECK("the whole form replaces a line with bytes lost",
	    "HN|[    1.000000] a long line that goes on\n",
	    {H, "[    1.000000] a long[lastwords: 10 bytes lost] goes on\n"},
	    {N, "[    1.000000] a long line that goes on\n"});
	CHECK("too little around lost bytes is another line",
	    "H!|[    1.000000] abcdefghijklmnop\nN!?|[    1.000000] abc[lastwords: 13 bytes lost]\n",
	    {H, "[    1.000000] abcdefghijklmnop\n"},
	    {N, "[    1.000000] abc[lastwords: 13 bytes lost]\n"});
	CHECK("bytes lost in every channel are a hole",
	    "N?|[    1.000000] a long[lastwords: 10 bytes lost] goes on\n",
	    {N, "[    1.000000] a long[lastwords: 10 bytes lost] goes on\n"});
	CHECK("a cut form of a line that its channel has whole is another line",
	    "HN|[    1.000000] a long line that goes on\nN|[    1.000000] a long line\n",
	    {H, "[    1.000000] a long line that goes on\n"},
	    {N, "[    1.000000] a long line that goes on\n[    1.000000] a long line\n"});
	CHECK("a form that is too short is another line",
	    "H!|[    1.000000] a long line\nN!|[    1.000000] a\n",
	    {H, "[    1.000000] a long line\n"}, {N, "[    1.000000] a\n"});
	CHECK("a shorter form of another time is another line",
	    "N|[    0.999999] a long l\nH|[    1.000000] a long line\n",
	    {H, "[    1.000000] a long line\n"}, {N, "[    0.999999] a long l\n"});
}

static void test_holes(void)
{
	static const char whole[] = "[    1.000000] a\n[    2.000000] b\n[    3.000000] c\n";
	static const char gap[] =
	    "[    1.000000] a\n[lastwords: 1 record lost: seq 812]\n[    3.000000] c\n";

	CHECK("a gap in the only channel is a hole",
	    "N|[    1.000000] a\nN?|[lastwords: 1 record lost: seq 812]\nN|[    3.000000] c\n",
	    {N, gap});
	CHECK("the dump closes the stream's gap",
	    "HN|[    1.000000] a\nH|[    2.000000] b\nHN|[    3.000000] c\n", {H, whole}, {N, gap});
	CHECK("the stream closes the dump's gap",
	    "HN|[    1.000000] a\nN|[    2.000000] b\nHN|[    3.000000] c\n", {H, gap}, {N, whole});
	CHECK("the same gap in both channels is one hole",
	    "HN|[    1.000000] a\nHN?|[lastwords: 1 record lost: seq 812]\n"
	    "HN|[    3.000000] c\n",
	    {H, gap}, {N, gap});
	CHECK("a gap at the stream's end is closed by the dump",
	    "HN|[    1.000000] a\nH|[    2.000000] b\nH|[    3.000000] c\n", {H, whole},
	    {N, "[    1.000000] a\n[lastwords: 2 records lost: seq 812–813]\n"});
	CHECK("a gap at the dump's beginning is closed by the stream",
	    "N|[    1.000000] a\nN|[    2.000000] b\nHN|[    3.000000] c\n",
	    {H, "[lastwords: 2 records lost]\n[    3.000000] c\n"}, {N, whole});
	CHECK("a gap is closed by as many lines as are missing",
	    "N|[    1.000000] a\nU|[    2.000000] b\nN|[    3.000000] c\nU|[    4.000000] d\n",
	    {N, gap}, {U, "[    2.000000] b\n[    4.000000] d\n"});
	CHECK("a gap stays with fewer lines than are missing",
	    "N|[    1.000000] a\nN?|[lastwords: 2 records lost: seq 1–2]\nU|[    2.000000] b\n"
	    "N|[    3.000000] c\n",
	    {N, "[    1.000000] a\n[lastwords: 2 records lost: seq 1–2]\n[    3.000000] c\n"},
	    {U, "[    2.000000] b\n"});
	CHECK("a dump that ends before the gap does not close it",
	    "HN|[    1.000000] a\nN?|[lastwords: 1 record lost: seq 812]\nN|[    3.000000] c\n",
	    {H, "[    1.000000] a\n"}, {N, gap});
	CHECK("a gap of unknown size stays",
	    "N|[    1.000000] a\nN?|[lastwords: records lost]\n"
	    "N?|[lastwords: 1 record lost: seq 5]\nU|[    2.000000] b\nN|[    3.000000] c\n",
	    {N, "[    1.000000] a\n[lastwords: records lost]\n[lastwords: 1 record lost: seq 5]\n"
		"[    3.000000] c\n"},
	    {U, "[    2.000000] b\n"});
	CHECK("other marks are not holes",
	    "H|[    1.000000] a\nH|[lastwords: the record above was not finished: seq 7]\n",
	    {H, "[    1.000000] a\n[lastwords: the record above was not finished: seq 7]\n"});
}

static void test_differ(void)
{
	CHECK("where they differ both stay",
	    "HN|[    1.000000] a\nH!|[    2.000000] value 5\nN!|[    2.000000] value 6\nHN|[    "
	    "3.000000] c\n",
	    {H, "[    1.000000] a\n[    2.000000] value 5\n[    3.000000] c\n"},
	    {N, "[    1.000000] a\n[    2.000000] value 6\n[    3.000000] c\n"});
	CHECK("a stream and its continuation do not differ",
	    "N|[    1.000000] a\nU|[    1.000000] b\n", {N, "[    1.000000] a\n"},
	    {U, "[    1.000000] b\n"});
	CHECK("a channel with fewer lines does not differ",
	    "HN|[    1.000000] a\nH|[    1.000000] b\n",
	    {H, "[    1.000000] a\n[    1.000000] b\n"}, {N, "[    1.000000] a\n"});
}

static void test_names(void)
{
	char text[48];

	is(timeline_channel_names(H | N | U | P | C | TIMELINE_AGAIN, text),
	    "http,netconsole,udp,pstore,http-again,console", "every channel has its name");
	is(timeline_channel_names(0, text), "", "no channel has no name");
}

/* 300000 lines of one time and text must not take long, nor lose one. */
static void test_many(void)
{
	enum { LINES = 300000 };
	struct timeline timeline = {.count = 0};
	char *text = malloc(LINES * 18 + 1);
	struct err err;

	for (size_t i = 0; i < LINES; i++)
		memcpy(text + i * 18, "[    1.000000] ab\n", 18);
	text[LINES * 18] = '\0';
	ok(timeline_add(&err, &timeline, text, LINES * 18, H) == 0 &&
		timeline_add(&err, &timeline, text, LINES * 18, N) == 0,
	    "300,000 equal lines are merged");
	timeline_resolve(&timeline);
	is_num((long long)timeline.count, LINES, "all 300,000 lines are there");
	is_num(timeline.line[LINES - 1].channels, H | N, "each of them is by both channels");
	timeline_free(&timeline);
	free(text);
}

/* A dropped character in the last of many lines of one time. */
static void test_thin_early(void)
{
	struct timeline timeline = {.count = 0};
	char whole[16384] = "", thin[16384] = "";
	struct err err;

	for (int i = 0; i < 200; i++) {
		snprintf(whole + strlen(whole), 64, "[    0.000000] early line number %03d\n", i);
		snprintf(thin + strlen(thin), 64, "[    0.000000] early li%s number %03d\n",
		    i == 199 ? "n" : "ne", i);
	}
	timeline_add(&err, &timeline, whole, strlen(whole), H);
	timeline_add(&err, &timeline, thin, strlen(thin), C);
	timeline_resolve(&timeline);
	is_num((long long)timeline.count, 200, "it is found among many lines of one time");
	timeline_free(&timeline);
}

static void test_thin(void)
{
	CHECK("a console's line without some characters is the other's",
	    "HC|[    1.000000] BUG: kernel NULL pointer dereference\n",
	    {H, "[    1.000000] BUG: kernel NULL pointer dereference\n"},
	    {C, "[    1.000000] BG: kernl NULL pointerdereference\n"});
	CHECK("… whichever comes first", "PC|[    1.000000] BUG: kernel NULL pointer dereference\n",
	    {C, "[    1.000000] BG: kernl NULL pointerdereference\n"},
	    {P, "[    1.000000] BUG: kernel NULL pointer dereference\n"});
	test_thin_early();
	CHECK("only a console drops characters",
	    "H!|[    1.000000] a long line\nN!|[    1.000000] a lng line\n",
	    {H, "[    1.000000] a long line\n"}, {N, "[    1.000000] a lng line\n"});
	CHECK("with more than a quarter missing it is another line",
	    "H!|[    1.000000] a long line of words\nC!|[    1.000000] a lnglfwds\n",
	    {H, "[    1.000000] a long line of words\n"}, {C, "[    1.000000] a lnglfwds\n"});
	CHECK("characters in another order are another line",
	    "H!|[    1.000000] abcdefghijkl\nC!|[    1.000000] bacdefghijk\n",
	    {H, "[    1.000000] abcdefghijkl\n"}, {C, "[    1.000000] bacdefghijk\n"});
	CHECK("a line that only the console has stays, at its time",
	    "HC|[    1.000000] a\nC|[    2.000000] b\nH|[    3.000000] c\n",
	    {H, "[    1.000000] a\n[    3.000000] c\n"},
	    {C, "[    1.000000] a\n[    2.000000] b\n"});
	CHECK("the console's order is the ring's", "C|[    1.000002] a\nC|[    1.000001] b\n",
	    {C, "[    1.000002] a\n[    1.000001] b\n"});
	CHECK("a gap of the console that another channel covers is no hole",
	    "HC|[    1.000000] a\nH|[    2.000000] b\nHC|[    3.000000] c\n",
	    {H, "[    1.000000] a\n[    2.000000] b\n[    3.000000] c\n"},
	    {C, "[    1.000000] a\n[lastwords: console lost 2 s: x]\n[    3.000000] c\n"});
	CHECK("a gap of the console alone is a hole",
	    "C|[    1.000000] a\nC?|[lastwords: console lost 2 s: x]\nC|[    3.000000] c\n",
	    {C, "[    1.000000] a\n[lastwords: console lost 2 s: x]\n[    3.000000] c\n"});
}

int main(void)
{
	test_same();
	test_order();
	test_timeless();
	test_cut();
	test_holes();
	test_differ();
	test_names();
	test_many();
	test_thin();
	return tap_done();
}
