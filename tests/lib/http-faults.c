/* SPDX-License-Identifier: MIT */
/*
 * http-faults: an HTTP server for tests on a loopback port, with the faults of its arguments.
 *
 *   http-faults [-p PORT] DIR ANSWER…
 *
 * Each connection gets the next ANSWER, the last one is repeated: CODE (a status without body),
 * CODE:TEXT (with TEXT and a newline as its body), CODE+SECONDS (with Retry-After), reset (after the
 * request's head), stall (reads all, never answers), close (at once). Request N's head and body go to DIR/N.head and DIR/N.body.
 * Prints the port when it listens. Ends with its parent's input, or after two minutes.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 16384 };

static void save(const char *dir, int n, const char *what, const char *bytes, size_t len)
{
	char path[600];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.%s", dir, n, what);
	f = fopen(path, "wb");
	if (!f)
		return;
	fwrite(bytes, 1, len, f);
	fclose(f);
}

/* Reads a head and a body of Content-Length, keeps both. 0/-1. */
static int take_request(int fd, const char *dir, int n, int only_head)
{
	static char head[HEAD_MAX + 1];
	size_t len = 0, want = 0, have;
	char *end = NULL, *body;

	while (!end && len < HEAD_MAX) {
		ssize_t got = read(fd, head + len, HEAD_MAX - len);

		if (got <= 0)
			return -1;
		len += (size_t)got;
		head[len] = '\0';
		end = strstr(head, "\r\n\r\n");
	}
	if (!end)
		return -1;
	end += 4;
	save(dir, n, "head", head, (size_t)(end - head));
	if (only_head)
		return 0;
	for (char *p = head; (p = strstr(p, "\r\n")) != NULL && p < end; p += 2) {
		if (strncasecmp(p + 2, "Content-Length:", 15) == 0)
			want = strtoul(p + 17, NULL, 10);
	}
	if (want > 64 << 20)
		return -1;
	body = malloc(want + 1);
	have = len - (size_t)(end - head);
	if (!body || have > want) {
		free(body);
		return -1;
	}
	memcpy(body, end, have);
	while (have < want) {
		ssize_t got = read(fd, body + have, want - have);

		if (got <= 0)
			break;
		have += (size_t)got;
	}
	save(dir, n, "body", body, have);
	free(body);
	return have == want ? 0 : -1;
}

static void answer(int fd, const char *dir, int n, const char *what)
{
	struct linger now = {1, 0};
	const char *text = strchr(what, ':'), *after = strchr(what, '+');
	char out[8192];
	int len;

	if (strcmp(what, "close") == 0)
		return;
	if (strcmp(what, "reset") == 0) {
		take_request(fd, dir, n, 1);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		return;
	}
	if (take_request(fd, dir, n, 0))
		return;
	if (strcmp(what, "stall") == 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		poll(&p, 1, 100000);
		return;
	}
	if (after != what + 3)
		after = NULL;
	text = text && !after ? text + 1 : "";
	len = snprintf(out, sizeof(out),
	    "HTTP/1.1 %.3s Told\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
	    "%s%.9s%sConnection: close\r\n\r\n%s%s",
	    what, *text ? strlen(text) + 1 : 0, after ? "Retry-After: " : "",
	    after ? after + 1 : "", after ? "\r\n" : "", text, *text ? "\n" : "");
	if (len >= (int)sizeof(out) || write(fd, out, (size_t)len) != len)
		return;
	shutdown(fd, SHUT_WR);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t at_len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1, first = 1;

	if (argc > 3 && strcmp(argv[1], "-p") == 0) {
		at.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
		first = 3;
	}
	if (argc < first + 2 || fd < 0)
		return 2;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&at, &at_len)) {
		perror("http-faults");
		return 1;
	}
	printf("%u\n", ntohs(at.sin_port));
	fflush(stdout);
	alarm(120);
	for (int n = 1;; n++) {
		int which = first + n < argc - 1 ? first + n : argc - 1, client;

		client = accept(fd, NULL, NULL);
		if (client < 0)
			return 1;
		answer(client, argv[first], n, argv[which]);
		close(client);
	}
}
