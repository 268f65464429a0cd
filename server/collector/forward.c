/* SPDX-License-Identifier: MIT */
/* forward: kernel lines to a syslog server; see forward.h. */
#include "forward.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAR_MAX = 16, SYSLOG_PORT = 514, USER_TIMEOUT_MS = 30000 };

int forward_init(
    struct err *err, struct forward *forward, const char *where, void (*warn)(const char *text))
{
	uint16_t port = SYSLOG_PORT;
	const char *path;

	memset(forward, 0, sizeof(*forward));
	forward->fd = -1;
	forward->warn = warn;
	if (!where[0])
		return 0;
	forward->tcp = strncmp(where, "tcp:", 4) == 0;
	if (address_split_url(
		err, where, forward->tcp ? "tcp" : "udp", forward->host, &port, &path) ||
	    path[0])
		return err_set(err,
		    "forward: invalid \"%.80s\"; use udp://HOST:PORT or tcp://HOST:PORT", where);
	snprintf(forward->port, sizeof(forward->port), "%u", port);
	forward->queue = malloc(FORWARD_QUEUE_MAX);
	if (!forward->queue)
		return err_set(err, "forward: out of memory");
	forward->pause_ms = FORWARD_PAUSE_MIN_MS;
	forward->state = FORWARD_DOWN;
	return 0;
}

/* --- the queue --------------------------------------------------------------------------------------- */

static void forward_copy_in(struct forward *forward, const void *bytes, size_t len)
{
	size_t at = (forward->head + forward->used) % FORWARD_QUEUE_MAX;
	size_t first = len < FORWARD_QUEUE_MAX - at ? len : FORWARD_QUEUE_MAX - at;

	memcpy(forward->queue + at, bytes, first);
	memcpy(forward->queue, (const char *)bytes + first, len - first);
	forward->used += len;
}

static void forward_copy_out(const struct forward *forward, size_t skip, void *bytes, size_t len)
{
	size_t at = (forward->head + skip) % FORWARD_QUEUE_MAX;
	size_t first = len < FORWARD_QUEUE_MAX - at ? len : FORWARD_QUEUE_MAX - at;

	memcpy(bytes, forward->queue + at, first);
	memcpy((char *)bytes + first, forward->queue, len - first);
}

void forward_line(struct forward *forward, const struct forward_line *line)
{
	char message[FORWARD_MESSAGE_MAX];
	uint16_t len;

	if (forward->state == FORWARD_OFF)
		return;
	len = (uint16_t)forward_message_format(line, forward->tcp, message);
	if (forward->used + sizeof(len) + len > FORWARD_QUEUE_MAX) {
		forward->dropped++;
		return;
	}
	forward_copy_in(forward, &len, sizeof(len));
	forward_copy_in(forward, message, len);
}

/* --- the connection ----------------------------------------------------------------------------------------- */

static void forward_fault(struct forward *forward, const struct err *err)
{
	/* A fault that lasts is reported once. */
	if (strcmp(err->msg, forward->error.msg) != 0)
		forward->warn(err->msg);
	forward->error = *err;
	forward->faults++;
	if (forward->fd >= 0)
		close(forward->fd);
	forward->fd = -1;
	forward->sent = 0;
	forward->state = FORWARD_DOWN;
	forward->next_at = forward->now + forward->pause_ms;
	forward->pause_ms *= 2;
	if (forward->pause_ms > FORWARD_PAUSE_MAX_MS)
		forward->pause_ms = FORWARD_PAUSE_MAX_MS;
}

static void forward_failed(struct forward *forward, const char *what)
{
	struct err err;

	err_errno(&err, "forward to %s port %s: %s", forward->host, forward->port, what);
	forward_fault(forward, &err);
}

static void forward_resolve(struct forward *forward)
{
	struct gaicb *requests[] = {&forward->request};
	struct sigevent quiet = {.sigev_notify = SIGEV_NONE};

	forward->hints = (struct addrinfo){
	    .ai_socktype = forward->tcp ? SOCK_STREAM : SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
	forward->request = (struct gaicb){
	    .ar_name = forward->host, .ar_service = forward->port, .ar_request = &forward->hints};
	if (getaddrinfo_a(GAI_NOWAIT, requests, 1, &quiet)) {
		errno = EAGAIN;
		forward_failed(forward, "resolve");
		return;
	}
	forward->state = FORWARD_RESOLVING;
}

static void forward_connect(struct forward *forward)
{
	const struct addrinfo *to = forward->request.ar_result;
	unsigned int timeout = USER_TIMEOUT_MS;
	int rc;

	forward->fd =
	    socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
	if (forward->fd >= 0 && forward->tcp)
		setsockopt(forward->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
	rc = forward->fd < 0 ? -1 : connect(forward->fd, to->ai_addr, to->ai_addrlen);
	freeaddrinfo(forward->request.ar_result);
	forward->request.ar_result = NULL;
	if (rc && errno != EINPROGRESS) {
		forward_failed(forward, "connect");
		return;
	}
	forward->state = FORWARD_CONNECTING;
	forward->deadline = forward->now + FORWARD_CONNECT_MS;
}

static void forward_resolved(struct forward *forward)
{
	int code = gai_error(&forward->request);
	struct err err;

	if (code == EAI_INPROGRESS)
		return;
	if (code == 0) {
		forward_connect(forward);
		return;
	}
	err_set(
	    &err, "forward to %s port %s: %s", forward->host, forward->port, gai_strerror(code));
	forward_fault(forward, &err);
}

static void forward_connected(struct forward *forward)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(int), peer_size = sizeof(peer);
	int error = 0;

	if (getsockopt(forward->fd, SOL_SOCKET, SO_ERROR, &error, &size) || error) {
		errno = error ? error : errno;
		forward_failed(forward, "connect");
	} else if (getpeername(forward->fd, (struct sockaddr *)&peer, &peer_size) == 0) {
		forward->state = FORWARD_UP;
		forward->sent = 0;
	} else if (forward->now > forward->deadline) {
		errno = ETIMEDOUT;
		forward_failed(forward, "connect");
	}
}

/* 1 if the server has closed its side; what it sends is ignored. */
static int forward_hung_up(const struct forward *forward)
{
	char buf[512];
	ssize_t n = 1;

	for (int i = 0; i < HEAR_MAX && n > 0; i++)
		n = recv(forward->fd, buf, sizeof(buf), MSG_DONTWAIT);
	return n == 0;
}

/* Sends the first message. 1 sent, 0 not now, -1 the connection is lost. */
static int forward_send(struct forward *forward)
{
	char message[FORWARD_MESSAGE_MAX];
	uint16_t len;
	ssize_t n;

	forward_copy_out(forward, 0, &len, sizeof(len));
	forward_copy_out(forward, sizeof(len), message, len);
	n = send(
	    forward->fd, message + forward->sent, len - forward->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
		return 0;
	if (n < 0 && errno == EMSGSIZE && !forward->tcp) {
		forward->dropped++;
	} else if (n < 0) {
		forward_failed(forward, "send");
		return -1;
	} else {
		forward->sent += (size_t)n;
		if (forward->sent < len)
			return 0;
		forward->messages++;
	}
	forward->sent = 0;
	forward->head = (forward->head + sizeof(len) + len) % FORWARD_QUEUE_MAX;
	forward->used -= sizeof(len) + len;
	return 1;
}

static int forward_send_some(struct forward *forward)
{
	int turn = FORWARD_TURN, rc = 1;

	if (forward->tcp && forward_hung_up(forward)) {
		errno = ECONNRESET;
		forward_failed(forward, "send");
		return 1;
	}
	while (forward->used && turn-- > 0 && (rc = forward_send(forward)) > 0)
		;
	if (rc <= 0)
		return 1;
	if (forward->error.msg[0]) {
		forward->warn("forwarding again");
		forward->error.msg[0] = '\0';
	}
	forward->pause_ms = FORWARD_PAUSE_MIN_MS;
	return forward->used ? 2 : 0;
}

int forward_step(struct forward *forward, int64_t now)
{
	forward->now = now;
	if (forward->state == FORWARD_OFF || !forward->used)
		return 0;
	if (forward->state == FORWARD_DOWN && now >= forward->next_at)
		forward_resolve(forward);
	if (forward->state == FORWARD_RESOLVING)
		forward_resolved(forward);
	if (forward->state == FORWARD_CONNECTING)
		forward_connected(forward);
	return forward->state == FORWARD_UP ? forward_send_some(forward) : 1;
}

void forward_close(struct forward *forward)
{
	if (forward->state == FORWARD_OFF)
		return;
	if (forward->fd >= 0)
		close(forward->fd);
	if (forward->state == FORWARD_RESOLVING && gai_cancel(&forward->request) == EAI_NOTCANCELED)
		return; /* its thread still uses our memory; the process ends now */
	free(forward->queue);
	memset(forward, 0, sizeof(*forward));
	forward->fd = -1;
}
