/* SPDX-License-Identifier: MIT */
/* locks: what a task waits for, and who owns it; see locks.h. */
#include "locks.h"

#include <string.h>

enum {
	LOCKS_STACK = 16384, /* bytes above the stack pointer that are searched at most */
	LOCKS_WAITERS = 256, /* nodes of a ring */
	LOCKS_RINGS = 16, /* rings that are followed for one task */
	LOCKS_FLAGS = 7, /* low bits of an owner */
	LOCKS_READER = 1, /* RWSEM_READER_OWNED */
};

#define LOCKS_KERNEL (1ULL << 63)

const char *locks_name(enum locks_kind kind)
{
	static const char *const names[] = {"lock", "mutex", "semaphore", "rwsem"};

	return names[kind];
}

/* The owner of the lock at that address. 0/-1: it is no task. */
static int locks_owner(struct kernel *k, const struct tasks *tasks, struct locks_wait *wait)
{
	enum layout_field field = wait->kind == LOCKS_RWSEM ? L_RWSEM_OWNER : L_MUTEX_OWNER;
	uint64_t owner;

	if (wait->kind == LOCKS_SEMAPHORE || !kernel_has(k, field))
		return -1;
	owner = kernel_get(k, field, wait->lock);
	if (kernel_fault(k))
		return -1;
	wait->owner = tasks_find(tasks, owner & ~(uint64_t)LOCKS_FLAGS);
	wait->hint = wait->kind == LOCKS_RWSEM && owner & LOCKS_READER;
	return wait->owner ? 0 : -1;
}

/* By task_struct.blocker or blocked_on: 1 if they say something. */
static int locks_by_task(
    struct kernel *k, const struct tasks *tasks, const struct task *task, struct locks_wait *wait)
{
	static const enum locks_kind kinds[] = {
	    LOCKS_MUTEX, LOCKS_SEMAPHORE, LOCKS_RWSEM, LOCKS_RWSEM};
	uint64_t blocker = kernel_get(k, L_TASK_BLOCKER, task->address);

	if (blocker) {
		wait->kind = kinds[blocker & 3];
		wait->lock = blocker & ~3ULL;
	} else {
		wait->lock = kernel_get(k, L_TASK_BLOCKED_ON, task->address);
		wait->kind = wait->lock ? LOCKS_MUTEX : LOCKS_NONE;
	}
	if (kernel_fault(k) || wait->kind == LOCKS_NONE)
		return 0;
	locks_owner(k, tasks, wait);
	return 1;
}

/*
 * Whether the waiter at that address is in a ring with a lock of wait->kind that has an owner: 1/0. rings: that
 * may still be followed.
 */
static int locks_by_waiter(struct kernel *k, const struct tasks *tasks, uint64_t waiter, int *rings,
    struct locks_wait *wait)
{
	int rwsem = wait->kind == LOCKS_RWSEM;
	enum layout_field waiters = rwsem ? L_RWSEM_WAITERS : L_MUTEX_WAITERS;
	enum layout_field field = rwsem ? L_RWSEM_WAITER_TASK : L_MUTEX_WAITER_TASK;
	uint64_t next = kernel_word(k, waiter), prev = kernel_word(k, waiter + 8);
	int linked = next >= LOCKS_KERNEL && prev >= LOCKS_KERNEL &&
		     kernel_word(k, next + 8) == waiter && kernel_word(k, prev) == waiter;

	if (kernel_fault(k) || !linked || (*rings)-- <= 0)
		return 0;
	for (int i = 0; i < LOCKS_WAITERS && next != waiter; i++) {
		/* a node with a task behind it is another waiter; the lock's own has none */
		int other = tasks_find(tasks, kernel_word(k, kernel_at(k, field, next))) != NULL;

		kernel_fault(k);
		wait->lock = kernel_owner(k, waiters, next);
		if (!other && locks_owner(k, tasks, wait) == 0)
			return 1;
		next = kernel_word(k, next);
		if (kernel_fault(k))
			return 0;
	}
	return 0;
}

void locks_find(struct kernel *k, const struct tasks *tasks, const struct task *task, int rwsem,
    struct locks_wait *wait)
{
	enum layout_field field = rwsem ? L_RWSEM_WAITER_TASK : L_MUTEX_WAITER_TASK;
	uint64_t sp = kernel_get(k, L_TASK_SP, task->address) & ~7ULL;
	uint64_t end = kernel_get(k, L_TASK_STACK, task->address) + LOCKS_STACK;
	int rings = LOCKS_RINGS;

	memset(wait, 0, sizeof(*wait));
	if (kernel_fault(k) || locks_by_task(k, tasks, task, wait))
		return;
	if (!kernel_has(k, rwsem ? L_RWSEM_WAITERS : L_MUTEX_WAITERS))
		return;
	if (end - sp > LOCKS_STACK)
		end = sp + LOCKS_STACK;
	for (; sp < end; sp += 8) {
		if (kernel_word(k, sp) != task->address)
			continue;
		wait->kind = rwsem ? LOCKS_RWSEM : LOCKS_MUTEX;
		if (!kernel_fault(k) &&
		    locks_by_waiter(k, tasks, kernel_owner(k, field, sp), &rings, wait))
			return;
	}
	kernel_fault(k);
	memset(wait, 0, sizeof(*wait));
}
