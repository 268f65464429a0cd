/* SPDX-License-Identifier: MIT */
/*
 * autopsy_code: the made-up kernel's functions and its ORC tables. Source: Linux
 * arch/x86/include/asm/orc_types.h.
 */
#ifndef TESTS_AUTOPSY_CODE_H
#define TESTS_AUTOPSY_CODE_H

#include "autopsy_types.h"

/* The functions, in order. */
enum fake_function {
	F_VFS_READ,
	F_SCHEDULE_1, /* __schedule */
	F_SCHEDULE,
	F_MUTEX,
	F_RWSEM,
	F_SCHED_END, /* where the scheduler's functions end */
	F_LAB_WAIT,
	F_KTHREAD,
	F_RET_FROM_FORK,
	F_RET_FROM_FORK_ASM,
	F_EXCEPTION, /* has the registers on its stack */
	F_CRASH,
	F_SYSCALL,
	F_ENTRY, /* has the last five registers on its stack */
	F_WORK,
	F_ALIAS,
	F_UNDEFINED, /* ORC does not describe it */
	F_END
};

static const char *const fake_functions[] = {"vfs_read", "__schedule", "schedule", "__mutex_lock",
    "rwsem_down_read_slowpath", "io_wait", "lab_wait", "kthread", "ret_from_fork",
    "ret_from_fork_asm", "asm_exc_page_fault", "do_crash", "do_syscall_64",
    "entry_SYSCALL_64_after_hwframe", "nfs_work", "alias_first", "__crash_kexec"};

static size_t fake_code(unsigned function, unsigned into)
{
	return FAKE_TEXT + FAKE_FUNCTION * function + into;
}

static uint64_t fake_ip(const struct fake *f, unsigned function)
{
	return fake_address(f, fake_code(function, FAKE_IN));
}

struct fake_orc {
	int16_t sp_offset, bp_offset;
	unsigned sp, bp, type; /* 0 undefined, 1 end, 2 call, 3 all registers, 4 five of them */
};

/* bp: 1 saved at prev_sp + bp_offset. sp: 5 SP, whatever the numbers are. */
static void fake_put_orc(struct fake *f, size_t at, const struct fake_orc *e)
{
	unsigned sp = f->new_orc && e->sp == 5 ? 3 : e->sp,
		 bp = f->new_orc && e->bp == 1 ? 8 : e->bp;
	unsigned bits;

	if (f->new_orc)
		bits = sp | bp << 4 | e->type << 8;
	else if (e->type < 2)
		bits = (e->type ? sp | 1U << 10 : 0) | bp << 4;
	else
		bits = sp | bp << 4 | (e->type - 2) << 8;
	fake_put(f, at, (uint16_t)e->sp_offset, 2);
	fake_put(f, at + 2, (uint16_t)e->bp_offset, 2);
	fake_put(f, at + 4, bits, 2);
}

/* Two entries a function: at its first instruction, and once its frame is there. */
static void fake_put_orcs(struct fake *f)
{
	static const struct fake_orc entry = {8, 0, 5, 0, 2}, frame = {FAKE_FRAME, -16, 5, 1, 2};
	static const struct fake_orc end = {8, 0, 5, 0, 1}, regs = {0, 0, 5, 0, 3},
				     five = {0x80, 0, 5, 0, 4}, undefined = {0, 0, 0, 0, 0};
	size_t count = 2 * F_END;

	f->orc_count = count;
	f->orc_ips = image_room(f->image, 4 * count);
	f->orc_entries = image_room(f->image, 6 * count);
	for (size_t i = 0; i < count; i++) {
		unsigned function = (unsigned)i / 2;
		uint64_t ip = fake_address(f, fake_code(function, i % 2 ? 4 : 0));
		const struct fake_orc *e = i % 2 ? &frame : &entry;

		if (function == F_RET_FROM_FORK_ASM)
			e = &end;
		else if (function == F_EXCEPTION)
			e = &regs;
		else if (function == F_ENTRY)
			e = &five;
		else if (function == F_UNDEFINED)
			e = &undefined;
		fake_put(f, f->orc_ips + 4 * i, ip - fake_address(f, f->orc_ips + 4 * i), 4);
		fake_put_orc(f, f->orc_entries + 6 * i, e);
	}
	fake_symbol(f, "__start_orc_unwind_ip", 'R', fake_address(f, f->orc_ips));
	fake_symbol(f, "__stop_orc_unwind_ip", 'R', fake_address(f, f->orc_ips + 4 * count));
	fake_symbol(f, "__start_orc_unwind", 'R', fake_address(f, f->orc_entries));
}

static void fake_make_code(struct fake *f)
{
	bytes_grow(&f->image->memory, FAKE_TEXT - f->image->memory.len);
	bytes_grow(&f->image->memory, FAKE_FUNCTION * F_END);
	memset(f->image->memory.at + FAKE_TEXT, 0x90, FAKE_FUNCTION * F_END);
	fake_symbol(f, "_text", 'T', fake_address(f, FAKE_TEXT));
	fake_symbol(f, "_stext", 'T', fake_address(f, FAKE_TEXT));
	for (unsigned i = 0; i < F_END; i++) {
		fake_symbol(f, i == F_VFS_READ ? "vfs_read" : fake_functions[i], 'T',
		    fake_address(f, fake_code(i, 0)));
		if (i == F_ALIAS)
			fake_symbol(f, "alias_second", 'T', fake_address(f, fake_code(i, 0)));
	}
	fake_symbol(f, "__sched_text_start", 'T', fake_address(f, fake_code(F_SCHEDULE_1, 0)));
	fake_symbol(f, "__sched_text_end", 'T', fake_address(f, fake_code(F_SCHED_END, 0)));
	fake_symbol(f, "_etext", 'T', fake_address(f, fake_code(F_END, 0)));
	if (f->image->m->elf == EM_X86_64)
		fake_put_orcs(f);
}

#endif
