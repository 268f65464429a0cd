/* SPDX-License-Identifier: MIT */
/* loop: see loop.h. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "loop.h"

static int epoll_fd = -1;

int loop_open(struct err *err)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return epoll_fd < 0 ? err_errno(err, "epoll_create1") : 0;
}

void loop_close(void)
{
	close(epoll_fd);
}

int loop_add(struct err *err, struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) ? err_errno(err, "epoll_ctl")
								     : 0;
}

void loop_change(struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_end(struct watch *watch)
{
	if (watch->fd < 0)
		return;
	close(watch->fd);
	watch->fd = -1;
}

int loop_wait(struct err *err, int ms)
{
	struct epoll_event event;
	int n = epoll_wait(epoll_fd, &event, 1, ms);

	if (n < 0 && errno != EINTR)
		return err_errno(err, "epoll_wait");
	if (n > 0) {
		struct watch *watch = event.data.ptr;

		watch->ready(watch, event.events);
	}
	return 0;
}
