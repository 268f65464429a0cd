/* SPDX-License-Identifier: MIT */
/* tasks: every task of the dead kernel; see tasks.h. */
#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
	TASKS_PID_MAX = 4194304, /* PID_MAX_LIMIT */
	TASKS_RSS = 4, /* file, anonymous, swap, shared memory */
	TASKS_RSS_SWAP = 2,
	TASKS_STEPS = 4 * TASKS_MAX, /* tasks read, the unreadable ones too */
};

/* Bits of task_struct.__state and exit_state: include/linux/sched.h. */
enum {
	STATE_S = 0x01,
	STATE_D = 0x02,
	STATE_T = 0x04,
	STATE_TRACED = 0x08,
	STATE_X = 0x10,
	STATE_Z = 0x20,
	STATE_PARKED = 0x40,
	STATE_NOLOAD = 0x400,
};

static char tasks_letter(uint64_t state)
{
	if (state & STATE_NOLOAD && state & STATE_D)
		return 'I';
	if (state & STATE_S)
		return 'S';
	if (state & STATE_D)
		return 'D';
	if (state & STATE_T)
		return 'T';
	if (state & STATE_TRACED)
		return 't';
	if (state & STATE_X)
		return 'X';
	if (state & STATE_Z)
		return 'Z';
	if (state & STATE_PARKED)
		return 'P';
	return state & 0xff ? '?' : 'R';
}

int tasks_read(struct kernel *k, uint64_t address, struct task *task)
{
	memset(task, 0, sizeof(*task));
	kernel_fault(k);
	task->address = address;
	task->pid = (int32_t)kernel_get(k, L_TASK_PID, address);
	task->tgid = (int32_t)kernel_get(k, L_TASK_TGID, address);
	task->flags = (uint32_t)kernel_get(k, L_TASK_FLAGS, address);
	task->mm = kernel_get(k, L_TASK_MM, address);
	task->arrived = kernel_get(k, L_TASK_ARRIVED, address);
	task->cpu = (uint16_t)kernel_get(k, L_TASK_CPU, address);
	task->on_cpu = kernel_get(k, L_TASK_ON_CPU, address) != 0;
	task->state = tasks_letter(
	    kernel_get(k, L_TASK_STATE, address) | kernel_get(k, L_TASK_EXIT_STATE, address));
	kernel_text(k, kernel_at(k, L_TASK_COMM, address), task->comm, sizeof(task->comm));
	task->parent = (int32_t)kernel_uint(
	    k, kernel_at(k, L_TASK_PID, kernel_get(k, L_TASK_PARENT, address)), 4);
	if (kernel_fault(k) || task->pid < 0 || task->pid > TASKS_PID_MAX)
		return -1;
	return 0;
}

static int tasks_add(struct err *err, struct kernel *k, struct tasks *tasks, uint64_t address)
{
	struct task *more;

	if (tasks->count == TASKS_MAX || ++tasks->steps > TASKS_STEPS) {
		tasks->damaged = 1;
		return 0;
	}
	more = array_grow(err, tasks->task, &tasks->room, tasks->count, sizeof(*more));
	if (!more)
		return -1;
	tasks->task = more;
	if (tasks_read(k, address, &more[tasks->count]) || more[tasks->count].pid == 0)
		tasks->damaged = 1;
	else
		tasks->count++;
	return 0;
}

/* A process: all its threads, or, where their list is damaged, at least itself. 0/-1: no memory. */
static int tasks_add_process(
    struct err *err, struct kernel *k, struct tasks *tasks, uint64_t leader)
{
	uint64_t signal = kernel_get(k, L_TASK_SIGNAL, leader), node;
	struct kernel_list threads;
	int leader_seen = 0;

	kernel_list_begin(&threads, kernel_at(k, L_SIGNAL_THREADS, signal), TASKS_MAX);
	while (signal && tasks->count < TASKS_MAX && tasks->steps < TASKS_STEPS &&
	       kernel_list_next(k, &threads, &node)) {
		uint64_t task = kernel_owner(k, L_TASK_THREAD_NODE, node);

		leader_seen |= task == leader;
		if (tasks_add(err, k, tasks, task))
			return -1;
	}
	tasks->damaged |= threads.damaged;
	return leader_seen ? 0 : tasks_add(err, k, tasks, leader);
}

static int tasks_by_pid(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static int tasks_walk(struct err *err, struct kernel *k, struct tasks *tasks)
{
	uint64_t head = kernel_at(k, L_TASK_TASKS, k->symbol[S_init_task]), node, last = head;
	struct kernel_list list;

	kernel_list_begin(&list, head, TASKS_MAX);
	while (kernel_list_next(k, &list, &node)) {
		last = node;
		if (tasks_add_process(err, k, tasks, kernel_owner(k, L_TASK_TASKS, node)))
			return -1;
	}
	if (!list.damaged)
		return 0;
	tasks->damaged = 1;
	kernel_list_begin(&list, head, TASKS_MAX);
	list.backward = 1;
	while (kernel_list_next(k, &list, &node) && node != last) {
		if (tasks_add_process(err, k, tasks, kernel_owner(k, L_TASK_TASKS, node)))
			return -1;
	}
	return 0;
}

static int tasks_by_address(const void *a, const void *b, void *arg)
{
	const struct task *tasks = arg;
	uint64_t x = tasks[*(const uint32_t *)a].address, y = tasks[*(const uint32_t *)b].address;

	return (x > y) - (x < y);
}

/* By pid, each once, since lists that are damaged may share their tasks; and the index by address. */
static int tasks_sort(struct err *err, struct tasks *tasks)
{
	size_t kept = 0;

	qsort(tasks->task, tasks->count, sizeof(*tasks->task), tasks_by_pid);
	for (size_t i = 1; i < tasks->count; i++) {
		if (tasks->task[i].address != tasks->task[kept].address)
			tasks->task[++kept] = tasks->task[i];
	}
	tasks->count = kept + 1;
	tasks->by_address = malloc(tasks->count * sizeof(*tasks->by_address));
	if (!tasks->by_address)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < tasks->count; i++)
		tasks->by_address[i] = (uint32_t)i;
	qsort_r(tasks->by_address, tasks->count, sizeof(*tasks->by_address), tasks_by_address,
	    tasks->task);
	return 0;
}

int tasks_load(struct err *err, struct kernel *k, struct tasks *tasks)
{
	memset(tasks, 0, sizeof(*tasks));
	if (!k->symbol[S_init_task] || !kernel_has(k, L_TASK_TASKS) || !kernel_has(k, L_TASK_PID))
		return err_set(err, "the list of tasks is not known");
	if (tasks_walk(err, k, tasks))
		return -1;
	kernel_fault(k);
	for (unsigned cpu = 0; cpu < k->cpus && k->symbol[S_runqueues]; cpu++) {
		uint64_t clock =
		    kernel_get(k, L_RQ_CLOCK, kernel_on_cpu(k, k->symbol[S_runqueues], cpu));

		if (!kernel_fault(k) && clock < INT64_MAX && clock > tasks->now)
			tasks->now = clock;
	}
	if (tasks->count == 0)
		return err_set(err, "the list of tasks cannot be read");
	return tasks_sort(err, tasks);
}

void tasks_free(struct tasks *tasks)
{
	free(tasks->task);
	free(tasks->by_address);
	memset(tasks, 0, sizeof(*tasks));
}

const struct task *tasks_find(const struct tasks *tasks, uint64_t address)
{
	size_t low = 0, high = tasks->by_address ? tasks->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct task *task = &tasks->task[tasks->by_address[middle]];

		if (task->address == address)
			return task;
		if (task->address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int64_t tasks_waited(const struct tasks *tasks, const struct task *task)
{
	if (task->arrived == 0 || task->arrived > tasks->now)
		return 0;
	return (int64_t)(tasks->now - task->arrived);
}

int64_t tasks_rss(struct kernel *k, uint64_t mm)
{
	const struct layout_place *place = &k->layout.field[L_MM_RSS];
	uint64_t at = kernel_at(k, L_MM_RSS, mm);
	int64_t pages = 0;

	if (place->size == 0 || mm == 0)
		return -1;
	for (unsigned i = 0; i < TASKS_RSS; i++) {
		int64_t count;

		if (place->count && place->each > 8) { /* percpu_counter, since 6.2 */
			uint64_t counter = at + (uint64_t)i * place->each;
			uint64_t parts = kernel_get(k, L_COUNTER_COUNTERS, counter);

			count = kernel_get_signed(k, L_COUNTER_COUNT, counter);
			if (parts)
				count =
				    (int64_t)((uint64_t)count + (uint64_t)kernel_sum(k, parts, 4));
		} else {
			count = (int64_t)kernel_word(k, at + 8 * (uint64_t)i);
		}
		if (i != TASKS_RSS_SWAP && count > 0 && count < (int64_t)1 << 40)
			pages += count;
	}
	return kernel_fault(k) ? -1 : pages;
}
