/* SPDX-License-Identifier: MIT */
/* record: which files of a session are which channel, their order, and what record.meta gives back. */
#include "record/record.h"
#include "record/autopsy.h"

#include <stdlib.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static const char *dir;
static struct record record;
static struct err err;

#define RING "[    1.000000] a\n[    2.000000] b\n"
#define OOPS                                                                                       \
	"[    9.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"         \
	"[    9.000001] CPU: 3 PID: 712 Comm: cat Tainted: G        W  OE 6.1.0-18-amd64 #1\n"     \
	"[    9.000002] Hardware name: QEMU Standard PC\n"                                         \
	"[    9.000003] RIP: 0010:lab_oops+0x5/0x10 [lastwords_lab]\n"                             \
	"[    9.000004] Call Trace:\n"                                                             \
	"[    9.000005]  lab_write+0x20/0x30 [lastwords_lab]\n"

/* "NAME CHANNEL LINES" of each text. */
static const char *load(void)
{
	static char got[1024];
	char names[48];

	got[0] = '\0';
	if (record_load(&err, dir, &record))
		return err.msg;
	for (size_t i = 0; i < record.texts; i++) {
		const struct record_text *text = &record.text[i];

		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s %s %zu%s\n", text->name,
		    timeline_channel_names(text->channel, names), text->lines,
		    text->holes ? " holes" : "");
	}
	return got;
}

static void test_names(void)
{
	char name[RECORD_NAME_MAX];

	record_upload_name(1, "txt", name);
	is(name, "dmesg.txt", "the first upload has no number");
	record_upload_name(16, "meta", name);
	is(name, "dmesg-16.meta", "further uploads have their number");
	ok(record_upload_name(17, "txt", name) == &record_kinds[RECORD_PSTORE],
	    "the places of pstore follow those of the dumps");
	is(name, "pstore-1.txt", "the first upload from pstore has its number too");
	ok(record_upload_number("dmesg.txt") == 1 && record_upload_number("dmesg-16.txt") == 16 &&
		record_upload_number("pstore-1.txt") == 17 &&
		record_upload_number("pstore-4.txt") == 20 &&
		record_upload_number("autopsy.txt") == 21 &&
		record_upload_number("autopsy-2.txt") == 22 &&
		record_upload_number("script.txt") == 23 &&
		record_upload_number("firmware.txt") == 24 &&
		record_upload_number("firmware-4.txt") == RECORD_UPLOADS_MAX,
	    "the number of an upload follows from its name");
	ok(!record_upload_number("dmesg-1.txt") && !record_upload_number("dmesg-17.txt") &&
		!record_upload_number("pstore.txt") && !record_upload_number("pstore-5.txt") &&
		!record_upload_number("dmesg.meta") && !record_upload_number(""),
	    "other names are not an upload's");
}

static void test_channels(void)
{
	size_t len;
	char *text;

	is(load(), "", "a session without logs has a record without lines");
	record_free(&record);
	scratch_put("netconsole.log.0", "[    0.250000] first\n");
	scratch_put("netconsole.log.1", "[    0.500000] early\n");
	scratch_put("netconsole.log",
	    RING "[lastwords: sent by the capture kernel over UDP]\n[    3.000000] c\n");
	is(load(), "netconsole.log udp 1\nnetconsole.log netconsole 4\n",
	    "netconsole's three files are one text, the capture kernel's lines another");
	ok(record.channels == (TIMELINE_NETCONSOLE | TIMELINE_UDP), "both channels have lines");
	text = record_render(&record, &len);
	is(text, "[    0.250000] first\n[    0.500000] early\n" RING "[    3.000000] c\n",
	    "the record is the lines in order");
	ok(text && len == strlen(text), "the length of the text is its own");
	free(text);
	record_free(&record);
	scratch_put(
	    "netconsole.log", "[    1.000000] [lastwords: sent by the capture kernel over UDP]\n");
	unlink(scratch_path("netconsole.log.0"));
	unlink(scratch_path("netconsole.log.1"));
	is(load(), "netconsole.log netconsole 1\n",
	    "the capture kernel's mark counts only at the beginning of a line");
	record_free(&record);
	unlink(scratch_path("netconsole.log"));

	scratch_put("dmesg.txt", RING);
	scratch_put("dmesg.meta", "channel=http\nexit=3\n");
	scratch_put("dmesg-2.txt", RING);
	scratch_put("dmesg-2.meta", "channel=http\nexit=0\nholes=0\nbuild-id=0123abc\n");
	scratch_put("dmesg-3.txt", RING);
	scratch_put("dmesg-3.meta", "channel=pstore\n");
	scratch_put("dmesg-4.txt", RING);
	scratch_put("dmesg-4.meta", "rope=pstore\nholes=2\nbuild-id=wrong\n");
	scratch_put("dmesg-16.txt", RING);
	scratch_put("pstore-1.txt", RING);
	is(load(),
	    "dmesg.txt http-again 2 holes\ndmesg-2.txt http 2\ndmesg-3.txt pstore 2\n"
	    "dmesg-4.txt pstore 2 holes\ndmesg-16.txt http-again 2\n"
	    "pstore-1.txt pstore 2\n",
	    "the dump without holes is the ring; channel, or rope before 0.2, is read");
	is(record.text[1].build_id, "0123abc", "the build id is the meta file's");
	is(record.text[3].build_id, "", "an invalid build id is left out");
	is_num((long long)record.timeline.count, 2, "equal dumps give each line once");
	record_free(&record);
}

/* All but the first. */
static void remove_dumps(void)
{
	for (int i = 2; i <= RECORD_UPLOADS_MAX; i++) {
		char name[RECORD_NAME_MAX];

		record_upload_name(i, "txt", name);
		unlink(scratch_path(name));
	}
}

/* A dump that is not in order of time: its order shows that it is the base. */
static void test_order(void)
{
	size_t len;
	char *text;

	remove_dumps();
	scratch_put("dmesg.txt", "[    1.000003] x\n[    1.000002] y\n");
	scratch_put("dmesg.meta", "holes=1\n");
	scratch_put("dmesg-2.txt", "[    1.000002] y\n[    1.000003] x\n");
	load();
	text = record_render(&record, &len);
	is(text, "[    1.000002] y\n[    1.000003] x\n", "the order is the dump's without holes");
	free(text);
	record_free(&record);
}

/* What another session's token has sent gives the title only where the session has no dump of its own. */
static void test_title(void)
{
	static struct report report;
	struct record_channels has;

	remove_dumps();
	scratch_put("pstore-1.txt", RING OOPS);
	scratch_put("dmesg.txt", RING "[    8.000000] kernel BUG at mm/slub.c:440!\n");
	scratch_put("dmesg.meta", "channel=http\n");
	ok(record_make(&err, dir, "") == 0 && record_read_report(dir, &report) == 0 &&
		strcmp(report.class, "BUG") == 0,
	    "pstore does not change the title of a session with a dump");
	scratch_put("dmesg.txt", RING "[   10.000000] reboot: Restarting system\n");
	ok(record_make(&err, dir, "") == 0 && record_read_report(dir, &report) == -1,
	    "pstore gives a session with a dump no title");
	unlink(scratch_path("dmesg.txt"));
	ok(record_make(&err, dir, "") == 0 && record_read_report(dir, &report) == 0 &&
		record_read_channels(dir, &has) == 0 && strcmp(has.title_by, "pstore") == 0,
	    "a title by pstore alone is marked");
	scratch_put("netconsole.log", RING OOPS);
	ok(record_make(&err, dir, "") == 0 && record_read_report(dir, &report) == 0 &&
		record_read_channels(dir, &has) == 0 && !has.title_by[0],
	    "a title that netconsole gives too is not marked");
	unlink(scratch_path("netconsole.log"));
	unlink(scratch_path("record.meta"));
}

#define UNTIMED                                                                                    \
	"Linux version 6.1\r\na\r\nlogin: root\r\nb\r\n"                                           \
	"BUG: kernel NULL pointer dereference, address: 0000000000000000\r\n"                      \
	"RIP: 0010:lab_oops+0x5/0x10 [lab]\r\n"

/* The console's files are one text; what the capture kernel prints of the ring is another. */
static void test_console(void)
{
	static struct report report;
	struct record_channels has;
	size_t len;
	char *text;

	remove_dumps();
	scratch_put("console.log.1", "GRUB\r\n[    0.500000] early\r\n");
	scratch_put("console.log",
	    "login: [    1.000000] a\r\n" OOPS "lastwords: capture kernel up, 1 s\n"
	    "lastwords: dmesg of x begins\n" RING "lastwords: dmesg of x ends\n");
	is(load(), "console.log console 2\nconsole.log console 8\n",
	    "the console's two files are one text, the ring that the capture kernel prints another");
	text = record_render(&record, &len);
	is(text, "[    0.500000] early\n" RING OOPS, "the record has each line once, in order");
	free(text);
	record_free(&record);
	ok(record_make(&err, dir, "") == 0 && record_read_report(dir, &report) == 0 &&
		record_read_channels(dir, &has) == 0 && has.console_crash && !has.stream_crash &&
		has.channels == TIMELINE_CONSOLE,
	    "a crash that only the console has gives the title");
	is(report.title, "NULL pointer dereference in lab_oops", "… with its function");

	unlink(scratch_path("console.log.1"));
	scratch_put("console.log", UNTIMED);
	is(load(), "console.log console 6\n", "a kernel without times: all lines");
	record_free(&record);
	scratch_put("dmesg.txt", RING);
	is(load(), "dmesg.txt http 2\nconsole.log console 4\n",
	    "… but not those of programs, if another channel has the kernel's lines");
	text = record_render(&record, &len);
	is(text,
	    RING "BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
		 "RIP: 0010:lab_oops+0x5/0x10 [lab]\n",
	    "… and the death that only the console saw");
	free(text);
	record_free(&record);
	scratch_put("console.log", "Linux version 6.1\r\nlogin:\r\n");
	is(load(), "dmesg.txt http 2\nconsole.log console 0\n",
	    "… a console with nothing of the kernel in it has no lines");
	record_free(&record);
	scratch_put("console.log", "GRUB\r\nloading\r\n");
	is(load(), "dmesg.txt http 2\n", "a console without a kernel is no channel");
	record_free(&record);
	unlink(scratch_path("dmesg.txt"));
	is(load(), "", "… and gives no record");
	record_free(&record);
	unlink(scratch_path("console.log"));
	unlink(scratch_path("record.meta"));
}

/* A report whose frames are all "?" or missing gets its function from the autopsy's stack. */
static void test_autopsy(void)
{
	static const char hung[] =
	    RING "[   20.000000] INFO: task kworker/0:1:93 blocked for more than 10 seconds.\n"
		 "[   20.000001]       Not tainted 6.1.0 #1\n"
		 "[   20.000002] task:kworker/0:1     state:D stack:0     pid:93    ppid:2\n"
		 "[   20.000003] Call Trace:\n[   20.000004]  ? __schedule+0x1/0x2\n";
	static const char autopsy[] =
	    "lastwords autopsy of 6.1.0 x86_64\n\nsummary\n  1 task in D\n  memory: 1 of 2 MB free\n\n"
	    "death\n  panic: x\n  cpu=0 pid=7 comm=x\n    panic+0x1/0x2\n    lab_die+0x1/0x2 [lab_die]\n\n"
	    "tasks\n  total=2\n  waiting\n    pid=931 comm=other state=D\n      other_wait+0x1/0x2\n"
	    "    pid=93 comm=kworker/0:1 state=D blocked_s=20.1\n      __schedule+0x10/0x20\n"
	    "      lab_wait_for_it+0x1/0x2 [lab]\n      kthread+0x1/0x2\n";
	static char line[AUTOPSY_LINES][AUTOPSY_LINE];
	static struct report report, without;
	struct record_channels has;
	char *text;
	size_t len;

	remove_dumps();
	scratch_put("dmesg.txt", hung);
	ok(record_make(&err, dir, "") == 0, "a hung task's record is made");
	record_read_report(dir, &without);
	ok(!report_names_cause(&without), "a hung task with \"?\" frames alone names no cause");
	scratch_put("autopsy.txt", autopsy);
	ok(record_make(&err, dir, "") == 0 && record_read_report(dir, &report) == 0 &&
		record_read_channels(dir, &has) == 0,
	    "its record is made with an autopsy");
	is(report.function, "lab_wait_for_it",
	    "the autopsy's stack of that task names the function");
	is(report.title, "hung task in lab_wait_for_it", "the title has that function");
	is(has.title_by, "autopsy", "the title is marked as the autopsy's");
	ok(report.signature[0] && strcmp(report.signature, without.signature) != 0,
	    "the signature is of that function");
	load();
	for (size_t i = 0; i < record.texts; i++)
		ok(strcmp(record.text[i].name, "autopsy.txt") != 0,
		    "the autopsy is not merged into the record");
	record_free(&record);
	text = autopsy_read(dir, &len);
	ok(text && autopsy_summary(text, len, line) == 2, "the summary has two lines");
	is(line[1], "memory: 1 of 2 MB free", "the summary's second line is read");
	free(text);
	scratch_put("dmesg.txt", RING OOPS);
	ok(record_make(&err, dir, "") == 0 && record_read_report(dir, &report) == 0 &&
		record_read_channels(dir, &has) == 0 && !has.title_by[0],
	    "a function that the log names stays");
	is(report.function, "lab_oops", "the log's own function is the title's");
	unlink(scratch_path("autopsy.txt"));
	unlink(scratch_path("record.meta"));
}

/* The text of a file of the record. */
static const char *made(const char *name)
{
	static char text[4096];
	FILE *file = fopen(scratch_path(name), "r");

	text[0] = '\0';
	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

static const char *levels(void)
{
	static struct report report;

	load();
	if (record_report(&err, dir, &record, &report) ||
	    record_write(&err, dir, &record, &report, ""))
		return err.msg;
	record_free(&record);
	return made("record.levels");
}

static void test_levels(void)
{
	remove_dumps();
	scratch_put("netconsole.log", "[    0.500000] early\n" RING "[    9.500000] late\n");
	scratch_put("dmesg.txt", RING OOPS);
	scratch_put("dmesg.meta", "channel=http\n");
	is(levels(), "", "a dump without levels");
	scratch_put("dmesg.meta", "channel=http\nlevels=ge-b2d2g\n");
	is(levels(), "2 2 6\n3 3 4\n5 6 1\n7 8 3\n9 9 6\n",
	    "the levels follow their lines into the record");
	scratch_put("dmesg.meta", "channel=http\nlevels=g9\n");
	is(levels(), "", "levels of more lines than the dump has are not used");
	scratch_put("dmesg.meta", "channel=http\nlevels=%3Cx%3E\n");
	is(levels(), "", "nor is any other text");
	scratch_put("pstore-1.txt", "<4>[   10.000000] in pstore\n<30>[   11.000000] a program\n");
	is(levels(), "11 11 4\n12 12 6\n", "a line may have its level itself");
	unlink(scratch_path("pstore-1.txt"));
	unlink(scratch_path("record.meta"));
}

/* A log of so many lines. 0/-1. */
static int put_long(const char *name, long lines, const char *text)
{
	FILE *file = fopen(scratch_path(name), "w");

	for (long i = 0; file && i < lines; i++)
		fprintf(file, "[%5ld.%06ld] %s\n", i / 1000, i % 1000 * 1000, text);
	return file ? fclose(file) : -1;
}

/* How many lines the record of a dump of so many lines has. */
static size_t lines_of_long(long lines, char first[64])
{
	static struct report report;
	char line[64];
	size_t count = 0;
	FILE *file;

	if (put_long("dmesg.txt", lines, "line") || record_load(&err, dir, &record))
		return 0;
	if (record_report(&err, dir, &record, &report) == 0)
		record_write(&err, dir, &record, &report, "");
	record_free(&record);
	file = fopen(scratch_path("record.txt"), "r");
	for (; file && fgets(line, sizeof(line), file); count++)
		if (count == 0)
			snprintf(first, 64, "%s", line);
	if (file)
		fclose(file);
	return count;
}

/* A million lines are a record; of more it has the end, and says so. */
static void test_long(void)
{
	char first[64] = "";

	remove_dumps();
	unlink(scratch_path("dmesg.meta"));
	unlink(scratch_path("netconsole.log"));
	is_num(lines_of_long(1000000, first), 1000000, "a record of a million lines has them all");
	is(first, "[    0.000000] line\n", "from the first on");
	is_num(lines_of_long(RECORD_UPLOAD_LINES_MAX + 9, first), RECORD_UPLOAD_LINES_MAX,
	    "of a longer one a mark and the last lines");
	is(first, "[lastwords: 200 bytes left out]\n", "which says how much is left out");
	ok(put_long("netconsole.log", RECORD_LINES_MAX, "other") == 0,
	    "netconsole has as many as it may");
	is_num(lines_of_long(RECORD_UPLOAD_LINES_MAX, first), RECORD_ALL_LINES_MAX,
	    "both channels together have no more than all may have");
	unlink(scratch_path("netconsole.log"));
	unlink(scratch_path("dmesg.txt"));
	unlink(scratch_path("record.meta"));
}

#define STREAM_LINE(N) "[    " #N ".000000] line " #N "\n"
#define STREAM_UDP "[lastwords: sent by the capture kernel over UDP, from x]\n"

/* netconsole's log, and its meta with levels of the text up to less bytes before its end. */
static void put_stream(const char *text, const char *runs, long less)
{
	char meta[100];

	snprintf(
	    meta, sizeof(meta), "levels=%s\nlevels-end=%ld\n", runs, (long)strlen(text) - less);
	scratch_put("netconsole.log", text);
	scratch_put("netconsole.meta", meta);
}

static void test_stream_levels(void)
{
	static const char four[] = STREAM_LINE(1) STREAM_LINE(2) STREAM_LINE(3) STREAM_LINE(4);
	static const char udp[] =
	    STREAM_LINE(1) STREAM_LINE(2) STREAM_UDP STREAM_LINE(3) STREAM_LINE(4);
	const long line = sizeof(STREAM_LINE(1)) - 1;

	unlink(scratch_path("dmesg.txt"));
	unlink(scratch_path("dmesg.meta"));
	put_stream(four, "ge2", 0);
	is(levels(), "2 2 6\n3 4 4\n", "the last lines of netconsole have their levels");
	put_stream(four, "ge2", line);
	is(levels(), "1 1 6\n2 3 4\n", "lines that came since then have none");
	put_stream(four, "ge2", -1);
	is(levels(), "", "of another log they are not used");
	scratch_put("netconsole.log.1", STREAM_LINE(0));
	put_stream(four, "a9bge3", 0);
	is(levels(), "1 1 1\n2 2 6\n3 5 4\n", "they go on into the older part, and no further");
	unlink(scratch_path("netconsole.log.1"));
	put_stream(udp, "ge-cd", 0);
	is(levels(), "1 1 6\n2 2 4\n3 3 2\n4 4 3\n",
	    "what the capture kernel sent by UDP has them");
	put_stream(udp, "ge-c", line);
	is(levels(), "1 1 6\n2 2 4\n3 3 2\n", "also if its last line is not described");
	put_stream(udp, "ge", (long)strlen(STREAM_UDP) + 2 * line);
	is(levels(), "1 1 6\n2 2 4\n", "or none is");
	scratch_put("dmesg.txt", STREAM_LINE(2) STREAM_LINE(3));
	scratch_put("dmesg.meta", "channel=http\nlevels=h2\n");
	is(levels(), "1 1 6\n2 3 7\n", "lines of a dump have those of the dump");
	unlink(scratch_path("netconsole.meta"));
	unlink(scratch_path("netconsole.log"));
	unlink(scratch_path("record.meta"));
}

static void test_meta(void)
{
	static struct report report, back;
	char text[256] = "";
	FILE *file;

	remove_dumps();
	ok(record_read_report(dir, &back) == -1 && back.cpu == -1 && back.pid == -1,
	    "without record.meta there is no report");
	scratch_put("dmesg.txt", RING OOPS);
	scratch_put("dmesg.meta", "channel=http\nbuild-id=0123abc\n");
	scratch_put("netconsole.log", RING "[lastwords: 2 records lost]\n");
	load();
	ok(record_report(&err, dir, &record, &report) == 0 &&
		record_write(&err, dir, &record, &report, "A box") == 0,
	    "a record with a report is written");
	record_free(&record);
	ok(record_read_report(dir, &back) == 0, "the report is read back");
	is(back.title, "NULL pointer dereference in lab_oops", "the title is read back");
	is(back.build_id, "0123abc", "the dump's build id is the report's");
	ok(strcmp(back.class, report.class) == 0 && strcmp(back.function, report.function) == 0 &&
		strcmp(back.signature, report.signature) == 0 && back.signature[0] &&
		strcmp(back.release, report.release) == 0 && strcmp(back.comm, "cat") == 0 &&
		strcmp(back.taint, report.taint) == 0 && back.taint[0] &&
		strcmp(back.hardware, "QEMU Standard PC") == 0 &&
		strcmp(back.modules, report.modules) == 0 && back.modules[0] &&
		strcmp(back.rip, report.rip) == 0 && back.rip[0],
	    "every text of the report is read back");
	ok(back.cpu == 3 && back.pid == 712 && back.time_us == 9000000 &&
		back.corrupted == report.corrupted && back.severity == REPORT_DEATH,
	    "every number of the report is read back");
	file = fopen(scratch_path("record.channels"), "r");
	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	is(text, "1 2 http,netconsole\n3 8 http\n", "record.channels has each stretch");

	scratch_put("dmesg.meta", "channel=pstore\nbuild-id=0123abc\n");
	load();
	record_report(&err, dir, &record, &report);
	record_free(&record);
	is(report.build_id, "", "the build id of a pstore dump is not the report's");
	scratch_put("dmesg.meta", "channel=http\nbuild-id=0123abc\n");

	scratch_put("dmesg.txt", RING);
	load();
	record_report(&err, dir, &record, &report);
	record_write(&err, dir, &record, &report, "");
	record_free(&record);
	ok(record_read_report(dir, &back) == -1 && back.title[0] == '\0' && back.cpu == -1 &&
		strcmp(back.build_id, "0123abc") == 0,
	    "without a report the build id is still known");
}

int main(void)
{
	dir = scratch_make();
	test_names();
	test_channels();
	test_order();
	test_title();
	test_console();
	test_autopsy();
	test_levels();
	test_stream_levels();
	test_long();
	test_meta();
	return tap_done();
}
