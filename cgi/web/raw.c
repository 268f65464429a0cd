/* SPDX-License-Identifier: MIT */
/* raw: a file of a session as it is stored; see raw.h. */
#include "raw.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "asset.h"
#include "store/layout.h"

/* "PREFIX" or "PREFIX-N", then the end. */
static int raw_is_numbered(const char *name, const char *prefix, const char *end)
{
	size_t len = strlen(prefix);

	if (strncmp(name, prefix, len) != 0)
		return 0;
	name += len;
	if (name[0] == '-') {
		len = strspn(name + 1, "0123456789");
		if (len == 0 || len > 3)
			return 0;
		name += 1 + len;
	}
	return strcmp(name, end) == 0;
}

static int raw_is_log(const char *name)
{
	static const char *const names[] = {"record.txt", "netconsole.log", "netconsole.log.0",
	    "netconsole.log.1", "console.log", "console.log.1", "script.txt", "decoded.txt",
	    "netconsole.meta", "record.meta", "record.channels", "record.levels", "script.meta"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return 1;
	return raw_is_numbered(name, "dmesg", ".txt") || raw_is_numbered(name, "dmesg", ".meta") ||
	       raw_is_numbered(name, "pstore", ".txt") ||
	       raw_is_numbered(name, "pstore", ".meta") ||
	       raw_is_numbered(name, "firmware", ".txt") ||
	       raw_is_numbered(name, "firmware", ".meta") ||
	       raw_is_numbered(name, "autopsy", ".txt") ||
	       raw_is_numbered(name, "autopsy", ".meta");
}

static int raw_open(struct web *web, const char *name, char path[FILE_PATH_MAX])
{
	struct session session;
	char dir[FILE_PATH_MAX];
	struct err err;
	int at, fd;

	if (!raw_is_log(name) ||
	    session_parse(&err, web->part[1], strlen(web->part[1]), &session) ||
	    layout_session_dir(&err, web->site->config.state, &session, LAYOUT_LOOK, dir) ||
	    file_path(&err, dir, name, path))
		return -1;
	at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -1;
	fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	close(at);
	return fd;
}

int raw_has(struct web *web, const char *name)
{
	char path[FILE_PATH_MAX];
	int fd = raw_open(web, name, path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void raw_send(struct web *web, const char *name)
{
	const struct sink_head head = {.type = "text/plain; charset=utf-8",
	    .cache = "no-cache",
	    .policy = "sandbox; default-src 'none'"};
	char path[FILE_PATH_MAX];
	int fd = raw_open(web, name, path);

	if (fd < 0)
		web_error(web, 404, "This session has no such file.");
	else
		asset_send(web, fd, path, &head);
}

void raw_answer(struct web *web)
{
	raw_send(web, web->part[3]);
}
