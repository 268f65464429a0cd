/* SPDX-License-Identifier: MIT */
/*
 * locks: what a task in D waits for, and who owns it.
 *
 * Kernels since 6.16 may say so in task_struct (blocker, blocked_on). In others the task's own entry in the
 * lock's list of waiters lies on its stack: a word that is the task's address, at a place where a
 * mutex_waiter or rwsem_waiter would have it, in a ring of list nodes one of which is the lock's own.
 * Source: Linux kernel/locking/mutex.h, rwsem.c, include/linux/hung_task.h. Other waits have no owner.
 */
#ifndef AUTOPSY_LOCKS_H
#define AUTOPSY_LOCKS_H

#include "tasks.h"

enum locks_kind { LOCKS_NONE, LOCKS_MUTEX, LOCKS_SEMAPHORE, LOCKS_RWSEM };

struct locks_wait {
	enum locks_kind kind;
	uint64_t lock; /* its address, for comparison only */
	const struct task *owner; /* NULL: not known */
	int hint; /* the owner is one of perhaps several readers */
};

/* rwsem: by its stack the task waits in a rw_semaphore's functions (else in a mutex's). */
void locks_find(struct kernel *kernel, const struct tasks *tasks, const struct task *task,
    int rwsem, struct locks_wait *wait);
const char *locks_name(enum locks_kind kind);

#endif
