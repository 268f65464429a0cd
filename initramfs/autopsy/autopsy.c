/* SPDX-License-Identifier: MIT */
/* autopsy: opens what the sections need and runs them; see autopsy.h. */
#include "autopsy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* --- the CPUs ------------------------------------------------------------------------------------- */

static void autopsy_find_tasks_on_cpus(struct autopsy *a)
{
	struct kernel *k = &a->kernel;

	a->cpus = calloc(k->cpus, sizeof(*a->cpus));
	for (unsigned cpu = 0; a->cpus && k->symbol[S_runqueues] && cpu < k->cpus; cpu++) {
		struct autopsy_cpu *c = &a->cpus[a->cpu_count];
		uint64_t rq = kernel_on_cpu(k, k->symbol[S_runqueues], cpu);

		if (k->percpu[cpu] == 0 && k->cpus > 1)
			continue;
		if (tasks_read(k, kernel_get(k, L_RQ_CURR, rq), &c->task))
			continue;
		c->cpu = cpu;
		a->cpu_count++;
	}
	kernel_fault(k);
}

/* The notes come in the order of the CPUs that have one; kdump's have the pid of what ran there. */
static void autopsy_find_regs(struct autopsy *a)
{
	struct elfcore_notes notes = {0};
	struct regs regs;
	size_t next = 0, i;

	while (next < a->cpu_count && regs_next(a->kernel.vm, &notes, &regs)) {
		for (i = next; i < a->cpu_count && a->cpus[i].task.pid != regs.pid; i++)
			;
		if (i == a->cpu_count)
			i = next; /* not kdump's */
		a->cpus[i].regs = regs;
		a->cpus[i].has_regs = 1;
		next = i + 1;
	}
}

static void autopsy_find_dead(struct autopsy *a)
{
	struct kernel *k = &a->kernel;
	int32_t cpu = -1;

	if (k->symbol[S_panic_cpu])
		cpu = (int32_t)kernel_variable(k, S_panic_cpu, 4);
	if (cpu < 0 && k->symbol[S_crashing_cpu])
		cpu = (int32_t)kernel_variable(k, S_crashing_cpu, 4);
	for (size_t i = 0; i < a->cpu_count && cpu >= 0; i++) {
		if (a->cpus[i].cpu == (unsigned)cpu)
			a->dead = &a->cpus[i];
	}
	kernel_fault(k);
}

/* --- what sections have in common ------------------------------------------------------------------ */

int autopsy_is_scheduler(const struct autopsy *a, uint64_t ip)
{
	const uint64_t *s = a->kernel.symbol;

	return (ip >= s[S___sched_text_start] && ip < s[S___sched_text_end]) ||
	       (ip >= s[S___lock_text_start] && ip < s[S___lock_text_end]);
}

void autopsy_stack(struct autopsy *a, const struct unwind *unwind, int no_scheduler)
{
	char text[2 + SYMBOLS_TEXT] = "? ";

	out_lines(&a->out, "stack");
	for (size_t i = 0; i < unwind->count; i++) {
		enum unwind_mark mark = unwind->frame[i].mark;

		if (no_scheduler && autopsy_is_scheduler(a, unwind->frame[i].ip))
			continue;
		symbols_text(&a->symbols, unwind->frame[i].ip, mark != UNWIND_EXACT, text + 2);
		out_line(&a->out, mark == UNWIND_GUESS ? text : text + 2);
	}
	out_end(&a->out);
}

void autopsy_task(struct autopsy *a, const struct task *task)
{
	out_number(&a->out, "pid", task->pid);
	out_text(&a->out, "comm", task->comm);
}

/* --- the whole ---------------------------------------------------------------------------------------- */

int autopsy_open(struct err *err, struct vmem *vm, struct autopsy *a)
{
	struct err why;

	if (kernel_open(err, vm, &a->kernel))
		return -1;
	/* without the modules or the tasks the rest is still worth having: the sections say so */
	if (modules_load(&why, &a->kernel, &a->modules))
		a->modules.damaged = 1;
	modules_find_layouts(&a->kernel, &a->modules);
	if (symbols_init(err, &a->kernel, &a->modules, &a->symbols) ||
	    unwinder_init(err, &a->symbols, &a->unwinder))
		return -1;
	if (tasks_load(&why, &a->kernel, &a->tasks))
		a->tasks.damaged = 1;
	a->partial = a->modules.damaged || a->tasks.damaged;
	autopsy_find_tasks_on_cpus(a);
	autopsy_find_regs(a);
	autopsy_find_dead(a);
	return 0;
}

void autopsy_close(struct autopsy *a)
{
	free(a->cpus);
	tasks_free(&a->tasks);
	unwinder_free(&a->unwinder);
	symbols_free(&a->symbols);
	modules_free(&a->modules);
	kernel_close(&a->kernel);
	out_free(&a->out);
}

void autopsy_run(struct autopsy *a, int seconds)
{
	static const struct {
		const char *name;
		void (*run)(struct autopsy *a);
	} sections[] = {
	    {"death", section_death},
	    {"cpus", section_cpus},
	    {"tasks", section_tasks},
	    {"memory", section_memory},
	    {"network", section_network},
	    {"storage", section_storage},
	    {"system", section_system},
	};
	int64_t end = clock_monotonic() + 1000 * (int64_t)seconds;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		int64_t now = clock_monotonic();

		/* at most half of what is left, so that a slow section leaves time for those after it */
		a->kernel.end_ms = seconds ? now + (end - now) / 2 : 0;
		out_section(&a->out, sections[i].name);
		if (kernel_expired(&a->kernel)) {
			out_note(&a->out, "left out: the time for the autopsy is over");
			a->partial = 1;
		} else {
			sections[i].run(a);
			if (kernel_expired(&a->kernel)) {
				out_note(&a->out, "incomplete: this section's time is over");
				a->partial = 1;
			}
		}
		kernel_fault(&a->kernel);
		out_end(&a->out);
	}
	a->partial |= a->out.cut;
}
