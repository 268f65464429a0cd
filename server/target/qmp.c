/* SPDX-License-Identifier: MIT */
/* qmp: QEMU's machine protocol; see qmp.h. */
#include "qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"

enum qmp_found qmp_connect(struct err *err, struct qmp *qmp, const char *path)
{
	struct sockaddr_un to;
	int reason;

	qmp->len = 0;
	if (address_unix(err, path, &to))
		return QMP_ERROR;
	qmp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (qmp->fd >= 0 && connect(qmp->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return QMP_CONNECTED;
	reason = errno;
	err_errno(err, "%s", path);
	qmp_close(qmp);
	return reason == ENOENT || reason == ECONNREFUSED ? QMP_NOBODY
	       : reason == EAGAIN                         ? QMP_BUSY
							  : QMP_ERROR;
}

void qmp_close(struct qmp *qmp)
{
	if (qmp->fd >= 0)
		close(qmp->fd);
	qmp->fd = -1;
}

/* The next line as an object; or NULL. */
static json_t *qmp_read(struct err *err, struct qmp *qmp, int64_t end)
{
	for (;;) {
		char *newline = memchr(qmp->buf, '\n', qmp->len);
		struct pollfd polled = {.fd = qmp->fd, .events = POLLIN};
		int64_t left = end - clock_monotonic();
		ssize_t n;

		if (newline) {
			size_t used = (size_t)(newline - qmp->buf) + 1;
			json_t *object = json_loadb(qmp->buf, used, 0, NULL);

			qmp->len -= used;
			memmove(qmp->buf, newline + 1, qmp->len);
			if (!json_is_object(object)) {
				json_decref(object);
				err_set(err, "QEMU's reply is not JSON");
				return NULL;
			}
			return object;
		}
		if (left <= 0 || qmp->len == sizeof(qmp->buf)) {
			err_set(err, "QEMU does not reply");
			return NULL;
		}
		poll(&polled, 1, (int)left);
		n = read(qmp->fd, qmp->buf + qmp->len, sizeof(qmp->buf) - qmp->len);
		if (n > 0) {
			qmp->len += (size_t)n;
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			err_set(err, "QEMU has closed the connection");
			return NULL;
		}
	}
}

json_t *qmp_call(struct err *err, struct qmp *qmp, const char *command, const char *arguments)
{
	const int64_t end = clock_monotonic() + QMP_REPLY_MS;
	json_t *object = NULL, *result;
	char line[256];
	int len = snprintf(line, sizeof(line), "{\"execute\":\"%s\",\"arguments\":%s}\n", command,
	    arguments ? arguments : "{}");

	if (send(qmp->fd, line, (size_t)len, MSG_NOSIGNAL) != len) {
		err_errno(err, "QEMU");
		return NULL;
	}
	do {
		json_decref(object);
		object = qmp_read(err, qmp, end);
	} while (object && json_object_get(object, "event"));
	if (!object)
		return NULL;
	result = json_incref(json_object_get(object, "return"));
	if (!result)
		err_set(err, "QEMU refused %s: %.120s", command,
		    json_string_value(json_object_get(json_object_get(object, "error"), "desc"))
			? json_string_value(
			      json_object_get(json_object_get(object, "error"), "desc"))
			: "no reason");
	json_decref(object);
	return result;
}

int qmp_greet(struct err *err, struct qmp *qmp)
{
	json_t *object = qmp_read(err, qmp, clock_monotonic() + QMP_REPLY_MS);
	int greeted = json_is_object(json_object_get(object, "QMP"));

	json_decref(object);
	if (!object)
		return -1;
	if (!greeted)
		return err_set(err, "QEMU's greeting is not QMP");
	object = qmp_call(err, qmp, "qmp_capabilities", NULL);
	json_decref(object);
	return object ? 0 : -1;
}
