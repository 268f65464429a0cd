/* SPDX-License-Identifier: MIT */
/*
 * Path: one line, one frame, one name, one short log -> the pure functions below report_find.
 * Evidence: prefixes are cut and nothing else is; frames of every style are read; names are clean; a
 * death is no warning; no part of a log is read beyond its end; skipped frames do not get the blame.
 */
#include <stdlib.h>

#include "report/frames.h"
#include "report/line.h"
#include "report/opening.h"
#include "report/report.h"
#include "tap.h"

static void check_prefix(const char *text, const char *want, long long us, int caller, int id)
{
	struct report_cursor cursor = {.text = text, .len = strlen(text)};
	struct report_line line = {.time_us = -2};
	char got[200] = "(none)", name[200];

	if (report_line_next(&cursor, &line))
		report_copy(got, sizeof(got), line.text, line.len);
	snprintf(name, sizeof(name), "the prefixes of \"%s\" are cut", text);
	is(got, want, name);
	ok(line.time_us == us && line.caller == caller && (int)line.caller_id == id,
	    "time and caller of \"%s\": %lld, %c%u", text, (long long)line.time_us,
	    line.caller ? line.caller : '-', line.caller_id);
}

static void check_prefixes(void)
{
	check_prefix("plain words", "plain words", -1, 0, 0);
	check_prefix("[   12.345678] text", "text", 12345678, 0, 0);
	check_prefix("[   12.345678]  f+0x1/0x2", " f+0x1/0x2", 12345678, 0, 0);
	check_prefix("[   12.345678][  T123] text", "text", 12345678, 'T', 123);
	check_prefix("[   12.345678] [    C0] text", "text", 12345678, 'C', 0);
	check_prefix("<6>[    0.000001] text", "text", 1, 0, 0);
	check_prefix("<14>text\r", "text", -1, 0, 0);
	check_prefix("6,416,1758426,-,caller=T1;text", "text", -1, 0, 0);
	check_prefix("kern  :warn  : [    1.500000] text", "text", 1500000, 0, 0);
	check_prefix("Nov 21 10:00:00 host kernel: [    1.500000] text", "text", 1500000, 0, 0);
	check_prefix("Nov  1 10:00:00 host kernel: text", "text", -1, 0, 0);
	check_prefix("Nov  1 10:00:00 h-1 3,2903,86997,-; text", " text", -1, 0, 0);
	check_prefix("2026-11-21T10:00:00.1+00:00 h-1 3,2903,86997,-;text", "text", -1, 0, 0);
	check_prefix("2026-11-21T10:00:00.123456+00:00 host kernel: text", "text", -1, 0, 0);
	check_prefix("2026-11-21T10:00:00,123456+00:00 text", "text", -1, 0, 0);
	check_prefix("[    1.500000] host kernel: text", "text", 1500000, 0, 0);
	check_prefix("kernel: text", "text", -1, 0, 0);
	check_prefix("[Fri Nov 21 10:00:00 2026] text", "text", -1, 0, 0);
	check_prefix("[   12.345678@1] text", "text", 12345678, 0, 0);
	check_prefix("[   12.345678,0] text", "text", 12345678, 0, 0);
	check_prefix("[    1.5] text", "text", 1500000, 0, 0);
	check_prefix("[    1.123456789] text", "text", 1123456, 0, 0);
	check_prefix("[   12.345678 <    0.000123>] text", "text", -1, 0, 0);
	check_prefix("[<    0.000123>] text", "text", -1, 0, 0);
	check_prefix("[  +0.000123] text", "text", -1, 0, 0);
	check_prefix("[Nov21 10:00] text", "text", -1, 0, 0);
	check_prefix("[16:21:28][c0-0c0s15n2][    1.500000] text", "text", 1500000, 0, 0);
	check_prefix("2026-11-21 10:00:00.123 text", "text", -1, 0, 0);
	check_prefix("  [Fri Nov 21 10:00:00 2026] text", "text", -1, 0, 0);
	check_prefix("\r\r[    1.500000] text \r\r", "text", 1500000, 0, 0);
	/* words of the message that look like prefixes */
	check_prefix("BUG: bad kernel: text", "BUG: bad kernel: text", -1, 0, 0);
	check_prefix("[<ffffffff81000000>] f+0x1/0x2", "[<ffffffff81000000>] f+0x1/0x2", -1, 0, 0);
	check_prefix("[ INFO: x ]", "[ INFO: x ]", -1, 0, 0);
	check_prefix("<6> f+0x1/0x2", " f+0x1/0x2", -1, 0, 0);
	check_prefix("[    1.500000] 10,20,30,x;y", "10,20,30,x;y", 1500000, 0, 0);
	check_prefix("10:00:00 mykernel: text", "10:00:00 mykernel: text", -1, 0, 0);
	check_prefix("dhcp: kernel: text", "dhcp: kernel: text", -1, 0, 0);
	check_prefix("a [    1.5] b", "a [    1.5] b", -1, 0, 0);
	check_prefix("<x>[    1.500000] b", "<x>", -1, 0, 0);
	check_prefix("a\x7f\x01z", "a??z", -1, 0, 0);
}

static void check_lines(void)
{
	static const char text[] =
	    "one\n\nlogin: [    2.000000] two\n<4>half<4>[    3.000000] three";
	static const char *const want[] = {"one", "", "login:", "two", "half", "three"};
	static const size_t number[] = {0, 1, 2, 2, 3, 3};
	static char much[REPORT_LINE_MAX + 10];
	struct report_cursor cursor = {.text = text, .len = sizeof(text) - 1};
	struct report_line line;
	size_t i = 0;

	for (; report_line_next(&cursor, &line) && i < 6; i++) {
		char got[40];

		report_copy(got, sizeof(got), line.text, line.len);
		is(got, want[i], "a log is cut at newlines and inner time stamps");
		is_num((long long)line.number, (long long)number[i],
		    "an inner time stamp does not count as a line");
	}
	is_num((long long)i, 6, "a log is read to its last line");
	memset(much, 'x', sizeof(much));
	cursor = (struct report_cursor){.text = much, .len = sizeof(much)};
	report_line_next(&cursor, &line);
	is_num((long long)line.len, REPORT_LINE_MAX, "the rest of a long line is ignored");
	ok(!report_line_next(&cursor, &line), "the rest of a long line is no line of its own");
}

static void check_frame(const char *text, enum report_line_kind kind, const char *name,
    const char *module, int unreliable)
{
	struct report_frame frame;
	char got[128] = "", mod[64] = "";
	enum report_line_kind is_kind = report_frame_parse(text, strlen(text), &frame);

	if (frame.name)
		report_copy(got, sizeof(got), frame.name, frame.len);
	if (frame.module)
		report_copy(mod, sizeof(mod), frame.module, frame.module_len);
	ok(is_kind == kind && !strcmp(got, name) && !strcmp(mod, module) &&
		frame.unreliable == unreliable,
	    "the frame line \"%s\": kind %d, name \"%s\", module \"%s\", unreliable %d", text,
	    is_kind, got, mod, frame.unreliable);
}

static void check_frames(void)
{
	check_frame(" f+0x12/0x34", LINE_FRAME, "f", "", 0);
	check_frame(" ? f+0x12/0x34 [ext4]", LINE_FRAME, "f", "ext4", 1);
	check_frame(" f.isra.0+0x12/0x34 [m-od 0123abcd]", LINE_FRAME, "f.isra.0", "m-od", 0);
	check_frame(" [<ffffffff81234567>] f+0x12/0x34", LINE_FRAME, "f", "", 0);
	check_frame(" [<ffffffff81234567>] ? f+0x12/0x34", LINE_FRAME, "f", "", 1);
	check_frame(" <IRQ>  [<ffffffff81234567>] f+0x12/0x34", LINE_FRAME, "f", "", 0);
	check_frame(" [<ffffffff88071c1d>] :ext3:f+0x12/0x34", LINE_FRAME, "f", "", 0);
	check_frame(
	    "[c000000012345678] [c000000000012345] f+0x1/0x2 (unreliable)", LINE_FRAME, "f", "", 1);
	check_frame("[<c0d0b230>] (f) from [<c0d0b940>] (g+0x20/0x24)", LINE_FRAME, "f", "", 0);
	check_frame(
	    "[<bf0d0b23>] (f [m]) from [<c0d0b940>] (g+0x20/0x24)", LINE_FRAME, "f", "m", 0);
	check_frame(" f from g+0x20/0x24", LINE_FRAME, "f", "", 0);
	check_frame("([<0000000000112233>] f+0x1/0x2)", LINE_FRAME, "f", "", 0);
	check_frame(" f+0x1/0x2 (P)", LINE_FRAME, "f", "", 0);
	check_frame(" f net/x.c:12 [inline]", LINE_FRAME, "f", "", 0);
	check_frame(" f+0x1/0x2 net/x.c:12", LINE_FRAME, "f", "", 0);
	check_frame(" f (net/x.c:12 (discriminator 3)) ", LINE_FRAME, "f", "", 0);
	check_frame(" [<     inline     >] f net/x.c:12", LINE_FRAME, "f", "", 0);
	check_frame(" 0xffffffffc0123456", LINE_FRAME, "", "", 0);
	check_frame(" f+0x12/0x3x", LINE_TORN, "f", "", 0);
	check_frame(" f+0x12", LINE_TORN, "f", "", 0);
	check_frame("Call Trace:", LINE_STACK, "", "", 0);
	check_frame("Call Trace: <IRQ>  [<ffffffff81234567>] f+0x1/0x2", LINE_STACK, "f", "", 0);
	check_frame("Allocated by task 12:", LINE_WRONG_STACK, "", "", 0);
	check_frame("RIP: 0010:f+0x1/0x2 [m]", LINE_IP, "f", "m", 0);
	check_frame(
	    "RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] f+0x1/0x2", LINE_IP, "f", "", 0);
	check_frame("RIP: 0010:f net/x.c:12 [inline]", LINE_IP, "f", "", 0);
	check_frame("RIP: 0010:0x0", LINE_IP, "", "", 0);
	check_frame("RIP: 0033:0x7f0c3a1c2d4b", LINE_REGISTERS, "", "", 0);
	check_frame("EIP is at f+0x1/0x2 [m]", LINE_IP, "f", "m", 0);
	check_frame("pc : f+0x1/0x2", LINE_IP, "f", "", 0);
	check_frame("PC is at f+0x1/0x2", LINE_IP, "f", "", 0);
	check_frame("epc : f+0x1/0x2", LINE_IP, "f", "", 0);
	check_frame("NIP [c000000000012345] f+0x1/0x2", LINE_IP, "f", "", 0);
	check_frame("lr : f+0x1/0x2", LINE_LR, "f", "", 0);
	check_frame(" ra : f+0x1/0x2", LINE_LR, "f", "", 0);
	check_frame(" <TASK>", LINE_REGISTERS, "", "", 0);
	check_frame("eth0: link up", LINE_OTHER, "", "", 0);
	check_frame("", LINE_OTHER, "", "", 0);
}

static void check_name(const char *name, const char *want)
{
	char got[128], text[200];

	report_frame_name(name, strlen(name), got);
	snprintf(text, sizeof(text), "the clean name of \"%s\"", name);
	is(got, want, text);
}

static void check_names(void)
{
	check_name("f", "f");
	check_name("f.isra.0", "f");
	check_name("f.constprop.0.isra.12", "f");
	check_name("f.part.0.cold", "f");
	check_name("f.llvm.1234567890", "f");
	check_name("f.123", "f");
	check_name("__x64_sys_write", "sys_write");
	check_name("__arm64_sys_write", "sys_write");
	check_name("__se_sys_write", "sys_write");
	check_name("__do_sys_write", "sys_write");
	check_name("__ia32_compat_sys_ioctl", "sys_ioctl");
	check_name("ksys_write", "sys_write");
	check_name("SyS_write", "sys_write");
	check_name("sys_write", "sys_write");
	check_name("bpf_prog_6deef7357e7b4530_filter", "bpf_prog");
	check_name("__x64_sys_", "__x64_sys_");
	check_name("", "");
}

static void check_death(void)
{
	static const char *const dead[] = {"BUG: kernel NULL pointer dereference, address: 0",
	    "[    1.000000] BUG: unable to handle page fault for address: ffff",
	    "kernel BUG at a.c:1!", "Oops: 0000 [#1] SMP",
	    "general protection fault: 0000 [#1] SMP",
	    "<1>[ 5.000000] Unable to handle kernel paging request at virtual address dead",
	    "Internal error: Oops: 96000004 [#1] SMP", "Kernel panic - not syncing: x",
	    "sysrq: Trigger a crash", "SysRq : Trigger a crash", "divide error: 0000 [#1]",
	    "Oops: general protection fault, probably for non-canonical address 0xd: 0000 [#1]",
	    "6,1,2,-;Kernel panic - not syncing: x", "myhost42: Kernel panic - not syncing: x"};
	static const char *const alive[] = {"", "text", "WARNING: CPU: 0 PID: 1 at a.c:1 f+0x1/0x2",
	    "BUG: soft lockup - CPU#0 stuck for 22s! [a:1]", "INFO: task a:1 blocked for more than",
	    "traps: a[1] general protection fault ip:1 sp:2 error:0", "a[7]: segfault at 0 ip 0",
	    "Oops, that went wrong", "audit[12]: Kernel panic - not syncing: told by a program",
	    "overflow: of the buffer", "BUG: KASAN: use-after-free in f+0x1/0x2",
	    "Command line: oops=panic panic=10", "BUG: scheduling while atomic: a/1/0x2"};

	for (size_t i = 0; i < sizeof(dead) / sizeof(dead[0]); i++)
		ok(report_is_death(dead[i], strlen(dead[i])), "a death begins in: %s", dead[i]);
	for (size_t i = 0; i < sizeof(alive) / sizeof(alive[0]); i++)
		ok(!report_is_death(alive[i], strlen(alive[i])), "no death begins in: %s",
		    alive[i]);
}

/* Every head of a log, each in a buffer of its exact size, so that ASan finds a read beyond it. */
static void check_cuts(void)
{
	static const char log[] = "[    1.000000] BUG: KASAN: use-after-free in f+0x1/0x20 [m]\n"
				  "[    1.100000] CPU: 0 PID: 1 Comm: a Tainted: G W 6.1.0 #1\n"
				  "[    1.150000] Workqueue: events g [m] (a b)\n"
				  "[    1.200000] Call Trace:\n[    1.300000]  <TASK>\n"
				  "[    1.400000]  f+0x1/0x20 [m]\n[    1.500000]  ? g+0x1/0x20\n"
				  "[    1.600000] RIP: 0010:h+0x1/0x20\n[    1.700000]  </TASK>\n";
	struct report report;
	int titled = 0, whole = 0;

	for (size_t len = 0; len < sizeof(log); len++) {
		char *copy = malloc(len ? len : 1);

		memcpy(copy, log, len);
		titled += report_find(copy, len, &report) && report.line == 0;
		report_is_death(copy, len);
		free(copy);
		whole = titled && !report.corrupted;
	}
	ok(titled > 250, "%d heads of a log have a title", titled);
	ok(whole, "a log that is not cut is not torn");
}

/* Each frame that is skipped for another reason, above the function to blame. */
static void check_skipped(void)
{
	static const char *const frames[] = {"kfree", "_raw_spin_lock", "memcpy", "kobject_put",
	    "dump_stack", "do_syscall_64", "schedule", "put_compound_page", "div_u64_rem",
	    "strndup_user", "filemap_fdatawait_range", "vcmn_err"};

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		char log[400], name[100];
		struct report report;

		snprintf(log, sizeof(log),
		    "kernel BUG at a.c:1!\nRIP: 0010:%s+0x1/0x2\nCall Trace:\n ? x+0x1/0x2\n"
		    " f+0x1/0x2\n g+0x1/0x2\n vfs_read+0x1/0x2\n do_syscall_64+0x1/0x2\n\n",
		    frames[i]);
		report_find(log, strlen(log), &report);
		snprintf(name, sizeof(name), "the caller of %s gets the blame", frames[i]);
		is(report.title, "BUG in f", name);
	}
}

static void check_title(const char *log, const char *want, const char *name)
{
	struct report report;

	report_find(log, strlen(log), &report);
	is(report.title, want, name);
}

#define DEATH_AT_61_S                                                                              \
	"[   61.000000] kernel BUG at a.c:1!\n[   61.000000] RIP: 0010:f+0x1/0x2\n"                \
	"[   61.000000] Call Trace:\n[   61.000000]  f+0x1/0x2\n\n"
#define KASAN_AT(time)                                                                             \
	"[" time "] BUG: KASAN: use-after-free in k+0x1/0x20\n[" time "] Call Trace:\n"            \
	"[" time "]  k+0x1/0x20\n[" time "]  do_syscall_64+0x1/0x2\n[" time "] \n"
#define HANG_AT(time)                                                                              \
	"[" time "] INFO: task a:1 blocked for more than 120 seconds.\n[" time "] Call Trace:\n"   \
	"[" time "]  h+0x1/0x20\n[" time "] \n"
#define RSS "BUG: Bad rss-counter state mm:1 idx:1 val:1\n"
#define FAULT "[    1.000000] Unhandled fault: page domain fault (0x01b) at 0x0\n"
#define OTHER_4 "[    1.0] x\n[    1.0] x\n[    1.0] x\n[    1.0] x\n"
#define FAULT_DEATH                                                                                \
	"[    1.1] Internal error: : 1b [#1] SMP ARM\n[    1.1] PC is at f+0x1/0x2\n"              \
	"[    1.1] Call trace:\n[    1.1]  f+0x1/0x2\n\n"

/* The limits of the rules in report.h. */
static void check_limits(void)
{
	check_title("kernel BUG at a.c:1!\nRIP: 0010:schedule+0x1/0x2\nCall Trace:\n"
		    " do_syscall_64+0x1/0x2\n\n",
	    "BUG in do_syscall_64", "an entry gets the blame before a wait");
	check_title("kernel BUG at a.c:1!\nRIP: 0010:do_syscall_64+0x1/0x2\nCall Trace:\n"
		    " ? f+0x1/0x2\n\n",
	    "BUG in f", "a leftover gets the blame before an entry");
	check_title("BUG: KCSAN: data-race in kfree / g\n\n"
		    "write to 0xffff of 8 bytes by task 1 on cpu 0:\n f+0x1/0x2\n\n",
	    "KCSAN: data-race in kfree", "a named access gets the blame in a helper too");
	check_title("Unable to handle kernel NULL pointer dereference at 0\nlr : g+0x1/0x2\n"
		    "Call trace:\n f+0x1/0x2\n\n",
	    "NULL pointer dereference in f", "a return address counts only for a null pointer");
	check_title("Unable to handle kernel NULL pointer dereference at 0\npc : 0x0\n"
		    "lr : g+0x1/0x2\nCall trace:\n f+0x1/0x2\n\n",
	    "NULL pointer dereference in g", "the return address stands for a null pointer");
	check_title(KASAN_AT("    1.000000") DEATH_AT_61_S, "KASAN: use-after-free in k",
	    "a BUG report 60 s before a death is its cause");
	check_title(KASAN_AT("    0.999999") DEATH_AT_61_S, "BUG in f",
	    "a BUG report more than 60 s before a death is not its cause");
	check_title(KASAN_AT("    5.000000") HANG_AT("   15.000000") DEATH_AT_61_S,
	    "KASAN: use-after-free in k", "a hang 10 s after a BUG report belongs to it");
	check_title(KASAN_AT("    5.000000") HANG_AT("   15.000001") DEATH_AT_61_S,
	    "hung task in h", "a hang more than 10 s after a BUG report is of its own");
	check_title(HANG_AT("    1.000000") KASAN_AT("   61.000000") DEATH_AT_61_S,
	    "hung task in h", "a BUG report 60 s after a hang belongs to it");
	check_title(HANG_AT("    0.999999") KASAN_AT("   61.000000") DEATH_AT_61_S,
	    "KASAN: use-after-free in k", "a BUG report more than 60 s after a hang begins a row");
	check_title(HANG_AT("    1.000000") DEATH_AT_61_S, "hung task in h",
	    "a hang 60 s before a death is its cause");
	check_title(RSS "x\nx\nx\n" DEATH_AT_61_S, "BUG in f",
	    "a message without a stack 4 lines before a death leaves the report to it");
	check_title(RSS "x\nx\nx\nx\n" DEATH_AT_61_S, "bad rss-counter",
	    "a message without a stack 5 lines before a death is its cause");
	check_title(FAULT OTHER_4 OTHER_4 "x\nx\nx\n" FAULT_DEATH, "page fault in f",
	    "a fault 12 lines before a death names it");
	check_title(FAULT OTHER_4 OTHER_4 OTHER_4 FAULT_DEATH, "oops in f",
	    "a fault 13 lines before a death does not name it");
}

#define SPENT                                                                                      \
	"BUG: TASK stack guard page was hit at x (stack is x)\nRIP: 0010:f+0x1/0x2\nCall Trace:\n"
#define END " worker_fn+0x1/0x2\n process_one_work+0x1/0x2\n worker_thread+0x1/0x2\n\n"

/* A chain of rounds of three functions, longer than the frames that are kept. */
static void check_long_chain(void)
{
	char log[20000];
	size_t len = (size_t)snprintf(log, sizeof(log), "%s", SPENT);

	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(
		    log + len, sizeof(log) - len, " a+0x1/0x2\n b+0x1/0x2\n c+0x1/0x2\n");
	snprintf(log + len, sizeof(log) - len, "%s", END);
	check_title(log, "stack overflow in f, from worker_fn",
	    "of a chain of 300 calls its outer end is kept");
}

/* The signature of a spent stack whose innermost function is f. */
static void spent_signature(const char *f, char out[17])
{
	struct report report;
	char log[500];

	snprintf(log, sizeof(log),
	    "BUG: TASK stack guard page was hit at x (stack is x)\nRIP: 0010:%s+0x1/0x2\n"
	    "Call Trace:\n g+0x1/0x2\n%s",
	    f, END);
	report_find(log, strlen(log), &report);
	memcpy(out, report.signature, 17);
}

/* A stack that is spent: the whole chain of calls is the cause. */
static void check_chains(void)
{
	char one[17], two[17];

	check_title(SPENT " f+0x1/0x2\n g+0x1/0x2\n" END, "stack overflow in f, from worker_fn",
	    "the title of a spent stack has the function that the entry points called");
	check_title(SPENT " g+0x1/0x2\n g+0x1/0x2\n" END, "stack overflow in f, from worker_fn",
	    "two frames of one function are no recursion");
	check_title(SPENT " g+0x1/0x2\n g+0x1/0x2\n g+0x1/0x2\n" END, "stack overflow in f, from g",
	    "a function that calls itself three times in a row began the chain");
	check_title(SPENT " f+0x1/0x2\n g+0x1/0x2\n\n", "stack overflow in f",
	    "a chain without its outer end has only its inner one");
	check_title(SPENT " asm_exc_page_fault+0x1/0x2\n f+0x1/0x2\n" END,
	    "stack overflow in f, from worker_fn",
	    "what ran in an exception on top did not begin the chain");
	check_long_chain();
	spent_signature("f", one);
	spent_signature("other", two);
	is(one, two, "where a stack ends is no part of the signature");
}

#define PANIC_ON_WARN "[    2.0] Kernel panic - not syncing: panic_on_warn set ...\n"
#define WARNING_AT(file, function)                                                                 \
	"WARNING: CPU: 0 PID: 1 at " file ":1 " function "+0x1/0x2\nCall Trace:\n g+0x1/0x2\n\n"
#define STALL "rcu: INFO: rcu_sched self-detected stall on CPU\n"
#define SAMPLED "Call Trace:\n dump_stack+0x1/0x2\n asm_sysvec_apic_timer_interrupt+0x1/0x2\n"
#define CIRCULAR "WARNING: possible circular locking dependency detected\n"

/* Which report of a log counts, where several are close to each other. */
static void check_neighbours(void)
{
	check_title(KASAN_AT("    1.000000") "kernel BUG at a.c:1!\nRIP: 0010:f+0x1/0x2\n"
					     "Call Trace:\n f+0x1/0x2\n\n",
	    "KASAN: use-after-free in k",
	    "a BUG report before a death without a time is its cause");
	check_title("BUG: KASAN: use-after-free in k+0x1/0x20\n" DEATH_AT_61_S,
	    "KASAN: use-after-free in k", "a BUG report without a time is the cause of a death");
	check_title(RSS "[    2.0] Kernel panic - not syncing: Fatal exception\n",
	    "bad rss-counter",
	    "a message before a panic that follows from a report is that report");
	check_title(WARNING_AT("a.c", "f") WARNING_AT("b.c", "h"), "WARNING in f",
	    "the first of two warnings counts");
	check_title("refcount_t: underflow; use-after-free.\nx\nx\n" WARNING_AT("a.c", "f")
			PANIC_ON_WARN,
	    "refcount bug in g", "a message 3 lines before a warning belongs to it");
	check_title("refcount_t: underflow; use-after-free.\nx\nx\nx\n" WARNING_AT("a.c", "f")
			PANIC_ON_WARN,
	    "WARNING in f", "a message 4 lines before a warning does not belong to it");
}

/* Whose frames count. */
static void check_stacks(void)
{
	check_title("BUG: KASAN: use-after-free in kfree+0x1/0x2\n"
		    "[<c0d0b230>] (kfree) from [<c0d0b940>] (kfree+0x20/0x24)\n\n"
		    "Allocated by task 1:\n[<c0d0b230>] (g) from [<c0d0b940>] (g+0x20/0x24)\n\n",
	    "KASAN: use-after-free in kfree", "who allocated an object is not to blame");
	check_title(STALL "Call Trace:\n default_idle+0x1/0x2\n\nRIP: 0010:f+0x1/0x2\n"
			  "Call Trace:\n kthread+0x1/0x2\n\n",
	    "RCU stall in f", "the instruction pointer of another CPU that stalls counts");
	check_title(STALL "Call Trace:\n kfree+0x1/0x2\n kthread+0x1/0x2\n\n" SAMPLED
			  " worker_thread+0x1/0x2\n\n",
	    "RCU stall in kfree", "an allocator that stalls gets the blame before an entry");
	check_title(STALL SAMPLED " default_idle+0x1/0x2\n\n" SAMPLED " kthread+0x1/0x2\n\n",
	    "RCU stall in kthread", "an idle CPU is not to blame if another one stalls");
	check_title(STALL "Call Trace:\n kthread+0x1/0x2\n\n" SAMPLED " worker_thread+0x1/0x2\n\n",
	    "RCU stall in worker_thread", "the entry that an interrupt stopped is to blame");
	check_title("INFO: task a:1 blocked for more than 120 seconds.\nCall Trace:\n"
		    " schedule+0x1/0x2\n g+0x1/0x2\n synchronize_rcu+0x1/0x2\n h+0x1/0x2\n\n",
	    "hung task in g", "a task that waits above a grace period is named by its own wait");
	check_title(CIRCULAR
	    "a/1 is trying to acquire lock:\nffff (&a){+.+.}, at: _raw_spin_lock+0x1/0x2\n"
	    "but task is already holding lock:\nffff (&b){+.+.}, at: g+0x1/0x2\n\n"
	    "Call Trace:\n _raw_spin_lock+0x1/0x2\n f+0x1/0x2\n\n",
	    "possible circular locking in f", "the holder of another lock is not to blame");
}

/* Lines that name their function as f(). */
static void check_assertions(void)
{
	check_title("PANIC at a.c:12:f()\nShowing stack for process 1\nCall Trace:\n"
		    " spl_panic+0x1/0x2 [spl]\n g+0x1/0x2\n\n",
	    "assertion failure in f", "an assertion of ZFS is named by its line");
	check_title("SPLError: 1:0:(a.c:12:f()) ASSERTION(a == b) failed\n"
		    "SPLError: 1:0:(a.c:12:f()) SPL PANIC\n",
	    "assertion failure in f", "an assertion of the old SPL is named by its line");
	check_title("SPLError: 1:0:(a.c:12:f()) large allocation\n", "",
	    "a message of the old SPL is no report");
	check_title("LustreError: 1:0:(a.c:12:f()) ASSERTION( a == b ) failed: \n"
		    "LustreError: 1:0:(a.c:12:f()) LBUG\n"
		    "Kernel panic - not syncing: LBUG\nCall Trace:\n lbug_with_loc+0x1/0x2\n\n",
	    "assertion failure in f",
	    "a panic by an assertion of Lustre is named by the assertion");
	check_title(
	    "LustreError: 1:0:(a.c:12:f()) @@@ timeout\n", "", "a message of Lustre is no report");
	check_title("PANIC: zfs: adding existent segment\nCall Trace:\n vcmn_err+0x1/0x2 [spl]\n"
		    " zfs_panic_recover+0x1/0x2 [zfs]\n f+0x1/0x2 [zfs]\n\n",
	    "assertion failure in f", "a panic of ZFS is named by its stack");
	check_title("BUG: failure at a/b.c:12/f()!\nKernel panic - not syncing: BUG!\n", "BUG in f",
	    "BUG() without a trap is named by its line");
}

#define WORKER "CPU: 1 PID: 2 Comm: kworker/1:0\nWorkqueue: events work_fn [m] (a b)\n"

#define DIED_IN "kernel BUG at a.c:1!\nRIP: 0010:"

/* Logs that are cut before the stack, or whose stack has nobody to blame. */
static void check_callers(void)
{
	check_title("kernel BUG at a.c:1!\n" WORKER "RIP: 0010:kfree+0x1/0x2\n", "BUG in work_fn",
	    "what the worker ran gets the blame before an allocator");
	check_title("kernel BUG at a.c:1!\n" WORKER "RIP: 0010:kfree+0x1/0x2\nCall Trace:\n"
		    " f+0x1/0x2\n work_fn+0x1/0x2\n\n",
	    "BUG in f", "what the worker ran does not get the blame before its callee");
	check_title("kernel BUG at a.c:1!\nWorkqueue: events\nRIP: 0010:kfree+0x1/0x2\n",
	    "BUG in kfree", "the name of a queue is no function");
	check_title("kernel BUG at a.c:1!\nWorkqueue:  0x0 (f)\nRIP: 0010:kfree+0x1/0x2\n",
	    "BUG in kfree", "a worker without a function has none to blame");
	check_title(STALL WORKER "Call Trace:\n schedule+0x1/0x2\n process_one_work+0x1/0x2\n"
				 " worker_thread+0x1/0x2\n\n",
	    "RCU stall in work_fn", "what the worker ran stalls");
	check_title(STALL WORKER
	    "Call Trace:\n kfree+0x1/0x2\n\nCall Trace:\n schedule+0x1/0x2\n\n",
	    "RCU stall in kfree", "of several CPUs that stall the worker is unknown");
	check_title("Unable to handle kernel paging request at 8\npc : memcpy+0x1/0x2\n"
		    "lr : f+0x1/0x2\n",
	    "page fault in f",
	    "the return address gets the blame where the log ends before the stack");
	check_title("Unable to handle kernel paging request at 8\npc : g+0x1/0x2\nlr : f+0x1/0x2\n",
	    "page fault in g", "the instruction pointer gets the blame before the return address");
	check_title("INFO: task a:1 blocked for more than 120 seconds.\nCall Trace:\n"
		    " schedule+0x1/0x2\n down_read+0x1/0x2\n do_page_fault+0x1/0x2\n"
		    " page_fault+0x1/0x2\n\n",
	    "hung task in do_page_fault",
	    "a task that waits for a lock in a page fault is named by it");
	check_title(DIED_IN
	    "run_timer_softirq+0x1/0x2\nCall Trace:\n <IRQ>\n __do_softirq+0x1/0x2\n"
	    " apic_timer_interrupt+0x1/0x2\n </IRQ>\n f+0x1/0x2\n\n",
	    "BUG in run_timer_softirq", "what an interrupt stopped is not to blame for its death");
	check_title(DIED_IN "kfree+0x1/0x2\nCall Trace:\n common_interrupt+0x1/0x2\n f+0x1/0x2\n\n",
	    "BUG in kfree", "what an interrupt stopped is not to blame for an allocator in it");
	check_title(DIED_IN
	    "kfree+0x1/0x2\nCall Trace:\n asm_exc_page_fault+0x1/0x2\n f+0x1/0x2\n\n",
	    "BUG in f", "what an exception stopped is to blame");
	check_title(DIED_IN
	    "0x0\nCall trace:\n __run_timers+0x1/0x2\n _stext+0x1/0x2\n el1h_64_irq+0x1/0x2\n"
	    " f+0x1/0x2\n\n",
	    "BUG in __run_timers", "the symbol of a section stands for the softirqs' entry");
	check_title("BUG: scheduling while atomic: a/1/0x2\nCall Trace:\n __schedule+0x1/0x2\n"
		    " common_interrupt+0x1/0x2\n f+0x1/0x2\n\n",
	    "scheduling while atomic in f", "what an interrupt stopped is to blame for its state");
	check_title(CIRCULAR
	    "a/1 is trying to acquire lock:\nffff (&a){+.+.}, at: process_one_work+0x1/0x2\n"
	    "but task is already holding lock:\nffff (&b){+.+.}, at: g+0x1/0x2\n" WORKER
	    "Call Trace:\n process_one_work+0x1/0x2\n worker_thread+0x1/0x2\n\n",
	    "possible circular locking in work_fn",
	    "a lock taken for what the worker runs is named by that");
	check_title("kernel BUG at a.c:1!\nRIP: 0010:down_read+0x1/0x2\nCall Trace:\n"
		    " do_page_fault+0x1/0x2\n page_fault+0x1/0x2\n\n",
	    "BUG in down_read", "a death is not named by the page fault that reports it");
}

#define LIST_AT(path) "WARNING: CPU: 0 PID: 1 at " path "lib/list_debug.c:33 f+0x1/0x20\n"
#define LIST_TEXT "list_del corruption. next->prev should be a, but was b\n"

/* What old kernels print in another form. */
static void check_old(void)
{
	check_title(LIST_AT("") LIST_TEXT "Call Trace:\n g+0x1/0x2\n\n", "list corruption in f",
	    "a WARNING before its message names the function");
	check_title(LIST_AT("/build/linux/") LIST_TEXT, "list corruption in f",
	    "the path of the source may be absolute");
	check_title(LIST_AT("") "x\nx\nx\n" LIST_TEXT "Call Trace:\n g+0x1/0x2\n\n",
	    "list corruption in g", "a message 4 lines after a WARNING is of its own");
	check_title("WARNING: at lib/debugobjects.c:2 debug_print_object+0x1/0x2()\n"
		    "Hardware name: x\nODEBUG: free active\nCall Trace:\n f+0x1/0x2\n\n",
	    "ODEBUG bug in f", "a WARNING without a CPU has its class by its source");
	check_title("WARNING: CPU: 0 PID: 1 at a/kernel/lockdep.c:3 check_flags+0x1/0x2()\n"
		    "Call Trace:\n check_flags+0x1/0x2\n lock_acquire+0x1/0x2\n f+0x1/0x2\n\n",
	    "locking bug in f", "lockdep's own WARNING is not to blame on it");
	check_title("refcount_t hit zero at f+0x1/0x2 in a[1], uid/euid: 0/0\n"
		    "WARNING: CPU: 0 PID: 1 at kernel/panic.c:1 refcount_error_report+0x1/0x2\n",
	    "refcount bug in f", "a reference count that traps is named by its line");
	check_title("BUG: KASan: use after free in f+0x1/0x2 at addr ffff\n",
	    "KASAN: use after free in f", "KASAN has its class in its old spelling");
}

static void check_torn_as(const char *log, int want, const char *name)
{
	struct report report;

	report_find(log, strlen(log), &report);
	is_num(report.corrupted, want, name);
}

#define OPEN_STACK "kernel BUG at a.c:1!\nRIP: 0010:f+0x1/0x2\nCall Trace:\n f+0x1/0x2\n"

static void check_torn(void)
{
	check_torn_as(OPEN_STACK " kthread+0x1/0x2\n", 0, "a report ends whole with an entry");
	check_torn_as(OPEN_STACK " kthread+0x1/0x2", 1, "a last line without newline is torn");
	check_torn_as(OPEN_STACK " g+0x1/0x2\n", 1, "a stack without its outermost frame is torn");
	check_torn_as(OPEN_STACK "[    9.0] BUG: Bad page state in process a pfn:1\n", 1,
	    "a report that another one cuts is torn");
	check_torn_as(OPEN_STACK "\nBUG: Bad page state in process a pfn:1\n", 0,
	    "a report after a whole one does not tear it");
	check_title(DIED_IN "kfree+0x1/0x2\nCall Trace:\nx\nx\nx\nx\nx\nx\nx\nx\n f+0x1/0x2\n\n",
	    "BUG in f", "8 lines of others may precede a stack's first frame");
	check_title(DIED_IN "kfree+0x1/0x2\nCall Trace:\nx\nx\nx\nx\nx\nx\nx\nx\nx\n f+0x1/0x2\n\n",
	    "BUG in kfree", "9 lines of others end a stack without a frame");
	check_title(DIED_IN
	    "kfree+0x1/0x2\nCall Trace:\nKernel panic - not syncing: x\n f+0x1/0x2\n\n",
	    "BUG in kfree", "a panic ends a stack without a frame");
	check_torn_as(OPEN_STACK "x\n g+0x1/0x2\n\n", 1, "a stack with another line in it is torn");
}

#define BUILD_ID "0123456789abcdef0123456789abcdef01234567"

/* The facts of a death with these lines. */
static struct report facts_of(const char *lines)
{
	struct report report;
	char log[800];

	snprintf(log, sizeof(log), "kernel BUG at a.c:1!\n%s\nCall Trace:\n f+0x1/0x2\n\n", lines);
	report_find(log, strlen(log), &report);
	return report;
}

static void check_facts(void)
{
	struct report r = facts_of(
	    "CPU: 3 PID: 1234 Comm: a b:c Kdump: loaded Tainted: G   W    6.1.0-1 #1 " BUILD_ID
	    "\nHardware name: one\nHardware name: two\n"
	    "CPU: 5 PID: 6 Comm: other Not tainted 9.9 #1");

	is(r.comm, "a b:c", "a task's name may have blanks and a colon");
	is(r.taint, "G   W", "taint flags end with the last letter");
	is(r.release, "6.1.0-1", "the release follows the taint flags");
	is(r.build_id, BUILD_ID, "a build id of 40 digits is read");
	is(r.hardware, "one", "the first hardware name counts");
	ok(r.cpu == 3 && r.pid == 1234, "the first CPU and process id count: %d, %ld", r.cpu,
	    r.pid);
	r = facts_of("CPU: 3 PID: 4 Comm: a Not tainted 6.1 #1 0123456789abcdef0123456789abcdef");
	is_num((long long)strlen(r.build_id), 32, "a build id of 32 digits is read");
	r = facts_of(
	    "CPU: 3 PID: 4 Comm: a Not tainted 6.1 #1 0123456789abcdef0123456789abcdef0123");
	is(r.build_id, "", "36 digits are no build id");
	r = facts_of("CPU: 3 PID: 4 Comm: a Not tainted 6.1 #1 x0123456789abcdef0123456789abcdef");
	is(r.build_id, "", "a build id is a word of its own");
	r = facts_of("Pid: 7, comm: a Not tainted 2.6.32 #1");
	ok(r.pid == 7 && !strcmp(r.comm, "a"), "the old form of pid and task is read: %ld", r.pid);
	r = facts_of("CPU: 3 PID: 4 Comm: a Tainted: G W unknown");
	is(r.release, "", "a release begins with a digit");
	r = facts_of("NIP: c000000000012345\nNIP [c000000000012345] f+0x1/0x2 [m]");
	is(r.rip, "f+0x1/0x2 [m]", "a name replaces an address without one");
	r = facts_of("RIP: 0010:0x0\nRIP: 0010:0xffffffff81234567");
	is(r.rip, "0x0", "the first address without a name counts");
	r = facts_of("Krnl PSW : 0704c00180000000 000000001234abcd (f+0x1/0x2)");
	is(r.rip, "f+0x1/0x2", "a bracket ends the instruction pointer");
	r = facts_of("RIP: 0010:f+0x1/0x2 [xab]\n\nCall Trace:\n a+0x1/0x2 [b]\n c+0x1/0x2 [xa]\n"
		     " ? d+0x1/0x2 [left]\n e+0x1/0x2 [xab]");
	is(r.modules, "xab b xa", "each module of a reliable frame is listed once");
}

static void check_openings(void)
{
	static const char hung[] = "INFO: task a:b:12 can't die for more than 143 seconds.\n";
	static const char soft[] = "watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [a:b:12]\n"
				   "CPU: 5 PID: 6 Comm: other Not tainted 6.1 #1\n";
	static const char warning[] = "WARNING: CPU: 3 PID: 12 at a.c:1 f+0x1/0x2\n";
	char panic[300] = "Kernel panic - not syncing: ";
	struct report r;

	report_find(hung, sizeof(hung) - 1, &r);
	ok(!strcmp(r.comm, "a:b") && r.pid == 12, "a task that cannot die is named: %s", r.comm);
	report_find(soft, sizeof(soft) - 1, &r);
	ok(!strcmp(r.comm, "a:b") && r.pid == 12 && r.cpu == 3,
	    "a soft lockup has its task and CPU: %s, %d", r.comm, r.cpu);
	report_find(warning, sizeof(warning) - 1, &r);
	ok(r.cpu == 3 && r.pid == 12, "a warning has its CPU and process: %d, %ld", r.cpu, r.pid);
	memset(panic + strlen(panic), 'z', 150);
	report_find(panic, strlen(panic), &r);
	is_num((long long)strlen(r.title), (long long)strlen("panic: ") + 120,
	    "a long message is cut");
}

static void skip_signature(const char *inner, const char *outer, char out[17])
{
	char log[400];
	struct report report;

	snprintf(log, sizeof(log),
	    "kernel BUG at a.c:1!\nRIP: 0010:%s+0x1/0x2\nCall Trace:\n f+0x1/0x2\n %s+0x1/0x2\n"
	    " h+0x1/0x2\n i+0x1/0x2\n do_syscall_64+0x1/0x2\n\n",
	    inner, outer);
	report_find(log, strlen(log), &report);
	memcpy(out, report.signature, sizeof(report.signature));
}

static void panic_signature(const char *message, char out[17])
{
	char log[100];
	struct report report;

	snprintf(log, sizeof(log), "Kernel panic - not syncing: %s\n", message);
	report_find(log, strlen(log), &report);
	memcpy(out, report.signature, sizeof(report.signature));
}

static void check_signature(void)
{
	char one[17], other[17];

	skip_signature("kfree", "g", one);
	skip_signature("f", "g", other);
	is(other, one, "a skipped frame does not change the signature");
	skip_signature("kfree", "k", other);
	ok(strcmp(one, other) != 0, "another caller changes the signature");
	skip_signature("f", "kfree", other);
	skip_signature("f", "_raw_spin_lock", one);
	is(other, one, "a skipped caller is not in the signature");
	panic_signature("x", one);
	panic_signature("y", other);
	ok(strcmp(one, other) != 0,
	    "the message of a panic without a function is in the signature");
}

static void rust_signature(const char *function, char out[17])
{
	char text[512];
	struct report report;

	snprintf(text, sizeof(text),
	    "[    1.0] kernel BUG at drivers/x.rs:7!\n[    1.0] RIP: 0010:%s+0x12/0x34\n"
	    "[    1.0] Call Trace:\n[    1.0]  <TASK>\n[    1.0]  do_one_initcall+0x1/0x2\n",
	    function);
	report_find(text, strlen(text), &report);
	memcpy(out, report.signature, sizeof(report.signature));
}

/* Builds of the kernel may give Rust's crates different disambiguators. */
static void check_rust(void)
{
	char one[17], other[17], different[17], last[17];

	rust_signature("_RNvMs_NtCs4fqI2P2rA04_6driver5queueNtB4_5Queue4push", one);
	rust_signature("_RNvMs_NtCsiDqnbCb3nT_6driver5queueNtB4_5Queue4push", other);
	rust_signature("_RNvMs_NtCs4fqI2P2rA04_6driver5queueNtB4_5Queue3pop", different);
	is(other, one, "a Rust function of two builds has one signature");
	ok(strcmp(different, one) != 0, "another Rust function has another signature");
	rust_signature("_RNvNtCs", one);
	rust_signature("_RNvNtCs4fqI2P2rA04", other);
	rust_signature("_RNvNtCs4fqI2P2rA04_", last);
	ok(strcmp(one, other) != 0 && strcmp(other, last) != 0,
	    "a Rust name that is cut stays as it is");
}

/* No opening of a death is missed by the fast test, wherever in the line it is. */
static void check_fast_test(void)
{
	static const char *const in_front[] = {"", "[    5.123456] ", "[    5.123456][  T123] ",
	    "<0>", "4,812,5123456,-;", "[    5.123456]", "\t", "x 1.2:", "kern  :emerg : ", "a]",
	    "{1}", "Nov 21 10:00:00 host kernel: ", "[Fri Nov 21 10:00:00 2026] ", "\xc3\xa4 "};
	static const char usual[] =
	    "[    0.003000] e1000 0000:00:03.0 eth0: line 3 of source 0, of a usual length";
	const struct report_opening *opening;
	size_t deaths = 0, missed = 0, wrong = 0;

	for (size_t i = 0; (opening = report_opening_at(i)) != NULL; i++) {
		char text[200];
		size_t len = 0;

		for (const char *p = opening->pattern; *p; p++)
			text[len++] = *p == '*' ? 'x' : *p;
		text[len++] = '.'; /* blanks at the end are cut */
		for (size_t j = 0; j < len; j++)
			if (text[j] == '#')
				text[j] = '7';
		if (opening->severity != REPORT_DEATH ||
		    opening->flags & (OPEN_IF_DIES | OPEN_COUNTED))
			continue;
		deaths++;
		opening = report_opening_match(text, len);
		wrong +=
		    report_is_death(text, len) != (opening && opening->severity == REPORT_DEATH);
		for (size_t j = 0; j < sizeof(in_front) / sizeof(in_front[0]); j++) {
			for (size_t blanks = 0; blanks < 9; blanks++) {
				char line[300];
				int n = snprintf(line, sizeof(line), "%*s%s%.*s", (int)blanks, "",
				    in_front[j], (int)len, text);

				missed += !report_opening_may_be_death(line, (size_t)n);
			}
		}
	}
	ok(deaths > 100, "the table has more than 100 openings of deaths: %zu", deaths);
	is_num(missed, 0, "the fast test finds every opening of a death, after any prefix");
	is_num(wrong, 0, "a line that matches an opening of a death is a death");
	ok(!report_opening_may_be_death(usual, sizeof(usual) - 1),
	    "the fast test excludes a usual line");
	ok(!report_opening_may_be_death("", 0), "the fast test excludes an empty line");
}

int main(void)
{
	check_fast_test();
	check_rust();
	check_prefixes();
	check_lines();
	check_frames();
	check_names();
	check_death();
	check_cuts();
	check_skipped();
	check_limits();
	check_chains();
	check_neighbours();
	check_stacks();
	check_assertions();
	check_callers();
	check_old();
	check_torn();
	check_facts();
	check_openings();
	check_signature();
	return tap_done();
}
