/* SPDX-License-Identifier: MIT */
/* death: the CPU and the task that died, with what it was called, its registers, stack and code. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "autopsy.h"

enum {
	DEATH_CODE = 64, /* bytes of code that are printed, as the kernel does */
	DEATH_CODE_BEFORE = 42,
	DEATH_SMALL = 4096, /* a number below it, and an error code, is printed */
	DEATH_SEARCHED = 16, /* frames below a panic */
	/* bytes at a function's start that change no argument: endbr64, nop, push %rbp */
	DEATH_ENTRY = 5,
};

/*
 * A register's value: code, small numbers and error codes as they are; of other addresses only whether they
 * are the kernel's or a user's, unless full is set.
 */
static void death_value(struct autopsy *a, uint64_t value, char text[SYMBOLS_TEXT])
{
	const struct task *task = tasks_find(&a->tasks, value);

	if (value < DEATH_SMALL || value > (uint64_t)-DEATH_SMALL)
		snprintf(text, SYMBOLS_TEXT, "%" PRId64, (int64_t)value);
	else if (symbols_is_text(&a->symbols, value))
		symbols_text(&a->symbols, value, 0, text);
	else if (a->full || value <= UINT32_MAX)
		snprintf(text, SYMBOLS_TEXT, "0x%" PRIx64, value);
	else if (task)
		snprintf(text, SYMBOLS_TEXT, "(task %d)", task->pid);
	else if (value >> 56 == 0xff)
		snprintf(text, SYMBOLS_TEXT, "(kernel)");
	else if (value >> 47 == 0)
		snprintf(text, SYMBOLS_TEXT, "(user)");
	else
		snprintf(text, SYMBOLS_TEXT, "(other)");
}

static void death_registers(struct autopsy *a, const struct regs *regs)
{
	out_record(&a->out, "registers");
	for (unsigned i = 0; regs_name(a->kernel.vm, i); i++) {
		char text[SYMBOLS_TEXT];

		death_value(a, regs->all[i], text);
		out_text(&a->out, regs_name(a->kernel.vm, i), text);
	}
	out_end(&a->out);
}

/* As the kernel's own line "Code:": bytes in hex, the one at ip in <>. */
static void death_code(struct autopsy *a, uint64_t ip)
{
	char text[DEATH_CODE * 3 + 16];
	size_t n = 0;

	for (unsigned i = 0; i < DEATH_CODE; i++) {
		uint64_t at = ip - DEATH_CODE_BEFORE + i;
		uint8_t byte = (uint8_t)kernel_uint(&a->kernel, at, 1);

		if (kernel_fault(&a->kernel))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "?? ");
		else
			n += (size_t)snprintf(
			    text + n, sizeof(text) - n, at == ip ? "<%02x> " : "%02x ", byte);
	}
	text[n - 1] = '\0';
	out_text(&a->out, "code", text);
}

/*
 * The arguments by the function's prototype. Registers still have them at its first instructions; later
 * they may have been used for other things, and each is marked so.
 */
static void death_arguments(struct autopsy *a, const struct regs *regs)
{
	char name[KALLSYMS_NAME];
	uint64_t start = symbols_function(&a->symbols, regs->ip, name);
	struct btf *btf = a->kernel.btf;
	struct btf_type type;
	struct err ignored;
	uint32_t id;

	id = btf && start ? btf_find(btf, BTF_FUNC, words_number(&a->kernel.words, name)) : 0;
	if (!id || btf_type(&ignored, btf, id, &type) ||
	    btf_type(&ignored, btf, type.size, &type) || type.kind != BTF_FUNC_PROTO ||
	    type.count == 0)
		return;
	out_list(&a->out, "arguments");
	for (unsigned i = 0; i < type.count && i < REGS_ARGUMENTS; i++) {
		char text[SYMBOLS_TEXT], word[KERNEL_NAME];
		uint32_t parameter, of;

		if (btf_parameter(&ignored, btf, &type, i, &parameter, &of))
			break;
		out_record(&a->out, NULL);
		btf_string(btf, parameter, word, sizeof(word));
		out_text(&a->out, "name", word);
		btf_type_text(btf, of, text, 100);
		out_text(&a->out, "type", text);
		death_value(a, regs_argument(a->kernel.vm, regs, i), text);
		out_text(&a->out, "value", text);
		out_text(&a->out, "sure", regs->ip - start < DEATH_ENTRY ? "yes" : "no");
		out_end(&a->out);
	}
	out_end(&a->out);
}

static void death_module(struct autopsy *a, uint64_t ip)
{
	const struct module *m = modules_find(&a->modules, ip);
	char text[KERNEL_NAME];

	if (!m)
		return;
	out_text(&a->out, "module", m->name);
	kernel_text(
	    &a->kernel, kernel_get(&a->kernel, L_MODULE_VERSION, m->address), text, sizeof(text));
	if (text[0] && !kernel_fault(&a->kernel))
		out_text(&a->out, "version", text);
	kernel_text(&a->kernel, kernel_get(&a->kernel, L_MODULE_SRCVERSION, m->address), text,
	    sizeof(text));
	if (text[0] && !kernel_fault(&a->kernel))
		out_text(&a->out, "srcversion", text);
	kernel_fault(&a->kernel);
}

/* Ways to the capture kernel: what called the last of them is where the kernel died. */
static int death_is_panic(const char *name)
{
	static const char *const names[] = {"panic", "vpanic", "nmi_panic", "nmi_panic_self_stop",
	    "__crash_kexec", "crash_kexec", "machine_kexec", "oops_end", "oops_exit", "die",
	    "__die"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return 1;
	}
	return 0;
}

/* The frame that the death is about: the caller of panic, or where the CPU was. */
static size_t death_frame(struct autopsy *a, const struct unwind *unwind)
{
	size_t frame = 0;

	for (size_t i = 0; i < unwind->count && i < DEATH_SEARCHED; i++) {
		char name[KALLSYMS_NAME];

		symbols_function(&a->symbols,
		    unwind->frame[i].ip - (unwind->frame[i].mark != UNWIND_EXACT), name);
		if (death_is_panic(name) && i + 1 < unwind->count)
			frame = i + 1;
	}
	return frame;
}

void section_death(struct autopsy *a)
{
	const struct autopsy_cpu *dead = a->dead;
	char text[SYMBOLS_TEXT] = "user space";
	static struct unwind unwind; /* 1 KB: not on a stack */
	size_t at = 0;

	if (a->panic[0])
		out_headline(&a->out, "panic: %s", a->panic);
	if (!dead) {
		out_note(&a->out, "no CPU has panicked: the memory was dumped from outside");
		return;
	}
	if (dead->has_regs && !dead->regs.user) {
		unwind_cpu(&a->unwinder, &dead->regs, &unwind);
		at = death_frame(a, &unwind);
		symbols_text(&a->symbols, unwind.count ? unwind.frame[at].ip : dead->regs.ip,
		    unwind.count && unwind.frame[at].mark != UNWIND_EXACT, text);
	}
	out_headline(&a->out, "CPU %u died while it ran %s (pid %d)%s%s", dead->cpu,
	    dead->task.comm, dead->task.pid, dead->has_regs ? " in " : "",
	    dead->has_regs ? text : "");
	out_number(&a->out, "cpu", dead->cpu);
	autopsy_task(a, &dead->task);
	out_number(&a->out, "parent", dead->task.parent);
	if (!dead->has_regs) {
		out_note(&a->out, "the dump has no registers of this CPU");
		return;
	}
	out_text(&a->out, "at", text);
	death_module(a, unwind.count ? unwind.frame[at].ip : dead->regs.ip);
	if (!dead->regs.user)
		death_code(a, dead->regs.ip);
	autopsy_stack(a, &unwind, 0);
	if (!unwind.whole && unwind.why)
		out_note(&a->out, "the stack could not be followed to its end: %s", unwind.why);
	if (at == 0)
		death_arguments(a, &dead->regs);
	death_registers(a, &dead->regs);
}
