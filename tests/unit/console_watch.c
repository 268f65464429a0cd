/* SPDX-License-Identifier: MIT */
/* A death in the bytes of a console (console/watch.h), and which bytes of a boot came before its session. */
#include "console/screens.h"
#include "console/watch.h"
#include "scratch.h"
#include "tap.h"

static struct watch watch;

/* The death line in a text, given in pieces of every size; "" without one; "differs" if the pieces matter. */
static const char *death(const char *text)
{
	static char first[WATCH_LINE_MAX];
	size_t len = strlen(text);

	for (size_t piece = len; piece > 0; piece = piece > 7 ? 7 : piece - 1) {
		int found = 0;

		watch_init(&watch);
		for (size_t at = 0; at < len; at += piece)
			found +=
			    watch_bytes(&watch, text + at, len - at < piece ? len - at : piece);
		if (piece == len)
			snprintf(first, sizeof(first), "%s", watch.death);
		if (found != (watch.death[0] != '\0') || strcmp(first, watch.death) != 0)
			return "differs";
	}
	return first;
}

#define PANIC "Kernel panic - not syncing: sysrq triggered crash"

static void test_deaths(void)
{
	is(death("[    1.000000] " PANIC "\r\n"), PANIC, "a panic");
	is(death("login: root[   12.345678] " PANIC "\n"), PANIC,
	    "behind what a user program wrote");
	is(death("\033[31m[    1.000000] " PANIC "\r\n"), PANIC, "in colours");
	is(death("\033]0;title\007[    1.000000] " PANIC "\r\n"), PANIC,
	    "behind a terminal's title");
	is(death("[    1.000000] \033[" PANIC "\n[    2.000000] " PANIC "\n"), PANIC,
	    "after an escape sequence that was cut");
	is(death("\033]0;cut\n[    1.000000] " PANIC "\n"), PANIC, "after a title that was cut");
	is(death("[    1.000000] x\n$ echo " PANIC "\n"), "", "not in what a user prints");
	is(death("Linux version 6.1\n" PANIC "\n"), PANIC, "of a kernel without time stamps");
	is(death("[    1.000000] " PANIC), "", "a line without its end is not looked at yet");
	is(death("[    0.000000] Linux version 6.1\n"
		 "[    0.000000] Command line: x elfcorehdr=0x10000\n"
		 "[    1.000000] " PANIC "\n"),
	    "", "not that of a capture kernel");
	is(death("[    0.000000] Kernel command line: elfcorehdr=1\n"
		 "[    0.000000] Linux version 6.1\n[    1.000000] " PANIC "\n"),
	    PANIC, "but of the kernel after it");
	is(death("[    1.000000] x\nlastwords: capture kernel up, 1 s\n[    2.000000] " PANIC "\n"),
	    "", "not that of our own capture kernel");
	is(death("[    1.000000] x\nlastwords: capture kernel up, 1 s\n"
		 "lastwords: dmesg of m begins\n[    0.000000] Linux version 6.1\n"
		 "[    1.500000] " PANIC "\nlastwords: dmesg of m ends\n"),
	    PANIC, "but that in the ring which it prints");
	is(death("[    1.000000] x\nlastwords: capture kernel up, 1 s\n"
		 "lastwords: dmesg of m begins\n[    0.000000] Linux version 6.1\n"
		 "lastwords: dmesg of m ends\n[    1.500000] " PANIC "\n"),
	    "", "and not what comes behind that");
	is(death("[    1.000000] all is well\n"), "", "no death at all");
}

static void test_flood(void)
{
	static char text[70000];

	watch_init(&watch);
	memset(text, 'x', sizeof(text));
	ok(!watch_bytes(&watch, text, sizeof(text)) && watch.len <= WATCH_LINE_MAX,
	    "a line without an end takes no more than its room");
	ok(watch_bytes(&watch, "\n[    1.000000] " PANIC "\n[    2.000000] " PANIC "\n",
	       2 * (sizeof(PANIC) + 15) + 1),
	    "a death after it is found");
	ok(!watch_bytes(&watch, "[    3.000000] " PANIC "\n", sizeof(PANIC) + 15),
	    "only the first one");
	watch_init(&watch);
	watch_bytes(&watch, text, sizeof(text));
	ok(watch_bytes(&watch, "[    1.000000] " PANIC "\n", sizeof(PANIC) + 15),
	    "and one at its end");
}

static const char *screens(const char *before)
{
	static char text[400];
	struct transcript transcript;
	struct transcript_reader reader;
	struct err err;
	ssize_t n;

	transcript_init(&transcript);
	unlink(scratch_path("old/console.log"));
	unlink(scratch_path("old/console.idx"));
	unlink(scratch_path("new/console.log"));
	unlink(scratch_path("new/console.idx"));
	scratch_put("old/console.log", before);
	if (transcript_open(&err, &transcript, scratch_path("new")) ||
	    screens_copy(&err, scratch_path("old"), &transcript))
		return "not copied";
	transcript_close(&transcript);
	transcript_read_open(&err, &reader, scratch_path("new"));
	n = transcript_read(&reader, 0, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	transcript_read_close(&reader);
	return text;
}

static void test_screens(void)
{
	scratch_make();
	scratch_mkdir("old");
	scratch_mkdir("new");
	is(screens("SeaBIOS\r\niPXE\r\n"), "SeaBIOS\r\niPXE\r\n",
	    "all of what no kernel has printed");
	is(screens("a\n[    9.000000] reboot: machine restart\nSeaBIOS\niPXE"), "SeaBIOS\niPXE",
	    "what follows the last line of the kernel before");
	is(screens("[    9.000000] reboot\n"), "", "nothing, if that line is the last");
	is(screens(""), "", "nothing from an empty log");
}

int main(void)
{
	test_deaths();
	test_flood();
	test_screens();
	return tap_done();
}
