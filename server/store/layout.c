/* SPDX-License-Identifier: MIT */
/* layout: where lastwords keeps things; see layout.h. */
#include "layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int layout_mkdir(struct err *err, const char *path, int create)
{
	char parent[FILE_PATH_MAX], *slash;

	if (mkdir(path, 0750)) {
		if (errno == EEXIST)
			return 0;
		return err_errno(err, "cannot make %s", path);
	}
	if (create == LAYOUT_LAZY)
		return 0;
	/* A directory is there after a power cut once its parent is on the disk. */
	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash)
		return 0;
	slash[slash == parent] = '\0';
	return file_sync_dir(err, parent);
}

int layout_session_dir(struct err *err, const char *state, const struct session *session,
    int create, char path[FILE_PATH_MAX])
{
	char mac[13];
	int n;

	mac_format_hex(session->mac, mac);
	if (create) {
		if (snprintf(path, FILE_PATH_MAX, "%s/sessions/%s", state, mac) >= FILE_PATH_MAX)
			return err_set(err, "%s: path too long", state);
		if (access(path, F_OK) && layout_mkdir(err, path, create) &&
		    (layout_make(err, state) || layout_mkdir(err, path, create)))
			return -1;
	}
	n = snprintf(path, FILE_PATH_MAX, "%s/sessions/%s/%s", state, mac, session->id);
	if (n >= FILE_PATH_MAX)
		return err_set(err, "%s: path too long", state);
	return create ? layout_mkdir(err, path, create) : 0;
}

/* Makes path and its missing parents. */
static int layout_mkdirs(struct err *err, char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST) {
			err_errno(err, "cannot make %s", path);
			*slash = '/';
			return -1;
		}
		*slash = '/';
	}
	return layout_mkdir(err, path, LAYOUT_DURABLE);
}

int layout_make(struct err *err, const char *state)
{
	static const char *const names[] = {"journal", "machines", "sessions", "streams", "run"};
	char path[FILE_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", state) >= (int)sizeof(path))
		return err_set(err, "%s: path too long", state);
	if (layout_mkdirs(err, path))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (file_path(err, state, names[i], path) ||
		    layout_mkdir(err, path, LAYOUT_DURABLE))
			return -1;
	return 0;
}

int layout_is_machine(const struct dirent *entry)
{
	return strlen(entry->d_name) == 12 && strspn(entry->d_name, "0123456789abcdef") == 12;
}

int layout_lock(struct err *err, const char *state, const char *name)
{
	char run[FILE_PATH_MAX], path[FILE_PATH_MAX];
	int fd, saved;

	errno = 0;
	if (file_path(err, state, "run", run) || file_path(err, run, name, path))
		return -1;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd < 0 ? err_errno(err, "%s", path) : fd;
	saved = errno;
	err_errno(err, "%s", path);
	close(fd);
	errno = saved;
	return -1;
}
