/* SPDX-License-Identifier: MIT */
/* loop: file descriptors that wait for events, by epoll. One event at a time, so any watch may end in a call. */
#ifndef BMC_LOOP_H
#define BMC_LOOP_H

#include <stdint.h>

#include "base/err.h"

struct watch {
	int fd; /* -1: not open */
	void (*ready)(struct watch *watch, uint32_t events); /* EPOLLIN, … */
	void *owner;
};

/* 0/-1 */
int loop_open(struct err *err);
void loop_close(void);
/* The watch must stay where it is until it ends. 0/-1 */
int loop_add(struct err *err, struct watch *watch, uint32_t events);
void loop_change(struct watch *watch, uint32_t events);
/* Closes the descriptor. */
void loop_end(struct watch *watch);
/* Waits for an event, at most ms, and calls its watch. 0, or -1 when it cannot wait. */
int loop_wait(struct err *err, int ms);

#endif
