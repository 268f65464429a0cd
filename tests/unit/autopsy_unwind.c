/* SPDX-License-Identifier: MIT */
/*
 * autopsy_unwind: stacks by ORC with both numberings, through exceptions, and by arm64's frame records;
 * damage ends a walk with a reason, and leaves guesses.
 */
#include "autopsy_open.h"

static struct unwind unwind;
static char shown[4096];

/* The frames: "?" a guess, "=" an exact place; then the walk's end. */
static const char *show(void)
{
	shown[0] = '\0';
	for (size_t i = 0; i < unwind.count; i++) {
		static const char *const marks[] = {"", "=", "?"};
		char name[KALLSYMS_NAME];

		symbols_function(&autopsy.symbols, unwind.frame[i].ip, name);
		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%s%s ",
		    marks[unwind.frame[i].mark], name);
	}
	snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%s",
	    unwind.user    ? "user"
	    : unwind.whole ? "end"
			   : unwind.why);
	return shown;
}

static const char *task(size_t at)
{
	unwind_task(&autopsy.unwinder, fake_address(&fake, at), &unwind);
	return show();
}

static void begin(const char *machine, int new_orc, uint64_t pac)
{
	fake_begin(&fake, machine, "6.6.0");
	fake.new_orc = new_orc;
	fake.pac = pac;
	fake_make(&fake);
}

static int finish(void)
{
	dump_bytes = fake_dump(&fake, NULL);
	return open_autopsy();
}

static void done(void)
{
	close_autopsy();
	free(dump_bytes.at);
}

/* Opens the changed dump again. */
static void again(void)
{
	close_autopsy();
	if (open_autopsy())
		printf("# %s\n", err.msg);
}

#define IN_MUTEX                                                                                   \
	"__schedule schedule __mutex_lock lab_wait kthread ret_from_fork ret_from_fork_asm end"

static size_t offset_of(uint64_t address)
{
	return (size_t)(address - fake_address(&fake, 0));
}

static void test_orc(int new_orc)
{
	const char *numbers = new_orc ? "new numbers" : "old numbers";
	static const unsigned crash[] = {F_CRASH, F_LAB_WAIT, F_EXCEPTION};
	struct regs regs = {0};
	size_t stack, end, five;

	begin("x86_64", new_orc, 0);
	stack = image_room(fake.image, 0x400);
	/* a crash in the kernel, above an exception's registers, of do_syscall_64, which a system call entered */
	end = fake_frames(&fake, stack, crash, 3);
	fake_put(&fake, end + 8 * FAKE_IP, fake_ip(&fake, F_SYSCALL), 8);
	fake_put(&fake, end + 8 * FAKE_CS, 0x10, 8);
	fake_put(&fake, end + 8 * FAKE_SP, fake_address(&fake, stack + 0x200), 8);
	fake_put(&fake, stack + 0x200 + 24, fake_ip(&fake, F_ENTRY), 8);
	/* "five" are the last five of the registers, up to 0x80 + FAKE_FRAME above */
	five = stack + 0x200 + FAKE_FRAME + 0x80;
	fake_put(&fake, five, 0x401000, 8);
	fake_put(&fake, five + 8, 0x33, 8);
	ok(finish() == 0 && autopsy.unwinder.usable, "%s are recognised", numbers);
	is(task(fake.task_a), IN_MUTEX, numbers);
	regs.ip = fake_ip(&fake, F_CRASH);
	regs.sp = fake_address(&fake, stack);
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	is(show(),
	    "=do_crash lab_wait asm_exc_page_fault =do_syscall_64 entry_SYSCALL_64_after_hwframe user",
	    "through an exception to user space");
	regs.ip = fake_address(&fake, fake_code(F_LAB_WAIT, 0));
	regs.sp = fake_address(&fake, stack + 24);
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	ok(unwind.count > 1 && unwind.frame[1].ip == fake_ip(&fake, F_LAB_WAIT),
	    "at a function's first instruction the return address is at sp: %s", show());
	regs.user = 1;
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	is(show(), "user", "a CPU in user space has no stack");
	done();
}

/* A call that is a function's last instruction returns to the next function. */
static void test_last_call(void)
{
	static const unsigned last[] = {F_LAB_WAIT, F_RET_FROM_FORK_ASM};
	struct regs regs = {0};
	char text[SYMBOLS_TEXT];
	size_t stack;

	begin("x86_64", 0, 0);
	stack = image_room(fake.image, 0x400);
	fake_put(&fake, stack + 24, fake_address(&fake, fake_code(F_LAB_WAIT + 1, 0)), 8);
	fake_frames(&fake, stack + FAKE_FRAME, last, 2);
	finish();
	regs.ip = fake_ip(&fake, F_CRASH);
	regs.sp = fake_address(&fake, stack);
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	ok(unwind.whole && unwind.count == 3, "a call as a function's last instruction: %s",
	    show());
	symbols_text(&autopsy.symbols, unwind.frame[1].ip, 1, text);
	is(text, "lab_wait+0x100/0x100", "its return address is that function's");
	done();
}

/* A CPU in what ORC does not describe, which a call of it is found for. */
static void test_crashed(void)
{
	static const unsigned caller[] = {
	    F_LAB_WAIT, F_KTHREAD, F_RET_FROM_FORK, F_RET_FROM_FORK_ASM};
	struct regs regs = {0};
	size_t stack, call;

	begin("x86_64", 0, 0);
	stack = image_room(fake.image, 0x400);
	call = fake_code(F_LAB_WAIT, FAKE_IN - 5);
	fake_put(&fake, call, 0xe8, 1);
	fake_put(&fake, call + 1,
	    fake_address(&fake, fake_code(F_UNDEFINED, 0)) - fake_ip(&fake, F_LAB_WAIT), 4);
	/* an older return address first, which is no call of it */
	fake_put(&fake, stack + 0x10, fake_ip(&fake, F_KTHREAD), 8);
	fake_put(&fake, stack + 0x28, fake_ip(&fake, F_LAB_WAIT), 8);
	fake_frames(&fake, stack + 0x30, caller, 4);
	finish();
	regs.ip = fake_ip(&fake, F_UNDEFINED);
	regs.sp = fake_address(&fake, stack);
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	is(show(), "=__crash_kexec lab_wait kthread ret_from_fork ret_from_fork_asm end",
	    "a function without ORC: its caller is found by the call");
	/* without the call: guesses alone */
	fake_poke(&fake, &dump_bytes, call, 0x90, 1);
	again();
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	ok(unwind.count > 3 && !unwind.whole && unwind.frame[1].mark == UNWIND_GUESS &&
		strncmp(show(), "=__crash_kexec ?kthread ?lab_wait ", 34) == 0,
	    "without it every word that is code is a guess: %s", show());
	done();
}

static void test_damage(void)
{
	size_t sp;

	begin("x86_64", 0, 0);
	finish();
	sp = offset_of(fake_address(&fake, fake.task_a));
	sp = (size_t)(dump_uint(DUMP_LITTLE,
			  dump_bytes.at + fake.from +
			      fake_at(&fake, fake.task_a, "task_struct.thread.sp"),
			  8) -
		      fake_address(&fake, 0));
	/* the return address of schedule (the second frame) */
	fake_poke(&fake, &dump_bytes, sp + 56 + FAKE_FRAME + 24, 0xdead, 8);
	again();
	ok(strncmp(task(fake.task_a), "__schedule schedule ", 20) == 0 && !unwind.whole &&
		unwind.count > 3 && unwind.frame[unwind.count - 1].mark == UNWIND_GUESS,
	    "a return address that is no code: %s", show());
	fake_poke(&fake, &dump_bytes, sp + 56 + FAKE_FRAME + 24, 0, 8);
	again();
	is(task(fake.task_a), "__schedule schedule end",
	    "a return address of 0 is the stack's end");
	fake_poke(
	    &fake, &dump_bytes, fake_at(&fake, fake.task_a, "task_struct.thread.sp"), 0x1234567, 8);
	again();
	is(task(fake.task_a), "the task's stack pointer cannot be read",
	    "a stack pointer that is not in the dump");
	fake_poke(&fake, &dump_bytes, fake_at(&fake, fake.task_a, "task_struct.thread.sp"), 0, 8);
	again();
	is(task(fake.task_a), "the task's stack pointer cannot be read", "no stack pointer");
	done();

	/* tables: unsorted, all zero, gone */
	begin("x86_64", 0, 0);
	finish();
	for (size_t i = 1; i < fake.orc_count; i += 3)
		fake_poke(&fake, &dump_bytes, fake.orc_ips + 4 * i, (uint64_t)i * 0x7654321, 4);
	again();
	task(fake.task_a);
	ok(unwind.count <= UNWIND_MAX && (unwind.whole || unwind.why), "ORC that is not sorted: %s",
	    show());
	memset(dump_bytes.at + fake.from + fake.orc_entries + 12, 0, 6 * (fake.orc_count - 2));
	again();
	task(fake.task_b);
	ok(!unwind.whole && unwind.frame[unwind.count - 1].mark == UNWIND_GUESS, "ORC of zeros: %s",
	    show());
	memset(dump_bytes.at + fake.from + fake.orc_entries, 0, 12);
	again();
	ok(!autopsy.unwinder.usable, "numbers that are neither old nor new are not used");
	ok(strstr(task(fake.task_b), "no unwinder for this kernel") && unwind.count > 3,
	    "then the stack's words are guesses: %s", show());
	done();
}

/* Walks that could go on for ever. */
static void test_endless(void)
{
	struct regs regs = {0};
	size_t stack;

	begin("x86_64", 0, 0);
	stack = image_room(fake.image, 0x2000);
	/* an exception whose registers say that it was at itself */
	fake_put(&fake, stack + 8 * FAKE_IP, fake_ip(&fake, F_EXCEPTION), 8);
	fake_put(&fake, stack + 8 * FAKE_CS, 0x10, 8);
	fake_put(&fake, stack + 8 * FAKE_SP, fake_address(&fake, stack), 8);
	for (size_t at = stack + 0x200; at < stack + 0x2000; at += FAKE_FRAME)
		fake_put(&fake, at + 24, fake_ip(&fake, F_LAB_WAIT), 8);
	finish();
	regs.ip = fake_ip(&fake, F_EXCEPTION);
	regs.sp = fake_address(&fake, stack);
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	ok(!unwind.whole && strstr(unwind.why, "does not go up"),
	    "a walk that stays where it is ends: %s", unwind.why);
	regs.ip = fake_ip(&fake, F_LAB_WAIT);
	regs.sp = fake_address(&fake, stack + 0x200);
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	ok(unwind.count == UNWIND_MAX && strstr(unwind.why, "longer than the limit"),
	    "a stack of 240 frames is cut at %d", UNWIND_MAX);
	done();
}

/* A task that never ran begins at ret_from_fork_asm, which nothing called. */
static void test_fresh(void)
{
	size_t sp;

	begin("x86_64", 0, 0);
	finish();
	sp = (size_t)(dump_uint(DUMP_LITTLE,
			  dump_bytes.at + fake.from +
			      fake_at(&fake, fake.task_a, "task_struct.thread.sp"),
			  8) -
		      fake_address(&fake, 0));
	fake_poke(&fake, &dump_bytes, fake_at(&fake, sp, "inactive_task_frame.ret_addr"),
	    fake_address(&fake, fake_code(F_RET_FROM_FORK_ASM, 0)), 8);
	again();
	is(task(fake.task_a), "=ret_from_fork_asm end", "a task that has not run yet");
	done();
}

static void test_arm64(void)
{
	struct regs regs = {0};
	size_t fp;

	begin("arm64", 0, 0x00ff000000000000ULL & ~(1ULL << 55));
	finish();
	is(task(fake.task_a), IN_MUTEX, "arm64: signed return addresses are those of code");
	fp = (size_t)(dump_uint(DUMP_LITTLE,
			  dump_bytes.at + fake.from +
			      fake_at(&fake, fake.task_a, "task_struct.thread.cpu_context.fp"),
			  8) -
		      fake_address(&fake, 0));
	regs.ip = fake_ip(&fake, F_CRASH);
	regs.fp = fake_address(&fake, fp);
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	ok(unwind.whole && strncmp(show(), "=do_crash schedule __mutex_lock ", 32) == 0,
	    "arm64: a CPU: %s", show());
	regs.fp = 0x0000aaaa12345670;
	unwind_cpu(&autopsy.unwinder, &regs, &unwind);
	is(show(), "=do_crash end",
	    "arm64: a frame pointer that is still the user's ends the walk");
	fake_poke(&fake, &dump_bytes, fp + 32, fake_address(&fake, fp + 32), 8);
	again();
	task(fake.task_a);
	ok(!unwind.whole && strstr(unwind.why, "does not go up"), "arm64: a record of itself: %s",
	    unwind.why);
	fake_poke(&fake, &dump_bytes, fp + 32, fake_address(&fake, fp), 8);
	again();
	task(fake.task_a);
	ok(!unwind.whole && strstr(unwind.why, "does not go up"), "arm64: a circle of records: %s",
	    unwind.why);
	fake_poke(&fake, &dump_bytes, fp + 32, fake_address(&fake, fp + 64) + 4, 8);
	again();
	task(fake.task_a);
	ok(!unwind.whole && strstr(unwind.why, "frame record"),
	    "arm64: a record that is not aligned: %s", unwind.why);
	fake_poke(&fake, &dump_bytes, fp + 32, 0xffff900000000000, 8);
	again();
	task(fake.task_a);
	ok(!unwind.whole && strstr(unwind.why, "not in the dump"),
	    "arm64: a record that is not in the dump: %s", unwind.why);
	fake_poke(&fake, &dump_bytes, fp + 8, 0x1234, 8);
	again();
	task(fake.task_a);
	ok(!unwind.whole && strstr(unwind.why, "not in code") && unwind.count > 2 &&
		unwind.frame[unwind.count - 1].mark == UNWIND_GUESS,
	    "arm64: a return address that is no code: %s", show());
	done();
}

static void test_modules(void)
{
	char text[SYMBOLS_TEXT];
	uint64_t code;

	begin("x86_64", 0, 0);
	finish();
	ok(autopsy.modules.count == 2 && !autopsy.modules.damaged, "the modules are there");
	code = autopsy.modules.module[0].text;
	symbols_text(&autopsy.symbols, code + 0x110, 0, text);
	is(text, "lab_die_init+0x10/0x100 [lab_die]",
	    "a module's address; mapping symbols ($d) are passed by");
	symbols_text(&autopsy.symbols, code + 0x100, 1, text);
	is(text, "lab_die_now+0x100/0x100 [lab_die]",
	    "a return address belongs to the call before it");
	symbols_text(&autopsy.symbols, code + 0x100, 1, text);
	is(text, "lab_die_now+0x100/0x100 [lab_die]", "the same when it is asked again");
	symbols_text(&autopsy.symbols, code + 0x100, 0, text);
	is(text, "lab_die_init+0x0/0x100 [lab_die]", "and it is another one as a place");
	symbols_text(&autopsy.symbols, 0x1234, 0, text);
	is(text, "(unknown)", "an address outside code");
	fake_poke(&fake, &dump_bytes, fake_at(&fake, fake.module, "module.kallsyms"), 0, 8);
	again();
	symbols_text(&autopsy.symbols, code + 0x110, 0, text);
	is(text, "(unknown) [lab_die]", "a module without symbols");
	fake_poke(&fake, &dump_bytes, fake_at(&fake, fake.module, "module.list"), 0x1234, 8);
	again();
	ok(autopsy.modules.damaged && autopsy.modules.count < 2, "a damaged list of modules");
	done();
}

int main(void)
{
	test_orc(0);
	test_orc(1);
	test_last_call();
	test_crashed();
	test_damage();
	test_endless();
	test_fresh();
	test_arm64();
	test_modules();
	return tap_done();
}
