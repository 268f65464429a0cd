/* SPDX-License-Identifier: MIT */
/*
 * http-hold: many slow clients of an HTTP server on 127.0.0.1, for tests.
 *
 *	http-hold PORT COUNT SECONDS head          a request whose head never ends
 *	http-hold PORT COUNT SECONDS get PATH      a download that is not read
 *	http-hold PORT COUNT SECONDS put PATH SIZE a body of SIZE bytes of which the last never comes
 *
 * Prints "COUNT open" when all are connected and have sent what they send at once, then sends one byte more of
 * each head every second, and ends after SECONDS. Exits 1 if a connection cannot be made within 10 s.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "number.h"

static int hold_open(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM, 0), small = 8192;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror("http-hold");
		exit(1);
	}
	return fd;
}

static void hold_send(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the server has had enough of it */
		text += n;
		len -= (size_t)n;
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	static char head[512], block[65536];
	int port, count, seconds, *fds;
	long size = 0;

	if (argc < 5)
		return 2;
	port = (int)number_arg("http-hold", argv[1], 65535);
	count = (int)number_arg("http-hold", argv[2], 100000);
	seconds = (int)number_arg("http-hold", argv[3], 1000000);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	fds = calloc((size_t)count, sizeof(*fds));
	if (!fds)
		return 2;
	if (strcmp(argv[4], "head") == 0)
		snprintf(head, sizeof(head),
		    "GET /boot?mac=52-54-00-00-00-01 HTTP/1.1\r\nHost: a\r\nX: ");
	else if (strcmp(argv[4], "get") == 0 && argc == 6)
		snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", argv[5]);
	else if (strcmp(argv[4], "put") == 0 && argc == 7)
		snprintf(head, sizeof(head),
		    "PUT %s HTTP/1.1\r\nHost: a\r\nContent-Length: %ld\r\n\r\n", argv[5],
		    size = number_arg("http-hold", argv[6], LONG_MAX));
	else
		return 2;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < count; i++) {
		fds[i] = hold_open(port);
		hold_send(fds[i], head, strlen(head));
		for (long left = size - 1; left > 0; left -= (long)sizeof(block))
			hold_send(fds[i], block,
			    left < (long)sizeof(block) ? (size_t)left : sizeof(block));
	}
	printf("%d open\n", count);
	fflush(stdout);
	while (seconds-- > 0) {
		sleep(1);
		for (int i = 0; !size && argc == 5 && i < count; i++)
			hold_send(fds[i], "a", 1);
	}
	return 0;
}
