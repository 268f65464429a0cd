/* SPDX-License-Identifier: MIT */
/* attach: see attach.h. */
#include "attach.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/kv.h"
#include "console/wire/frame.h"
#include "escape.h"
#include "store/layout.h"

/* Between a break, which may last 0.8 s, and the key: the kernel waits 5 s for it. */
enum { SYSRQ_PAUSE_US = 1000000 };

struct attached {
	int fd; /* of the socket */
	int is_terminal; /* stdin */
	struct termios before;
	struct escape escape;
	char in[2 * FRAME_WHOLE_MAX];
	size_t in_len;
	char end[FRAME_MAX + 1]; /* the server's last word */
	int ended;
};

static int attach_connect(struct err *err, const char *state)
{
	struct sockaddr_un address;
	char run[FILE_PATH_MAX], path[FILE_PATH_MAX];
	int fd;

	if (file_path(err, state, LAYOUT_RUN, run) || file_path(err, run, "console.sock", path) ||
	    address_unix(err, path, &address))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(err, "socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		err_set(err,
		    "no lastwords-console runs; set sol or console in a target, and start the server");
	else
		err_errno(err, "%s", path);
	close(fd);
	return -1;
}

int attach_is_served(const char *state)
{
	struct err ignored;
	int fd = attach_connect(&ignored, state);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int attach_put(
    struct err *err, struct attached *attached, enum frame_type type, const char *text, size_t len)
{
	char frame[FRAME_WHOLE_MAX];
	size_t size = frame_put(frame, type, text, len);

	for (const char *at = frame; size > 0;) {
		ssize_t n = send(attached->fd, at, size, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return err_set(err, "lastwords-console has ended");
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static void attach_raw(struct attached *attached, int raw)
{
	struct termios mode = attached->before;

	if (!attached->is_terminal)
		return;
	if (raw)
		cfmakeraw(&mode);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

/* A line for the person; the terminal is raw. */
static void attach_say(const struct attached *attached, const char *text, size_t len)
{
	fprintf(stderr, "%s[", attached->is_terminal ? "\r\n" : "");
	for (size_t i = 0; i < len; i++)
		fputc(text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?', stderr);
	fprintf(stderr, "]%s\n", attached->is_terminal ? "\r" : "");
}

static void attach_help(const struct attached *attached)
{
	static const char *const lines[] = {
	    "~. end", "~B send a break", "~S KEY SysRq", "~w write", "~^Z suspend", "~~ send a ~"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		attach_say(attached, lines[i], strlen(lines[i]));
}

static int attach_key(struct err *err, struct attached *attached, char key)
{
	char out[2];
	size_t len;

	switch (escape_take(&attached->escape, key, out, &len)) {
	case ESCAPE_SEND:
		return len > 0 ? attach_put(err, attached, FRAME_DATA, out, len) : 0;
	case ESCAPE_BREAK:
		return attach_put(err, attached, FRAME_BREAK, NULL, 0);
	case ESCAPE_SYSRQ:
		if (attach_put(err, attached, FRAME_BREAK, NULL, 0))
			return -1;
		clock_pause_us(SYSRQ_PAUSE_US);
		return attach_put(err, attached, FRAME_DATA, out, len);
	case ESCAPE_WRITE:
		return attach_put(err, attached, FRAME_WRITE, NULL, 0);
	case ESCAPE_HELP:
		attach_help(attached);
		return 0;
	case ESCAPE_SUSPEND:
		attach_raw(attached, 0);
		raise(SIGTSTP);
		attach_raw(attached, 1);
		return 0;
	default:
		attached->ended = 1;
		return 0;
	}
}

/* Keys; without a terminal every byte is for the machine. *open: 0 at the end of the input. */
static int attach_keys(struct err *err, struct attached *attached, int *open)
{
	char keys[1024];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	if (n <= 0) {
		*open = n < 0 && errno == EINTR;
		return 0;
	}
	if (!attached->is_terminal)
		return attach_put(err, attached, FRAME_DATA, keys, (size_t)n);
	for (ssize_t i = 0; i < n && !attached->ended; i++)
		if (attach_key(err, attached, keys[i]))
			return -1;
	return 0;
}

static int attach_frame(struct err *err, struct attached *attached, const struct frame *frame)
{
	if (frame->type == FRAME_DATA) {
		fwrite(frame->text, 1, frame->len, stdout);
		return fflush(stdout) ? err_errno(err, "standard output") : 0;
	}
	if (frame->type == FRAME_STATUS) {
		attach_say(attached, frame->text, frame->len);
		return 0;
	}
	memcpy(attached->end, frame->text, frame->len);
	attached->end[frame->len] = '\0';
	return err_set(err, "%.300s", attached->end);
}

static int attach_receive(struct err *err, struct attached *attached)
{
	ssize_t n = recv(attached->fd, attached->in + attached->in_len,
	    sizeof(attached->in) - attached->in_len, 0);
	struct frame frame;
	size_t at = 0;
	int size;

	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return err_set(err,
		    "the connection was closed: lastwords-console ended, or too much waited to be read");
	attached->in_len += (size_t)n;
	while ((size = frame_take(attached->in + at, attached->in_len - at, &frame)) > 0) {
		if (attach_frame(err, attached, &frame))
			return -1;
		at += (size_t)size;
	}
	attached->in_len -= at;
	memmove(attached->in, attached->in + at, attached->in_len);
	return size < 0 ? err_set(err, "lastwords-console: not understood") : 0;
}

static int attach_loop(
    struct err *err, struct attached *attached, const struct attach_options *options)
{
	int64_t until = clock_monotonic() + (int64_t)options->seconds * 1000;
	int open = !options->read_only || attached->is_terminal, rc = 0;

	while (rc == 0 && !attached->ended) {
		struct pollfd polls[] = {{.fd = attached->fd, .events = POLLIN},
		    {.fd = open ? STDIN_FILENO : -1, .events = POLLIN}};
		int64_t left = options->seconds ? until - clock_monotonic() : 1000;

		if (left <= 0)
			return 0;
		if (poll(polls, 2, (int)left) <= 0)
			continue;
		if (polls[1].revents)
			rc = attach_keys(err, attached, &open);
		if (rc == 0 && polls[0].revents)
			rc = attach_receive(err, attached);
	}
	return rc;
}

int attach_run(struct err *err, const char *state, const struct attach_options *options)
{
	struct attached attached = {.fd = attach_connect(err, state)};
	char text[256];
	struct kv_out out;
	int rc;

	if (attached.fd < 0)
		return -1;
	attached.is_terminal = tcgetattr(STDIN_FILENO, &attached.before) == 0;
	kv_out_init(&out, text, sizeof(text));
	kv_out_pair(&out, '&', "target", options->target);
	kv_out_num(&out, '&', "lines", (unsigned long long)options->lines);
	kv_out_num(&out, '&', "write", !options->read_only);
	kv_out_num(&out, '&', "steal", options->steal != 0);
	rc = attach_put(err, &attached, FRAME_OPEN, text, strlen(text));
	if (rc == 0) {
		if (attached.is_terminal)
			fprintf(stderr, "[%s; ~. ends, ~? lists the other escapes]\r\n",
			    options->target);
		attach_raw(&attached, 1);
		rc = attach_loop(err, &attached, options);
		attach_raw(&attached, 0);
	}
	close(attached.fd);
	return rc;
}
