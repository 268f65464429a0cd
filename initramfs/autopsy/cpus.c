/* SPDX-License-Identifier: MIT */
/* cpus: what each CPU was doing, and since when it has not had a timer tick. */
#include <stdio.h>
#include <string.h>

#include "autopsy.h"

enum {
	CPUS_LISTED = 128, /* CPUs with a record; idle ones beyond are counted only */
	CPUS_SOFTIRQS = 10,
	CPUS_TIMERS = 2, /* bases of a CPU that every kernel has */
};

#define CPUS_STUCK_NS 4000000000LL /* without a tick, while not idle */

/* Softirqs raised and not yet run, by name. */
static void cpus_softirqs(struct autopsy *a, unsigned cpu)
{
	static const char *const names[CPUS_SOFTIRQS] = {"HI", "TIMER", "NET_TX", "NET_RX", "BLOCK",
	    "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"};
	struct kernel *k = &a->kernel;
	uint64_t at = 0, pending;
	char text[120] = "";

	if (k->symbol[S___softirq_pending])
		at = k->symbol[S___softirq_pending];
	else if (k->symbol[S_pcpu_hot] && kernel_has(k, L_SOFTIRQ_HOT))
		at = kernel_at(k, L_SOFTIRQ_HOT, k->symbol[S_pcpu_hot]);
	else if (k->symbol[S_irq_stat] && kernel_has(k, L_SOFTIRQ_STAT))
		at = kernel_at(k, L_SOFTIRQ_STAT, k->symbol[S_irq_stat]);
	if (!at)
		return;
	pending = kernel_uint(k, kernel_on_cpu(k, at, cpu), 2);
	for (unsigned i = 0; i < CPUS_SOFTIRQS; i++) {
		size_t n = strlen(text);

		if (pending >> i & 1)
			snprintf(text + n, sizeof(text) - n, "%s%s", n ? "," : "", names[i]);
	}
	if (text[0] && !kernel_fault(k))
		out_text(&a->out, "softirqs", text);
}

/* The timer whose function a CPU is in. */
static void cpus_timer(struct autopsy *a, unsigned cpu)
{
	struct kernel *k = &a->kernel;
	uint64_t base = kernel_on_cpu(k, k->symbol[S_timer_bases], cpu);
	uint32_t each = k->layout.field[L_TIMER_RUNNING].object;
	char name[KALLSYMS_NAME];

	for (unsigned i = 0; k->symbol[S_timer_bases] && each && i < CPUS_TIMERS; i++) {
		uint64_t timer = kernel_get(k, L_TIMER_RUNNING, base + (uint64_t)i * each);

		if (timer &&
		    symbols_function(&a->symbols, kernel_get(k, L_TIMER_FUNCTION, timer), name) &&
		    !kernel_fault(k))
			out_text(&a->out, "timer", name);
	}
	kernel_fault(k);
}

/* "idle", "user" or "kernel"; "unknown" without registers. */
static const char *cpus_state(struct autopsy *a, const struct autopsy_cpu *c)
{
	uint64_t rq = kernel_on_cpu(&a->kernel, a->kernel.symbol[S_runqueues], c->cpu);

	if (kernel_get(&a->kernel, L_RQ_IDLE, rq) == c->task.address)
		return "idle";
	if (!c->has_regs)
		return "unknown";
	return c->regs.user ? "user" : "kernel";
}

static void cpus_record(struct autopsy *a, const struct autopsy_cpu *c)
{
	uint64_t rq = kernel_on_cpu(&a->kernel, a->kernel.symbol[S_runqueues], c->cpu);
	const char *state = cpus_state(a, c);
	uint64_t clock = kernel_get(&a->kernel, L_RQ_CLOCK, rq);
	int64_t since = clock && clock <= a->tasks.now ? (int64_t)(a->tasks.now - clock) : 0;
	static struct unwind unwind;

	out_record(&a->out, NULL);
	out_number(&a->out, "cpu", c->cpu);
	out_text(&a->out, "state", state);
	autopsy_task(a, &c->task);
	out_number(&a->out, "running", (int64_t)kernel_get(&a->kernel, L_RQ_RUNNING, rq));
	if (strcmp(state, "idle") != 0)
		out_seconds(&a->out, "tick_age_s", since);
	cpus_softirqs(a, c->cpu);
	cpus_timer(a, c->cpu);
	if (c->has_regs && !c->regs.user && c != a->dead) {
		unwind_cpu(&a->unwinder, &c->regs, &unwind);
		autopsy_stack(a, &unwind, 0);
	}
	out_end(&a->out);
	if (strcmp(state, "idle") != 0 && since > CPUS_STUCK_NS)
		out_headline(&a->out,
		    "CPU %u had no timer tick for %lld s, while it ran %s (pid %d)", c->cpu,
		    (long long)since / 1000000000, c->task.comm, c->task.pid);
}

void section_cpus(struct autopsy *a)
{
	size_t idle = 0, left_out = 0;

	if (a->cpu_count == 0) {
		out_note(&a->out, "what ran on the CPUs cannot be read");
		return;
	}
	out_list(&a->out, "cpus");
	for (size_t i = 0; i < a->cpu_count; i++) {
		int is_idle = strcmp(cpus_state(a, &a->cpus[i]), "idle") == 0;

		idle += (size_t)is_idle;
		if (i >= CPUS_LISTED && (is_idle || i >= 2 * CPUS_LISTED))
			left_out++;
		else
			cpus_record(a, &a->cpus[i]);
	}
	out_end(&a->out);
	out_note(&a->out, "%zu CPUs, %zu of them idle", a->cpu_count, idle);
	if (left_out)
		out_note(&a->out, "%zu CPUs are not listed", left_out);
}
