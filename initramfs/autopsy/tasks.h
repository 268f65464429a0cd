/* SPDX-License-Identifier: MIT */
/*
 * tasks: every task (thread) of the dead kernel, and what runs on each CPU.
 *
 * Source: Linux include/linux/sched.h. Processes are the list init_task.tasks; it is walked forward, and where
 * that ends early backward too. Threads are the list signal.thread_head. States are the letters of
 * /proc/PID/stat. A task waits since it last left a CPU, as far as sched_info (CONFIG_SCHED_INFO) shows when it
 * last came to one; "now" is the latest clock of all run queues.
 */
#ifndef AUTOPSY_TASKS_H
#define AUTOPSY_TASKS_H

#include "kernel.h"

enum {
	TASKS_MAX = 16384,
	TASKS_COMM = 16,
	TASKS_WORKER = 0x00000020, /* PF_WQ_WORKER */
};

struct task {
	uint64_t address, mm, arrived; /* arrived: ns */
	uint32_t flags;
	int32_t pid, tgid, parent;
	uint16_t cpu;
	uint8_t on_cpu;
	char state;
	char comm[TASKS_COMM];
};

struct tasks {
	struct task *task; /* array.h, by pid */
	size_t count, room;
	uint32_t *by_address; /* indexes in task */
	uint64_t now; /* ns, as rq->clock */
	int damaged; /* some may be missing */
	unsigned steps; /* private: tasks that were read */
};

/* 0, or -1: none can be found. tasks_free is due in either case. */
int tasks_load(struct err *err, struct kernel *kernel, struct tasks *tasks);
void tasks_free(struct tasks *tasks);
/* The task at that address, or NULL. */
const struct task *tasks_find(const struct tasks *tasks, uint64_t address);
/* Reads one, of the list or an idle task. 0/-1. */
int tasks_read(struct kernel *kernel, uint64_t address, struct task *task);
/* ns since it last came to a CPU; 0: not known. */
int64_t tasks_waited(const struct tasks *tasks, const struct task *task);
/* Resident pages of an address space (VmRSS); -1: they cannot be read. */
int64_t tasks_rss(struct kernel *kernel, uint64_t mm);

#endif
