/* SPDX-License-Identifier: MIT */
/* binding: a stream's session; see binding.h. */
#include "binding.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/kv.h"
#include "store/layout.h"

int binding_find_id(
    const char *text, size_t len, struct session_keys *keys, struct session *session)
{
	static const char name[] = "lastwords.session";
	const size_t name_len = sizeof(name) - 1;
	const char *end = text + len;

	/* This is done for every line: few have an '=', and fewer this name before it. */
	for (const char *at = text; (at = memchr(at, '=', (size_t)(end - at))) != NULL;) {
		struct err ignored;
		size_t n = 0, before = (size_t)(at - text);

		at++;
		if (before < name_len || memcmp(at - 1 - name_len, name, name_len) != 0)
			continue;
		while (at + n < end && n <= SESSION_ID_MAX && at[n] > ' ' && at[n] != '"')
			n++;
		if (session_keys_verify(&ignored, keys, at, n, session) == 0)
			return 1;
	}
	return 0;
}

void binding_address(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, &address->s6_addr[12], text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN);
}

static int binding_path(
    const char *state, const char *name, const char *suffix, char path[FILE_PATH_MAX])
{
	return snprintf(path, FILE_PATH_MAX, "%s/streams/%s%s", state, name, suffix) >=
		       FILE_PATH_MAX
		   ? -1
		   : 0;
}

void binding_remember(const char *state, const char *name, const char *session)
{
	char path[FILE_PATH_MAX], streams[FILE_PATH_MAX], file[128], text[SESSION_ID_MAX + 16];
	struct err ignored;
	ssize_t written;
	int fd, n;

	n = snprintf(text, sizeof(text), "session=%s\n", session);
	if (binding_path(state, name, ".bound", path))
		return;
	/* A new file needs no rename: half of one is as good as none. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd >= 0) {
		written = write(fd, text, (size_t)n);
		close(fd);
		if (written != n)
			unlink(path);
		return;
	}
	/* Not synced: the boot storm must not wait for the disk. */
	if (binding_path(state, "", "", streams))
		return;
	snprintf(file, sizeof(file), "%s.bound", name);
	if (file_replace(&ignored, streams, file, text, (size_t)n) &&
	    layout_make(&ignored, state) == 0)
		(void)file_replace(&ignored, streams, file, text, (size_t)n);
}

void binding_forget(const char *state, const char *name)
{
	char path[FILE_PATH_MAX];

	if (binding_path(state, name, ".bound", path) == 0)
		(void)unlink(path);
}

int binding_recall(
    const char *state, const char *name, struct session_keys *keys, char id[SESSION_ID_MAX + 1])
{
	char path[FILE_PATH_MAX], text[256];
	struct session session;
	const char *value;
	struct err ignored;
	struct kv kv;

	if (binding_path(state, name, ".bound", path) ||
	    kv_read_file(&ignored, path, text, sizeof(text), &kv))
		return 0;
	value = kv_get(&kv, "session");
	if (!value || session_keys_verify(&ignored, keys, value, strlen(value), &session))
		return 0;
	memcpy(id, session.id, sizeof(session.id));
	return 1;
}

size_t binding_count_unassigned(const char *state)
{
	char path[FILE_PATH_MAX];
	struct err ignored;
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	if (file_path(&ignored, state, "streams", path) || !(dir = opendir(path)))
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		count += len > 4 && strcmp(entry->d_name + len - 4, ".log") == 0 &&
			 !strchr(entry->d_name, '@');
	}
	closedir(dir);
	return count;
}

int binding_has_unassigned(const char *state, const char *name)
{
	char path[FILE_PATH_MAX];

	return binding_path(state, name, ".log", path) == 0 && access(path, F_OK) == 0;
}
