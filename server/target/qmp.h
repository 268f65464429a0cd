/* SPDX-License-Identifier: MIT */
/*
 * qmp: QEMU's machine protocol on a Unix socket: one JSON object a line, a greeting, then a reply to each
 * command; events between them are skipped. Source: QEMU's docs/interop/qmp-spec. Every reply has a time
 * limit and a size limit.
 */
#ifndef TARGET_QMP_H
#define TARGET_QMP_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

enum { QMP_REPLY_MS = 5000, QMP_LINE_MAX = 16384 };

struct qmp {
	int fd;
	size_t len;
	char buf[QMP_LINE_MAX];
};

enum qmp_found {
	QMP_CONNECTED, /* close it */
	QMP_NOBODY, /* nobody listens there */
	QMP_BUSY, /* somebody does, and takes no further connection: a QEMU that hangs */
	QMP_ERROR,
};
enum qmp_found qmp_connect(struct err *err, struct qmp *qmp, const char *path);
void qmp_close(struct qmp *qmp);
/* Reads the greeting and ends the negotiation. 0/-1. */
int qmp_greet(struct err *err, struct qmp *qmp);
/* Runs a command; arguments: a JSON object, or NULL. Its "return", which the caller releases (json_decref); or NULL. */
json_t *qmp_call(struct err *err, struct qmp *qmp, const char *command, const char *arguments);

#endif
