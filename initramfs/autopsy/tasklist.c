/* SPDX-License-Identifier: MIT */
/*
 * tasklist: the section on tasks: their number by state; those in D, the longest wait first, with what
 * they wait for and who waits for whom; the ancestors of the task that died; with --all the others,
 * those with equal stacks together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autopsy.h"
#include "base/array.h"

enum {
	TASKLIST_WAITING = 200, /* tasks in D with a record */
	TASKLIST_STACKS = 24, /* groups of equal stacks without --all */
	TASKLIST_CHAIN = 16, /* owners of owners */
	TASKLIST_ANCESTORS = 8,
};

/* A task in D: what it waits for, and for how long in ns. */
struct tasklist_row {
	const struct task *task;
	struct locks_wait wait;
	int64_t waited;
};

struct tasklist_group {
	uint64_t hash;
	const struct task *first;
	size_t count;
};

static int tasklist_longest_first(const void *x, const void *y)
{
	const struct tasklist_row *a = x, *b = y;

	return (a->waited < b->waited) - (a->waited > b->waited);
}

/* Which wait it is, by the functions on top of the stack. */
static int tasklist_waits_for_rwsem(struct autopsy *a, const struct unwind *unwind)
{
	for (size_t i = 0; i < unwind->count && i < 6; i++) {
		char name[KALLSYMS_NAME];

		symbols_function(&a->symbols, unwind->frame[i].ip - 1, name);
		if (strstr(name, "rwsem") || strncmp(name, "down_read", 9) == 0 ||
		    strncmp(name, "down_write", 10) == 0 || strstr(name, "percpu_down"))
			return 1;
	}
	return 0;
}

static const struct tasklist_row *tasklist_row_of(
    const struct tasklist_row *rows, size_t count, const struct task *task)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].task == task)
			return &rows[i];
	}
	return NULL;
}

/* Follows the owners from a row: 1 if it comes back to it. Names the tasks of the circle in text. */
static int tasklist_deadlock(const struct tasklist_row *rows, size_t count,
    const struct tasklist_row *from, char *text, size_t size)
{
	const struct tasklist_row *at = from;
	size_t n = 0;

	text[0] = '\0';
	for (int i = 0; i < TASKLIST_CHAIN && at && at->wait.owner; i++) {
		if (n < size)
			n += (size_t)snprintf(text + n, size - n,
			    "%s%s (pid %d) waits for a %s of ", i ? "; " : "", at->task->comm,
			    at->task->pid, locks_name(at->wait.kind));
		if (n < size)
			n += (size_t)snprintf(text + n, size - n, "%s (pid %d)",
			    at->wait.owner->comm, at->wait.owner->pid);
		if (at->wait.owner == from->task)
			return 1;
		/* the circle is reported once, from the task with its lowest pid */
		if (at->wait.owner->pid < from->task->pid)
			return 0;
		at = tasklist_row_of(rows, count, at->wait.owner);
	}
	return 0;
}

/* The function in which it waits: the first that is not the scheduler's or a lock's. */
static void tasklist_wchan(struct autopsy *a, const struct unwind *unwind, char *name)
{
	name[0] = '\0';
	for (size_t i = 0; i < unwind->count; i++) {
		if (!autopsy_is_scheduler(a, unwind->frame[i].ip)) {
			symbols_function(&a->symbols, unwind->frame[i].ip - 1, name);
			return;
		}
	}
}

static void tasklist_record(struct autopsy *a, const struct task *task,
    const struct locks_wait *wait, const struct unwind *unwind)
{
	int64_t rss = task->mm ? tasks_rss(&a->kernel, task->mm) : -1;
	char name[KALLSYMS_NAME], state[2] = {task->state, '\0'};

	out_record(&a->out, NULL);
	autopsy_task(a, task);
	if (task->tgid != task->pid)
		out_number(&a->out, "tgid", task->tgid);
	out_text(&a->out, "state", task->on_cpu ? "R" : state);
	if (task->state == 'D')
		out_seconds(&a->out, "blocked_s", tasks_waited(&a->tasks, task));
	if (rss >= 0)
		out_number(&a->out, "rss_kb", rss * (int64_t)(a->kernel.page_size / 1024));
	tasklist_wchan(a, unwind, name);
	if (name[0] && task->state != 'R')
		out_text(&a->out, "in", name);
	if (wait && wait->kind != LOCKS_NONE) {
		out_text(&a->out, "waits_for", locks_name(wait->kind));
		if (wait->owner) {
			out_number(&a->out, "owner_pid", wait->owner->pid);
			out_text(&a->out, "owner_comm", wait->owner->comm);
		}
		if (wait->hint)
			out_text(&a->out, "owner_is", "one of its readers");
	}
	autopsy_stack(a, unwind, 1);
	out_end(&a->out);
}

static void tasklist_counts(struct autopsy *a)
{
	static const char letters[] = "RSDITtZXP";
	const struct tasks *t = &a->tasks;
	size_t count[sizeof(letters)] = {0}, running = 0;

	for (size_t i = 0; i < t->count; i++) {
		const char *letter = strchr(letters, t->task[i].state);

		running += t->task[i].on_cpu;
		if (letter)
			count[letter - letters]++;
	}
	out_number(&a->out, "total", (int64_t)t->count);
	out_number(&a->out, "on_cpu", (int64_t)running);
	for (size_t i = 0; letters[i]; i++) {
		char key[2] = {letters[i], '\0'};

		if (count[i])
			out_number(&a->out, key, (int64_t)count[i]);
	}
	if (t->damaged)
		out_note(&a->out, "the list of tasks is damaged or too long: some may be missing");
}

/* The rows of tasks in D, longest wait first. NULL: none, or no memory. */
static struct tasklist_row *tasklist_waiting(struct autopsy *a, size_t *count)
{
	struct tasklist_row *rows = NULL;
	static struct unwind unwind;
	size_t room = 0;

	*count = 0;
	for (size_t i = 0; i < a->tasks.count; i++) {
		const struct task *task = &a->tasks.task[i];
		struct tasklist_row *more;
		struct err ignored;

		if (task->state != 'D' || task->on_cpu)
			continue;
		more = array_grow(&ignored, rows, &room, *count, sizeof(*more));
		if (!more)
			break;
		rows = more;
		memset(&rows[*count], 0, sizeof(rows[0]));
		rows[*count].task = task;
		rows[(*count)++].waited = tasks_waited(&a->tasks, task);
	}
	if (*count)
		qsort(rows, *count, sizeof(rows[0]), tasklist_longest_first);
	for (size_t i = 0; i < *count && i < TASKLIST_WAITING && !kernel_expired(&a->kernel); i++) {
		unwind_task(&a->unwinder, rows[i].task->address, &unwind);
		locks_find(&a->kernel, &a->tasks, rows[i].task,
		    tasklist_waits_for_rwsem(a, &unwind), &rows[i].wait);
	}
	return rows;
}

static void tasklist_print_waiting(struct autopsy *a)
{
	static struct unwind unwind;
	char text[OUT_NOTE - 20];
	size_t count;
	struct tasklist_row *rows = tasklist_waiting(a, &count);
	size_t listed = count < TASKLIST_WAITING ? count : TASKLIST_WAITING;

	for (size_t i = 0; i < listed; i++) {
		if (tasklist_deadlock(rows, listed, &rows[i], text, sizeof(text)))
			out_headline(&a->out, "deadlock: %s", text);
	}
	if (count)
		out_headline(&a->out,
		    "%zu task%s in D (uninterruptible); longest: %s (pid %d), %lld s%s%s%s", count,
		    count == 1 ? "" : "s", rows[0].task->comm, rows[0].task->pid,
		    (long long)rows[0].waited / 1000000000,
		    rows[0].wait.owner ? ", for a lock of " : "",
		    rows[0].wait.owner ? rows[0].wait.owner->comm : "",
		    rows[0].wait.hint ? " (perhaps)" : "");
	out_list(&a->out, "waiting");
	for (size_t i = 0; i < listed && !kernel_expired(&a->kernel); i++) {
		unwind_task(&a->unwinder, rows[i].task->address, &unwind);
		tasklist_record(a, rows[i].task, &rows[i].wait, &unwind);
	}
	/* an owner that is not in D itself: what keeps it from letting go */
	for (size_t i = 0; i < listed && !kernel_expired(&a->kernel); i++) {
		const struct task *owner = rows[i].wait.owner;
		size_t first;

		for (first = 0; first < i && rows[first].wait.owner != owner; first++)
			;
		if (!owner || first < i || owner->state == 'D' || owner->on_cpu)
			continue;
		unwind_task(&a->unwinder, owner->address, &unwind);
		tasklist_record(a, owner, NULL, &unwind);
	}
	out_end(&a->out);
	if (count > listed)
		out_note(&a->out, "%zu tasks in D are not listed", count - listed);
	free(rows);
}

static void tasklist_ancestors(struct autopsy *a)
{
	const struct tasks *t = &a->tasks;
	int32_t pid = a->dead ? a->dead->task.pid : 0;

	if (pid == 0)
		return;
	out_list(&a->out, "ancestors");
	for (int n = 0; n < TASKLIST_ANCESTORS && pid > 0; n++) {
		size_t i;

		for (i = 0; i < t->count && t->task[i].pid != pid; i++)
			;
		if (i == t->count)
			break;
		out_record(&a->out, NULL);
		autopsy_task(a, &t->task[i]);
		out_end(&a->out);
		pid = t->task[i].parent;
	}
	out_end(&a->out);
}

static uint64_t tasklist_hash(const struct unwind *unwind)
{
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < unwind->count; i++)
		hash = (hash ^ unwind->frame[i].ip) * 1099511628211ULL;
	return hash;
}

/* Tasks that wait otherwise, those with the same stack as one record. */
static void tasklist_groups(struct autopsy *a)
{
	static struct unwind unwind;
	struct tasklist_group *groups = NULL;
	size_t count = 0, room = 0;

	for (size_t i = 0; i < a->tasks.count && !kernel_expired(&a->kernel); i++) {
		const struct task *task = &a->tasks.task[i];
		struct tasklist_group *more;
		struct err ignored;
		uint64_t hash;
		size_t g;

		if (task->on_cpu || task->state == 'D' || task->state == 'Z' || task->state == 'X')
			continue;
		unwind_task(&a->unwinder, task->address, &unwind);
		hash = tasklist_hash(&unwind);
		for (g = 0; g < count && groups[g].hash != hash; g++)
			;
		if (g == count) {
			more = array_grow(&ignored, groups, &room, count, sizeof(*more));
			if (!more)
				break;
			groups = more;
			groups[count++] = (struct tasklist_group){hash, task, 0};
		}
		groups[g].count++;
	}
	out_list(&a->out, "groups");
	for (size_t g = 0; g < count && g < TASKLIST_STACKS; g++) {
		char state[2] = {groups[g].first->state, '\0'};

		unwind_task(&a->unwinder, groups[g].first->address, &unwind);
		out_record(&a->out, NULL);
		out_number(&a->out, "tasks", (int64_t)groups[g].count);
		out_text(&a->out, "state", state);
		autopsy_task(a, groups[g].first);
		autopsy_stack(a, &unwind, 1);
		out_end(&a->out);
	}
	out_end(&a->out);
	if (count > TASKLIST_STACKS)
		out_note(&a->out, "%zu different stacks are not listed; --all lists every task",
		    count - TASKLIST_STACKS);
	free(groups);
}

static void tasklist_all(struct autopsy *a)
{
	static struct unwind unwind;

	out_list(&a->out, "tasks");
	for (size_t i = 0; i < a->tasks.count && !kernel_expired(&a->kernel); i++) {
		const struct task *task = &a->tasks.task[i];

		if (task->state == 'D' && !task->on_cpu)
			continue;
		memset(&unwind, 0, sizeof(unwind));
		if (!task->on_cpu && task->state != 'X' && task->state != 'Z')
			unwind_task(&a->unwinder, task->address, &unwind);
		tasklist_record(a, task, NULL, &unwind);
	}
	out_end(&a->out);
}

void section_tasks(struct autopsy *a)
{
	if (a->tasks.count == 0) {
		out_note(&a->out, "the list of tasks cannot be read");
		return;
	}
	tasklist_counts(a);
	tasklist_print_waiting(a);
	tasklist_ancestors(a);
	if (a->all)
		tasklist_all(a);
	else
		tasklist_groups(a);
}
