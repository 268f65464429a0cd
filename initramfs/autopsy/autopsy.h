/* SPDX-License-Identifier: MIT */
/*
 * autopsy: what a machine was doing when its kernel died, from the memory of the dead kernel alone.
 *
 * VMCOREINFO names the symbol table (kallsyms), that names the BTF, and BTF has every struct's layout. Each
 * section reads and writes by itself: what cannot be read costs its own lines, and a note says why.
 * No contents of user memory, arguments of processes or addresses of peers are read, unless full.
 */
#ifndef AUTOPSY_AUTOPSY_H
#define AUTOPSY_AUTOPSY_H

#include "locks.h"
#include "out.h"
#include "tasks.h"
#include "unwind.h"

enum { AUTOPSY_PANIC = 200 /* bytes of the panic's message */ };

/* A CPU: what ran on it, and its registers where the dump has them. */
struct autopsy_cpu {
	unsigned cpu;
	struct task task;
	int has_regs;
	struct regs regs;
};

struct autopsy {
	struct kernel kernel;
	struct modules modules;
	struct symbols symbols;
	struct unwinder unwinder;
	struct tasks tasks;
	struct out out;
	struct autopsy_cpu *cpus;
	size_t cpu_count;
	const struct autopsy_cpu *dead; /* the one that died, or NULL */
	char panic[AUTOPSY_PANIC]; /* the message of the first panic in the log; "" none */
	int all, full; /* options */
	int partial; /* a list was damaged, the time or the output's limit reached: something is missing */
};

/*
 * Opens what all sections need. vm has its VMCOREINFO, and must outlive autopsy. 0, or -1: nothing can be
 * read, and why. autopsy_close is due in either case.
 */
int autopsy_open(struct err *err, struct vmem *vm, struct autopsy *autopsy);
void autopsy_close(struct autopsy *autopsy);
/*
 * All sections, into autopsy->out, within that many seconds (0: no limit). No section may use more than half of
 * what is left.
 */
void autopsy_run(struct autopsy *autopsy, int seconds);

/* The sections, in their order. */
void section_death(struct autopsy *autopsy);
void section_cpus(struct autopsy *autopsy);
void section_tasks(struct autopsy *autopsy);
void section_memory(struct autopsy *autopsy);
void section_network(struct autopsy *autopsy);
void section_storage(struct autopsy *autopsy);
void section_system(struct autopsy *autopsy);

/* What sections have in common. */
/* The frames as lines of the open record or section; those of the scheduler itself left out if asked. */
void autopsy_stack(struct autopsy *autopsy, const struct unwind *unwind, int no_scheduler);
/* pid=, comm= of a task. */
void autopsy_task(struct autopsy *autopsy, const struct task *task);
/* 1 if a frame is of the scheduler or a lock, as the kernel decides for /proc/PID/wchan. */
int autopsy_is_scheduler(const struct autopsy *autopsy, uint64_t ip);

#endif
