/* SPDX-License-Identifier: MIT */
/* line: a console behind a Unix socket, FIFOs, TCP, telnet or a tty; see source.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "console/wire/telnet.h"
#include "source.h"
#include "target/target.h"

enum { BREAK_MS = 300 };

struct line {
	int is_telnet, is_tty;
	int pipe; /* what is written goes there; -1: to the source's descriptor */
	struct telnet telnet;
	int64_t break_until; /* monotonic ms; 0: no break is on */
};

/* Starts to connect. The descriptor, or -1. */
static int line_connect(
    struct err *err, const char *place, const struct sockaddr *address, socklen_t len)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(err, "%s", place);
	if (connect(fd, address, len) == 0 || errno == EINPROGRESS)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		err_set(err, "nothing listens at %s; is the machine on?", place);
	else
		err_errno(err, "%s", place);
	close(fd);
	return -1;
}

static int line_unix(struct err *err, const char *place, const char *path)
{
	struct sockaddr_un address;

	if (address_unix(err, path, &address))
		return -1;
	return line_connect(err, place, (struct sockaddr *)&address, sizeof(address));
}

/* A number, not a name: nothing here may wait for a resolver. */
static int line_tcp(struct err *err, const char *place, const char *text, uint16_t port)
{
	char host[ADDRESS_HOST_MAX + 1];
	struct sockaddr_storage address;
	socklen_t len;

	if (address_split(err, text, host, &port) ||
	    address_numeric(
		err, strcmp(host, "localhost") ? host : "127.0.0.1", port, &address, &len))
		return err_prefix(err, "%s", place);
	return line_connect(err, place, (struct sockaddr *)&address, len);
}

static int line_tty(struct err *err, const char *place, const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios mode;

	if (fd < 0)
		return err_errno(err, "%s", place);
	if (tcgetattr(fd, &mode)) {
		err_errno(err, "%s", place);
		close(fd);
		return -1;
	}
	cfmakeraw(&mode);
	mode.c_cflag |= CLOCAL | CREAD;
	tcsetattr(fd, TCSANOW, &mode); /* the speed stays as stty(1) set it */
	return fd;
}

/* PATH.in and PATH.out, as QEMU's chardev "pipe" names them. The descriptor to read from; *in: to write. */
static int line_pipe(struct err *err, const char *place, const char *path, int *in)
{
	char name[FILE_PATH_MAX + 8];
	int fd;

	snprintf(name, sizeof(name), "%s.in", path);
	*in = open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (*in < 0)
		return errno == ENXIO || errno == ENOENT
			   ? err_set(err, "nothing reads %s; is the machine on?", place)
			   : err_errno(err, "%s", place);
	snprintf(name, sizeof(name), "%s.out", path);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? err_errno(err, "%s", place) : fd;
}

/* "tcp:" and so on: what follows, or NULL. */
static const char *line_rest(const char *place, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(place, prefix, len) == 0 ? place + len : NULL;
}

static int line_open(struct err *err, struct source *source)
{
	const char *place = source->place, *rest;
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		return err_set(err, "out of memory");
	line->pipe = -1;
	telnet_init(&line->telnet);
	if ((rest = line_rest(place, "unix:")))
		source->fd = line_unix(err, place, rest);
	else if ((rest = line_rest(place, "tcp:")))
		source->fd = line_tcp(err, place, rest, 0);
	else if ((rest = line_rest(place, "telnet:")))
		source->fd = line_tcp(err, place, rest, 23);
	else if ((rest = line_rest(place, "pipe:")))
		source->fd = line_pipe(err, place, rest, &line->pipe);
	else if ((rest = line_rest(place, "tty:")))
		source->fd = line_tty(err, place, rest);
	else {
		source->state = SOURCE_REFUSED;
		err_set(err,
		    "console = \"%s\": unknown form; write unix:, pipe:, tcp:, telnet: or tty:",
		    place);
	}
	if (source->fd < 0) {
		if (line->pipe >= 0)
			close(line->pipe);
		free(line);
		return -1;
	}
	line->is_telnet = line_rest(place, "telnet:") != NULL;
	line->is_tty = line_rest(place, "tty:") != NULL;
	source->own = line;
	if (line->is_tty || line->pipe >= 0)
		source->state = SOURCE_UP;
	return 0;
}

/* The connection is there, or has failed. 1, 0: not yet, -1. */
static int line_came_up(struct err *err, struct source *source)
{
	struct line *line = source->own;
	unsigned char hello[TELNET_REPLY_MAX];
	int code = 0;
	socklen_t len = sizeof(code);
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);

	if (getsockopt(source->fd, SOL_SOCKET, SO_ERROR, &code, &len) || code) {
		errno = code;
		source->state = SOURCE_LOST;
		return err_errno(err, "%s", source->place);
	}
	if (getpeername(source->fd, (struct sockaddr *)&peer, &peer_len))
		return 0;
	source->state = SOURCE_UP;
	if (line->is_telnet) {
		size_t n = telnet_hello(hello);

		if (send(source->fd, hello, n, MSG_NOSIGNAL) != (ssize_t)n) {
			source->state = SOURCE_LOST;
			return err_errno(err, "%s", source->place);
		}
	}
	return 1;
}

static ssize_t line_read(struct err *err, struct source *source, char *bytes, size_t size)
{
	struct line *line = source->own;
	unsigned char reply[TELNET_REPLY_MAX];
	size_t reply_len;
	ssize_t n;

	if (source->state == SOURCE_CONNECTING) {
		int up = line_came_up(err, source);

		return up < 0 ? -1 : 0;
	}
	n = read(source->fd, bytes, size);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		source->state = SOURCE_LOST;
		return n == 0 ? err_set(err, "the other side closed the connection")
			      : err_errno(err, "%s", source->place);
	}
	if (!line->is_telnet)
		return n;
	n = (ssize_t)telnet_receive(&line->telnet, bytes, (size_t)n, reply, &reply_len);
	if (reply_len > 0 && send(source->fd, reply, reply_len, MSG_NOSIGNAL) < 0) {
		source->state = SOURCE_LOST;
		return err_errno(err, "%s", source->place);
	}
	return n;
}

static size_t line_put(struct source *source, const void *bytes, size_t len)
{
	struct line *line = source->own;
	ssize_t n = line->pipe >= 0 ? write(line->pipe, bytes, len)
		    : line->is_tty  ? write(source->fd, bytes, len)
				    : send(source->fd, bytes, len, MSG_NOSIGNAL);

	return n > 0 ? (size_t)n : 0;
}

static size_t line_write(struct source *source, const char *bytes, size_t len)
{
	struct line *line = source->own;
	char doubled[512];

	if (source->state != SOURCE_UP)
		return 0;
	if (!line->is_telnet)
		return line_put(source, bytes, len);
	for (size_t done = 0, piece; done < len; done += piece) {
		size_t n;

		piece = len - done < sizeof(doubled) / 2 ? len - done : sizeof(doubled) / 2;
		n = telnet_send(bytes + done, piece, doubled);
		if (line_put(source, doubled, n) != n)
			return done;
	}
	return len;
}

static int line_break(struct source *source)
{
	struct line *line = source->own;
	unsigned char out[TELNET_BREAK_MAX];

	if (source->state != SOURCE_UP)
		return -1;
	if (line->is_tty) {
		if (ioctl(source->fd, TIOCSBRK))
			return -1;
	} else if (line->pipe >= 0) {
		struct err ignored;

		return target_break(&ignored, source->config, source->target);
	} else if (!line->is_telnet) {
		return -1;
	} else if (line_put(source, out, telnet_break(&line->telnet, 1, out)) == 0) {
		return -1;
	}
	line->break_until = clock_monotonic() + BREAK_MS;
	return 0;
}

static void line_tick(struct source *source, int64_t now)
{
	struct line *line = source->own;
	unsigned char out[TELNET_BREAK_MAX];

	if (!line->break_until || now < line->break_until)
		return;
	line->break_until = 0;
	if (line->is_tty)
		ioctl(source->fd, TIOCCBRK);
	else
		line_put(source, out, telnet_break(&line->telnet, 0, out));
}

static void line_close(struct source *source)
{
	struct line *line = source->own;

	close(source->fd);
	if (line->pipe >= 0)
		close(line->pipe);
	free(line);
	source->own = NULL;
}

const struct source_kind source_line = {
    .open = line_open,
    .read = line_read,
    .write = line_write,
    .send_break = line_break,
    .tick = line_tick,
    .close = line_close,
};
