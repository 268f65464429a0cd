/* SPDX-License-Identifier: MIT */
/* load: what a queue is worth, when it is looked at, and what the kernel says of a real one. */
#include "cgi/http/load.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

static void test_mean(void)
{
	struct load load = {.mean_us = 0};
	int low = 1000, high = 0;

	ok(!load_look(&load, 1), "at the start nothing is known, and nobody sent away");
	for (int i = 0; i < 100; i++)
		load_note(&load, 100);
	ok(load.mean_us > 80 && load.mean_us <= 100, "the mean of equal times");
	ok(!load_look(&load, 1), "a quick worker cannot be late: 1,024 times 0.1 ms");
	load_note(&load, -5);
	load_note(&load, INT64_MAX);
	ok(load.mean_us <= 100, "a clock that was set changes nothing");
	for (int i = 0; i < 100; i++)
		load_note(&load, 100000);
	ok(load_look(&load, 1) && load_look(&load, 100), "a slow worker can be late");
	ok(!load_look(&load, 0), "without a limit no worker is late");
	is_num(load_retry_after(&load, 1024, 0, 7), 0, "without a limit no machine is sent away");
	is_num(load_retry_after(&load, 99, 10, 7), 0, "99 times 0.1 s are less than 10 s");
	for (uint32_t spread = 0; spread < 1000; spread++) {
		int after = load_retry_after(&load, 160, 10, spread);

		low = after < low ? after : low;
		high = after > high ? after : high;
	}
	ok(low >= 8 && low <= 9 && high >= 15 && high <= 17,
	    "16 s of work: all come back in its second half");
	low = 1000;
	high = 0;
	for (uint32_t spread = 0; spread < 1000; spread++) {
		int after = load_retry_after(&load, 1024, 10, spread);

		low = after < low ? after : low;
		high = after > high ? after : high;
	}
	ok(low >= 1 && high == 18, "nobody is sent away for more than 18 s");
	is_num(load_retry_after(&load, 11, 1, 5) > 0, 1,
	    "a second of work: away for at least a second");
}

/* Whether the kernel answers unix_diag at all, asked for every Unix socket: not by load.c's question. */
static int kernel_has_unix_diag(void)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} ask = {.head = {.nlmsg_len = sizeof(ask),
		     .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		     .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .req = {.sdiag_family = AF_UNIX, .udiag_states = ~0u}};
	_Alignas(struct nlmsghdr) char buf[8192];
	const struct nlmsghdr *head = (const struct nlmsghdr *)buf;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG), has;

	has = fd >= 0 && send(fd, &ask, sizeof(ask), 0) > 0 &&
	      recv(fd, buf, sizeof(buf), 0) >= (ssize_t)sizeof(*head) &&
	      head->nlmsg_type == SOCK_DIAG_BY_FAMILY;
	if (fd >= 0)
		close(fd);
	return has;
}

static void test_queue(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client[5], one, diag;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/sock", scratch_make());
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 64))
		exit(1);
	is_num(load_waiting(listener), 0, "the queue of a new listener is empty");
	for (int i = 0; i < 5; i++) {
		client[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(client[i], (struct sockaddr *)&at, sizeof(at)))
			exit(1);
	}
	diag = kernel_has_unix_diag();
	if (!diag)
		puts("# this kernel has no unix_diag: nothing waits");
	is_num(load_waiting(listener), diag ? 5 : 0, "five connections wait in the queue");
	one = accept(listener, NULL, NULL);
	is_num(load_waiting(listener), diag ? 4 : 0, "an accepted connection waits no longer");
	is_num(load_waiting(one), 0, "a connection has no queue");
	is_num(load_waiting(0), 0, "a file that is not a socket has no queue");
	is_num(load_waiting(-1), 0, "an invalid descriptor has no queue");
	close(one);
	for (int i = 0; i < 5; i++)
		close(client[i]);
	close(listener);
}

int main(void)
{
	test_mean();
	test_queue();
	return tap_done();
}
