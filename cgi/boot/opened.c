/* SPDX-License-Identifier: MIT */
/* opened: which session a boot has; see opened.h. */
#include "opened.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/layout.h"

/* Bytes; some 20 lines. Then it starts anew: only the newest boot's is ever asked for. */
enum { OPENED_FILE_MAX = 4096 };

int opened_boot_ok(const char *boot)
{
	size_t len = strlen(boot);

	return len >= OPENED_BOOT_MIN && len <= OPENED_BOOT_MAX &&
	       strspn(boot, "0123456789abcdef") == len;
}

static int opened_path(
    struct err *err, const char *state, const uint8_t mac[6], char path[FILE_PATH_MAX])
{
	char name[sizeof("machines/.opened") + 12], hex[13];

	mac_format_hex(mac, hex);
	snprintf(name, sizeof(name), "machines/%s.opened", hex);
	return file_path(err, state, name, path);
}

int opened_find(struct err *err, const char *state, const struct session_key *key,
    const uint8_t mac[6], const char *boot, struct session *session)
{
	char path[FILE_PATH_MAX], text[2 * OPENED_FILE_MAX];
	size_t boot_len = strlen(boot);
	int fd, found = 0;
	ssize_t n;

	if (opened_path(err, state, mac, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		err_errno(err, "%s", path);
	close(fd);
	if (n < 0)
		return -1;
	text[n] = '\0';
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		struct session one;
		struct err ignored;

		if (len > boot_len && line[boot_len] == ' ' && memcmp(line, boot, boot_len) == 0 &&
		    session_verify(&ignored, key, line + boot_len + 1, len - boot_len - 1, &one) ==
			0 &&
		    memcmp(one.mac, mac, 6) == 0) {
			*session = one;
			found = 1;
		}
		line += len + (line[len] == '\n');
	}
	return found;
}

int opened_add(struct err *err, const char *state, const char *boot, const struct session *session)
{
	char path[FILE_PATH_MAX], line[OPENED_BOOT_MAX + SESSION_ID_MAX + 3];
	int fd, len, rc = 0;

	if (opened_path(err, state, session->mac, path) || layout_make(err, state))
		return -1;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", path);
	if (lseek(fd, 0, SEEK_END) > OPENED_FILE_MAX && ftruncate(fd, 0))
		rc = err_errno(err, "%s", path);
	len = snprintf(line, sizeof(line), "%.*s %s\n", OPENED_BOOT_MAX, boot, session->id);
	if (!rc && write(fd, line, (size_t)len) != len)
		rc = err_errno(err, "%s", path);
	close(fd);
	return rc;
}
