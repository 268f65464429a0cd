/* SPDX-License-Identifier: MIT */
/*
 * qualify: what a capture kernel reported, hostile text among it, and the table that is made of rounds. What the
 * index knows of a round is tests/cli/qualify.t's.
 */
#include "repro/qualify.h"

#include "tap.h"

static const struct run_result survived = {.verdict = VERDICT_SURVIVED};
static struct qualify_round one;

static void facts(const char *text)
{
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", text);
	qualify_unknown(&one, &survived);
	qualify_facts(&one, copy);
}

static int none_known(void)
{
	return one.link < 0 && one.free_kb < 0 && one.total_kb < 0;
}

static void takes(void)
{
	facts("nic=eth0 driver=virtio_net up=0.80 link=2.14 free=5120 total=19000");
	ok(one.link > 1.339 && one.link < 1.341, "link counts from the first program");
	ok(one.free_kb == 5120 && one.total_kb == 19000, "memory");
	is(one.driver, "virtio_net", "the driver");
	facts("up=2.5 link=2.5");
	ok(one.link == 0, "a link that was up already took no time");
	facts("link=2.14 free=5120");
	ok(one.link < 0 && one.free_kb == 5120, "without its beginning the link is unknown");
	facts("");
	ok(none_known() && !one.driver[0], "without facts everything is");
}

static void refuses(void)
{
	static const char *const hostile[] = {"up=nan link=nan", "up=0 link=inf", "up=0 link=1e9",
	    "up=-5 link=2", "up=3 link=2", "up=0 link=2s", "up=0 link=0x2", "up=0 link=%202",
	    "up=0 link=1.2.3", "up=0 link=", "up link", "free=-5 total=x",
	    "free=99999999999999999999 total=0x10", "free=5k total=%00", "free total",
	    "=== = %%% %", "free=1%002"};

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		facts(hostile[i]);
		ok(none_known(), "unknown: %s", hostile[i]);
	}
	facts("driver=;rm%20-rf%1b[2J%22");
	is(one.driver, "?rm?-rf??2J?", "a driver's name is harmless");
	facts("driver=abcdefghijklmnopqrstuvwxyz");
	is(one.driver, "abcdefghijklmnopqrstuvw", "and cut");
}

static char text[8192];

static int has(const char *line)
{
	return strstr(text, line) != NULL;
}

static void print(const struct qualify *qualify)
{
	struct kv_out out;

	kv_out_init(&out, text, sizeof(text));
	qualify_text(&out, qualify);
	ok(!out.overflow, "the table fits");
}

static void tables(void)
{
	struct qualify_round rounds[3];
	struct qualify qualify = {
	    .profile = "lab", .capture = "small", .crashkernel = "24M", .round = rounds};

	print(&qualify);
	ok(has("  log stored      0 of 0 ") && has("  link            unknown\n"),
	    "without rounds nothing is known");

	for (int i = 0; i < 3; i++)
		qualify_unknown(&rounds[i], &survived);
	rounds[0].armed = rounds[0].stored = rounds[0].http = rounds[0].netconsole = 1;
	rounds[0].store = 4;
	rounds[0].link = 1.5;
	rounds[0].free_kb = 6000;
	rounds[0].total_kb = 19000;
	rounds[1] = rounds[0];
	rounds[1].store = 8;
	rounds[1].link = -1;
	rounds[1].free_kb = 5120;
	rounds[1].netconsole = 0;
	snprintf(rounds[1].driver, sizeof(rounds[1].driver), "e1000");
	qualify.count = 3;
	is_num((long long)qualify_stored(&qualify), 2, "two of three stored");
	print(&qualify);
	ok(has("profile lab: capture small, crashkernel 24M, 3 rounds\n"), "of which profile");
	ok(has("  armed           2 of 3\n"), "armed");
	ok(has("  log stored      2 of 3 (95 % interval: 9 % to 99 %)\n"), "stored");
	ok(has("  time to stored  median 6.0 s, worst 8.0 s after the crash\n"), "time");
	ok(has("  link            median 1.5 s, worst 1.5 s after the capture kernel's first program (e1000)\n"),
	    "the link of the round that knows it, and the driver");
	ok(has("  memory left     5120 of 19000 kB at least\n"), "the least memory");
	ok(has("  channels        http 2, netconsole 1, console 0, pstore 0\n"), "channels");
	ok(has("  failed          round 3: the machine was not armed\n"), "why the third failed");

	rounds[2].armed = 1;
	snprintf(rounds[2].run.session, sizeof(rounds[2].run.session), "ID");
	print(&qualify);
	ok(has("  failed          round 3: no log was stored (ID)\n"), "with its session");
	rounds[2].run.verdict = VERDICT_NONE;
	snprintf(rounds[2].run.why, sizeof(rounds[2].run.why), "no boot request");
	print(&qualify);
	ok(has("  failed          round 3: no boot request (ID)\n"), "or the run's reason");
}

int main(void)
{
	takes();
	refuses();
	tables();
	return tap_done();
}
