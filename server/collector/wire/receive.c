/* SPDX-License-Identifier: MIT */
/* receive: the collector's sockets; see receive.h. */
#include "receive.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"

#include "config/config.h"

/* 0, or -1: the kernel does not support it. */
static int receive_meminfo(const struct receive *receive, uint32_t info[SK_MEMINFO_VARS])
{
	socklen_t len = SK_MEMINFO_VARS * sizeof(info[0]);

	memset(info, 0, len);
	return getsockopt(receive->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0 &&
		       len > SK_MEMINFO_DROPS * sizeof(info[0])
		   ? 0
		   : -1;
}

static void receive_set_nap(struct receive *receive)
{
	int room = 0;
	socklen_t len = sizeof(room);

	receive->nap_ms = 1;
	if (getsockopt(receive->fd, SOL_SOCKET, SO_RCVBUF, &room, &len) == 0 && room > 2 << 20)
		receive->nap_ms = room >> 20;
	if (receive->nap_ms > RECEIVE_NAP_MAX_MS)
		receive->nap_ms = RECEIVE_NAP_MAX_MS;
}

static int receive_bind(struct err *err, const struct addrinfo *info, struct receive *receive)
{
	const int size = RECEIVE_BUFFER, on = 1, off = 0;
	uint32_t info_ignored[SK_MEMINFO_VARS];

	receive->fd = socket(
	    info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info->ai_protocol);
	if (receive->fd < 0)
		return err_errno(err, "netconsole %s", receive->name);
	if (info->ai_family == AF_INET6)
		setsockopt(receive->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	/* Only root may exceed the system's limit. */
	if (setsockopt(receive->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(receive->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Kernels before 4.12 report drops only with packets. */
	if (receive_meminfo(receive, info_ignored))
		setsockopt(receive->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	receive_set_nap(receive);
	if (bind(receive->fd, info->ai_addr, info->ai_addrlen) == 0)
		return 0;
	if (errno == EADDRINUSE)
		err_set(err,
		    "netconsole %s: another program listens there; set netconsole = \"ADDRESS:PORT\" to a free port",
		    receive->name);
	else
		err_errno(err, "netconsole %s", receive->name);
	close(receive->fd);
	receive->fd = -1;
	return -1;
}

int receive_open(struct err *err, const char *address, struct receive *receive)
{
	struct addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *list = NULL;
	char host[ADDRESS_HOST_MAX + 1], port_text[8];
	uint16_t port = 6666;
	int rc;

	memset(receive, 0, sizeof(*receive));
	receive->fd = -1;
	if (address_split(err, address, host, &port))
		return err_prefix(err, "netconsole");
	snprintf(receive->name, sizeof(receive->name), strchr(host, ':') ? "[%s]:%u" : "%s:%u",
	    host, port);
	snprintf(port_text, sizeof(port_text), "%u", port);
	rc = getaddrinfo(host, port_text, &hints, &list);
	if (rc)
		return err_set(err, "netconsole %s: %s", receive->name, gai_strerror(rc));
	rc = receive_bind(err, list, receive);
	freeaddrinfo(list);
	return rc;
}

static void receive_control(struct receive *receive, struct msghdr *msg)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SO_RXQ_OVFL)
			memcpy(&receive->overflow, CMSG_DATA(cmsg), sizeof(receive->overflow));
}

int receive_batch(struct receive *receive, const struct receive_sink *sink)
{
	/* Only the pages that packets fill are touched; the extra bytes spread them over the cache. */
	static char buf[RECEIVE_BATCH][RECEIVE_SIZE + 320];
	static union {
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
		struct cmsghdr align;
	} control[RECEIVE_BATCH];
	static struct sockaddr_storage from[RECEIVE_BATCH];
	static struct mmsghdr msg[RECEIVE_BATCH];
	static struct iovec iov[RECEIVE_BATCH];
	static int used = RECEIVE_BATCH; /* entries of msg that the kernel wrote */
	int n;

	for (int i = 0; i < used; i++) {
		iov[i] = (struct iovec){.iov_base = buf[i], .iov_len = RECEIVE_SIZE};
		msg[i].msg_hdr = (struct msghdr){
		    .msg_name = &from[i],
		    .msg_namelen = sizeof(from[i]),
		    .msg_iov = &iov[i],
		    .msg_iovlen = 1,
		    .msg_control = &control[i],
		    .msg_controllen = sizeof(control[i]),
		};
		msg[i].msg_len = 0;
	}
	n = recvmmsg(receive->fd, msg, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
	used = n > 0 ? n : 0;
	if (n > 0)
		sink->coming(sink->arg, from, (size_t)n);
	for (int i = 0; i < n; i++)
		sink->got(sink->arg, (const struct sockaddr *)&from[i], buf[i], msg[i].msg_len);
	if (n > 0)
		receive_control(receive, &msg[n - 1].msg_hdr);
	return used;
}

void receive_look_at_drops(struct receive *receive)
{
	uint32_t info[SK_MEMINFO_VARS];

	if (receive_meminfo(receive, info) == 0)
		receive->overflow = info[SK_MEMINFO_DROPS];
}

int bell_open(struct err *err, const char *path)
{
	struct sockaddr_un at;
	int fd;

	if (address_unix(err, path, &at))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(err, "%s", path);
	unlink(path); /* its owner would hold the lock */
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || chmod(path, 0660)) {
		err_errno(err, "%s", path);
		close(fd);
		return -1;
	}
	return fd;
}

int bell_clear(int fd)
{
	char byte;
	int rung = 0;

	while (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		rung = 1;
	return rung;
}
