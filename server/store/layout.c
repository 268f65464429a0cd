/* SPDX-License-Identifier: MIT */
/* state: where lastwords keeps things; see state.h. */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int state_path(struct err *err, const char *state, const char *name, char path[STATE_PATH_MAX])
{
	if (snprintf(path, STATE_PATH_MAX, "%s/%s", state, name) >= STATE_PATH_MAX)
		return err_set(err, "%s/%s: path too long", state, name);
	return 0;
}

int state_sync_dir(struct err *err, const char *dir)
{
	int rc = 0;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		rc = err_errno(err, "%s", dir);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int state_mkdir(struct err *err, const char *path, int create)
{
	char parent[STATE_PATH_MAX], *slash;

	if (mkdir(path, 0750)) {
		if (errno == EEXIST)
			return 0;
		return err_errno(err, "cannot make %s", path);
	}
	if (create == STATE_LAZY)
		return 0;
	/* A directory is there after a power cut once its parent is on the disk. */
	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (!slash)
		return 0;
	slash[slash == parent] = '\0';
	return state_sync_dir(err, parent);
}

int state_session_dir(struct err *err, const char *state, const struct session *session, int create,
    char path[STATE_PATH_MAX])
{
	char mac[13];
	int n;

	mac_format_hex(session->mac, mac);
	if (create) {
		if (snprintf(path, STATE_PATH_MAX, "%s/sessions/%s", state, mac) >= STATE_PATH_MAX)
			return err_set(err, "%s: path too long", state);
		if (access(path, F_OK) && state_mkdir(err, path, create) &&
		    (state_make(err, state) || state_mkdir(err, path, create)))
			return -1;
	}
	n = snprintf(path, STATE_PATH_MAX, "%s/sessions/%s/%s", state, mac, session->id);
	if (n >= STATE_PATH_MAX)
		return err_set(err, "%s: path too long", state);
	return create ? state_mkdir(err, path, create) : 0;
}

/* Makes path and its missing parents. */
static int state_mkdirs(struct err *err, char *path)
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
	return state_mkdir(err, path, STATE_DURABLE);
}

int state_make(struct err *err, const char *state)
{
	static const char *const names[] = {"journal", "machines", "sessions", "streams", "run"};
	char path[STATE_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", state) >= (int)sizeof(path))
		return err_set(err, "%s: path too long", state);
	if (state_mkdirs(err, path))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (state_path(err, state, names[i], path) || state_mkdir(err, path, STATE_DURABLE))
			return -1;
	return 0;
}

int state_is_machine(const struct dirent *entry)
{
	return strlen(entry->d_name) == 12 && strspn(entry->d_name, "0123456789abcdef") == 12;
}

int state_lock(struct err *err, const char *state, const char *name)
{
	char run[STATE_PATH_MAX], path[STATE_PATH_MAX];
	int fd, saved;

	errno = 0;
	if (state_path(err, state, "run", run) || state_path(err, run, name, path))
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

static int state_put(
    struct err *err, const char *dir, const char *name, const char *text, size_t len, int durable)
{
	char temp[STATE_PATH_MAX], path[STATE_PATH_MAX];
	size_t done = 0;
	int fd;

	if (snprintf(temp, sizeof(temp), "%s/.%s.%ld", dir, name, (long)getpid()) >=
		(int)sizeof(temp) ||
	    state_path(err, dir, name, path))
		return err_set(err, "%s/%s: path too long", dir, name);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return err_errno(err, "%s", temp);
	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			goto fail;
		done += (size_t)n;
	}
	if ((durable && fsync(fd)) || rename(temp, path))
		goto fail;
	close(fd);
	return durable ? state_sync_dir(err, dir) : 0;
fail:
	err_errno(err, "%s", path);
	close(fd);
	unlink(temp);
	return -1;
}

int state_write(struct err *err, const char *dir, const char *name, const char *text, size_t len)
{
	return state_put(err, dir, name, text, len, 1);
}

int state_replace(struct err *err, const char *dir, const char *name, const char *text, size_t len)
{
	return state_put(err, dir, name, text, len, 0);
}

int state_publish(struct err *err, const char *dir, const char *temp, const char *name)
{
	char from[STATE_PATH_MAX], to[STATE_PATH_MAX];

	if (state_path(err, dir, temp, from) || state_path(err, dir, name, to))
		return -1;
	if (link(from, to)) {
		if (errno == EEXIST)
			return 1;
		return err_errno(err, "%s", to);
	}
	if (unlink(from))
		return err_errno(err, "%s", from);
	return state_sync_dir(err, dir);
}
