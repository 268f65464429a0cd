/* SPDX-License-Identifier: MIT */
/* boots: how often a machine has asked since it last ran; see boots.h. */
#include "boots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "num.h"
#include "state.h"

enum { BOOTS_FILE_MAX = 4096 }; /* bytes; some 290 lines, then it starts anew with the newest */

static int boots_path(
    struct err *err, const char *state, const uint8_t mac[6], char path[STATE_PATH_MAX])
{
	char name[sizeof("machines/.boots") + 12], hex[13];

	mac_format_hex(mac, hex);
	snprintf(name, sizeof(name), "machines/%s.boots", hex);
	return state_path(err, state, name, path);
}

/* The newest lines of fd into boots; the file's size, or -1. */
static long boots_load(int fd, struct boots *boots)
{
	char text[BOOTS_FILE_MAX];
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(text) ? size - (off_t)sizeof(text) : 0;
	ssize_t n = size < 0 ? -1 : pread(fd, text, sizeof(text), from);
	ssize_t start = 0;

	boots->count = 0;
	for (ssize_t i = 0; i < n; i++) {
		uint64_t ms;
		struct err err;

		if (text[i] != '\n')
			continue;
		/* What is torn or no number is no boot. */
		if (num_u64(&err, "time", text + start, (size_t)(i - start), 0, INT64_MAX, &ms) ==
		    0) {
			if (boots->count == BOOTS_MAX)
				memmove(boots->time_ms, boots->time_ms + 1,
				    sizeof(boots->time_ms[0]) * (size_t)--boots->count);
			boots->time_ms[boots->count++] = (int64_t)ms;
		}
		start = i + 1;
	}
	return n < 0 ? -1 : (long)size;
}

int boots_read(struct err *err, const char *state, const uint8_t mac[6], struct boots *boots)
{
	char path[STATE_PATH_MAX];
	int fd, rc = 0;

	boots->count = 0;
	if (boots_path(err, state, mac, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	if (boots_load(fd, boots) < 0)
		rc = err_errno(err, "%s", path);
	close(fd);
	return rc;
}

int boots_since(const struct boots *boots, int64_t since_ms, int64_t now_ms)
{
	int count = 0;

	for (int i = 0; i < boots->count; i++)
		count += boots->time_ms[i] >= since_ms && boots->time_ms[i] <= now_ms;
	return count;
}

int boots_add(struct err *err, const char *state, const uint8_t mac[6], int64_t now_ms)
{
	char path[STATE_PATH_MAX], text[(BOOTS_MAX + 1) * 24];
	struct boots boots;
	size_t len = 0;
	long size;
	int fd, rc = 0;

	if (boots_path(err, state, mac, path))
		return -1;
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", path);
	size = lseek(fd, 0, SEEK_END);
	if (size > BOOTS_FILE_MAX && boots_load(fd, &boots) > 0 && ftruncate(fd, 0) == 0)
		for (int i = 0; i < boots.count; i++)
			len += (size_t)snprintf(
			    text + len, sizeof(text) - len, "%lld\n", (long long)boots.time_ms[i]);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "%lld\n", (long long)now_ms);
	if (write(fd, text, len) != (ssize_t)len)
		rc = err_errno(err, "%s", path);
	close(fd);
	return rc;
}

int boots_forget(struct err *err, const char *state, const uint8_t mac[6])
{
	char path[STATE_PATH_MAX];

	if (boots_path(err, state, mac, path))
		return -1;
	if (unlink(path) && errno != ENOENT)
		return err_errno(err, "%s", path);
	return 0;
}
