/* SPDX-License-Identifier: MIT */
/* load: whether a worker has more waiting than it can answer in time; see load.h. */
#include "load.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* boot.ipxe gives up a request after 20 s without an answer, the wait for another try with it. */
enum { MEAN_OF = 8, RETRY_MAX = 18 };

void load_note(struct load *load, int64_t us)
{
	if (us < 0 || us > 600000000)
		return; /* the clock was set */
	load->mean_us += (us - load->mean_us) / MEAN_OF;
}

int load_look(const struct load *load, int limit_s)
{
	return limit_s > 0 && load->mean_us * LOAD_QUEUE_MAX > (int64_t)limit_s * 1000000;
}

int load_retry_after(const struct load *load, int waiting, int limit_s, uint32_t spread)
{
	int64_t wait_s = load->mean_us * waiting / 1000000;

	if (limit_s <= 0 || wait_s < limit_s)
		return 0;
	if (wait_s > RETRY_MAX)
		wait_s = RETRY_MAX;
	/* In the second half of what the queue needs. */
	return 1 + (int)(wait_s / 2) + (int)(spread % (uint32_t)(wait_s / 2 + 1)) -
	       (wait_s == RETRY_MAX);
}

/* UNIX_DIAG_RQLEN of the answer to one question; 0 without. */
static int load_answer(const char *buf, size_t len)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)buf;
	const struct unix_diag_msg *msg = NLMSG_DATA(head);
	const struct rtattr *attr = (const struct rtattr *)(msg + 1);
	struct unix_diag_rqlen queue;
	size_t left;

	if (len < NLMSG_LENGTH(sizeof(*msg)) || head->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    head->nlmsg_len > len || head->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)) ||
	    msg->udiag_state != 10) /* TCP_LISTEN, of Unix sockets too */
		return 0;
	left = head->nlmsg_len - NLMSG_LENGTH(sizeof(*msg));
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type != UNIX_DIAG_RQLEN || RTA_PAYLOAD(attr) < sizeof(queue))
			continue;
		memcpy(&queue, RTA_DATA(attr), sizeof(queue));
		return queue.udiag_rqueue < LOAD_QUEUE_MAX ? (int)queue.udiag_rqueue
							   : LOAD_QUEUE_MAX;
	}
	return 0;
}

int load_waiting(int listener)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} ask = {
	    .head = {.nlmsg_len = sizeof(ask),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST},
	    .req = {.sdiag_family = AF_UNIX,
		.udiag_states = ~0u,
		.udiag_show = UDIAG_SHOW_RQLEN,
		.udiag_cookie = {~0u, ~0u}},
	};
	_Alignas(struct nlmsghdr) char buf[1024];
	struct timeval limit = {.tv_usec = 100000};
	struct stat st;
	ssize_t n = -1;
	int fd;

	if (fstat(listener, &st) || !S_ISSOCK(st.st_mode))
		return 0;
	ask.req.udiag_ino = (uint32_t)st.st_ino;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	    send(fd, &ask, sizeof(ask), 0) == (ssize_t)sizeof(ask))
		n = recv(fd, buf, sizeof(buf), 0);
	close(fd);
	return n > 0 ? load_answer(buf, (size_t)n) : 0;
}
