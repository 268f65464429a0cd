/* SPDX-License-Identifier: MIT */
/* netwait: see netwait.h. What has changed is not read: the next try finds out. */
#include "netwait.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int netwait_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK,
	    .nl_groups =
		RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void netwait(int fd, unsigned ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char message[4096];

	/* (a negative fd is only waited for) */
	if (poll(&poll_fd, 1, ms < 60000 ? (int)ms : 60000) > 0)
		while (recv(fd, message, sizeof(message), 0) > 0)
			;
}
