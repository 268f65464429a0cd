/* SPDX-License-Identifier: MIT */
/* input: files and standard input, read whole; see input.h. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"

int input_read_end(
    struct err *err, const char *path, size_t max, char **text, size_t *len, uint64_t *left_out)
{
	int std = strcmp(path, "-") == 0;
	int fd = std ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 0, done = 0, want;
	char *buf = NULL, *more;
	ssize_t n = 1;

	*left_out = 0;
	if (fd < 0)
		return err_errno(err, "%s", path);
	while (n > 0) {
		if (done == 2 * max) {
			memcpy(buf, buf + max, max);
			*left_out += max;
			done = max;
		}
		more = array_grow(err, buf, &room, done + 1, 1);
		if (!more)
			break;
		buf = more;
		want = room - done - 1 < 2 * max - done ? room - done - 1 : 2 * max - done;
		n = read(fd, buf + done, want);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			done += (size_t)n;
	}
	if (n < 0)
		err_errno(err, "%s", path);
	if (!std)
		close(fd);
	if (n != 0) {
		free(buf);
		return -1;
	}
	if (done > max) {
		memmove(buf, buf + done - max, max);
		*left_out += done - max;
		done = max;
	}
	buf[done] = '\0';
	*text = buf;
	*len = done;
	return 0;
}

int input_read(struct err *err, const char *path, size_t max, char **text, size_t *len)
{
	uint64_t left_out;

	if (input_read_end(err, path, max, text, len, &left_out))
		return -1;
	if (!left_out)
		return 0;
	free(*text);
	return err_set(err, "%s: longer than %zu bytes", path, max);
}
