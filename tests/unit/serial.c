/* SPDX-License-Identifier: MIT */
/* serial: the rule of record/serial/serial.h, case by case; and the record's part: a console that drops characters. */
#include "record/serial/serial.h"

#include <stdlib.h>

#include "tap.h"

static struct err err;

/* The lines of a console; with a dump, "DUMP" and its lines behind them; "UNTIMED" first where it is so. */
static const char *read_bytes(const char *bytes, size_t len)
{
	static char got[65536];
	struct serial_lines lines;

	if (serial_read(&err, bytes, len, &lines))
		return err.msg;
	snprintf(got, sizeof(got), "%s%.*s%s%.*s", lines.timed ? "" : "UNTIMED\n",
	    (int)lines.live.len, lines.live.text ? lines.live.text : "",
	    lines.dump.len ? "DUMP\n" : "", (int)lines.dump.len,
	    lines.dump.text ? lines.dump.text : "");
	serial_free(&lines);
	return got;
}

#define READ(text) read_bytes(text, sizeof(text) - 1)

static void test_lines(void)
{
	is(READ("[    1.000000] a\r\n[    2.000000] b\n"), "[    1.000000] a\n[    2.000000] b\n",
	    "CR LF and LF end a line");
	is(READ("[    1.000000] a\r\r\n[    2.000000] b\r[    3.000000] c"),
	    "[    1.000000] a\n[    2.000000] b\n[    3.000000] c\n",
	    "several CRs are one end, a lone CR is one too, and so is the text's");
	is(READ("[    1.000000] a  \t\r\n"), "[    1.000000] a\n", "blanks at the end go");
	is(READ("\0\0[    1.000000] a\0b\r\n"), "[    1.000000] ab\n", "NUL bytes are left out");
	is(READ("[    1.000000] \303\251\t\033[1mx\177\r\n"),
	    "[    1.000000] \\xc3\\xa9\t\\x1b[1mx\\x7f\n",
	    "what does not print is \\xNN, as in a dump");
	is(READ("[    1.000000][   T12] a\n[    2.000000]\n"),
	    "[    1.000000][   T12] a\n[    2.000000]\n",
	    "a stamp may have a caller behind it, or nothing");
	is(READ("boot\r\nlogin: \r\n"), "UNTIMED\n", "without a kernel there is no line");
	is(READ(""), "UNTIMED\n", "no bytes give no lines");
}

static void test_stamps(void)
{
	is(READ("login: [    1.000000] a\nroot@host:~# [    2.000000] b\n"),
	    "[    1.000000] a\n[    2.000000] b\n", "a program's text may come before a stamp");
	is(READ("[    1.000000] a\nlogin: root\n  OK  ] Started\n"), "[    1.000000] a\n",
	    "lines without a stamp are not the kernel's");
	is(READ("\033[3[    1.000000] a\n\033[    2.000000] b\n\033]0;ti[    3.000000] c\n"),
	    "[    1.000000] a\n[    2.000000] b\n[    3.000000] c\n",
	    "a kernel's line that cuts an escape sequence is found");
	is(READ("[   1.000000] a\n[    1.00000] b\n[    1.0000000] c\n[    x.000000] d\n"
		"[    1.000000]e\n"),
	    "UNTIMED\n", "a stamp that has lost a byte is not taken for one");
	is(READ("[12345678.000001] a\n[100000.000000] b\n"),
	    "[12345678.000001] a\n[100000.000000] b\n", "a stamp may be longer");
	is(READ("[    1.000000] a [    0.500000] b\n"), "[    1.000000] a [    0.500000] b\n",
	    "the first stamp in a line counts");
}

static void test_repeats(void)
{
	is(READ("[    0.000000] Linux version 6.1\n[    0.000000] Command line: a\n"
		"[    9.000000] b\n# dmesg\n[    0.000000] Linux version 6.1\n"
		"[    0.000000] Command line: a\n[    3.000000] debug\n[    9.000000] b\n"
		"[   10.000000] c\n"),
	    "[    0.000000] Linux version 6.1\n[    0.000000] Command line: a\n"
	    "[    9.000000] b\n[    3.000000] debug\n[   10.000000] c\n",
	    "a log that a program prints is not there twice; lines that only it has are");
	is(READ("[    1.000000] a\n[    1.000000] a\n[    1.000001] a\n"),
	    "[    1.000000] a\n[    1.000001] a\n", "stamp and text tell repeats");
}

#define DEATH "[    9.000000] Kernel panic - not syncing: x\n"

#define BOOT "[    0.000000] Linux version 6.1\n[    0.000000] Command line: a\n"

static void test_capture(void)
{
	is(READ(BOOT DEATH "[    0.000000] Linux version 6.1\n"
			   "[    0.000000] Command line: elfcorehdr=0x7f a\n"
			   "[   11.000000] capture\n[    0.000000] Linux version 5\n"
			   "[    0.000000] Command line: b\n[    1.000000] next\n"),
	    BOOT DEATH "[    0.000000] Linux version 5\n[    0.000000] Command line: b\n"
		       "[    1.000000] next\n",
	    "a capture kernel is left out: elfcorehdr= on its command line; the next kernel is not");
	is(READ(BOOT DEATH "[    0.000000] Linux version 6.1\n"
			   "[    0.000000] Kernel command line: elfcorehdr=0x7f a\n"),
	    BOOT DEATH, "… with the line that other architectures print");
	is(READ(BOOT DEATH "[    0.000000] Linux version 6.1\n"
			   "[    0.000000] Reserving 4 KB of memory at 0x7f for elfcorehdr\n"),
	    BOOT DEATH, "… or with arm64's");
	is(READ(BOOT DEATH "[    0.000000] Linux version 6.1\n[    0.000001] x\n"), BOOT DEATH,
	    "after a death a kernel whose command line is unknown is the capture kernel");
	is(READ(BOOT DEATH "[    9.000001] Call Trace:\n[    8.500000] late\n[    7.900000] old\n"
			   "[    0.400000] quiet\n[   10.000000] end\n"),
	    BOOT DEATH "[    9.000001] Call Trace:\n[    8.500000] late\n[   10.000000] end\n",
	    "after a death a line a second older is not the dead kernel's");
	is(READ(BOOT "[    9.000000] a\n[    0.400000] quiet\nlastwords: capture kernel up, 1 s\n"
		     "[    9.500000] capture\n[lastwords: console lost 2 s: x]\n"),
	    BOOT "[    9.000000] a\n",
	    "a death that the console did not see: the capture kernel's own line shows it");
	is(READ(BOOT "[    9.000000] a\n[    0.400000] b\n"),
	    BOOT "[    9.000000] a\n[    0.400000] b\n", "an older line is kept otherwise");
	is(READ(BOOT "[    9.000000] a\nlastwords: capture kernel up, 1 s\n"
		     "lastwords: dmesg of 525400a1b2c3-x begins\n" BOOT
		     "[    9.000000] a\n[    9.100000] NMI\nx\n"
		     "lastwords: dmesg of 525400a1b2c3-x ends\n[    9.200000] c\n"),
	    BOOT "[    9.000000] a\nDUMP\n" BOOT "[    9.000000] a\n[    9.100000] NMI\n",
	    "the ring that the capture kernel prints is a text of its own");
}

static void test_marks(void)
{
	is(READ("[lastwords: console lost 9 s: x]\n" BOOT "[lastwords: console lost 2 s: x]\n"
		"[lastwords: console up]\n[    9.000000] a\n"),
	    BOOT "[lastwords: console lost 2 s: x]\n[    9.000000] a\n",
	    "a mark of missing bytes stays once a kernel has begun");
}

static void test_untimed(void)
{
	is(READ("firmware\nGRUBLinux version 6.1 (gcc)\r\nCommand line: a\r\n"
		"\033[0;32mOK\033[m Started\a\nBUG\n"),
	    "UNTIMED\nLinux version 6.1 (gcc)\nCommand line: a\nOK Started\nBUG\n",
	    "without times: all from \"Linux version\" on, without escape sequences");
	is(READ("Linux version 6.1\nCommand line: a\n# dmesg\n[    0.000000] Linux version 6.1\n"
		"[    0.000000] Command line: a\n[    1.000000] b\n")[0] == 'U'
		? "untimed"
		: "timed",
	    "timed", "a log with times that a program prints counts as well");
	is(READ("a\nKernel panic - not syncing: x\nb\n"),
	    "UNTIMED\nKernel panic - not syncing: x\nb\n",
	    "without times and without a beginning: from a death on");
	is(READ("Linux version 6.1\nCommand line: a\nb\nLinux version 6.1\n"
		"Command line: a elfcorehdr=0x7f\nc\n"),
	    "UNTIMED\nLinux version 6.1\nCommand line: a\nb\n",
	    "without times: a capture kernel is left out");
	is(READ(
	       "\033[1;31ma\033[Kb\033(Bc\033]0;t\033\\d\033]2;e\033P1\ax\033[12\nLinux version 6.1\n"
	       "\033[1;31ma\033[Kb\033(Bc\033]0;t\033\\d\033]2;e\033P1\ax\033[12\n"),
	    "UNTIMED\nLinux version 6.1\nabcdx[12\n", "escape sequences of each kind");
}

/* --- with other channels ---------------------------------------------------------------------------- */

static const char *align(const char *base, const char *text)
{
	static char got[4096];
	struct timeline timeline = {.count = 0};
	struct serial_text out = {.text = NULL};

	if (timeline_add(&err, &timeline, base, strlen(base), TIMELINE_HTTP) ||
	    serial_align(&err, &timeline, text, strlen(text), &out))
		return err.msg;
	snprintf(got, sizeof(got), "%.*s", (int)out.len, out.text ? out.text : "");
	free(out.text);
	timeline_free(&timeline);
	return got;
}

static void test_align(void)
{
	static const char base[] = "[    1.000000] a\n[    2.000000] b\n[    3.000000] a\n"
				   "[    4.000000] c\n[    5.000000] d\n";

	is(align(base, "a\nb\na\nd\n"),
	    "[    1.000000] a\n[    2.000000] b\n[    3.000000] a\n[    5.000000] d\n",
	    "lines without times get those of the other channel");
	is(align(base, "x\na\nlogin:\nc\ny\n"), "[    1.000000] a\n[    4.000000] c\n",
	    "lines of programs are left out");
	is(align(base, "a\nd\nb\na\nc\n"),
	    "[    1.000000] a\n[    2.000000] b\n[    3.000000] a\n[    4.000000] c\n",
	    "a program's line that looks like a late one costs no others");
	is(align(base, "a\nKernel panic - not syncing: x\ny\nc\nz\n"),
	    "[    1.000000] a\nKernel panic - not syncing: x\ny\n[    4.000000] c\n",
	    "what follows a death stays, up to the next line that both have");
	is(align(base, "a\n[lastwords: console lost 2 s: x]\nz\nc\n"),
	    "[    1.000000] a\n[lastwords: console lost 2 s: x]\n[    4.000000] c\n", "marks stay");
	is(align(base, ""), "", "no lines");
}

/* Time grows with the bytes, not with their square: else this takes minutes. */
static void test_hostile(void)
{
	static const char *const units[] = {"[", "\033[", "\n", "\r", "[    1.000000] a\n",
	    "Linux version 1\n", "\033]", "[     ", "lastwords: dmesg of begins\n", "\377"};
	const size_t size = 4 << 20;
	char *bytes = malloc(size);

	for (size_t u = 0; bytes && u < sizeof(units) / sizeof(units[0]); u++) {
		size_t n = strlen(units[u]);
		struct serial_lines lines;

		for (size_t i = 0; i < size; i++)
			bytes[i] = units[u][i % n];
		ok(serial_read(&err, bytes, size, &lines) == 0 && lines.live.len <= size,
		    "4 MB of one thing: case %zu", u);
		serial_free(&lines);
	}
	free(bytes);
}

int main(void)
{
	test_lines();
	test_stamps();
	test_repeats();
	test_capture();
	test_marks();
	test_untimed();
	test_align();
	test_hostile();
	return tap_done();
}
